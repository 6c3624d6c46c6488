"""The process dies, is asked to stop, or the disk fails it: F1–F11 and F14."""

import asyncio
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlmodel import Session

from storage.database import Database
from tests.faults.checker import Books, asked, check
from tests.faults.clients import everything_said
from tests.faults.disk import KNOWN
from tests.faults.house import House
from tests.faults.platform import Trouble
from tests.helpers.databases import address_in

pytestmark = pytest.mark.slow

TWO_PAGES = 8192
"""Bytes; a write-ahead log that may not grow beyond them holds no answer."""
WEEK = 7 * 86400.0


async def test_f01_killed_before_the_commit_nothing_is_stored_and_the_next_tap_is(house: House) -> None:
    prompt = house.dice.choice(house.prompts)
    await house.lives(dies="before", of="responses")
    assert await house.hand.taps(prompt, 1) == 0
    await house.dies()
    assert Books(house.url).answers == []

    await house.lives()
    assert await house.hand.taps(prompt, 1) == 200
    books = await house.ends_well()
    assert len(books.cases) == 1


async def test_f02_killed_after_the_commit_the_retry_hears_that_it_is_recorded(house: House) -> None:
    prompt = house.dice.choice(house.prompts)
    await house.lives(dies="after", of="responses")
    assert await house.hand.taps(prompt, 1) == 0
    await house.dies()
    assert len(Books(house.url).answers) == 1

    await house.lives()
    assert await house.hand.taps(prompt, 1) == 200
    books = await house.ends_well()
    assert (len(books.answers), len(books.changes), len(books.cases)) == (1, 0, 1)
    assert len(house.slack.posted) == 1


async def test_f03_killed_after_an_alert_was_taken_it_is_said_once_more_under_the_same_key(
    house: House,
) -> None:
    def kill(method: str, told: dict[str, object]) -> None:
        if method == "chat.postMessage":
            house.slack.before_answering = lambda _method, _told: None
            os.kill(house.kaiku.pid, signal.SIGKILL)
            house.slack.died()

    house.slack.before_answering = kill
    await house.lives()
    assert await house.hand.taps(house.dice.choice(house.prompts), 1) == 200
    assert await asyncio.to_thread(house.kaiku.ended) == -signal.SIGKILL

    await house.lives()
    books = await house.ends_well()
    assert len(books.cases) == 1
    assert [heard.life for heard in house.slack.posted] == [0, 1]
    assert len({heard.key for heard in house.slack.posted}) == 1


