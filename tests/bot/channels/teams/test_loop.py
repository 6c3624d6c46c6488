"""The main loop in Teams: the whole application behind a real socket, signed activities in, cards out."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import uvicorn
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from storage.tables import Answer, InboundDelivery
from tests.helpers.teams_server import (
    APP,
    MAYA,
    PASSWORD,
    TENANT,
    TOM,
    Json,
    Somebody,
    TeamsServer,
    actions,
    chat_of,
    teams_server,
    words,
)
from tests.helpers.town import HandClock, example, fresh_database, helsinki


class Tenant:
    """A tom and a maya in Teams, and Kaiku behind a real port."""

    def __init__(
        self, app: App, clock: HandClock, port: int, server: TeamsServer, web: aiohttp.ClientSession
    ):
        self.app, self.clock, self.server = app, clock, server
        self._address = f"http://127.0.0.1:{port}/api/messages"
        self._web = web

    async def sends(self, activity: Json, token: str = "") -> tuple[int, Json]:
        """Microsoft posts something; the status and what it is answered."""
        headers = {"authorization": f"Bearer {token or self.server.token()}"}
        async with self._web.post(self._address, data=orjson.dumps(activity), headers=headers) as answer:
            body = await answer.read()
        await self.app.tick()
        return answer.status, orjson.loads(body or b"{}")

    async def writes(self, by: Somebody, text: str, **rest: Any) -> None:
        """Somebody writes to the bot."""
        status, _ = await self.sends(self.server.activity("message", by, text=text, **rest))
        assert status == 200

    async def taps(self, by: Somebody, label: str) -> Json:
        """Press the newest button of that label; what is answered."""
        message, button = await self._button(by, label)
        status, answer = await self.sends(self.server.press(message, button, by))
        assert status == 200
        return answer

    async def fills(self, by: Somebody, label: str, **fields: str) -> Json:
        """Open the dialog of a button, fill it in and submit it."""
        opened = await self.taps(by, label)
        card = opened["task"]["value"]["card"]["content"]
        entered = {f"field.{key}": value for key, value in fields.items()}
        _, answer = await self.sends(self.server.submit(card, by, entered))
        return answer

    async def reads(self, who: Somebody, expected: str) -> list[str]:
        """Wait until somebody reads these words; the ids of the messages that hold them."""
        for _ in range(100):
            standing = self.server.standing(chat_of(who))
            if found := [message for message, activity in standing if expected in words(_card(activity))]:
                return found
            await asyncio.sleep(0.05)
            await self.app.tick()
        raise AssertionError(f"{who.name} never reads {expected!r}")

    async def _button(self, who: Somebody, label: str) -> tuple[str, Json]:
        """Messages are updated beside the answer, so a button may take a moment to appear."""
        for _ in range(100):
            for message, activity in reversed(self.server.standing(chat_of(who))):
                for button in actions(_card(activity)):
                    if label == button["title"]:
                        return message, button
            await asyncio.sleep(0.05)
        raise AssertionError(f"{who.name} sees no button {label!r}")


def _card(activity: Json) -> Json:
    return next((a["content"] for a in activity.get("attachments", []) if "content" in a), {})


@pytest.fixture
async def tenant(tmp_path: Path) -> AsyncIterator[Tenant]:
    async with teams_server() as server:
        settings = Settings(
            _env_file=None,
            database_url=fresh_database(tmp_path),
            teams_app_id=APP,
            teams_app_password=SecretStr(PASSWORD),
            teams_tenant=TENANT,
            teams_stand_in=server.url,
        )
        app = build(settings, clock := HandClock(helsinki("2026-11-24 10:00")))
        app.open()
        app.apply(example(people={"maya": {"identities": {"teams": MAYA.directory}}}), "a test")
        await app.channels["teams"].start(app.receive)
        async with served(create_site(app)) as port, aiohttp.ClientSession() as web:
            yield Tenant(app, clock, port, server, web)
        await app.channels["teams"].stop()
        app.close()


@asynccontextmanager
async def served(site: Any) -> AsyncIterator[int]:
    """A site on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(site, log_level="warning", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
            await asyncio.sleep(0.01)
        yield int(listening.getsockname()[1])
        server.should_exit = True
        await serving


async def asked(tenant: Tenant) -> None:
    """Tom is asked how his phone call went."""
    mention = {"type": "mention", "mentioned": {"id": TOM.account}, "text": "<at>Tom</at>"}
    await tenant.writes(TOM, "feedback language english")
    await tenant.writes(MAYA, "feedback ask <at>Tom</at> phone #pension-advice", entities=[mention])
    await tenant.reads(TOM, "It was easy for me to get my matter handled.")


async def test_the_main_loop_in_teams(tenant: Tenant) -> None:
    await asked(tenant)
    answer = await tenant.taps(TOM, "2")
    assert "How satisfied" in words(answer["value"]), "the next question is in the answer itself"
    (alert,) = await tenant.reads(MAYA, "Low score")
    await tenant.taps(TOM, "1")
    await tenant.taps(TOM, "No")
    await tenant.fills(TOM, "Write…", words="I waited <at>all</at> for an *hour*")
    (edited,) = await tenant.reads(MAYA, "I waited <at>all</at> for an *hour*")
    assert edited == alert, "the alert is updated in place"

    await tenant.taps(MAYA, "Take it")
    await tenant.fills(MAYA, "Write to the customer…", words="I am sorry. I will call you tomorrow.")
    await tenant.reads(TOM, "I am sorry. I will call you tomorrow.")
    await tenant.fills(MAYA, "Close…", outcome="apologised", words="Done at once.")
    await tenant.reads(TOM, "Done at once.")

    tenant.clock.at = helsinki("2026-11-27 15:01")
    await tenant.app.tick()
    await tenant.reads(MAYA, "n = 1")


async def test_what_microsoft_did_not_sign_is_refused_and_stores_nothing(tenant: Tenant) -> None:
    activity = tenant.server.activity("message", text="nothing works")
    claims: list[Json] = [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"exp": 1},
        {"serviceurl": "x"},
    ]
    tokens = [tenant.server.token(**claim) for claim in claims]
    for token in (*tokens, tenant.server.token(kid="unknown"), "e30.e30.", "none"):
        status, _ = await tenant.sends(activity, token)
        assert status == 401
    assert await tenant.app.read(lambda ctx: ctx.session.exec(select(InboundDelivery)).all()) == []
    assert (await tenant.sends(activity))[0] == 200
    assert len(await tenant.app.read(lambda ctx: ctx.session.exec(select(InboundDelivery)).all())) == 1


