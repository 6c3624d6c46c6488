"""Several on one PostgreSQL, which restarts, falls over, or takes work back: F14–F16."""

import asyncio
import random
import subprocess
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from storage.database import Database
from storage.postgresql import WRITING
from tests.faults.checker import check
from tests.faults.clients import everything_said
from tests.faults.journal import Journal
from tests.faults.office import Office, office_of
from tests.faults.platform import Slack, Trouble
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.databases import ON, administrator, fresh_database

pytestmark = pytest.mark.slow


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database of a PostgreSQL, whatever the other tests use."""
    pytest.importorskip("pgserver")
    monkeypatch.setenv(ON, "postgresql")
    return fresh_database(tmp_path)


@asynccontextmanager
async def replicas(url: str, slack: Slack, dice: random.Random, number: int) -> AsyncIterator[list[Office]]:
    """So many, each with a delivery of its own, and one journal."""
    with Database(url) as database:
        prompts = furnish(database, 40)
    journal = Journal()
    async with AsyncExitStack() as stack:
        running = []
        for _ in range(number):
            office = await stack.enter_async_context(
                office_of(url, slack, prompts, dice, datetime.now(UTC), serving=True)
            )
            office.journal = journal
            running.append(office)
        yield running


async def test_f14_replicas_on_one_postgresql_say_nothing_twice(
    shared: str, slack: Slack, dice: random.Random
) -> None:
    slack.is_broken("conversations.open", Trouble(seconds=0.3, took_it=True))
    async with replicas(shared, slack, dice, 1) as [first]:
        for prompt in first.prompts[:20]:
            assert await first.taps(prompt, 1) == 200
        async with office_of(
            shared, slack, first.prompts, dice, datetime.now(UTC), serving=True
        ) as second:  # comes while the first is speaking
            second.journal = first.journal
            for prompt in first.prompts[20:]:
                both = asyncio.gather(first.taps(prompt, 1), second.sends(prompt.tap("ease", 1)))
                assert set(await both) == {200}
            await everything_said(shared, 90)
    books = check(shared, first.journal, slack)
    assert len(books.cases) == 40
    assert len(slack.posted) == len({heard.key for heard in slack.posted}) == 40


async def test_f15_a_postgresql_that_restarts_loses_and_doubles_nothing(
    shared: str, slack: Slack, dice: random.Random
) -> None:
    from pgserver._commands import POSTGRES_BIN_PATH
    from pgserver.postgres_server import get_server

    folder = Path(parse_qs(urlsplit(shared).query)["host"][0])
    server = get_server(folder, cleanup_mode="delete")

    def restart() -> None:
        command = [
            str(POSTGRES_BIN_PATH / "pg_ctl"),
            "-D",
            str(folder),
            *["-m", "immediate", "-w", "restart"],
        ]
        silent = subprocess.DEVNULL
        subprocess.run(command, user=server.system_user, check=True, stdout=silent, stderr=silent)

    async def insist(office: Office, prompt: Prompt) -> None:
        while await office.taps(prompt, 1) != 200:  # noqa: ASYNC110 -- as Slack does
            await asyncio.sleep(0.2)

    async with replicas(shared, slack, dice, 1) as [office]:
        for number, prompt in enumerate(office.prompts[:24]):
            if number % 8 == 4:
                restarting = asyncio.create_task(asyncio.to_thread(restart))
                await insist(office, prompt)
                await restarting
            elif number % 8 == 0:
                with administrator() as say:
                    say("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name <> ''"
                        " AND pid <> pg_backend_pid()")  # fmt: skip
            await insist(office, prompt)
        await everything_said(shared, 150)
    assert len(check(shared, office.journal, slack).cases) == 24


async def test_f16_work_that_postgresql_takes_back_because_of_others_is_done_again(
    shared: str, slack: Slack, dice: random.Random
) -> None:
    import psycopg

    held, tapping = threading.Event(), threading.Event()

    def cross() -> None:
        """Holds what the tap wants, and then wants what the tap holds."""
        with psycopg.connect(shared) as other:
            other.execute("SET deadlock_timeout = '60s'")
            other.execute("LOCK TABLE responses IN ACCESS EXCLUSIVE MODE")
            held.set()
            tapping.wait(10)
            other.execute("SELECT pg_sleep(0.3)")
            other.execute(f"SELECT pg_advisory_xact_lock({WRITING})")

    async with replicas(shared, slack, dice, 1) as [office]:
        for prompt in office.prompts[:3]:
            held.clear()
            tapping.clear()
            other = asyncio.create_task(asyncio.to_thread(cross))
            await asyncio.to_thread(held.wait, 10)
            tap = asyncio.create_task(office.taps(prompt, 1))
            tapping.set()
            assert await tap == 200
            await other
        await everything_said(shared, 90)
    assert len(check(shared, office.journal, slack).cases) == 3
