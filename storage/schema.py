"""Bringing a database to the tables of today, whole or not at all.

Alembic takes long to import, so it is asked only when there is something to do.
"""

import ast
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, inspect, text

from storage import postgresql
from storage.address import is_postgresql
from storage.errors import CannotOpenDatabase, DatabaseShared
from storage.lock import FileLock
from storage.sqlite import file_of, migrating_engine, opening, reading_engine

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).with_name("migrations")
_PATIENCE = 10.0
"""Seconds for which others who use a PostgreSQL database are waited for."""


def migrate(url: str) -> list[str]:
    """Take every pending step, all in one transaction; returns their sentences, oldest first.

    A process that is killed on the way leaves the database as it was. Raises `DatabaseInUse` while any
    process, this one too, has the database open; `CannotOpenDatabase` when a newer Kaiku has changed it.
    """
    if is_postgresql(url):
        return _migrate_shared(url)
    engine = migrating_engine(url)
    try:
        with FileLock(_file(url)), opening(url), engine.begin() as connection:
            return upgrade(connection)
    finally:
        engine.dispose()


def pending(url: str) -> list[str]:
    """The sentences of the steps not yet taken, oldest first. Asking is harmless beside a running process."""
    if is_postgresql(url):
        engine, asking = postgresql.reading_engine(url, size=1), postgresql.opening(url)
    elif not _file(url).exists():
        return [_sentence(step) for step in _steps()]
    else:
        engine, asking = reading_engine(url, size=1), opening(url)
    try:
        with asking, engine.connect() as connection:
            return [_sentence(step) for step in _pending(connection)]
    finally:
        engine.dispose()


def _migrate_shared(url: str) -> list[str]:
    """On PostgreSQL: of several that start at the same time one takes the steps, and the others wait for it."""
    engine = postgresql.migrating_engine(url)
    end = time.monotonic() + _PATIENCE
    try:
        with postgresql.opening(url), engine.begin() as connection:
            postgresql.refuse_old(connection)
            while _pending(connection) and not postgresql.have_alone(connection):
                if time.monotonic() > end:
                    raise DatabaseShared(database=postgresql.name_of(url))
                time.sleep(0.1)
            return upgrade(connection)
    finally:
        engine.dispose()


def upgrade(connection: Connection) -> list[str]:
    """Take every pending step inside the open transaction of a connection; returns their sentences."""
    steps = _pending(connection)
    if steps:
        from alembic import command

        command.upgrade(_config(connection), "head")
        _refuse_loose_ends(connection)
    return [_sentence(step) for step in steps]


def write_step(sentence: str) -> Path:
    """Write the step that leads from the steps so far to `storage.tables`; returns its file."""
    from alembic import command

    with create_engine("sqlite://").begin() as connection:
        upgrade(connection)
        number = f"{len(_steps()) + 1:04}"
        command.revision(_config(connection), sentence, autogenerate=True, rev_id=number)
    return _steps()[-1]


def _file(url: str) -> Path:
    file = file_of(url)
    if file is None:
        raise CannotOpenDatabase(file=url, reason="a database in memory is gone before it could be used")
    return file


def _steps() -> list[Path]:
    return sorted(FOLDER.glob("versions/[0-9]*.py"))


def _number(step: Path) -> str:
    return step.name.partition("_")[0]


def _sentence(step: Path) -> str:
    """What a step says of itself: its docstring."""
    return ast.get_docstring(ast.parse(step.read_text(encoding="utf-8"))) or step.stem


def _pending(connection: Connection) -> list[Path]:
    """The steps after the one the database has reached."""
    if not inspect(connection).has_table("alembic_version"):
        return _steps()
    reached = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if reached not in map(_number, _steps()):
        raise CannotOpenDatabase(
            file=connection.engine.url.database or "of PostgreSQL",
            reason=f"a newer version of Kaiku has changed it (step {reached})",
        )
    return [step for step in _steps() if _number(step) > reached]


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


def _refuse_loose_ends(connection: Connection) -> None:
    """The foreign keys that were off while tables were rebuilt must hold again. PostgreSQL's are never off."""
    if connection.dialect.name != "sqlite":
        return
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if loose:
        raise CannotOpenDatabase(
            file=connection.engine.url.database,
            reason=f"a step would leave {len(loose)} rows pointing to nothing",
        )
