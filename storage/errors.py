"""What may go wrong with the database, each with its sentence.

As in `handlers.errors`, the docstring is the sentence; it says what happened to the data and what to do.
Whoever gets one of these from a write knows that nothing of that write was stored.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any

from sqlalchemy.exc import DBAPIError


class StorageError(Exception):
    """The database could not do this ({reason}), so nothing was stored."""

    def __init__(self, **facts: Any) -> None:
        super().__init__((type(self).__doc__ or "").format(**facts))
        self.facts = facts


class StorageFull(StorageError):
    """The disk is full, so nothing was stored. Free some space; a restart is not needed."""


class StorageBusy(StorageError):
    """Another program holds the database, so nothing was stored. Try again in a moment."""


class DatabaseClosed(StorageError):
    """The database is closed, so nothing was stored. Try again once the program has started again."""


class DatabaseInUse(StorageError):
    """{file} is in use by process {pid}. Stop that process first: only one may use a database file."""


class KeysMissing(StorageError):
    """What people wrote may be sealed with the key {key}, which KAIKU_ENCRYPTION_KEY lacks: put it at the end."""


class DatabaseShared(StorageError):
    """Others use {database}. Stop every Kaiku on it first: its tables are changed when nobody uses them."""


class CannotOpenDatabase(StorageError):
    """The database {file} cannot be opened: {reason}. Check the path and the rights to it."""


class MovesFromFiles(StorageError):
    """A move goes from a SQLite file, which KAIKU_DATABASE_URL names, to a PostgreSQL database; nothing was moved."""


class TargetTaken(StorageError):
    """{database} is not free: {how}. Name an empty database: what two have gathered is never mixed."""


class CountsDiffer(StorageError):
    """Of the {there} rows of {table} only {here} arrived, so everything was taken back. Please report it."""


class ServerKeepsCopies(StorageError):
    """PostgreSQL makes its own copies: `pg_dump --format=custom` takes one, `pg_restore` puts it back."""


class UnknownDatabase(StorageError):
    """I cannot keep data in “{kind}”. Give an address such as sqlite:///kaiku.db or postgresql://user@host/kaiku."""


class DriverMissing(StorageError):
    """PostgreSQL’s driver is not installed: run `pip install --require-hashes -r requirements-postgres.txt`."""


class StorageGone(StorageError):
    """The database does not answer, so nothing was stored. Try again in a moment; no restart is needed."""


class StorageUnsure(StorageError):
    """The database fell silent while it was storing this, which may be stored or not. Try again: once is enough."""


_KINDS = {
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_BUSY: StorageBusy,
    sqlite3.SQLITE_LOCKED: StorageBusy,
    sqlite3.SQLITE_IOERR: StorageError,
}
"""By SQLite's primary result code."""

_STATES = {
    "53100": StorageFull,
    "53": StorageBusy,  # too many connections, no memory
    "55P03": StorageBusy,
    "40001": StorageBusy,
    "40P01": StorageBusy,
    "57P": StorageGone,  # it shuts down, starts, or has ended our connection
    "25P03": StorageGone,
    "08": StorageGone,
    "58": StorageError,  # the system beneath it failed
}
"""By the beginning of PostgreSQL's code for an error."""


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the file, the disk or the server refused, rather than a statement being wrong."""
    return _refusal(error) is not None


def is_unconfirmed(error: BaseException) -> bool:
    """Whether the disk did not confirm what it was given: nobody knows what it holds, and to ask again says nothing."""
    codes = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
    return any(getattr(_origin(link), "sqlite_errorcode", None) in codes for link in _chain(error))


def is_to_be_tried_again(error: BaseException) -> bool:
    """Whether PostgreSQL took a transaction back because of others, or was lost: done once more, it may succeed."""
    states = (getattr(_origin(link), "sqlstate", None) for link in _chain(error))
    return is_lost(error) or any(state in {"40001", "40P01"} for state in states)


def is_lost(error: BaseException) -> bool:
    """Whether the server is not there any more."""
    return any(_kind(_origin(link)) is StorageGone for link in _chain(error))


def explained(error: BaseException) -> StorageError:
    """The same in words, as a new exception for each caller, caused by `error`.

    One instance raised in many tasks would collect the tracebacks of all of them.
    """
    reason = _refusal(error) or _origin(error)
    # What PostgreSQL says beneath its first line may quote what was to be stored.
    sentence = (_kind(reason) or StorageError)(reason=str(reason).partition("\n")[0])
    sentence.__cause__ = error
    return sentence


def _refusal(error: BaseException) -> BaseException | None:
    """What the disk said, be it the reason of the error only.

    With the disk full SQLite may roll back by itself; the end of a nested block then fails for want of its
    savepoint, and that error hides the one that matters.
    """
    origins = (_origin(link) for link in _chain(error))
    return next((origin for origin in origins if _kind(origin)), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, as a traceback shows them."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _origin(error: BaseException) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _kind(error: BaseException) -> type[StorageError] | None:
    """What kind of refusal of the disk or the server it is; none when it is something else."""
    if isinstance(error, sqlite3.Error):
        return _KINDS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)  # the primary code is the low byte
    # PostgreSQL's driver may not be installed, so its errors are known by what they carry.
    if not type(error).__module__.startswith("psycopg"):
        return None
    state = getattr(error, "sqlstate", None)
    if state is None:
        lost = type(error).__name__ in {"OperationalError", "InterfaceError", "ConnectionTimeout"}
        return StorageGone if lost else None
    beginnings = (state[:length] for length in (5, 3, 2))
    return next((_STATES[known] for known in beginnings if known in _STATES), None)
