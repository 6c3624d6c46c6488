"""How far channels have read."""

from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from storage.tables import Cursor


def cursor(session: Session, name: str) -> str:
    """Where a cursor stands; empty when it has never been set."""
    row = session.get(Cursor, name)
    return row.value if row else ""


def advance(session: Session, name: str, value: str) -> None:
    """Set a cursor."""
    statement = insert(Cursor).values(name=name, value=value)
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    )
