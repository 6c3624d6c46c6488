"""The main loop in Slack: the whole application behind a real socket, signed clicks in, Web API calls out.

The Slack that is called is npm's emulator, which nobody here wrote. It neither clicks nor types: those
requests are built to Slack's own types and signed as Slack signs them.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from handlers.messages import Action, Verb
from storage.schema import migrate
from storage.tables import Answer, InboundDelivery
from tests.helpers import slack_payloads as slack
from tests.helpers.site import served
from tests.helpers.town import HandClock, example, helsinki
from tests.peers.slack import BOT_TOKEN, SIGNING_SECRET, SlackEmulator, slack_emulator
from tests.peers.slack_types import blocks_schema, inbound_schema, violation

pytestmark = pytest.mark.peer


class Workspace:
    """A workspace with a tom and a maya in it, and Kaiku behind a real port."""

    def __init__(
        self, app: App, clock: HandClock, port: int, slack: SlackEmulator, web: aiohttp.ClientSession
    ):
        self.app, self.clock = app, clock
        self._address = f"http://127.0.0.1:{port}/slack/events"
        self._slack, self._web = slack, web
        self.people: dict[str, str] = {}
        self._numbers = itertools.count(1)

    async def meet(self) -> None:
        """Learn the members' ids, and tell the organisation who tom and maya are."""
        listed = await self._call("users.list")
        self.people = {member["name"]: member["id"] for member in listed["members"]}
        known = {name: {"identities": {"slack": self.people[name]}} for name in ("tom", "maya")}
        await asyncio.to_thread(self.app.apply, example(people=known), "a test")

    async def sends(self, payload: dict[str, Any], secret: str = SIGNING_SECRET) -> int:
        """Slack posts something signed; the status it gets. It keeps to its own types."""
        body = slack.as_form(payload)
        headers = slack.signed(body, self.clock.at, secret)
        async with self._web.post(self._address, data=body, headers=headers) as answer:
            await self.app.tick()
            return answer.status

    async def commands(self, person: str, words: str) -> str:
        """Type a slash command; what Slack shows in answer."""
        payload = slack.slash_command(
            words,
            user=self.people[person],
            conversation=await self._chat(person),
            trigger=f"13345224609.{next(self._numbers)}.8088930838",
        )
        body = slack.as_form(payload)
        async with self._web.post(
            self._address, data=body, headers=slack.signed(body, self.clock.at, SIGNING_SECRET)
        ) as answer:
            await self.app.tick()
            return await answer.text()

    async def click(self, person: str, label: str) -> dict[str, Any]:
        """The newest button of that label in one's conversation, pressed: as Slack tells of it."""
        message, button = await self._button(person, label)
        payload = slack.block_action(
            Action.decode(button["value"]),
            user=self.people[person],
            conversation=await self._chat(person),
            message=message["ts"],
            at=f"1795500060.{next(self._numbers):06}",
            action_id=button["action_id"],
        )
        assert violation(inbound_schema(), payload) is None
        return payload

    async def _button(self, person: str, label: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Messages are edited after the acknowledgement, so a button may take a moment to appear."""
        for _ in range(100):
            for message in reversed(await self.messages(person)):
                for button in _buttons(message):
                    if label in (button["text"]["text"], button.get("accessibility_label")):
                        return message, button
            await asyncio.sleep(0.05)
        raise AssertionError(f"{person} sees no button {label!r}")

    async def taps(self, person: str, label: str) -> None:
        """Press a button."""
        assert await self.sends(await self.click(person, label)) == 200

    async def fills(self, person: str, label: str, **fields: str) -> None:
        """Submit the form a button opens. (The emulator shows no views, so the form is known from the button.)"""
        pressed = await self.click(person, label)
        action = Action.decode(pressed["actions"][0]["value"])
        submitted = slack.view_submission(
            action,
            {**fields},
            user=self.people[person],
            conversation=await self._chat(person),
            message=pressed["message"]["ts"],
            view=f"V{next(self._numbers)}",
        )
        assert await self.sends(submitted) == 200

    async def messages(self, person: str) -> list[dict[str, Any]]:
        """What stands in somebody's conversation with the bot, oldest first; each is of Slack's own type."""
        history = await self._call("conversations.history", channel=await self._chat(person))
        messages = [m for m in reversed(history["messages"]) if m.get("blocks")]
        for message in messages:
            assert violation(blocks_schema(), message["blocks"]) is None
        return messages

    async def reads(self, person: str, words: str) -> list[dict[str, Any]]:
        """Wait until somebody reads these words, at most some seconds; the messages that hold them."""
        for _ in range(100):
            if found := [m for m in await self.messages(person) if _holds(m, words)]:
                return found
            await asyncio.sleep(0.1)
            self.clock.at += timedelta(seconds=0.1)
            await self.app.tick()
        raise AssertionError(f"{person} never reads {words!r}")

    async def _chat(self, person: str) -> str:
        opened = await self._call("conversations.open", users=self.people[person])
        return str(opened["channel"]["id"])

    async def _call(self, method: str, **fields: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        async with self._web.post(f"{self._slack.api}{method}", data=fields, headers=headers) as answer:
            told = await answer.json()
        assert told["ok"], told
        return dict(told)


def _holds(message: dict[str, Any], words: str) -> bool:
    return words in json.dumps(message["blocks"], ensure_ascii=False)


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = message.get("blocks") or []
    return [e for b in blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    with slack_emulator() as emulator:
        settings = Settings(
            _env_file=None,
            database_url=f"sqlite:///{tmp_path / 'kaiku.db'}",
            slack_bot_token=SecretStr(BOT_TOKEN),
            slack_signing_secret=SecretStr(SIGNING_SECRET),
            slack_api_url=emulator.api,
        )
        migrate(settings.database_url)
        app = build(settings, clock := HandClock(helsinki("2026-11-24 10:00")))
        app.open()
        app.apply(example(), "a test")
        await app.channels["slack"].start(app.receive)
        async with served(create_site(app)) as port, aiohttp.ClientSession() as web:
            workspace = Workspace(app, clock, port, emulator, web)
            await workspace.meet()
            yield workspace
        await app.channels["slack"].stop()
        app.close()


async def test_the_main_loop_in_slack(workspace: Workspace) -> None:
    await workspace.commands("maya", f"ask <@{workspace.people['tom']}> phone #pension-advice")
    await workspace.reads("tom", "Asiani hoitaminen oli minulle helppoa.")

    await workspace.taps("tom", "2")
    (alert,) = await workspace.reads("maya", "Low score")
    await workspace.reads("tom", "Miten tyytyväinen olet saamaasi palveluun?")
    await workspace.taps("tom", "1")
    await workspace.taps("tom", "Ei")
    await workspace.fills("tom", "Kirjoita…", words="Jonotin <!channel> tunnin *turhaan*")
    (edited,) = await workspace.reads("maya", "Jonotin <!channel> tunnin *turhaan*")
    assert edited["ts"] == alert["ts"], "the alert is edited in place"

    await workspace.taps("maya", "Take it")
    await workspace.fills("maya", "Write to the customer…", words="Pahoittelen. Soitan huomenna.")
    await workspace.reads("tom", "Pahoittelen. Soitan huomenna.")
    await workspace.fills("maya", "Close…", outcome="apologised", words="Hoidettu heti.")
    await workspace.reads("tom", "Hoidettu heti.")

    workspace.clock.at = helsinki("2026-11-27 15:01")
    await workspace.app.tick()
    await workspace.reads("maya", "n = 1")


async def test_what_is_not_signed_by_slack_is_refused_and_stores_nothing(workspace: Workspace) -> None:
    payload = slack.block_action(Action(Verb.RATE, "nothing", "ease=1"))
    assert await workspace.sends(payload, secret="somebody else's") == 401
    assert await workspace.app.read(lambda ctx: ctx.session.exec(select(InboundDelivery)).all()) == []


async def test_a_retry_of_slack_and_a_double_tap_make_one_answer(workspace: Workspace) -> None:
    await workspace.commands("maya", f"ask <@{workspace.people['tom']}> phone #pension-advice")
    await workspace.reads("tom", "helppoa")
    click = await workspace.click("tom", "2")
    assert [await workspace.sends(click) for _ in range(3)] == [200, 200, 200]
    await asyncio.gather(*(workspace.sends(click) for _ in range(20)))
    assert len(await workspace.app.read(lambda ctx: ctx.session.exec(select(Answer)).all())) == 1
    assert len(await workspace.reads("maya", "Low score")) == 1


async def test_a_manager_logs_in_one_line_and_a_customer_may_not(workspace: Workspace) -> None:
    told = await workspace.commands("maya", "log + Acme: quick fix, thanked Ville #helpdesk")
    assert "Ville Laine" in told
    refused = await workspace.commands("tom", "why T-1")
    assert "Liisa Heino" in refused, "who can grant the right is named"
