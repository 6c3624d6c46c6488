"""The main loop in Teams: the whole application behind a real socket, signed activities in, cards out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from storage.tables import Answer, InboundDelivery
from tests.helpers.site import served
from tests.helpers.teams_server import (
    APP,
    MAYA,
    PASSWORD,
    TENANT,
    TOM,
    Json,
    actions,
    teams_server,
    words,
)
from tests.helpers.teams_tenant import Tenant, card_of
from tests.helpers.town import HandClock, example, fresh_database, helsinki

pytestmark = pytest.mark.whole


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
        app = build(settings, HandClock(helsinki("2026-11-24 10:00")))
        app.open()
        app.apply(example(people={"maya": {"identities": {"teams": MAYA.directory}}}), "a test")
        await app.channels["teams"].start(app.receive)
        async with served(create_site(app)) as port, aiohttp.ClientSession() as web:
            yield Tenant(app, port, server, web)
        await app.channels["teams"].stop()
        app.close()


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

    clock = tenant.app.clock
    assert isinstance(clock, HandClock)
    clock.at = helsinki("2026-11-27 15:01")
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
        a for a in actions(card_of(dict(tenant.server.standing("a:maya"))[alert])) if a["title"] == "Take it"
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
