import asyncio
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, SQLModel, select

from storage.database import Database
from storage.errors import CannotOpenDatabase, DatabaseClosed, DatabaseInUse, UnknownDatabase
from storage.readers import Glance
from storage.tables import InboundDelivery
from tests.storage.notes import MONDAY_NOON, leave, notes


def start(*arguments: str) -> subprocess.Popen[str]:
    """The writing process beside this module, with its output to read."""
    command = [sys.executable, "-m", "tests.storage.writing_process", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read-?only"):
        database.read_now(leave("a"))


def test_in_memory_a_reader_cannot_write_either() -> None:
    with Database("sqlite://") as database:
        database.write_now(lambda session: SQLModel.metadata.create_all(session.connection()))
        with pytest.raises(OperationalError, match="readonly"):
            database.read_now(leave("a"))

        assert database.write_now(leave("b")) == "b"
        assert database.read_now(notes) == ["b"]
        assert asyncio.run(database.read(notes)) == ["b"]


def test_a_read_sees_one_state_from_its_first_question_on(database: Database) -> None:
    def read_twice(session: Session) -> tuple[list[str], list[str]]:
        before = notes(session)
        database.write_now(leave("meanwhile"))
        return before, notes(session)

    assert database.read_now(read_twice) == ([], [])
    assert database.read_now(notes) == ["meanwhile"]


async def test_a_quick_look_sees_all_that_is_stored_and_cannot_write(database: Database) -> None:
    await database.write(leave("a"))
    assert await database.read_briefly(notes) == ["a"]
    with pytest.raises(DBAPIError, match=r"read-?only"):
        await database.read_briefly(leave("b"))
    await database.write(leave("c"))
    assert await database.read_briefly(notes) == ["a", "c"]


async def test_a_quick_look_sees_one_state_too(database: Database) -> None:
    def look_twice(session: Session) -> tuple[list[str], list[str]]:
        before = notes(session)
        database.write_now(leave("meanwhile"))
        return before, notes(session)

    assert await database.read_briefly(look_twice) == ([], [])
    assert await database.read_briefly(notes) == ["meanwhile"]


async def test_a_quick_look_that_fails_halfway_leaves_no_old_state_behind(database: Database) -> None:
    await database.write(leave("a"))
    await database.write(leave("b"))

    def fails(session: Session) -> None:
        cursor = session.connection().exec_driver_sql("SELECT delivery_id FROM inbound").cursor
        cursor.fetchone()
        raise KeyError("halfway")

    with pytest.raises(KeyError) as caught:
        await database.read_briefly(fails)
    await database.write(leave("c"))
    assert await database.read_briefly(notes) == ["a", "b", "c"], "though the error is held, with its frames"
    assert caught.tb is not None


async def test_a_quick_look_that_the_file_keeps_waiting_is_patient_on_another_thread(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_self: Glance, _work: object) -> None:
        busy = sqlite3.OperationalError("database is locked")
        busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise busy

    monkeypatch.setattr(Glance, "read", locked)
    threads: list[str] = []
    await database.read_briefly(lambda _: threads.append(threading.current_thread().name))
    assert threads[0].startswith("reader")


async def test_two_hundred_readers_and_writers_at_once(database: Database) -> None:
    writes = [database.write(leave(str(i))) for i in range(100)]
    reads = [database.read(notes) for _ in range(100)]
    answers = await asyncio.gather(*writes, *reads)

    assert answers[:100] == [str(i) for i in range(100)]
    assert await database.read(notes) == answers[:100]


def test_a_row_stays_readable_after_its_transaction(database: Database) -> None:
    def left(session: Session) -> InboundDelivery:
        leave("a")(session)
        return session.exec(select(InboundDelivery)).one()

    assert database.write_now(left).at == MONDAY_NOON
    assert database.read_now(lambda session: session.exec(select(InboundDelivery)).one()).at == MONDAY_NOON


async def test_a_closed_database_says_so(url: str) -> None:
    database = Database(url)
    with database:
        pass

    with pytest.raises(DatabaseClosed, match="The database is closed"):
        database.read_now(notes)
    with pytest.raises(DatabaseClosed):
        await database.read(notes)
    with pytest.raises(DatabaseClosed):
        await database.write(notes)


@pytest.mark.sqlite("a server is shared")
def test_a_second_opener_is_told_who_has_it(url: str, database: Database) -> None:
    with pytest.raises(DatabaseInUse, match=f"in use by process {os.getpid()}"):
        Database(url).open()
    assert database.write_now(leave("a")) == "a"


@pytest.mark.slow
@pytest.mark.sqlite("a server is shared")
def test_a_second_process_is_refused_until_the_first_is_gone(url: str) -> None:
    first = start(url)
    assert first.stdout
    first.stdout.readline()
    with pytest.raises(DatabaseInUse, match=f"process {first.pid}\\."):
        Database(url).open()

    first.kill()
    first.communicate()
    with Database(url) as database:
        assert database.read_now(notes)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_acknowledged_survives_a_kill(url: str, seed: int) -> None:
    process = start(url)
    assert process.stdout
    first = "".join(process.stdout.readline() for _ in range(8))
    time.sleep(random.Random(seed).uniform(0.02, 0.25))
    process.kill()
    rest, _ = process.communicate()

    acknowledged = (first + rest).rpartition("\n")[0].split("\n")
    with Database(url) as database:
        stored = set(database.read_now(notes))
    assert len(acknowledged) >= 8
    assert stored.issuperset(acknowledged)


@pytest.mark.slow
@pytest.mark.sqlite("the disk is the server's")
def test_a_disk_that_takes_no_more_is_said_and_nothing_acknowledged_is_lost(url: str) -> None:
    process = start(url, "400000")
    output, _ = process.communicate()

    *acknowledged, refused, afterwards = output.splitlines()
    assert refused.startswith(("StorageFull: ", "StorageError: "))
    assert refused.endswith("nothing was stored.") or "Free some space" in refused
    assert afterwards == "there is space again"
    with Database(url) as database:
        assert database.read_now(notes) == [*acknowledged, afterwards]


@pytest.mark.parametrize("url", ["mysql://kaiku:secret@db/kaiku", "kaiku.db", "mysql://db"])
def test_other_kinds_of_database_are_refused_in_words(url: str) -> None:
    with pytest.raises(UnknownDatabase, match="I cannot keep data in") as refusal:
        Database(url)
    assert "secret" not in str(refusal.value)


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotOpenDatabase, match="No such file or directory"):
        Database(f"sqlite:///{tmp_path}/nowhere/kaiku.db").open()


def test_a_file_that_is_no_database_is_said_and_let_go(tmp_path: Path) -> None:
    file = tmp_path / "kaiku.db"
    file.write_text("Dear diary, " * 500)
    for _ in range(2):
        with pytest.raises(CannotOpenDatabase, match="file is not a database"):
            Database(f"sqlite:///{file}").open()
