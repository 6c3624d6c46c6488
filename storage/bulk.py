"""After many rows were written at once, with the numbers they have elsewhere."""

from collections.abc import Callable
from typing import Any

from sqlmodel import Session, SQLModel

import storage.tables  # noqa: F401 -- fills the metadata


def after_many(session: Session) -> None:
    """Let PostgreSQL number on from the highest row, and plan by what is there now; SQLite does so by itself."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        number_on(connection.exec_driver_sql)
        connection.exec_driver_sql("ANALYZE")


def number_on(ask: Callable[[str], Any]) -> None:
    """Let PostgreSQL's next row of each table have a number of its own."""
    for table in SQLModel.metadata.tables.values():
        if [column.name for column in table.primary_key] == ["id"]:
            next_one = f"SELECT max(id) FROM {table.name}"  # noqa: S608 -- a name of ours
            ask(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), ({next_one}))")
