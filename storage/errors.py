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


class CannotOpenDatabase(StorageError):
    """The database {file} cannot be opened: {reason}. Check the path and the rights to it."""


class UnknownDatabase(StorageError):
    """I cannot keep data in “{kind}”. Give an address such as sqlite:///kaiku.db."""


_KINDS = {
    sqlite3.SQLITE_FULL: StorageFull,
    sqlite3.SQLITE_BUSY: StorageBusy,
    sqlite3.SQLITE_LOCKED: StorageBusy,
}


def is_of_the_disk(error: BaseException) -> bool:
    """Whether the file or the disk refused, rather than a statement being wrong."""
    return _refusal(error) is not None


def explained(error: BaseException) -> StorageError:
    """The same in words, as a new exception for each caller, caused by `error`.

    One instance raised in many tasks would collect the tracebacks of all of them.
    """
    reason = _refusal(error) or _origin(error)
    sentence = _KINDS.get(_code(reason), StorageError)(reason=reason)
    sentence.__cause__ = error
    return sentence


def _refusal(error: BaseException) -> BaseException | None:
    """What the disk said, be it the reason of the error only.

    With the disk full SQLite may roll back by itself; the end of a nested block then fails for want of its
    savepoint, and that error hides the one that matters.
    """
    origins = (_origin(link) for link in _chain(error))
    return next((origin for origin in origins if _code(origin) in {*_KINDS, sqlite3.SQLITE_IOERR}), None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came from, as a traceback shows them."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _origin(error: BaseException) -> BaseException:
    return (error.orig or error) if isinstance(error, DBAPIError) else error


def _code(error: BaseException) -> int:
    """SQLite's primary result code, the low byte of the extended one; 0 for an error of somebody else."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF
