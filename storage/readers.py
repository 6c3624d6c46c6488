"""Reading beside the writer: a few connections that cannot write, a thread each."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.errors import DatabaseClosed, explained, is_of_the_disk
from storage.sqlite import reading_engine

T = TypeVar("T")


class Readers:
    """A small pool. Each piece of work sees one state of the database from its first question on."""

    def __init__(self, url: str, *, size: int = 4) -> None:
        self._engine = reading_engine(url, size=size)
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="reader")
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
        try:
            with Session(self._engine, expire_on_commit=False) as session:
                return work(session)
        except (DBAPIError, sqlite3.Error) as error:
            if is_of_the_disk(error):
                raise explained(error) from error
            raise