MIGRATING = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from storage.schema import migrate
left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(sys.argv[1])
"""


def test_f04_killed_while_it_migrates_nothing_is_half_done(dice: random.Random, tmp_path: Path) -> None:
    url = address_in(tmp_path)
    command = [sys.executable, "-c", MIGRATING, url]
    for statement in sorted(dice.sample(range(1, 100), 2)):
        killed = subprocess.run([*command, str(statement)], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert tables(url) == 0
    subprocess.run([*command, "0"], check=True)
    assert tables(url) > 40


def tables(url: str) -> int:
    """How many there are, but for what is SQLite's or PostgreSQL's own."""
    listed = (
        "SELECT count(*) AS n FROM sqlite_master WHERE type = 'table'"
        if url.startswith("sqlite")
        else "SELECT count(*) AS n FROM information_schema.tables WHERE table_schema = 'public'"
    )
    (found,) = asked(url, listed)
    return int(found.n)


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_f05_killed_while_digests_are_composed_each_comes_once(moment: str, house: House) -> None:
    await house.lives()
    for prompt in house.dice.sample(house.prompts, 6):
        assert await house.hand.taps(prompt, 5) == 200
    await house.stops()

    house.kaiku.ahead = WEEK
    await asyncio.to_thread(house.kaiku.begin, dies=moment, of="digest_runs")
    await house.dies()
    await house.lives()
    await house.slack.hears(lambda slack: any(heard.key.startswith("digest") for heard in slack.posted))
    books = await house.ends_well()
    digests = [row for row in books.outbox if row.kind == "digest"]
    assert digests
    assert {row.state for row in digests} == {"sent"}
    said = [heard.key for heard in house.slack.posted if heard.key.startswith("digest")]
    assert sorted(said) == sorted(row.dedupe_key for row in digests)


async def test_f06_asked_to_stop_it_is_gone_within_five_seconds_and_holds_nothing(house: House) -> None:
    house.slack.is_broken("chat.postMessage", Trouble(seconds=60))
    await house.lives()
    assert await asyncio.gather(*(house.hand.taps(prompt, 1) for prompt in house.prompts[:40])) == [200] * 40
    await house.slack.hears(lambda slack: len(slack.history) > 40)
    seconds, status, _ = await asyncio.to_thread(house.kaiku.stop)
    house.slack.died()

    assert status == 0
    assert seconds < 5
    assert {row.claimed_at for row in Books(house.url).outbox if row.state == "queued"} == {None}
    house.slack.is_whole("chat.postMessage")
    await house.lives()
    await everything_said(house.url)
    await asyncio.to_thread(house.kaiku.stop)
    assert len(check(house.url, house.hand.journal, house.slack).cases) == 40


@pytest.mark.sqlite("on PostgreSQL the disk is the server's")
async def test_f07_on_a_full_disk_a_tap_is_not_acknowledged_and_with_room_again_it_is(house: House) -> None:
    first, second, third = house.prompts[:3]
    await house.lives()
    assert await house.hand.taps(first, 5) == 200

    _, most = resource.prlimit(house.kaiku.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(house.kaiku.pid, resource.RLIMIT_FSIZE, (TWO_PAGES, most))
    assert await house.hand.taps(second, 1) == 503

    resource.prlimit(house.kaiku.pid, resource.RLIMIT_FSIZE, (most, most))
    assert await house.hand.taps(second, 2) == 200
    assert await house.hand.taps(third, 3) == 200
    await house.ends_well(quietly=False)
    assert any("could not be saved" in heard.told.get("text", "") for heard in house.slack.history)


@pytest.mark.sqlite("on PostgreSQL the disk is the server's")
@pytest.mark.skipif(not KNOWN, reason="Linux only lets a test take fsync away")
async def test_f08_a_disk_that_does_not_confirm_ends_the_process_and_nobody_is_told_otherwise(
    house: House,
) -> None:
    first, second = house.prompts[:2]
    await house.lives()
    assert await house.hand.taps(first, 1) == 200
    os.kill(house.kaiku.pid, signal.SIGUSR1)
    assert await house.hand.taps(second, 1) == 0
    assert await asyncio.to_thread(house.kaiku.ended) == 1
    house.slack.died()
    assert "did not confirm" in house.kaiku.errors()

    await house.lives()
    assert await house.hand.taps(second, 1) == 200
    assert len((await house.ends_well(quietly=False)).cases) == 2


@pytest.mark.sqlite("PostgreSQL has a log of its own")
async def test_f09_a_torn_log_opens_at_the_last_whole_commit(house: House, tmp_path: Path) -> None:
    await house.lives()
    for prompt in house.prompts[:12]:
        assert await house.hand.taps(prompt, house.dice.choice((1, 5))) == 200
    await house.is_killed()
    file, log = tmp_path / "kaiku.db", tmp_path / "kaiku.db-wal"

    cut = tmp_path / "cut.db"
    shutil.copy(file, cut)
    half = house.dice.randrange(32, log.stat().st_size)
    cut.with_name("cut.db-wal").write_bytes(log.read_bytes()[:half])
    with closing(sqlite3.connect(cut)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        answers = connection.execute("SELECT count(*) FROM answers").fetchone()[0]
        assert answers == connection.execute("SELECT count(*) FROM responses").fetchone()[0] <= 12

    with log.open("ab") as torn:  # what was being written when the power went: a frame, and half of one
        torn.write(house.dice.randbytes(4120 + 2000))
    await house.lives()
    await house.ends_well()


@contextmanager
def held(url: str, begin: str) -> Iterator[sqlite3.Connection]:
    """Another program has the file open, in a transaction that began so."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute(begin)
        yield other


@pytest.mark.sqlite("nobody can hold all of PostgreSQL")
async def test_f10_while_another_program_holds_the_file_a_tap_is_refused_within_a_second_or_so(
    house: House,
) -> None:
    await house.lives()
    loop = asyncio.get_running_loop()
    with held(house.url, "BEGIN IMMEDIATE"):
        began = loop.time()
        assert await house.hand.taps(house.prompts[0], 1) == 503
        assert loop.time() - began < 3, "Slack waits no longer"
    assert await house.hand.taps(house.prompts[0], 2) == 200
    await house.ends_well(quietly=False)


@pytest.mark.sqlite("PostgreSQL's log does not wait for readers")
def test_f11_after_a_long_reader_the_log_is_used_anew(url: str, tmp_path: Path) -> None:
    log = tmp_path / "kaiku.db-wal"

    def write_much(session: Session) -> None:
        session.connection().exec_driver_sql(
            "INSERT INTO cursors VALUES ('much', hex(randomblob(50000))) "
            "ON CONFLICT DO UPDATE SET value = excluded.value"
        )

    with Database(url) as database:
        with held(url, "BEGIN") as reader:
            reader.execute("SELECT count(*) FROM cursors").fetchone()
            for _ in range(80):
                database.write_now(write_much)
            grown = log.stat().st_size
            assert grown > 80 * 100_000, "nothing is taken from under a reader"
        for _ in range(160):
            database.write_now(write_much)
        assert log.stat().st_size < 1.1 * grown
    assert not log.exists()


@pytest.mark.sqlite("a PostgreSQL may be shared")
async def test_f14_a_second_process_on_the_same_file_says_who_has_it(house: House) -> None:
    await house.lives()
    second = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.helpers.serving_process"),
        env=house.kaiku.environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await second.communicate()
    assert second.returncode == 1
    assert f"in use by process {house.kaiku.pid}" in said.decode()
    assert await house.hand.taps(house.prompts[0], 4) == 200
    await house.ends_well()
