"""What one replica does alone another takes over within ten seconds, however the first one ended."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.alone import Alone
from storage.database import Database
from storage.shares import Share
from tests.helpers.busy_house import furnish
from tests.helpers.matrix_town import Resident
from tests.helpers.serving import Kaiku
from tests.helpers.slack_server import slack_server
from tests.helpers.telegram_payloads import words
from tests.helpers.telegram_server import TOKEN, telegram_server
from tests.helpers.town import fresh_database
from tests.peers.synapse import synapse


class Ears:
    """Something that one does alone."""

    def __init__(self, database: Database) -> None:
        self.heard: list[str] = []
        self.alone = Alone(database, "ears", self._open, self._close)

    async def _open(self) -> None:
        self.heard.append("open")

    async def _close(self) -> None:
        self.heard.append("close")


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Two replicas."""
    url = fresh_database(tmp_path)
    with Database(url) as one, Database(url) as other:
        one.take_part("one")
        other.take_part("other")
        yield one, other


async def becomes(happened: Callable[[], bool], within: float = 10.0) -> float:
    """Wait until something is so; the seconds it took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < within
        await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_one_of_two_listens_and_the_other_when_it_stops(two: tuple[Database, Database]) -> None:
    first, second = (Ears(database) for database in two)
    await first.alone.start()
    await becomes(lambda: first.alone.is_on)
    await second.alone.start()
    await asyncio.sleep(1.5)
    assert not second.alone.is_on

    await first.alone.stop()
    await becomes(lambda: second.alone.is_on, within=3)
    assert (first.heard, second.heard) == (["open", "close"], ["open"])
    await second.alone.stop()


async def test_whoever_loses_the_server_listens_no_more_until_it_is_their_turn_again(
    two: tuple[Database, Database],
) -> None:
    first, second = (Ears(database) for database in two)
    await first.alone.start()
    await becomes(lambda: first.alone.is_on)
    await second.alone.start()

    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'one'"
    two[1].write_now(lambda session: session.connection().exec_driver_sql(end))
    await becomes(lambda: "close" in first.heard)
    await becomes(lambda: first.alone.is_on != second.alone.is_on)
    await first.alone.stop()
    await second.alone.stop()


async def test_work_is_shared_out_among_those_who_are_there(two: tuple[Database, Database]) -> None:
    one, other = two
    gone: list[str] = []
    one.on_gone.append(gone.append)
    await becomes(lambda: {one.share, other.share} == {Share(0, 2), Share(1, 2)})
    other.close()
    await becomes(lambda: one.share == Share(0, 1))
    await becomes(lambda: gone == ["other"])


async def test_who_died_before_anybody_came_is_missed_too(tmp_path: Path) -> None:
    gone: list[str] = []
    with Database(fresh_database(tmp_path)) as one, Database(one.url) as other:
        other.take_part("other")
        one.on_gone.append(gone.append)
        one.take_part("one", ["long dead", "other"])
        await becomes(lambda: gone == ["long dead"])
        await asyncio.sleep(1.5)
        assert gone == ["long dead"]


def test_a_file_is_nobody_else_s(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'kaiku.db'}")
    with database:
        database.take_part("one")
        assert database.share == Share(0, 1)


@pytest.fixture
def furnished(tmp_path: Path) -> str:
    """The address of a database with an organisation."""
    url = fresh_database(tmp_path)
    with Database(url) as database:
        furnish(database, 1)
    return url


def hang(replica: Kaiku) -> None:
    replica.process.send_signal(signal.SIGSTOP)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("end", [Kaiku.kill, hang])
async def test_socket_mode_is_taken_over_when_its_replica_dies_or_hangs(
    end: Callable[[Kaiku], None], furnished: str
) -> None:
    async with slack_server() as slack:
        with ExitStack() as stack:
            one, other = (
                stack.enter_context(Kaiku(furnished, slack.api, slack_app_token="xapp-test"))
                for _ in range(2)
            )
            await asyncio.to_thread(one.start)
            await slack.connected(1)
            await asyncio.to_thread(other.start)
            await asyncio.sleep(2)
            assert len(slack.sockets) == 1

            end(one)
            seconds = await becomes(lambda: len(slack.sockets) == 2)
            assert seconds < 10


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_asking_telegram_is_taken_over_when_its_replica_hangs(furnished: str) -> None:
    async with slack_server() as slack, telegram_server() as telegram:
        with ExitStack() as stack:
            here = {"telegram_bot_token": TOKEN, "telegram_api_url": telegram.url}
            one, other = (stack.enter_context(Kaiku(furnished, slack.api, **here)) for _ in range(2))
            await asyncio.to_thread(one.start)
            await telegram.happens(words("/help"))
            await telegram.told("sendMessage")
            await asyncio.to_thread(other.start)

            hang(one)
            await telegram.happens(words("/help"))
            seconds = await becomes(lambda: len(telegram.to("sendMessage")) == 2)
            assert seconds < 10


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("end", [Kaiku.kill, hang])
async def test_asking_a_matrix_homeserver_is_taken_over_when_its_replica_dies_or_hangs(
    end: Callable[[Kaiku], None], furnished: str, tmp_path: Path
) -> None:
    async with slack_server() as slack:
        with synapse(tmp_path) as homeserver, ExitStack() as stack:
            bot, tom = homeserver.register("kaiku"), homeserver.register("tom")
            here = {
                "matrix_homeserver": homeserver.url,
                "matrix_user_id": bot.user,
                "matrix_access_token": bot.token,
            }
            one, other = (Kaiku(furnished, slack.api, **here) for _ in range(2))
            resident = Resident(tom, bot)
            await asyncio.to_thread(stack.enter_context(one).start)
            await resident.meets()
            await resident.says("The queue was long.")
            await resident.reads("has been recorded")
            await asyncio.to_thread(stack.enter_context(other).start)

            end(one)
            before = len(await resident.messages())
            await resident.says("And the chairs were hard.")
            began = time.monotonic()
            while len(await resident.messages()) == before:
                assert time.monotonic() - began < 10
                await asyncio.sleep(0.2)
