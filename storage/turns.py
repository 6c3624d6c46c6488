"""Writing to PostgreSQL: one process at a time, group by group, whichever of them it is.

Use cases are written for one writer, who sees everything that was stored before. With several processes on one
database PostgreSQL says whose turn it is: a group of waiting work begins by taking an advisory lock, which its
commit gives back. So what is right with one process is right with many. As on SQLite each piece of work has its
savepoint, and all share one commit.

What a lost connection leaves open is asked of PostgreSQL afterwards: a group that was not committed is done once
more, one that was is answered. Nobody is told that something is stored before it is.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from storage.errors import (
    DatabaseClosed,
    StorageError,
    StorageUnsure,
    explained,
    is_lost,
    is_to_be_tried_again,
)
from storage.postgresql import WRITING, driver, opening, transaction_status, writing_engine
from storage.sqlite import CLEAR_LOG, DRIVER
from storage.waiting import Item, answer, first_of, for_the_caller
from storage.words import Sealing, attach

PATIENCE = 2.5
"""Seconds for which a server that is gone is waited for, before those who wait are told: platforms wait three."""
ATTEMPTS = 5
"""How often a group is begun that PostgreSQL takes back because of others."""
TOPICS = "topics"
"""Set in a session's `info`: what other processes are to hear about once this is committed."""
CHANNEL = "kaiku"
"""Where they hear it."""

_BEGIN = f"BEGIN; SELECT pg_advisory_xact_lock({WRITING}); SAVEPOINT work"
_NEXT = "RELEASE work; SAVEPOINT work"
_CHANGED = "SELECT pg_current_xact_id_if_assigned()::text"
_TELL = f"SELECT pg_notify('{CHANNEL}', %s)"

log = logging.getLogger(__name__)


