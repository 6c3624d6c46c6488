"""A copy of the database while it is in use, and the way back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.address import is_postgresql
from storage.errors import CannotOpenDatabase, ServerKeepsCopies
from storage.lock import FileLock
from storage.sealed_words import CURSOR, demand_keys, read
from storage.sqlite import file_of, opening
from storage.words import Sealing


def backup(url: str, target: Path) -> None:
    """Copy the database as it is at this moment to `target`, one file that stands on its own.

    An earlier file of that name is replaced when the copy is complete, not before. The copy holds what
    people said, so only its owner may read it. Harmless beside a running process; what the process stores
    meanwhile is not in the copy. Raises `ServerKeepsCopies` for PostgreSQL.
    """
    file = _file(url)
    if target.resolve() == file.resolve():
        raise CannotOpenDatabase(file=target, reason="a database cannot be its own backup")
    with opening(url), TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        copy = Path(folder) / target.name
        copy.touch(mode=0o600)
        with _reading(file) as source, closing(sqlite3.connect(copy)) as destination:
            source.backup(destination)
            # Without this the copy would want a -wal file beside it.
            destination.execute("PRAGMA journal_mode = DELETE")
        copy.replace(target)


def restore(source: Path, url: str, sealing: Sealing | None = None) -> None:
    """Put the database back to what `source` holds, in one transaction.

    Raises `DatabaseInUse` while a process has the database open, `CannotOpenDatabase` when `source` is
    damaged or no database of ours, `KeysMissing` when words in it could not be read; then nothing was changed.
    """
    file = _file(url)
    with FileLock(file), opening(f"sqlite:///{source}"), _reading(source) as copy:
        _check(copy, source)
        written = copy.execute("SELECT value FROM cursors WHERE name = ?", (CURSOR,)).fetchone()
        demand_keys(read(written[0] if written else ""), sealing)
        with closing(sqlite3.connect(file)) as destination:
            copy.backup(destination)


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, and does not make a missing file."""
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _check(copy: sqlite3.Connection, source: Path) -> None:
    (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise CannotOpenDatabase(file=source, reason=f"it is damaged ({verdict})")
    if not copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        raise CannotOpenDatabase(file=source, reason="it is not a backup of Kaiku’s")


def _file(url: str) -> Path:
    if is_postgresql(url):
        raise ServerKeepsCopies
    file = file_of(url)
    if file is None:
        raise CannotOpenDatabase(file=url, reason="it lives in memory only")
    return file
