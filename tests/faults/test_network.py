"""The third engine: between Kaiku and other people's programs the network is slow, torn, swallowing, or cuts in two."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.channels.slack.sender import SlackChannel
from bot.channels.telegram import bot_api
from bot.settings import Settings
from bot.wiring import build
from handlers.events import RatingGiven, Sender
from storage.tables import Answer
from tests.faults.checker import asked
from tests.faults.office import IMPATIENT
from tests.faults.proxy import Proxy, Way, proxy_to
from tests.helpers.asking import ask
from tests.helpers.matrix_town import matrix_town, text_of
from tests.helpers.telegram_phone import Tom
from tests.helpers.telegram_server import MAYA, TOKEN, TOM
from tests.helpers.town import HandClock, example, fresh_database, helsinki
from tests.peers.slack import BOT_TOKEN, SIGNING_SECRET, SlackEmulator, slack_emulator
from tests.peers.synapse import Synapse, synapse
from tests.peers.telegram import telegram_server

pytestmark = pytest.mark.peer


class House:
    """Kaiku, which asked Tom how his call went, and a way to the platform where he and Maya are."""

    def __init__(self, channel: str, tom: str, maya: str, way: Proxy) -> None:
        self.way = way
        self._channel, self._tom, self._maya = channel, tom, maya

    @asynccontextmanager
    async def opened(self, settings: Settings) -> AsyncIterator["House"]:
        """Open it for a test."""
        self.app = build(settings, clock := HandClock(helsinki("2026-11-24 10:00")))
        self.clock = clock
        self.app.open()
        known = {
            name: {"identities": {self._channel: identity}}
            for name, identity in (("tom", self._tom), ("maya", self._maya))
        }
        await asyncio.to_thread(self.app.apply, example(language="en", people=known), "a test")
        await self.app.channels[self._channel].start(self.app.receive)
        await ask(self.app, Sender(self._channel, self._tom), self.clock.at)
        yield self
        self.way.becomes(Way.CLEAR)
        await self.app.channels[self._channel].stop()
        self.app.close()

    async def rates(self, score: int) -> None:
        """Tom answers the first question."""
        (asking,) = asked(self.app.settings.database_url, "SELECT token FROM invitations")
        event = RatingGiven(
            invitation=asking.token,
            question="ease",
            score=score,
            by=Sender(self._channel, self._tom),
            at=self.clock.at,
            delivery_id="1",
        )
        await self.app.receive(event)

    async def alerts(self) -> int:
        """How many messages of a low score stand before Maya, asked of the platform past the proxy."""
        return sum("Low score" in str(message) for message in await self.messages(self._maya))

    async def messages(self, reader: str) -> list[Any]:
        """What stands before somebody."""
        raise NotImplementedError


class Workspace(House):
    """Over npm's Slack."""

    slack: SlackEmulator

    async def messages(self, reader: str) -> list[Any]:
        opened = await _called(self.slack, "conversations.open", users=reader)
        history = await _called(self.slack, "conversations.history", channel=opened["channel"]["id"])
        return list(history["messages"])


async def _called(slack: SlackEmulator, method: str, **fields: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    async with (
        aiohttp.ClientSession() as web,
        web.post(f"{slack.api}{method}", data=fields, headers=headers) as answer,
    ):
        return dict(await answer.json())


@asynccontextmanager
async def _slack(database: str, _: pytest.MonkeyPatch) -> AsyncIterator[House]:
    with slack_emulator() as slack:
        listed = await _called(slack, "users.list")
        people = {member["name"]: member["id"] for member in listed["members"]}
        async with proxy_to(slack.url) as way:
            settings = Settings(
                _env_file=None,
                database_url=database,
                slack_bot_token=SecretStr(BOT_TOKEN),
                slack_signing_secret=SecretStr(SIGNING_SECRET),
                slack_api_url=f"{way.url}/api/",
            )
            workspace = Workspace("slack", people["tom"], people["maya"], way)
            workspace.slack = slack
            async with workspace.opened(settings) as house:
                channel = house.app.channels["slack"]
                assert isinstance(channel, SlackChannel)
                session = channel.workspaces.of("").client.session
                assert session is not None
                session._timeout = IMPATIENT
                yield house


class Chats(House):
    """Over npm's Telegram."""

    phone: Tom

    async def messages(self, reader: str) -> list[Any]:
        said = [update["message"] for update in await self.phone.history()]
        return [message for message in said if str(message["chat_id"]) == reader]


@asynccontextmanager
async def _telegram(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    total = IMPATIENT.total
    request = bot_api._request
    monkeypatch.setattr(bot_api, "_request", lambda connections, _: request(connections, total or 0))
    with telegram_server() as url:
        async with aiohttp.ClientSession() as web, proxy_to(url) as way:
            settings = Settings(
                _env_file=None,
                database_url=database,
                telegram_bot_token=SecretStr(TOKEN),
                telegram_api_url=way.url,
            )
            chats = Chats("telegram", str(TOM), str(MAYA), way)
            chats.phone = Tom(url, web)
            async with chats.opened(settings) as house:
                yield house


@pytest.fixture(params=[_slack, _telegram], ids=["slack", "telegram"])
async def house(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    async with request.param(fresh_database(tmp_path), monkeypatch) as house:
        yield house


MOST = {Way.CLEAR: 1, Way.SLOW: 2, Way.TORN: 1, Way.SWALLOWED: 1, Way.HALVED: 2}
"""How often an alert may stand before its reader: where its answer is lost, once more is all."""


@pytest.mark.parametrize("way", Way)
async def test_an_alert_arrives_over_whatever_way(house: House, way: Way) -> None:
    house.way.becomes(way)
    await house.rates(1)
    await house.app.tick()
    loop = asyncio.get_running_loop()
    began = loop.time()
    await house.app.read(lambda ctx: ctx.now)
    assert loop.time() - began < 0.5, "the house itself goes on"

    house.way.becomes(Way.CLEAR)
    for _ in range(3):
        house.clock.at += timedelta(seconds=10)
        await house.app.tick()
    assert 1 <= await house.alerts() <= MOST[way]
    rows = asked(house.app.settings.database_url, "SELECT * FROM outbox WHERE kind = 'case notice'")
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
