"""The whole application with Slack as its only channel: what delivery and handlers make of what Slack says."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.app import App
from bot.settings import Settings
from bot.wiring import channels
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.invite import decide_now
from storage.database import Database
from tests.helpers import slack_payloads as slack
from tests.helpers.slack_server import SlackServer, slack_server
from tests.helpers.town import TUESDAY_TEN, HandClock, example, fresh_database

pytestmark = pytest.mark.whole

WAIT = 2
"""Seconds that Slack asks us to wait."""


class BusySlack(SlackServer):
    """Everybody has a conversation of their own; one of them is busy for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = ""
        self.refused = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        told: dict[str, Any] = await request.json() if request.can_read_body else {}
        if self.busy and told.get("channel") == self.busy:
            self.refused += 1
            refusal = {"ok": False, "error": "ratelimited"}
            return web.json_response(refusal, status=429, headers={"Retry-After": str(WAIT)})
        if request.match_info["method"] == "conversations.open":
            return web.json_response({"ok": True, "channel": {"id": f"D{told['users']}"}})
        return await super().answer(request)

    def reached(self) -> list[str]:
        return [posted["channel"] for posted in self.to("chat.postMessage")]


@dataclass
class House:
    app: App
    clock: HandClock
    server: BusySlack

    async def ask(self, user: str) -> None:
        """Ask a customer for feedback."""
        happened = EncounterHappened(
            source="test",
            touchpoint="phone",
            customer=Sender("slack", user),
            happened_at=self.clock.at,
            ask_at_once=True,
            by=Sender("api", "test"),
            at=self.clock.at,
            delivery_id="",
        )
        recorded = await self.app.write(lambda ctx: record_encounter(happened, ctx))
        await self.app.write(lambda ctx: decide_now(recorded.token, ctx))

    async def hear(self, payload: dict[str, Any]) -> None:
        channel: Any = self.app.channels["slack"]
        assert (await channel._hear(payload)).status == 200
        await channel._replies.finish(within=5)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with slack_server(BusySlack()) as server:
        assert isinstance(server, BusySlack)
        settings = Settings(
            _env_file=None,
            database_url=fresh_database(tmp_path),
            slack_bot_token=SecretStr("xoxb-local"),
            slack_signing_secret=SecretStr(slack.SECRET),
            slack_api_url=server.api,
        )
        clock, database = HandClock(TUESDAY_TEN), Database(settings.database_url)
        app = App(settings, clock, database, channels(settings, clock, database))
        app.open()
        app.apply(example(people={"maya": {"identities": {"slack": slack.MAYA}}}), "a test")
        await app.channels["slack"].start(app.receive)
        yield House(app, clock, server)
        await app.channels["slack"].stop()
        app.close()


async def test_when_slack_asks_to_wait_only_that_conversation_waits(house: House) -> None:
    for user in ("U0ONE", "U0BUSY", "U0TWO"):
        await house.ask(user)
    house.server.busy = "DU0BUSY"
    await house.app.tick()
    assert sorted(house.server.reached()) == ["DU0ONE", "DU0TWO"]
    house.server.busy = ""
    await house.ask("U0THREE")
    house.clock.at += timedelta(seconds=WAIT - 1)
    await house.app.tick()
    assert sorted(house.server.reached()) == ["DU0ONE", "DU0THREE", "DU0TWO"]
    assert house.server.refused == 1
    await asyncio.sleep(WAIT)
    house.clock.at += timedelta(seconds=WAIT)
    await house.app.tick()
    assert house.server.reached().count("DU0BUSY") == 1


async def test_the_home_tab_shows_what_one_said_oneself_and_to_nobody_else(house: House) -> None:
    await house.hear(slack.direct_message("The printer is broken again, please call me."))
    await house.app.tick()
    await house.hear(slack.home_opened(user=slack.TOM))
    of_tom = str(house.server.to("views.publish")[-1]["view"])
    assert "The printer is broken again" in of_tom
    await house.hear(slack.home_opened(event_id="Ev0MAYA"))
    published = house.server.to("views.publish")[-1]
    assert published["user_id"] == slack.MAYA
    assert "The printer" not in str(published)


async def test_a_workflow_of_somebody_who_may_not_ask_is_refused_with_the_reason(house: House) -> None:
    await house.hear(slack.workflow_step(asked_by="U0STRANGER"))
    [told] = house.server.to("functions.completeError")
    assert told["function_execution_id"] == "Fx0RUN"
    assert house.server.to("functions.completeSuccess") == []


async def test_a_workflow_of_somebody_who_works_here_has_the_customer_asked(house: House) -> None:
    await house.hear(slack.workflow_step(about="the printer"))
    await house.app.tick()
    [told] = house.server.to("functions.completeSuccess")
    assert told["outputs"]["answer"]
    assert "the printer" in str(house.server.to("chat.postMessage")[-1])
