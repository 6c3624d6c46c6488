"""One process per database file, kept by a lock file beside it.

SQLite before 3.51.3 can corrupt a database in WAL mode when two connections write or checkpoint at the
same moment, so a second process must not even try. The lock belongs to the process and ends with it,
however it ends; the file itself stays, because removing it would race with the next owner.
"""

import fcntl
import os
from pathlib import Path
from typing import Self

from storage.errors import CannotOpenDatabase, DatabaseInUse


class FileLock:
    """Holds `<database>-lock` from `acquire` to `release`."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._file = database.with_name(f"{database.name}-lock")

    def acquire(self) -> None:
        """Take the lock, or raise `DatabaseInUse` naming the process that has it."""
        try:
            self._handle = self._file.open("a+")
        except OSError as error:
            raise CannotOpenDatabase(file=self._database, reason=error.strerror) from error
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._handle.close()
            raise DatabaseInUse(file=self._database, pid=self._owner()) from error
        self._sign()

    def release(self) -> None:
        """Give the lock back."""
        self._handle.close()

    def _sign(self) -> None:
        self._handle.truncate(0)
        self._handle.write(str(os.getpid()))
        self._handle.flush()

    def _owner(self) -> str:
        """The number of the process that has the lock; a question mark while it is still signing."""
        return self._file.read_text() or "?"

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
