import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlmodel import SQLModel

import storage.tables  # noqa: F401  fills the metadata
from storage import schema
from storage.database import Database
from storage.errors import CannotOpenDatabase, DatabaseInUse, DatabaseShared, UnknownDatabase
from storage.schema import migrate, pending, upgrade
from storage.search_index import is_shadow
from tests.helpers.databases import address_in
from tests.storage.notes import leave, notes


def canonical(things: list[Any]) -> list[str]:
    """Reflected things in an order of their own, so that two lists can be compared."""
    return sorted(
        repr(sorted(thing.items())) if isinstance(thing, Mapping) else repr(thing) for thing in things
    )


def shape(engine: Engine | Connection) -> dict[str, dict[str, list[str]]]:
    """Everything SQLite can tell of the tables: columns, keys, unique and check constraints, indexes."""
    database = inspect(engine)
    return {
        table: {
            "columns": canonical(
                [{**column, "type": str(column["type"])} for column in database.get_columns(table)]
            ),
            "primary key": canonical([database.get_pk_constraint(table)]),
            "foreign keys": canonical(database.get_foreign_keys(table)),
            "unique": canonical(database.get_unique_constraints(table)),
            "checks": canonical(database.get_check_constraints(table)),
            "indexes": canonical([_told(index) for index in database.get_indexes(table)]),
        }
        for table in database.get_table_names()
        if table != "alembic_version" and not is_shadow(table)
    }


def _told(index: Mapping[str, Any]) -> dict[str, Any]:
    """An index with what it is partial by in words."""
    options = index.get("dialect_options", {})
    return {**index, "dialect_options": {name: str(value) for name, value in options.items()}}


@pytest.fixture
def new(tmp_path: Path) -> str:
    return address_in(tmp_path, "new.db")


def tables_in(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def test_the_steps_lead_to_the_tables_of_today() -> None:
    with create_engine("sqlite://").connect() as migrated, create_engine("sqlite://").connect() as declared:
        upgrade(migrated)
        SQLModel.metadata.create_all(declared)

        context = MigrationContext.configure(migrated, opts={"include_name": _but_for_the_index})
        assert compare_metadata(context, SQLModel.metadata) == []
        assert shape(migrated) == shape(declared)


def _but_for_the_index(name: str | None, kind: str, _: object) -> bool:
    return not (kind == "table" and is_shadow(name or ""))


def test_an_empty_file_becomes_a_database_and_says_how(new: str) -> None:
    sentences = pending(new)
    assert sentences
    assert all(sentence.endswith(".") for sentence in sentences)
    assert tables_in(new) == []

    assert migrate(new) == sentences
    assert pending(new) == []
    with Database(new) as database:
        assert database.write_now(leave("a")) == "a"


def test_migrating_twice_does_nothing(url: str) -> None:
    with Database(url) as database:
        database.write_now(leave("a"))

    assert migrate(url) == []
    with Database(url) as database:
        assert database.read_now(notes) == ["a"]


@pytest.mark.sqlite("it makes files")
def test_asking_what_is_pending_makes_no_file(new: str) -> None:
    pending(new)
    assert not Path(new.removeprefix("sqlite:///")).exists()


KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from storage.schema import migrate

statements = iter(range(int(sys.argv[2])))

@event.listens_for(Engine, "after_cursor_execute")
def count(*_):
    if next(statements, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)

migrate(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("statements", [1, 20, 60])
def test_a_kill_in_the_middle_leaves_nothing_half_done(new: str, statements: int) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, new, str(statements)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert tables_in(new) == []

    assert migrate(new) != []
    assert "cases" in tables_in(new)


@pytest.fixture
def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the steps, to add to."""
    folder = tmp_path / "migrations"
    shutil.copytree(schema.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(schema, "FOLDER", folder)
    return folder / "versions"


ORPHAN = """'''An answer to nothing.'''

from alembic import op

revision = "9000"
down_revision = "{before}"


def upgrade() -> None:
    op.execute("INSERT INTO answers (response_id, question, metric, at) VALUES (404, '', '', '2026-11-23')")
"""


def test_a_step_that_leaves_loose_ends_is_taken_back(url: str, steps: Path) -> None:
    (steps / "9000_orphan.py").write_text(ORPHAN.format(before=schema._number(schema._steps()[-1])))

    with pytest.raises(
        CannotOpenDatabase, match=r"would leave 1 rows pointing to nothing|violates foreign key"
    ):
        migrate(url)
    assert pending(url) == ["An answer to nothing."]


def test_a_step_is_written_by_comparing(new: str, steps: Path) -> None:
    for step in schema._steps():
        step.unlink()
    first = schema.write_step("Everything at once.")
    second = schema.write_step("Nothing more.")

    assert [first.name, second.name] == ["0001_everything_at_once.py", "0002_nothing_more.py"]
    assert migrate(new) == ["Everything at once.", "Nothing more."]
    assert "cases" in tables_in(new)


def test_an_open_database_is_not_migrated_but_can_be_asked(
    database: Database, steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (steps / "9000_orphan.py").write_text(ORPHAN.format(before=schema._number(schema._steps()[-1])))
    monkeypatch.setattr(schema, "_PATIENCE", 0.2)

    with pytest.raises((DatabaseInUse, DatabaseShared)):
        migrate(database.url)
    assert pending(database.url) == ["An answer to nothing."]


def test_a_database_of_a_newer_kaiku_is_left_alone(url: str) -> None:
    with Database(url) as database:
        database.write_now(
            lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )

    for ask in (migrate, pending):
        with pytest.raises(CannotOpenDatabase, match="a newer version of Kaiku has changed it"):
            ask(url)


def test_tables_of_somebody_else_are_left_alone(new: str) -> None:
    engine = create_engine(new)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE people (name TEXT)"))
    engine.dispose()

    with pytest.raises(CannotOpenDatabase, match=r'"?people"? already exists'):
        migrate(new)
    assert tables_in(new) == ["people"]


@pytest.mark.parametrize(
    ("address", "error"), [("sqlite://", CannotOpenDatabase), ("mysql://x", UnknownDatabase)]
)
def test_what_cannot_be_migrated_is_refused_in_words(address: str, error: type[Exception]) -> None:
    for ask in (migrate, pending):
        with pytest.raises(error):
            ask(address)
