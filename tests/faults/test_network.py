"""The third engine: between Kaiku and other people's programs the network is slow, torn, swallowing, or cuts in two."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.channels.slack.sender import SlackChannel
from bot.settings import Settings
from bot.wiring import build
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, RatingGiven, Sender
from handlers.invite import decide_now
from storage.tables import Answer
from tests.faults.checker import asked
from tests.faults.office import IMPATIENT
from tests.faults.proxy import Proxy, Way, proxy_to
from tests.helpers.matrix_town import matrix_town, text_of
from tests.helpers.town import HandClock, example, fresh_database, helsinki
from tests.peers.slack import BOT_TOKEN, SIGNING_SECRET, SlackEmulator, slack_emulator
from tests.peers.synapse import Synapse, synapse

pytestmark = pytest.mark.peer


class Workspace:
    """npm's Slack, a way to it, and Kaiku, which asked Tom how his call went."""

    def __init__(self, app: App, clock: HandClock, way: Proxy, slack: SlackEmulator) -> None:
        self.app, self.clock, self.way = app, clock, way
        self._slack = slack
        self.people: dict[str, str] = {}

    async def call(self, method: str, **fields: str) -> dict[str, Any]:
        """Ask the emulator itself, past the proxy."""
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        async with (
            aiohttp.ClientSession() as web,
            web.post(f"{self._slack.api}{method}", data=fields, headers=headers) as answer,
        ):
            return dict(await answer.json())

    async def alerts(self) -> int:
        """How many messages of a low score stand before Maya."""
        opened = await self.call("conversations.open", users=self.people["maya"])
        history = await self.call("conversations.history", channel=opened["channel"]["id"])
        return sum("Low score" in str(message) for message in history["messages"])

    async def rates(self, score: int) -> None:
        """Tom answers the first question."""
        (asking,) = asked(self.app.settings.database_url, "SELECT token FROM invitations")
        event = RatingGiven(
            invitation=asking.token,
            question="ease",
            score=score,
            by=Sender("slack", self.people["tom"]),
            at=self.clock.at,
            delivery_id="1",
        )
        await self.app.receive(event)


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    with slack_emulator() as slack:
        async with proxy_to(slack.url) as way:
            settings = Settings(
                _env_file=None,
                database_url=fresh_database(tmp_path),
                slack_bot_token=SecretStr(BOT_TOKEN),
                slack_signing_secret=SecretStr(SIGNING_SECRET),
                slack_api_url=f"{way.url}/api/",
            )
            app = build(settings, clock := HandClock(helsinki("2026-11-24 10:00")))
            app.open()
            workspace = Workspace(app, clock, way, slack)
            listed = await workspace.call("users.list")
            workspace.people = {member["name"]: member["id"] for member in listed["members"]}
            known = {name: {"identities": {"slack": workspace.people[name]}} for name in ("tom", "maya")}
            await asyncio.to_thread(app.apply, example(language="en", people=known), "a test")
            await app.channels["slack"].start(app.receive)
            await _asks(workspace)
            yield workspace
            way.becomes(Way.CLEAR)
            await app.channels["slack"].stop()
            app.close()


async def _asks(workspace: Workspace) -> None:
    event = EncounterHappened(
        touchpoint="phone",
        customer=Sender("slack", workspace.people["tom"]),
        service="pension-advice",
        source="test",
        happened_at=workspace.clock.at,
        ask_at_once=True,
        by=Sender("api", "test"),
        at=workspace.clock.at,
        delivery_id="",
    )
    await workspace.app.write(lambda ctx: decide_now(record_encounter(event, ctx).token, ctx))
    await workspace.app.tick()
    channel = workspace.app.channels["slack"]
    assert isinstance(channel, SlackChannel)
    session = channel.workspaces.of("").client.session
    assert session is not None
    session._timeout = IMPATIENT


MOST = {Way.CLEAR: 1, Way.SLOW: 2, Way.TORN: 1, Way.SWALLOWED: 1, Way.HALVED: 2}
"""How often an alert may stand before its reader: where its answer is lost, once more is all."""


@pytest.mark.parametrize("way", Way)
async def test_an_alert_arrives_over_whatever_way(workspace: Workspace, way: Way) -> None:
    workspace.way.becomes(way)
    await workspace.rates(1)
    await workspace.app.tick()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await workspace.app.read(lambda ctx: ctx.now)
    assert loop.time() - began < 0.5, "the house itself goes on"

    workspace.way.becomes(Way.CLEAR)
    for _ in range(3):
        workspace.clock.at += timedelta(seconds=10)
        await workspace.app.tick()
    assert 1 <= await workspace.alerts() <= MOST[way]
    rows = asked(workspace.app.settings.database_url, "SELECT * FROM outbox WHERE kind = 'case notice'")
    assert {row.state for row in rows} == {"sent"}


@pytest.fixture(scope="module")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    with synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.mark.parametrize("way", Way)
async def test_over_whatever_way_to_a_matrix_homeserver_an_answer_and_its_alert_arrive_once(
    homeserver: Synapse, tmp_path: Path, way: Way
) -> None:
    async with matrix_town(homeserver, tmp_path) as matrix, proxy_to(homeserver.url) as between:
        await matrix.stop()
        matrix.settings = matrix.settings.model_copy(update={"matrix_homeserver": between.url})
        await matrix.start_again()
        await matrix.asks()
        await matrix.tom.reads("helppoa")

        between.becomes(way)
        await matrix.tom.says("1")
        await asyncio.sleep(1.5)
        between.becomes(Way.CLEAR)

        await matrix.maya.reads("Low score")
        await asyncio.sleep(2)  # a second one would come soon
        (answer,) = await matrix.rows(Answer)
        assert answer.score == 1
        assert sum("Low score" in text_of(message) for message in await matrix.maya.messages()) == 1
