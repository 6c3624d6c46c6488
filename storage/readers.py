"""Reading beside the writer: a few connections that cannot write, a thread each, and one for a quick look."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from traceback import clear_frames
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlmodel import Session

from storage.errors import DatabaseClosed, explained, is_lost, is_of_the_disk
from storage.sqlite import DRIVER, driver, driver_of

T = TypeVar("T")

SIZE = 4
"""Connections."""
PATIENCE = 2.5
"""Seconds for which a server that is gone is waited for."""


class Readers:
    """A small pool. Each piece of work sees one state of the database from its first question on.

    The engines are let go of with it; `standing` is of the one for a quick look, where such a look waits for no
    network. A server that was lost on the way is asked once more.
    """

    def __init__(self, engine: Engine, standing: Engine | None = None) -> None:
        self._engine = engine
        self._glance = Glance(standing) if standing else None
        self._threads = ThreadPoolExecutor(SIZE, thread_name_prefix="reader")
        self._closed = False

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a piece of work on a reader's thread."""
        if self._closed:
            raise DatabaseClosed
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, work)

    async def read_briefly(self, work: Callable[[Session], T]) -> T:
        """The same for work of a millisecond or two, which another thread and its turns would make twice as long."""
        if self._glance is None or self._closed:
            return await self.read(work)
        try:
            return self._glance.read(work)
        except Exception as error:
            if not is_of_the_disk(error):
                raise
        return await self.read(work)  # which has patience, and words for what is wrong

    def read_now(self, work: Callable[[Session], T]) -> T:
        """The same for a thread that can wait."""
        if self._closed:
            raise DatabaseClosed
        return self._threads.submit(self._work, work).result()

    def close(self) -> None:
        """Finish what is being read, then let go of the file."""
        self._closed = True
        self._threads.shutdown()
        self._engine.dispose()
        if self._glance:
            self._glance.close()

    def _work(self, work: Callable[[Session], T]) -> T:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return self._once(work)
            except Exception as error:
                if not is_of_the_disk(error):
                    raise
                if not is_lost(error) or time.monotonic() > end:
                    raise explained(error) from error
            time.sleep(0.1)

    def _once(self, work: Callable[[Session], T]) -> T:
        with Session(self._engine, expire_on_commit=False) as session:
            try:
                return work(session)
            except Exception as error:
                if is_lost(error):
                    session.invalidate()  # or the pool would hand the same connection to the next who asks
                raise


class Glance:
    """One SQLite connection that stays, with one session, for looks that are shorter than making a session would be."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._session: Session | None = None
        self._turn = Lock()

    def read(self, work: Callable[[Session], T]) -> T:
        """Run a piece of work in place; it sees one state of the database."""
        with self._turn:
            session = self._session = self._session or self._opened()
            sqlite = driver_of(session)
            sqlite.execute("BEGIN")
            try:
                return work(session)
            except BaseException as error:
                # A cursor that its frames hold would keep the state from ending, for those who look next too.
                clear_frames(error.__traceback__)
                raise
            finally:
                try:
                    session.close()
                finally:
                    if sqlite.in_transaction:  # not when the disk has ended it
                        sqlite.execute("ROLLBACK")

    def _opened(self) -> Session:
        self._connection = self._engine.connect()
        return Session(self._connection, expire_on_commit=False, info={DRIVER: driver(self._connection)})

    def close(self) -> None:
        """Let go of the file."""
        if self._connection:
            self._connection.close()
        self._engine.dispose()
