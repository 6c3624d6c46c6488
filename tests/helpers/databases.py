"""Where the tests keep what they remember: SQLite files, or with `--database postgresql` databases of a server.

The server comes from a package, one for each process of the tests. A database belongs to a folder, as a SQLite file
would, is copied from another that is ready, and goes when the folder's test is over.
"""

import atexit
import hashlib
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import inspect, text
from sqlmodel import Session, SQLModel, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.schema import migrate

Row = TypeVar("Row", bound=SQLModel)

ON = "TESTS_REMEMBER_IN"
"""The variable of the environment that says which, also to processes that tests start."""

THEIRS = "TESTS_POSTGRESQL"
"""The variable that names a server which is there: `postgresql://me@host/{}`."""

_made: set[str] = set()
"""Databases of the server that belong to tests under way."""
_common: set[str] = set()
"""Those that several tests have in common; they go at the end."""


def on_postgresql() -> bool:
    """Whether the tests run on PostgreSQL."""
    return os.environ.get(ON) == "postgresql"


def address_in(folder: Path, name: str = "kaiku.db") -> str:
    """The address of the folder's database. On PostgreSQL there is one, empty; a SQLite file may have to be made."""
    if not on_postgresql():
        return f"sqlite:///{folder / name}"
    database = _name_of(folder / name)
    if database not in _made | _common:
        _create(database, "template0")
    return address_of(database)


def fresh_database(folder: Path, name: str = "kaiku.db") -> str:
    """The address of a new database in the folder, with today's tables and nothing in them."""
    return copied_to(folder, "nothing", lambda _: None, name)


def copied_to(folder: Path, kind: str, fill: Callable[[str], None], name: str = "kaiku.db") -> str:
    """The address of a new database in the folder, as `fill` leaves it, which is called once for each kind."""
    if on_postgresql():
        database = _name_of(folder / name)
        _create(database, _template(kind, fill))
        return address_of(database)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(_file(kind, fill))
    return address_in(folder, name)


@contextmanager
def lasting() -> Iterator[None]:
    """What is made here, several tests have in common."""
    before = set(_made)
    try:
        yield
    finally:
        _common.update(_made - before)
        _made.intersection_update(before)


def forget_databases() -> None:
    """Drop what the last test has left on the server."""
    while _made:
        _drop(_made.pop())


def forget_all_databases() -> None:
    """Drop those too that several tests had in common."""
    _made.update(_common)
    _common.clear()
    forget_databases()


def address_of(database: str) -> str:
    """The address of a database of the server."""
    return _server().format(database)


@contextmanager
def administrator() -> Iterator[Callable[[str], object]]:
    """Says something to the server that none of its databases is there for."""
    import psycopg

    with psycopg.connect(address_of("postgres"), autocommit=True) as connection:
        yield connection.execute


def everything_in(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored, table by table."""
    connection = session.connection()
    read = {table: text(f'SELECT * FROM "{table}"') for table in inspect(connection).get_table_names()}  # noqa: S608
    return {table: [tuple(row) for row in connection.execute(query)] for table, query in read.items()}


def all_of(noun: type[Row]) -> SelectOfScalar[Row]:
    """Every row of a noun in the order of its key: SQLite gives them so unasked, PostgreSQL does not."""
    return select(noun).order_by(*inspect(noun).primary_key)


def take_no_rows(session: Session, table: str, condition: str) -> None:
    """Let the database refuse what is inserted under a condition on `new`, as if the row were broken."""
    engine = session.get_bind().dialect.name
    for statement in _REFUSING[engine]:
        session.execute(text(statement.format(table=table, condition=condition)))


_REFUSING = {
    "sqlite": (
        "CREATE TRIGGER broken BEFORE INSERT ON {table} WHEN {condition} BEGIN SELECT RAISE(ABORT, 'no'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
        "CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION broken()",
    ),
}

_contents: dict[str, bytes] = {}


def _file(kind: str, fill: Callable[[str], None]) -> bytes:
    if kind not in _contents:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "kaiku.db")
            if kind == "nothing":
                migrate(f"sqlite:///{file}")
            else:
                fresh_database(Path(folder))
                fill(f"sqlite:///{file}")
            _contents[kind] = file.read_bytes()
    return _contents[kind]


_templates: set[str] = set()


def _template(kind: str, fill: Callable[[str], None]) -> str:
    name = f"t_{hashlib.sha256(kind.encode()).hexdigest()[:24]}"
    if name not in _templates:
        if kind == "nothing":
            _create(name, "template0")
            migrate(address_of(name))
        else:
            _create(name, _template("nothing", fill))
            fill(address_of(name))
        _made.discard(name)
        _templates.add(name)
    return name


def _create(database: str, template: str) -> None:
    with administrator() as say:
        say(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        say(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy {_LOCALE}")
    _made.add(database)


_LOCALE = "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"


def _drop(database: str) -> None:
    with administrator() as say:
        say(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


def _name_of(place: Path) -> str:
    return f"d_{hashlib.sha256(str(place).encode()).hexdigest()[:24]}"


@cache
def _server() -> str:
    """The address of the server's databases, with braces for the name.

    It is the one that `TESTS_POSTGRESQL` names, whose user may make databases, or one that ends with this process.
    """
    if THEIRS in os.environ:
        return os.environ[THEIRS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a folder for the user that containers do not have
        import pgserver

        shared_memory = Path("/dev/shm")  # noqa: S108 -- nothing that must last
        folder = tempfile.mkdtemp(prefix="kaiku-", dir=shared_memory if shared_memory.is_dir() else None)
        server = pgserver.postgres_server.get_server(folder, cleanup_mode="delete")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in ("fsync = off", "full_page_writes = off", "autovacuum = off"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    return f"postgresql://postgres@/{{}}?host={folder}"
