import asyncio
import re
import sqlite3
import threading
from collections.abc import Callable, Coroutine

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from storage.database import Database
from storage.errors import DatabaseClosed, StorageBusy, StorageError, StorageFull
from storage.tables import Answer, InboundDelivery
from storage.waiting import LARGEST_BATCH
from tests.storage.notes import MONDAY_NOON, leave, notes, writer_held

Work = Callable[[Session], object]


class Mishap(Exception):
    """Something a handler might raise."""


def leave_and_fail(note: str) -> Work:
    def work(session: Session) -> None:
        leave(note)(session)
        raise Mishap(note)

    return work


def leave_and_commit_and_fail(note: str) -> Work:
    def work(session: Session) -> None:
        leave(note)(session)
        session.commit()
        raise Mishap(note)

    return work


def leave_and_take_back(note: str) -> Work:
    def work(session: Session) -> None:
        leave(note)(session)
        session.rollback()

    return work


def leave_without_flush(note: str) -> Work:
    def work(session: Session) -> None:
        session.add(InboundDelivery(channel="notes", delivery_id=note, at=MONDAY_NOON))

    return work


def leave_beside_a_double(note: str) -> Work:
    """As a handler meets a unique key: tries in a nested transaction, and goes on when it is taken."""

    def work(session: Session) -> None:
        leave(note)(session)
        with pytest.raises(IntegrityError), session.begin_nested():
            leave(note)(session)

    return work


_LATER = {
    "sqlite": "PRAGMA defer_foreign_keys = ON",
    "postgresql": "ALTER TABLE answers ALTER CONSTRAINT answers_response_id_fkey DEFERRABLE INITIALLY DEFERRED",
}


def answer_without_response(session: Session) -> None:
    """Lets a broken reference through until the commit, which then fails."""
    session.execute(text(_LATER[session.get_bind().dialect.name]))
    session.add(Answer(response_id=404, question="ease", metric="ces", at=MONDAY_NOON))


WAYS = [Database.write, Database.write_briefly]
Way = Callable[[Database, Work], Coroutine[None, None, object]]


async def write_in_one_batch(
    database: Database, works: list[Work], way: Way = Database.write
) -> list[object]:
    """What each write answered or raised, all of them having waited together."""
    with writer_held(database):
        waiting = [asyncio.create_task(way(database, work)) for work in works]
        await asyncio.sleep(0)
    return await asyncio.gather(*waiting, return_exceptions=True)


@pytest.mark.parametrize("way", WAYS)
async def test_a_failing_work_takes_back_only_itself(database: Database, way: Way) -> None:
    answers = await write_in_one_batch(database, [leave("a"), leave_and_fail("b"), leave("c")], way)

    assert answers[0] == "a"
    assert isinstance(answers[1], Mishap)
    assert answers[2] == "c"
    assert database.read_now(notes) == ["a", "c"]


KEEPING = [leave, leave_without_flush, leave_beside_a_double]
LOSING = [leave_and_fail, leave_and_commit_and_fail, leave_and_take_back]
PLANS = st.lists(st.tuples(st.sampled_from(KEEPING + LOSING), st.sampled_from("abcde")), max_size=12)


@settings(max_examples=60, deadline=None)
@given(PLANS, st.sampled_from(WAYS))
def test_stored_is_what_the_works_kept_in_the_order_of_the_calls(
    plan: list[tuple[Callable[[str], Work], str]], way: Way
) -> None:
    kept: list[str] = []
    for kind, note in plan:
        if kind in KEEPING and note not in kept:
            kept.append(note)

    with Database("sqlite://") as database:
        database.write_now(lambda session: SQLModel.metadata.create_all(session.connection()))
        answers = asyncio.run(write_in_one_batch(database, [kind(note) for kind, note in plan], way))

        assert database.read_now(notes) == kept
        assert all(answer is None or isinstance(answer, str | Mishap | IntegrityError) for answer in answers)


@pytest.mark.parametrize("way", WAYS)
async def test_when_the_commit_fails_nobody_is_told_it_was_stored(database: Database, way: Way) -> None:
    answers = await write_in_one_batch(database, [leave("a"), answer_without_response, leave("c")], way)

    assert [type(answer) for answer in answers] == [StorageError] * 3
    assert len({id(answer) for answer in answers}) == 3
    reason = r"(FOREIGN KEY constraint failed|.* violates foreign key constraint .*)"
    assert re.fullmatch(
        rf"The database could not do this \({reason}\), so nothing was stored.", str(answers[0])
    )
    assert database.read_now(notes) == []
    assert await database.write(leave("d")) == "d"


@pytest.mark.parametrize("way", WAYS)
async def test_when_the_commit_fails_a_caller_keeps_the_error_of_its_own_work(
    database: Database, way: Way
) -> None:
    answers = await write_in_one_batch(database, [leave_and_fail("a"), answer_without_response], way)

    assert [type(answer) for answer in answers] == [Mishap, StorageError]


@pytest.mark.sqlite("it has PRAGMA to make a disk full")
@pytest.mark.parametrize("way", WAYS)
async def test_a_full_disk_is_said_and_what_was_acknowledged_is_stored(database: Database, way: Way) -> None:
    def limit(pages: int) -> Work:
        return lambda session: session.execute(text(f"PRAGMA max_page_count = {pages}"))

    used = database.read_now(lambda session: session.execute(text("PRAGMA page_count")).scalar_one())
    database.write_now(limit(used + 2))
    long = "x" * 4000
    answers = await write_in_one_batch(database, [leave(f"{i} {long}") for i in range(6)], way)

    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert refused
    assert {type(answer) for answer in refused} == {StorageFull}
    assert str(refused[0]).startswith("The disk is full, so nothing was stored.")
    assert database.read_now(notes) == [answer for answer in answers if isinstance(answer, str)]

    database.write_now(limit(used + 100))
    assert await database.write(leave("again")) == "again"


@pytest.mark.sqlite("it has PRAGMA to make a disk full")
async def test_a_full_disk_is_said_from_within_a_nested_block(database: Database) -> None:
    def long_notes_in_savepoints(session: Session) -> None:
        used = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {used + 2}"))
        for number in range(6):
            with session.begin_nested():
                leave(f"{number} " + "x" * 4000)(session)

    with pytest.raises(StorageFull, match="The disk is full, so nothing was stored"):
        await database.write(long_notes_in_savepoints)


@pytest.mark.parametrize("way", WAYS)
async def test_two_hundred_callers_share_one_commit(database: Database, way: Way) -> None:
    commits: list[int] = []
    database.on_commit.append(lambda: commits.append(1))

    answers = await write_in_one_batch(database, [leave(str(i)) for i in range(200)], way)

    assert answers == [str(i) for i in range(200)]
    assert database.read_now(notes) == answers
    assert len(commits) == 1


@pytest.mark.parametrize("way", WAYS)
async def test_a_batch_has_an_end(database: Database, way: Way) -> None:
    commits: list[int] = []
    database.on_commit.append(lambda: commits.append(1))

    await write_in_one_batch(database, [leave(str(i)) for i in range(LARGEST_BATCH + 1)], way)

    assert len(commits) == 2


def test_a_commit_that_changed_nothing_is_not_announced(database: Database) -> None:
    commits: list[int] = []
    database.on_commit.append(lambda: commits.append(1))

    database.write_now(notes)
    assert commits == []
    database.write_now(leave("a"))
    assert commits == [1]


