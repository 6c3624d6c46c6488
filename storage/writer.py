"""Group commit: one thread writes, and whoever waits shares its commit.

Callers hand in pieces of work. The writer takes all that wait, runs them one after another in one
transaction, each in a savepoint of its own, commits once, and then answers everybody. What a commit costs
(the disk's confirmation, about 250 µs) is shared, so throughput rises with the number of callers.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from storage.errors import DatabaseClosed, explained, is_of_the_disk
from storage.sqlite import DRIVER, driver, opening, writing_engine

LARGEST_BATCH = 256
"""The most pieces of work in one commit, so that the first of them does not wait for ever."""

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Item:
    """A piece of work, what came of it, and who waits for that."""

    work: Callable[[Session], Any]
    waiting: "asyncio.Future[Any] | Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    """Where the waiting one lives; none when a thread waits."""
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Answer, unless nobody waits any more."""
        if self.waiting.done():
            return
        if self.error is None:
            self.waiting.set_result(self.result)
        else:
            self.waiting.set_exception(self.error)


class Writer:
    """The only one who writes to a SQLite database.

    `on_commit` is called on the writer's thread after each commit that changed something, before the
    callers are answered; it must be quick and must not write.
    """

    def __init__(self, url: str, on_commit: list[Callable[[], None]]) -> None:
        self._on_commit = on_commit
        self._queue: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._engine = writing_engine(url)
        with opening(url):
            self._connection: Connection = self._engine.connect()
        self._sqlite = driver(self._connection)
        # One for all, emptied after each: making and closing one costs more than a prepared statement.
        self._session = Session(self._connection, expire_on_commit=False, info={DRIVER: self._sqlite})
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Session], Any]) -> Any:
        """Queue a piece of work and wait until it is committed; what it raises is raised here.

        Once queued the work is done, even when the waiting task is cancelled.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()
        self._put(_Item(work, waiting, loop))
        return await waiting

    def write_now(self, work: Callable[[Session], Any]) -> Any:
        """The same for a thread that can wait."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a piece of work waits for the writer that is busy with it; use its session")
        waiting: Future[Any] = Future()
        self._put(_Item(work, waiting))
        return waiting.result()

    def close(self) -> None:
        """Finish what is queued, then let go of the file."""
        with self._door:
            self._closed = True
            self._queue.put(None)
        self._thread.join()
        self._connection.close()
        self._engine.dispose()

    def _put(self, item: _Item) -> None:
        # With the door held nothing can be queued behind the end, where nobody would answer it.
        with self._door:
            if self._closed:
                raise DatabaseClosed
            self._queue.put(item)

    def _run(self) -> None:
        while batch := self._next_batch():
            changes = self._sqlite.total_changes
            self._commit(batch)
            if self._sqlite.total_changes != changes:
                self._tell()
            _answer(batch)

    def _next_batch(self) -> list[_Item]:
        """Wait for work, then take all there is; empty when the end is reached."""
        batch: list[_Item] = []
        with suppress(queue.Empty):
            while len(batch) < LARGEST_BATCH:
                item = self._queue.get(block=not batch)
                if item is None:
                    if batch:
                        self._queue.put(None)
                    break
                batch.append(item)
        return batch

    def _commit(self, batch: list[_Item]) -> None:
        """All of a batch in one transaction. When that fails, everybody in it is told."""
        try:
            self._sqlite.execute("BEGIN IMMEDIATE")
            for item in batch:
                self._attempt(item)
            self._sqlite.execute("COMMIT")
        except BaseException as error:  # noqa: BLE001  handed to everybody who waits
            self._give_up(batch, error)

    def _attempt(self, item: _Item) -> None:
        """One piece of work in its savepoint; a failing one takes back only itself."""
        self._sqlite.execute("SAVEPOINT work")
        try:
            item.result = item.work(self._session)
            if self._session.in_transaction():  # not when it asked prepared statements alone
                self._session.commit()
                self._session.close()
        except BaseException as error:  # even SystemExit belongs to the caller, not to this thread
            self._session.close()
            item.error = _for_the_caller(error)
            if not self._sqlite.in_transaction:
                raise  # with the disk full, SQLite may have rolled back everybody's work
            self._sqlite.execute("ROLLBACK TO work")
        self._sqlite.execute("RELEASE work")

    def _give_up(self, batch: list[_Item], error: BaseException) -> None:
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


def _for_the_caller(error: BaseException) -> BaseException:
    if is_of_the_disk(error):
        return explained(error)
    if isinstance(error, StopIteration):  # a future cannot carry it
        return RuntimeError("a piece of work raised StopIteration")
    return error


def _answer(batch: list[_Item]) -> None:
    """Answer everybody, waking each event loop once."""
    loops = {item.loop for item in batch}
    for loop in loops:
        items = [item for item in batch if item.loop is loop]
        if loop is None:
            _settle(items)
        else:
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(_settle, items)


def _settle(items: list[_Item]) -> None:
    for item in items:
        item.settle()
