"""The same history elsewhere: in a PostgreSQL of its own, and flat in DuckDB."""

import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql
from sqlmodel import SQLModel

from storage.schema import migrate
from tests.benchmarks.history import Progress

_AT_A_TIME = 200_000
"""Rows that are handed over at once."""

GIVEN = """
    WITH given AS (
      SELECT r.first_at, r.service, r.touchpoint, r.stream, r.survey_version_id, a.question, a.score
      FROM responses r JOIN answers a ON a.response_id = r.id
      WHERE a.score IS NOT NULL AND r.excluded_because IS NULL
    )
"""
"""Every score that counts, with what it is told apart by."""


def in_duckdb(file: Path, answers: int, progress: Progress) -> duckdb.DuckDBPyConnection:
    """The scores of a SQLite file, in DuckDB's memory."""
    duck, done = duckdb.connect(), 0
    names = ("first_at", "service", "touchpoint", "stream", "survey_version_id", "question", "score")
    with _reading(file) as connection:
        cursor = connection.execute(GIVEN + "SELECT * FROM given")  # noqa: S608
        while rows := cursor.fetchmany(_AT_A_TIME):
            some = pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
            duck.register("rows_in_hand", some)
            how = "INSERT INTO given" if done else "CREATE TABLE given AS"
            duck.execute(f"{how} SELECT * FROM rows_in_hand")  # noqa: S608
            done += len(rows)
            progress(min(1, done / answers))
    progress(1)
    return duck


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database of a server as it comes, with more memory; it goes with the block."""
    import pgserver

    with tempfile.TemporaryDirectory(prefix="kaiku-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for the user that containers do not have
        server = pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting in ("shared_buffers = '1GB'", "timezone = 'UTC'", "max_wal_size = '8GB'"):
                    connection.execute(f"ALTER SYSTEM SET {setting}")
                connection.execute(
                    "CREATE DATABASE kaiku TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
                )
            server.cleanup()
            server = pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
            yield f"postgresql://postgres@/kaiku?host={folder}"
        finally:
            server.cleanup()


def moved(file: Path, url: str, progress: Progress) -> None:
    """Copy every row of a SQLite file into an empty PostgreSQL, with its indexes made at the end."""
    migrate(url)
    tables = SQLModel.metadata.sorted_tables
    with _reading(file) as source, psycopg.connect(url) as target, _without_indexes(target):
        for number, table in enumerate(tables):
            _copy(source, target, table.name, [column.name for column in table.columns])
            progress(0.8 * (number + 1) / len(tables))
    with psycopg.connect(url, autocommit=True) as target:
        target.execute("VACUUM ANALYZE")
    progress(1)


def _copy(source: sqlite3.Connection, target: psycopg.Connection, table: str, columns: list[str]) -> None:
    """Texts as SQLite has them: PostgreSQL reads instants, days, truths and JSON from them."""
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = source.execute(f"SELECT {names} FROM {table}")  # noqa: S608
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    target.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    with target.cursor().copy(into) as copy:
        for row in cursor:
            copy.write_row(row)
    if "id" in columns:
        target.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        )


@contextmanager
def _without_indexes(target: psycopg.Connection) -> Iterator[None]:
    """Keys between tables are believed, and indexes that are no constraints are made at the end."""
    target.execute("SET session_replication_role = replica")
    kept = target.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND tablename IN ('invitations', 'responses', 'answers')"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    ).fetchall()
    for name, _ in kept:
        target.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _, definition in kept:
        target.execute(definition)


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        yield connection
