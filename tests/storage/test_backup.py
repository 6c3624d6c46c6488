import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from storage.backup import backup, restore
from storage.database import Database
from storage.errors import CannotOpenDatabase, DatabaseInUse
from storage.schema import migrate
from tests.storage.notes import leave, notes

pytestmark = pytest.mark.sqlite("a copy of its file; PostgreSQL has pg_dump")


def kept(url: str) -> list[str]:
    with Database(url) as database:
        return database.read_now(notes)


@pytest.fixture
def copy(url: str, tmp_path: Path) -> Path:
    """A backup with one note in it; the database has two."""
    target = tmp_path / "monday.backup"
    with Database(url) as database:
        database.write_now(leave("in the copy"))
        backup(url, target)
        database.write_now(leave("later"))
    return target


def test_a_backup_is_taken_beside_the_running_writer_and_put_back(url: str, copy: Path) -> None:
    assert kept(url) == ["in the copy", "later"]
    restore(copy, url)
    assert kept(url) == ["in the copy"]


def test_a_backup_is_one_file_that_only_its_owner_reads(copy: Path) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert [file.name for file in copy.parent.glob("*backup*")] == ["monday.backup"]
    with sqlite3.connect(copy) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()


def test_a_backup_opens_as_a_database(copy: Path) -> None:
    url = f"sqlite:///{copy}"
    assert migrate(url) == []
    assert kept(url) == ["in the copy"]


def test_a_newer_backup_replaces_the_older(url: str, copy: Path) -> None:
    backup(url, copy)
    assert kept(f"sqlite:///{copy}") == ["in the copy", "later"]


def test_a_backup_goes_back_into_an_empty_place(copy: Path, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    restore(copy, elsewhere)
    assert kept(elsewhere) == ["in the copy"]


def test_an_open_database_is_not_overwritten(url: str, copy: Path) -> None:
    with Database(url) as database:
        with pytest.raises(DatabaseInUse):
            restore(copy, url)
        assert database.read_now(notes) == ["in the copy", "later"]


def damaged(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    content[4096:40960] = b"\xff" * (40960 - 4096)
    copy.write_bytes(content)


def somebody_elses(copy: Path) -> None:
    copy.unlink()
    with sqlite3.connect(copy) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()


def no_database(copy: Path) -> None:
    copy.write_text("diary " * 999)


@pytest.mark.parametrize("spoil", [damaged, somebody_elses, no_database, Path.unlink])
def test_what_is_no_backup_changes_nothing(spoil: Callable[[Path], None], url: str, copy: Path) -> None:
    spoil(copy)
    with pytest.raises(CannotOpenDatabase):
        restore(copy, url)
    assert kept(url) == ["in the copy", "later"]


def test_a_database_is_not_its_own_backup(url: str) -> None:
    with pytest.raises(CannotOpenDatabase, match="cannot be its own backup"):
        backup(url, Path(url.removeprefix("sqlite:///")))


def test_a_missing_database_has_no_backup(tmp_path: Path) -> None:
    with pytest.raises(CannotOpenDatabase):
        backup(f"sqlite:///{tmp_path / 'missing.db'}", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_backup_that_fails_leaves_the_older_one(url: str, copy: Path) -> None:
    older = copy.read_bytes()
    no_database(Path(url.removeprefix("sqlite:///")))

    with pytest.raises(CannotOpenDatabase, match="not a database"):
        backup(url, copy)
    assert copy.read_bytes() == older
