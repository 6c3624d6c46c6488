"""One person, several identities: codes that link them, and rows that move to the person who stays."""

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Table, update
from sqlmodel import Session, SQLModel, select

from storage.tables import LinkCode, Person, core


def valid_code(session: Session, code_hash: str, now: datetime) -> LinkCode | None:
    """An unused code that has not expired."""
    code = session.exec(select(LinkCode).where(LinkCode.code_hash == code_hash)).first()
    return code if code and code.used_at is None and code.expires_at > now else None


def move_everything(session: Session, leaving: int, staying: int) -> None:
    """Every row that points to one person points to another from now on.

    Where both did the same thing once (answered one shared question), the one who stays keeps theirs.
    """
    for table in SQLModel.metadata.sorted_tables:
        for column in _pointing_to_people(table):
            statement = update(table).where(table.c[column] == leaving).values({column: staying})
            session.connection().execute(statement.prefix_with("OR IGNORE", dialect="sqlite"))
    session.expire_all()


def _pointing_to_people(table: Table) -> list[str]:
    people = core(Person)
    return [
        constraint.column_keys[0]
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint) and constraint.referred_table is people
    ]
