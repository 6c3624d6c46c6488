"""How SQLite is opened: which file, with which pragmas, by which kind of connection.

There is one writing connection, which also checkpoints, and any number that only read. Transactions are
begun by hand (`isolation_level=None`), because the sqlite3 module would begin them too late and end them
on its own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlmodel import Session

from storage.address import is_postgresql
from storage.errors import CannotOpenDatabase, UnknownDatabase, explained, is_of_the_disk

BUSY_MILLISECONDS = 1000
"""How long a locked database is waited for before the caller is told."""

CLEAR_LOG = "clear log"
"""Set in a session's `info` when the write-ahead log must not keep what was there before the commit."""

REBUILT = "rebuilt"
"""In a session's `info`, the futures of those who wait until the file is written anew, which is after the commit."""

DRIVER = "driver"
"""Where a session keeps the sqlite3 connection it works on."""

_COMMON = (f"busy_timeout = {BUSY_MILLISECONDS}", "mmap_size = 0")
_WRITER = (
    "busy_timeout = 0",
    "mmap_size = 0",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "journal_size_limit = 67108864",
    "secure_delete = ON",  # what was erased is overwritten with zeros in the file
)
_READER = (*_COMMON, "query_only = ON", "wal_autocheckpoint = 0")
_MIGRATOR = (*_COMMON, "journal_mode = WAL", "synchronous = FULL", "foreign_keys = OFF")


class WritingConnection(sqlite3.Connection):
    """A connection whose real transaction only the writer ends.

    SQLAlchemy takes the savepoint `work` for its whole transaction: its rollback goes back to the
    savepoint, its commit leaves everything to the writer, which shares one commit among many.
    """

    def commit(self) -> None:
        """Nothing yet: the writer releases the savepoint and commits."""

    def rollback(self) -> None:
        """Back to where this piece of work began."""
        if self.in_transaction:
            self.execute("ROLLBACK TO work")


class StandingConnection(sqlite3.Connection):
    """A reading connection that one session keeps; whoever reads begins and ends each of its looks by hand."""

    def commit(self) -> None:
        """Nothing: the look goes on."""

    def rollback(self) -> None:
        """Nothing either."""


def parse(url: str) -> URL:
    """The parts of a SQLite address; any other kind is refused with `UnknownDatabase`."""
    try:
        parts = make_url(url)
    except ArgumentError as error:
        raise UnknownDatabase(kind=url) from error
    if parts.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise UnknownDatabase(kind=parts.drivername)
    return parts


def file_of(url: str) -> Path | None:
    """The database file an address means; none when it lives in memory, or with a server."""
    if is_postgresql(url):
        return None
    name = parse(url).database
    return Path(name) if name and name != ":memory:" else None


def writing_engine(url: str) -> Engine:
    """For the one connection that writes. To be opened once, under the lock."""
    return _engine(url, _WRITER, factory=WritingConnection)


def reading_engine(url: str, *, size: int) -> Engine:
    """For at most `size` connections that see one state of the database from `BEGIN` on, and cannot write."""
    engine = _engine(url, _READER, pool_size=size, max_overflow=0)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def standing_engine(url: str) -> Engine:
    """For one connection that only reads and waits for nobody: whom the file keeps waiting is told at once."""
    return _engine(url, (*_READER, "busy_timeout = 0"), factory=StandingConnection)


def migrating_engine(url: str) -> Engine:
    """For changing tables, everything in one transaction.

    Foreign keys are off because a table that is rebuilt under a new shape is dropped on the way;
    `storage.schema` checks them before the commit.
    """
    engine = _engine(url, _MIGRATOR)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def driver_of(session: Session) -> sqlite3.Connection | Any:
    """The driver's connection beneath a session; a writer's session knows it and begins nothing for it.

    On PostgreSQL it is psycopg's, which is used alike.
    """
    return session.info.get(DRIVER) or driver(session.connection())


def driver(connection: Connection) -> sqlite3.Connection:
    """The sqlite3 connection beneath SQLAlchemy's."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def opening(url: str) -> Iterator[None]:
    """Say in a sentence why a database cannot be opened."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if is_of_the_disk(error):
            raise explained(error) from error
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise CannotOpenDatabase(file=file_of(url), reason=reason) from error


def _engine(
    url: str, pragmas: tuple[str, ...], *, factory: Any = sqlite3.Connection, **options: Any
) -> Engine:
    arguments = {"check_same_thread": False, "isolation_level": None, "factory": factory}
    engine = create_engine(parse(url), connect_args=arguments, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine
