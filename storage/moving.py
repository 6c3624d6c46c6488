"""Moving from SQLite to PostgreSQL: every row of every table, counted afterwards, in one transaction.

Whoever kills it in the middle finds the target empty as before and the source untouched. The search index is not
moved: PostgreSQL makes its own, from the words, while it serves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table
from sqlmodel import SQLModel

import storage.tables  # noqa: F401 -- fills the metadata
from storage.address import is_postgresql
from storage.bulk import number_on
from storage.errors import CountsDiffer, MovesFromFiles, TargetTaken
from storage.lock import FileLock
from storage.postgresql import RUNNING, connect, name_of
from storage.postgresql import opening as opening_target
from storage.schema import migrate
from storage.sqlite import file_of, opening, reading_engine
from storage.tables import Unindexed

if TYPE_CHECKING:
    import sqlite3

    import psycopg

Progress = Callable[[str, int, int], None]
"""Told the table, how many rows have been moved by now, and of how many."""

_AT_ONCE = 1000
"""Rows read at once."""


def move(source: str, target: str, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Copy a SQLite database into an empty one of PostgreSQL; how many rows of each table. The source stays.

    Raises `DatabaseInUse` while a Kaiku has the source, `TargetTaken` when the target holds something or is in use,
    `CountsDiffer` when not every row has arrived, `MovesFromFiles` for other kinds: then nothing was changed.
    """
    file = file_of(source)
    if file is None or not is_postgresql(target):
        raise MovesFromFiles
    with FileLock(file), _reading(source) as rows, opening_target(target):
        migrate(target)
        with connect(target) as connection, connection.transaction():
            _demand_empty(connection, target)
            moved = _copy(rows, connection, progress)
            number_on(connection.execute)
        connection = connect(target)
        connection.execute("ANALYZE")
        connection.close()
    return moved


@contextmanager
def _reading(source: str) -> Iterator["sqlite3.Connection"]:
    engine = reading_engine(source, size=1)
    try:
        with opening(source), engine.connect() as connection:
            driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
            yield driver
    finally:
        engine.dispose()


def _moved() -> list[Table]:
    """What is moved, each table after those it points to. What waits for the index is found by PostgreSQL itself."""
    tables = SQLModel.metadata.sorted_tables
    return [table for table in tables if table.name != Unindexed.__tablename__]


def _demand_empty(connection: "psycopg.Connection[Any]", target: str) -> None:
    alone = connection.execute(f"SELECT pg_try_advisory_xact_lock({RUNNING})").fetchone()
    if alone != (True,):
        raise TargetTaken(database=name_of(target), how="a Kaiku uses it")
    for table in _moved():
        if connection.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone():  # noqa: S608 -- a name of ours
            raise TargetTaken(database=name_of(target), how=f"there are rows in its table {table.name}")


def _copy(
    rows: "sqlite3.Connection", connection: "psycopg.Connection[Any]", progress: Progress
) -> dict[str, int]:
    rows.execute("BEGIN")  # one state of everything
    counts = {table.name: _count(rows, table) for table in _moved()}
    done, total = 0, sum(counts.values())
    for table in _moved():
        for number in _copy_table(rows, connection, table):
            done += number
            progress(table.name, done, total)
        if (arrived := _count(connection, table)) != counts[table.name]:
            raise CountsDiffer(table=table.name, there=counts[table.name], here=arrived)
    with suppress(Exception):
        rows.execute("ROLLBACK")
    return counts


def _copy_table(
    rows: "sqlite3.Connection", connection: "psycopg.Connection[Any]", table: Table
) -> Iterator[int]:
    """What SQLite keeps as text PostgreSQL reads as text: instants, which are in UTC, days and JSON."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    found = rows.execute(f"SELECT {columns} FROM {table.name}")  # noqa: S608 -- names of ours
    with connection.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as copy:
        while chunk := found.fetchmany(_AT_ONCE):
            for row in chunk:
                copy.write_row(row)
            yield len(chunk)


def _count(connection: Any, table: Table) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0])  # noqa: S608
