"""Reading beside the writer: a few connections that cannot write, a thread each."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Engine
from sqlmodel import Session

from storage.errors import DatabaseClosed, explained, is_lost, is_of_the_disk

T = TypeVar("T")

SIZE = 4
"""Connections."""
PATIENCE = 2.5
"""Seconds for which a server that is gone is waited for."""


class Readers:
    """A small pool. Each piece of work sees one state of the database from its first question on.

    The engine is let go of with it. A server that was lost on the way is asked once more.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(SIZE, thread_name_prefix="reader")
        self._closed = False

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a piece of work on a reader's thread."""
        if self._closed:
            raise DatabaseClosed
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, work)

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

    def _work(self, work: Callable[[Session], T]) -> T:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with Session(self._engine, expire_on_commit=False) as session:
                    return work(session)
            except Exception as error:
                if not is_of_the_disk(error):
                    raise
                if not is_lost(error) or time.monotonic() > end:
                    raise explained(error) from error
            # What is left in the pool is lost as well.
            self._engine.dispose()
            time.sleep(0.1)
