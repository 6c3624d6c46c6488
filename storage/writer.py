"""Group commit: whoever waits shares one commit.

Callers hand in pieces of work. All that wait are run one after another in one transaction, each in a
savepoint of its own, committed once, and then everybody is answered. What a commit costs (the disk's
confirmation, about 250 µs) is shared, so throughput rises with the number of callers.

Brief work is run on the event loop of whoever waits for it, and only its commit on the writer's thread: two
threads that take turns at one interpreter cost more than the work. Everything else is run on that thread.
"""

import asyncio
import logging
import os
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from storage.errors import DatabaseClosed, explained, is_unconfirmed
from storage.sqlite import BUSY_MILLISECONDS, CLEAR_LOG, DRIVER, REBUILT, driver, opening, writing_engine
from storage.waiting import Item, answer, first_of, for_the_caller, settle
from storage.words import Sealing, attach

log = logging.getLogger(__name__)


class Writer:
    """The only one who writes to a SQLite database.

    `on_commit` is called on the writer's thread after each commit that changed something, before the
    callers are answered; it must be quick and must not write.

    Whose turn it is at the one connection: `_taken` says that it is somebody's. The thread takes its turn when
    there is work for it; an event loop when brief work waits and nobody is at it, and if somebody is, the
    thread calls the loop once the turn is over.
    """

    def __init__(self, url: str, on_commit: list[Callable[[], None]], sealing: Sealing | None = None) -> None:
        self._on_commit = on_commit
        self._state = threading.Condition()
        """Guards what follows, down to `_closed`; held for a moment only."""
        self._queued: deque[Item] = deque()
        self._brief: deque[Item] = deque()
        self._taken = False
        self._to_commit: list[Item] = []
        """What an event loop has run, in a turn that the thread ends with the commit."""
        self._mine_last = False
        """The thread had the last turn, so that the next is a waiting loop's."""
        self._closed = False
        self._engine = writing_engine(url)
        attach(self._engine.dialect, sealing)
        with opening(url):
            self._connection: Connection = self._engine.connect()
        self._sqlite = driver(self._connection)
        # One for all, emptied after each: making and closing one costs more than a prepared statement.
        self._session = Session(self._connection, expire_on_commit=False, info={DRIVER: self._sqlite})
        self._at_work: int | None = None
        """The thread on which work is run just now."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Session], Any]) -> Any:
        """Queue a piece of work and wait until it is committed; what it raises is raised here.

        Once queued the work is done, even when the waiting task is cancelled.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()
        self._put(Item(work, waiting, loop), self._queued)
        return await waiting

    async def write_briefly(self, work: Callable[[Session], Any]) -> Any:
        """The same for work of a millisecond or two: it is run here, on the event loop."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()
        if self._put(Item(work, waiting, loop), self._brief):
            loop.call_soon(self._work_here, loop)
        return await waiting

    def write_now(self, work: Callable[[Session], Any]) -> Any:
        """The same as `write` for a thread that can wait."""
        if self._at_work == threading.get_ident():
            raise RuntimeError("a piece of work waits for the writer that is busy with it; use its session")
        waiting: Future[Any] = Future()
        self._put(Item(work, waiting), self._queued)
        return waiting.result()

    def rebuild(self) -> None:
        """Write the whole file anew; nothing can be stored meanwhile. For a thread that can wait.

        Raises `StorageError` and family when there is no room for a second copy; then nothing was changed.
        """
        rebuilt: Future[None] = Future()
        self.write_now(lambda session: session.info.setdefault(REBUILT, []).append(rebuilt))
        rebuilt.result()

    def close(self) -> None:
        """Finish what is queued, then let go of the file."""
        with self._state:
            self._closed = True
            self._state.notify()
        self._thread.join()
        self._connection.close()
        self._engine.dispose()

    def _put(self, item: Item, line: deque[Item]) -> bool:
        """Whether it is the first to wait in that line."""
        with self._state:
            # Nothing can be queued behind the end, where nobody would answer it.
            if self._closed:
                raise DatabaseClosed
            line.append(item)
            if line is self._queued:
                self._state.notify()
            return len(line) == 1

    def _work_here(self, loop: asyncio.AbstractEventLoop) -> None:
        """On an event loop: run the brief work that waits, unless somebody else has the turn."""
        with self._state:
            if self._taken or not self._brief:
                return
            batch, self._taken = first_of(self._brief), True
        if not self._begin():
            self._leave_to_thread(batch)
        elif self._fill(batch):
            with self._state:
                self._to_commit = batch
                self._state.notify()
        else:
            settle(batch)
            self._end_turn()

    def _leave_to_thread(self, batch: list[Item]) -> None:
        """It has the patience to wait for another program that holds the file."""
        with self._state:
            self._queued.extendleft(reversed(batch))
        self._end_turn()

    def _run(self) -> None:
        while True:
            batch, worked = self._next_batch()
            if not batch:
                return
            if worked or (self._begin(batch, BUSY_MILLISECONDS) and self._fill(batch)):
                self._commit(batch)
            self._clear_log()
            answer(batch)
            self._rebuild()
            self._end_turn()

    def _next_batch(self) -> tuple[list[Item], bool]:
        """Wait for a turn: work, and whether a loop has done it up to the commit. None when the end is reached."""
        with self._state:
            self._state.wait_for(lambda: self._to_commit or (not self._taken and self._may_take_turn()))
            worked = bool(self._to_commit)
            if worked:
                batch, self._to_commit = self._to_commit, []
            else:
                batch = first_of(self._queued) or first_of(self._brief)
            self._taken, self._mine_last = True, not worked
        return batch, worked

    def _may_take_turn(self) -> bool:
        """There is work for the thread, or the end to be reached. After its own turn a waiting loop has the next."""
        return self._closed or (bool(self._queued) and not (self._brief and self._mine_last))

    def _end_turn(self) -> None:
        with self._state:
            self._taken = False
            loop = self._brief[0].loop if self._brief else None
            self._state.notify()
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._work_here, loop)
        except RuntimeError:  # the loop has ended; what it left is done all the same
            with self._state:
                self._queued.extend(self._brief)
                self._brief.clear()
                self._state.notify()

    def _begin(self, batch: Sequence[Item] = (), patience: int = 0) -> bool:
        """Begin a transaction, waiting at most so many ms for the file. When that fails, the batch is told."""
        try:
            if patience:
                self._sqlite.execute(f"PRAGMA busy_timeout = {patience}")
            self._sqlite.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._give_up(batch, error)
            return False
        finally:
            if patience:
                self._sqlite.execute("PRAGMA busy_timeout = 0")
        return True

    def _fill(self, batch: list[Item]) -> bool:
        """Do the work of a batch; whether there is now something to commit."""
        changes, self._at_work = self._sqlite.total_changes, threading.get_ident()
        try:
            for item in batch:
                self._attempt(item)
            if self._sqlite.total_changes != changes:
                return True
            self._sqlite.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  handed to everybody who waits
            self._give_up(batch, error)
        finally:
            self._at_work = None
        return False

    def _commit(self, batch: list[Item]) -> None:
        """Make a batch durable, all of it. When that fails, everybody in it is told."""
        try:
            self._sqlite.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  handed to everybody who waits
            if is_unconfirmed(error):
                _end_at_once()
            self._give_up(batch, error)
        else:
            self._tell()

    def _clear_log(self) -> None:
        """If it was asked for. While a reader still sees the state before, it is left to the next turn.

        With the disk full it is left to whoever asks next: what was to be stored is stored.
        """
        if not self._session.info.pop(CLEAR_LOG, False):
            return
        try:
            busy, *_ = self._sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            self._session.info[CLEAR_LOG] = bool(busy)
        except sqlite3.Error as error:
            log.warning("the write-ahead log was not emptied (%s); it is tried again within the hour", error)

    def _rebuild(self) -> None:
        """If it was asked for: only outside every transaction can it be done."""
        waiting: list[Future[None]] = self._session.info.pop(REBUILT, [])
        if not waiting:
            return
        failure: Exception | None = None
        try:
            self._sqlite.execute("VACUUM")
        except Exception as error:  # noqa: BLE001  handed to everybody who waits
            failure = error
        self._session.info[CLEAR_LOG] = True  # half of a copy would go on filling the disk
        self._clear_log()
        for rebuilt in waiting:
            if failure:
                rebuilt.set_exception(explained(failure))
            else:
                rebuilt.set_result(None)

    def _attempt(self, item: Item) -> None:
        """One piece of work in its savepoint; a failing one takes back only itself."""
        self._sqlite.execute("SAVEPOINT work")
        try:
            item.result = item.work(self._session)
            if self._session.in_transaction():  # not when it asked prepared statements alone
                self._session.commit()
                self._session.close()
        except BaseException as error:  # even SystemExit belongs to the caller, not to this thread
            self._session.close()
            item.error = for_the_caller(error)
            if not self._sqlite.in_transaction:
                raise  # with the disk full, SQLite may have rolled back everybody's work
            self._sqlite.execute("ROLLBACK TO work")
        self._sqlite.execute("RELEASE work")

    def _give_up(self, batch: Sequence[Item], error: BaseException) -> None:
        with suppress(Exception):
            if self._sqlite.in_transaction:
                self._sqlite.execute("ROLLBACK")
        for item in batch:
            item.error = item.error or explained(error)

    def _tell(self) -> None:
        for callback in self._on_commit:
            try:
                callback()
            except Exception:
                log.exception("a callback after a commit failed; the commit stands")


def _end_at_once() -> None:
    """The process ends without another word to the disk, and nobody is answered.

    A disk that failed to confirm says yes the next time, about what it has lost: only who opens the file anew
    reads what is there.
    """
    log.critical(
        "the disk did not confirm what was to be stored; the process ends, to begin from what is there"
    )
    logging.shutdown()
    os._exit(1)
