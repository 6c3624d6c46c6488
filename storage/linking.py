"""One person, several identities: codes that link them, and rows that move to the person who stays."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Table, UniqueConstraint, Update, update
from sqlalchemy.exc import IntegrityError
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
            theirs, moved = table.c[column] == leaving, update(table).values({column: staying})
            if _is_told_apart_by(table, column):
                _move_one_by_one(session, table, theirs, moved)
            else:
                session.connection().execute(moved.where(theirs))
    session.expire_all()


def _move_one_by_one(session: Session, table: Table, theirs: ColumnElement[bool], moved: Update) -> None:
    for (number,) in session.connection().execute(select(table.c.id).where(theirs)).all():
        with suppress(IntegrityError), session.begin_nested():
            session.connection().execute(moved.where(table.c.id == number))


def _is_told_apart_by(table: Table, column: str) -> bool:
    """Whether two rows may not have the same there, all else being equal."""
    uniques = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    return any(column in unique.columns for unique in uniques)


def _pointing_to_people(table: Table) -> list[str]:
    people = core(Person)
    return [
        constraint.column_keys[0]
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint) and constraint.referred_table is people
    ]