def test_a_failing_callback_hurts_nobody(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def stumble() -> None:
        raise Mishap

    database.on_commit.append(stumble)

    assert database.write_now(leave("a")) == "a"
    assert "the commit stands" in caplog.text


async def test_a_cancelled_caller_does_not_disturb_the_others(database: Database) -> None:
    with writer_held(database):
        impatient = asyncio.create_task(database.write(leave("a")))
        patient = asyncio.create_task(database.write(leave("b")))
        await asyncio.sleep(0)
        impatient.cancel()

    assert await patient == "b"
    assert impatient.cancelled()
    assert database.read_now(notes) == ["a", "b"]


def test_a_loop_that_ended_is_not_waited_for(database: Database) -> None:
    async def leave_soon() -> None:
        asyncio.get_running_loop().create_task(database.write(leave("a")))
        await asyncio.sleep(0)

    with writer_held(database):
        asyncio.run(leave_soon())

    assert database.write_now(leave("b")) == "b"
    assert database.read_now(notes) == ["a", "b"]


def test_brief_work_of_a_loop_that_ended_is_done(database: Database) -> None:
    async def leave_soon(note: str) -> None:
        asyncio.get_running_loop().create_task(database.write_briefly(leave(note)))
        await asyncio.sleep(0)

    with writer_held(database):
        asyncio.run(leave_soon("a"))
    database.write_now(leave("b"))
    assert asyncio.run(database.write_briefly(leave("c"))) == "c"
    assert sorted(database.read_now(notes)) == ["a", "b", "c"]


@pytest.mark.sqlite("no event loop waits for a network")
async def test_brief_work_is_done_where_it_is_waited_for(database: Database) -> None:
    async def where(way: Way) -> object:
        return await way(database, lambda _: threading.current_thread().name)

    assert await where(Database.write_briefly) == threading.current_thread().name
    assert await where(Database.write) == "writer"


async def test_brief_work_that_changed_nothing_is_not_announced(database: Database) -> None:
    commits: list[int] = []
    database.on_commit.append(lambda: commits.append(1))

    assert await database.write_briefly(notes) == []
    assert commits == []


async def test_all_ways_together_lose_nothing_and_nobody_starves(database: Database) -> None:
    async def many(way: Way, name: str) -> None:
        for number in range(40):
            await way(database, leave(f"{name} {number}"))

    def beside() -> None:
        for number in range(40):
            database.write_now(leave(f"thread {number}"))

    await asyncio.gather(
        asyncio.to_thread(beside),
        *(many(way, f"{way.__name__} {caller}") for way in WAYS for caller in range(5)),
    )
    assert len(await database.read(notes)) == 40 * 11


def test_closing_finishes_brief_work_too(url: str) -> None:
    async def leave_and_close() -> str:
        with database, writer_held(database):
            waiting = asyncio.create_task(database.write_briefly(leave("a")))
            await asyncio.sleep(0)
        return await waiting

    database = Database(url)
    assert asyncio.run(leave_and_close()) == "a"


def test_even_an_exit_belongs_to_the_caller(database: Database) -> None:
    def leave_the_program(_: Session) -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        database.write_now(leave_the_program)
    assert database.write_now(leave("a")) == "a"


async def test_a_stop_iteration_reaches_the_caller_as_an_error(database: Database) -> None:
    def take_the_first_of_none(_: Session) -> object:
        return next(iter([]))

    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.write(take_the_first_of_none)


def test_a_work_that_ends_the_transaction_itself_is_refused(database: Database) -> None:
    def end_it(session: Session) -> None:
        leave("a")(session)
        session.connection().exec_driver_sql("ROLLBACK")

    with pytest.raises(StorageError, match=r"no such savepoint|ended the transaction itself"):
        database.write_now(end_it)
    assert database.write_now(leave("b")) == "b"


def test_a_work_that_waits_for_its_own_writer_is_told_so(database: Database) -> None:
    with pytest.raises(RuntimeError, match="use its session"):
        database.write_now(lambda _: database.write_now(notes))


async def test_brief_work_that_waits_for_its_own_writer_is_told_so(database: Database) -> None:
    with pytest.raises(RuntimeError, match="use its session"):
        await database.write_briefly(lambda _: database.write_now(notes))


@pytest.mark.sqlite("one may hold its file")
@pytest.mark.parametrize("way", WAYS)
async def test_a_file_held_by_another_program_is_said_and_tried_again(
    url: str, database: Database, way: Way
) -> None:
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy):
        await way(database, leave("a"))
    other.close()

    assert await way(database, leave("b")) == "b"


@pytest.mark.sqlite("one may hold its file")
async def test_a_loop_goes_on_while_another_program_holds_the_file(url: str, database: Database) -> None:
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(database.write_briefly(leave("a")))
    for _ in range(10):
        await asyncio.sleep(0.01)
    other.close()
    assert await waiting == "a"


def test_closing_finishes_what_is_queued(url: str) -> None:
    database = Database(url)
    database.open()
    with writer_held(database):
        writers = [threading.Thread(target=database.write_now, args=(leave(str(i)),)) for i in range(20)]
        for writer in writers:
            writer.start()
        while len(database._opened()._queued) < len(writers):
            pass
        closing = threading.Thread(target=database.close)
        closing.start()
    for thread in (*writers, closing):
        thread.join()

    with pytest.raises(DatabaseClosed):
        database.write_now(leave("late"))
    with database:
        assert sorted(database.read_now(notes), key=int) == [str(i) for i in range(20)]