async def test_a_delivery_that_comes_twice_and_a_double_tap_make_one_answer(tenant: Tenant) -> None:
    await asked(tenant)
    message, button = await tenant._button(TOM, "2")
    press = tenant.server.press(message, button)
    await asyncio.gather(*(tenant.sends(press) for _ in range(5)))
    await tenant.sends(tenant.server.press(message, button))
    assert len(await tenant.app.read(lambda ctx: ctx.session.exec(select(Answer)).all())) == 1
    assert len(await tenant.reads(MAYA, "Low score")) == 1


async def test_a_button_edited_by_hand_opens_nothing(tenant: Tenant) -> None:
    await asked(tenant)
    await tenant.taps(TOM, "2")
    (alert,) = await tenant.reads(MAYA, "Low score")
    take = next(
        a for a in actions(_card(dict(tenant.server.standing("a:maya"))[alert])) if a["title"] == "Take it"
    )
    before = tenant.server.standing("a:maya")
    _, answer = await tenant.sends(tenant.server.press(alert, take, TOM))
    assert answer["type"] == "application/vnd.microsoft.activity.message", (
        "a sentence, and no card of the case"
    )
    assert tenant.server.standing("a:maya") == before


async def test_a_manager_in_a_channel_logs_by_mention_and_is_answered_alone(tenant: Tenant) -> None:
    conversation = {"id": "19:abc@thread.tacv2", "conversationType": "channel", "tenantId": TENANT}
    mention = {"type": "mention", "mentioned": {"id": f"28:{APP}"}, "text": "<at>Kaiku</at>"}
    typed = "<at>Kaiku</at> feedback log + Acme: quick fix, thanked Ville #helpdesk"
    await tenant.writes(MAYA, typed, conversation=conversation, entities=[mention])
    await tenant.reads(MAYA, "Ville Laine")
    assert tenant.server.standing(conversation["id"]) == []
