"""An event loop that is a function of its seed: time jumps, and what is ready runs in a drawn order.

The order in which ready callbacks run, which threads and networks decide elsewhere, is drawn. After a number
of steps, drawn too, the loop can break off in the middle, which is how a process dies.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from sqlmodel import Session

from bot.schedule import HOUR, Job, Schedule
from storage.database import Database
from storage.lock import FileLock
from storage.sqlite import CLEAR_LOG, DRIVER, driver, reading_engine, writing_engine
from tests.helpers.virtual_time import VirtualTime

T = TypeVar("T")


class Died(BaseException):
    """The process is no more."""


class Shuffled(deque[Any]):
    """The queue of what is ready; what comes out next is drawn."""

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self._dice = dice
        self.left: int | None = None
        """So many callbacks are run until the end; none for no end."""

    def popleft(self) -> Any:
        """Raises `Died` once the steps of this life are used up."""
        if self.left is not None:
            if self.left <= 0:
                raise Died
            self.left -= 1
        place = self._dice.randrange(len(self))
        self.rotate(-place)
        drawn = super().popleft()
        self.rotate(place)
        return drawn


class SeededLoop(VirtualTime):
    """See the module."""

    def __init__(self, dice: Random) -> None:
        super().__init__()
        self._ready = Shuffled(dice)

    def run_in_executor(  # type: ignore[override]  # typeshed ties the function to its arguments
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """In place: there is no other thread."""
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  whoever waits gets it
            done.set_exception(error)
        return done

    def dies_within(self, steps: int) -> None:
        """It breaks off after so many callbacks, unless it does so sooner."""
        left = self._ready.left
        self._ready.left = steps if left is None else min(left, steps)

    def abandon(self) -> None:
        """Forget all that was under way; nobody is told."""
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(Exception):  # what is torn out of its context may complain
                task.get_coro().close()
        self._ready.clear()
        self.close()


class InPlace(Database):
    """The same database on the same connections, without its threads: whoever waits makes everybody wait.

    Before and after each piece of work others may come in between, or death. Sharing a commit among many, which
    is left out here, has tests of its own.
    """

    def open(self) -> None:
        """See `Database.open`."""
        self._held = FileLock(Path(self.url.removeprefix("sqlite:///")))
        self._held.acquire()
        self._engines = writing_engine(self.url), reading_engine(self.url, size=1)
        self._connection = self._engines[0].connect()
        self._sqlite = driver(self._connection)
        self._session = Session(self._connection, expire_on_commit=False, info={DRIVER: self._sqlite})

    def close(self) -> None:
        """See `Database.close`; of what was not committed nothing is left."""
        self._engines[1].dispose()
        self._connection.close()
        self._engines[0].dispose()
        self._held.release()

    async def write(self, work: Callable[[Session], T]) -> T:
        """See `Database.write`."""
        await asyncio.sleep(0)
        done = self.write_now(work)
        await asyncio.sleep(0)
        return done

    async def write_briefly(self, work: Callable[[Session], T]) -> T:
        """See `Database.write_briefly`."""
        return await self.write(work)

    async def read(self, work: Callable[[Session], T]) -> T:
        """See `Database.read`."""
        await asyncio.sleep(0)
        return self.read_now(work)

    def rebuild_now(self) -> None:
        """See `Database.rebuild_now`."""
        self._sqlite.execute("VACUUM")
        self._sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def write_now(self, work: Callable[[Session], T]) -> T:
        """See `Database.write_now`."""
        changes = self._sqlite.total_changes
        self._sqlite.execute("BEGIN IMMEDIATE")
        try:
            return self._do(work)
        finally:
            self._sqlite.execute("COMMIT")
            if self._session.info.pop(CLEAR_LOG, False):
                self._sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if self._sqlite.total_changes != changes:
                for callback in self.on_commit:
                    callback()

    def _do(self, work: Callable[[Session], T]) -> T:
        """All of a piece of work, or nothing."""
        self._sqlite.execute("SAVEPOINT work")
        try:
            done = work(self._session)
            if self._session.in_transaction():
                self._session.commit()
        except BaseException:
            self._session.close()
            self._sqlite.execute("ROLLBACK TO work")
            raise
        finally:
            self._session.close()
            self._sqlite.execute("RELEASE work")
        return done

    def read_now(self, work: Callable[[Session], T]) -> T:
        """See `Database.read_now`."""
        with Session(self._engines[1], expire_on_commit=False) as session:
            return work(session)


class Ticking(Schedule):
    """The same jobs at intervals of the event loop's time: APScheduler reads the real clock.

    They are longer than in life, for a look at what is due is most of what a year costs.
    """

    def __init__(
        self, write: Callable[[Job], Any], rebuild: Callable[[], Awaitable[None]], often: float
    ) -> None:
        self._often = often
        self._intervals: list[tuple[float, Callable[[], Awaitable[None]]]] = []
        self._ticks: list[asyncio.Task[None]] = []
        super().__init__(write, rebuild, often, often * 3)

    def start(self) -> None:
        """Begin to tick."""
        self._ticks = [asyncio.create_task(self._go_on(*interval)) for interval in self._intervals]

    def stop(self) -> None:
        """Tick no more."""
        for tick in self._ticks:
            tick.cancel()

    def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        self._intervals.append((self._often * 8 if seconds == HOUR else seconds, work))

    async def _go_on(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await work()