class TakingTurns:
    """The one of this process who writes to a PostgreSQL database.

    `on_commit` is called on the writer's thread after each commit that changed something, before the
    callers are answered; it must be quick and must not write. Raises `CannotOpenDatabase` when it is not let in.
    """

    def __init__(self, url: str, on_commit: list[Callable[[], None]], sealing: Sealing | None = None) -> None:
        self._on_commit = on_commit
        self._state = threading.Condition()
        """Guards the next two; held for a moment only."""
        self._queued: deque[Item] = deque()
        self._closed = False
        self._engine = writing_engine(url)
        attach(self._engine.dialect, sealing)
        self._connection: Connection | None = None
        with opening(url):
            self._connect()
        self._gone_since: float | None = None
        """Since when the server has not answered, by the monotonic clock."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Session], Any]) -> Any:
        """Queue a piece of work and wait until it is committed; what it raises is raised here.

        Once queued the work is done, even when the waiting task is cancelled. It may be done more than once,
        of which only the last counts: it must not change anything but rows.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()
        self._put(Item(work, waiting, loop))
        return await waiting

    write_briefly = write
    """The same: no event loop is kept waiting for a network."""

    def write_now(self, work: Callable[[Session], Any]) -> Any:
        """The same as `write` for a thread that can wait."""
        if self._thread is threading.current_thread():
            raise RuntimeError("a piece of work waits for the writer that is busy with it; use its session")
        waiting: Future[Any] = Future()
        self._put(Item(work, waiting))
        return waiting.result()

    def close(self) -> None:
        """Finish what is queued, then let go of the server."""
        with self._state:
            self._closed = True
            self._state.notify()
        self._thread.join()
        self._disconnect()
        self._engine.dispose()

    def _put(self, item: Item) -> None:
        with self._state:
            # Nothing can be queued behind the end, where nobody would answer it.
            if self._closed:
                raise DatabaseClosed
            self._queued.append(item)
            self._state.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                self._see_through(batch)
            except BaseException as error:  # noqa: BLE001  handed to everybody who waits
                self._take_back()
                for item in batch:
                    item.error = item.error or _told(error)
            answer(batch)

    def _next_batch(self) -> list[Item]:
        """Wait for work. None when the end is reached."""
        with self._state:
            self._state.wait_for(lambda: self._queued or self._closed)
            return first_of(self._queued)

    def _see_through(self, batch: list[Item]) -> None:
        """Do a group until it is stored, as often and as long as it is worth trying."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._reach()
                self._do(batch)
            except StorageError:
                raise
            except BaseException as error:
                self._take_back()
                if not is_to_be_tried_again(error) or attempt == ATTEMPTS:
                    raise
                log.warning("a group of writes begins again: %s", str(error).partition("\n")[0])
            else:
                return

    def _do(self, batch: list[Item]) -> None:
        """One transaction."""
        self._driver.execute(_BEGIN)
        for number, item in enumerate(batch):
            if number:
                self._driver.execute(_NEXT)
            self._attempt(item)
        if self._commit():
            self._tell()

    def _attempt(self, item: Item) -> None:
        """One piece of work in its savepoint; a failing one takes back only itself."""
        session = self._session
        item.result = item.error = None
        try:
            item.result = item.work(session)
            if session.in_transaction():  # not when it asked prepared statements alone
                session.commit()
                session.close()
            self._refuse_an_end()
        except BaseException as error:  # even SystemExit belongs to the caller, not to this thread
            if is_to_be_tried_again(error) or not self._is_within():
                raise
            session.close()
            item.error = for_the_caller(error)
            self._driver.execute("ROLLBACK TO work")

    def _refuse_an_end(self) -> None:
        """The transaction goes on after each piece of work."""
        status = transaction_status(self._driver)
        if status == "INERROR":
            raise RuntimeError("a piece of work went on after PostgreSQL had refused a statement")
        if status != "INTRANS":
            raise RuntimeError("a piece of work ended the transaction itself")

    def _commit(self) -> bool:
        """Make everything durable; whether there was anything. Raises `StorageUnsure` if nobody can say."""
        for topic in sorted(self._session.info.pop(TOPICS, ())):
            self._driver.execute(_TELL, (topic,))
        self._session.info.pop(CLEAR_LOG, None)  # what PostgreSQL's log keeps is its administrator's to say
        (transaction,) = self._driver.execute(_CHANGED).fetchone() or (None,)
        try:
            self._driver.execute("COMMIT")
        except BaseException as error:
            if transaction is None or not is_lost(error):
                raise
            if not self._was_committed(transaction, error):
                raise
        return transaction is not None

    def _was_committed(self, transaction: str, error: BaseException) -> bool:
        """What became of a transaction whose end was not heard."""
        self._disconnect()
        try:
            self._reach()
            # It may not be over where the server has not noticed yet that we are gone.
            self._driver.execute(f"SELECT pg_advisory_xact_lock({WRITING})")
            found = self._driver.execute("SELECT pg_xact_status(%s::xid8)", (transaction,)).fetchone()
        except Exception as silence:
            raise StorageUnsure from silence
        if found not in {("committed",), ("aborted",)}:
            raise StorageUnsure from error
        return bool(found == ("committed",))

    def _take_back(self) -> None:
        """Whatever was begun is undone, be it by letting go of the connection."""
        if self._connection is None:
            return
        with suppress(Exception):
            self._session.close()
            self._session.info.clear()
            self._session.info[DRIVER] = self._driver
            if self._is_within():
                self._driver.execute("ROLLBACK")
        if transaction_status(self._driver) != "IDLE":
            self._disconnect()

    def _is_within(self) -> bool:
        """Whether the transaction of the group is there still."""
        return transaction_status(self._driver) in {"INTRANS", "INERROR"}

    def _reach(self) -> None:
        """Have a connection, waiting for a server that restarts, but no longer than it is worth."""
        while self._connection is None:
            try:
                self._connect()
            except Exception as error:
                since = self._gone_since = self._gone_since or time.monotonic()
                if not is_lost(error) or time.monotonic() - since > PATIENCE:
                    raise explained(error) from error
                time.sleep(0.1)
        self._gone_since = None

    def _connect(self) -> None:
        connection = self._engine.connect()
        self._driver = driver(connection)
        # One for all, emptied after each: making and closing one costs more than a prepared statement.
        self._session = Session(connection, expire_on_commit=False, info={DRIVER: self._driver})
        self._connection = connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.invalidate()
            with suppress(Exception):
                connection.close()

    def _tell(self) -> None:
        for callback in self._on_commit:
            try:
                callback()
            except Exception:
                log.exception("a callback after a commit failed; the commit stands")


def _told(error: BaseException) -> StorageError:
    """Each caller's own instance, because one raised in many tasks would collect the tracebacks of all of them."""
    if isinstance(error, StorageError):
        own = type(error)(**error.facts)
        own.__cause__ = error
        return own
    return explained(error)
