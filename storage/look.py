"""Looking at rows without making objects of them.

A session takes twenty times as long to bring an object as SQLite takes to find its row, and an alert looks
at a dozen. What only reads, looks.
"""

from functools import lru_cache
from typing import TypeVar, cast

from sqlalchemy import bindparam, select
from sqlmodel import Session, SQLModel

from storage.prepared import Prepared
from storage.tables import core

Noun = TypeVar("Noun", bound=SQLModel)


def look(session: Session, noun: type[Noun], row_id: int | None) -> Noun | None:
    """The row of that number as it is now, what the session has not flushed included; none without a number.

    It has the columns of the noun and is no instance of it: whatever is set on it raises `AttributeError`.
    """
    if row_id is None:
        return None
    return cast("Noun | None", _by_number(noun).first(session, {"row_id": row_id}))


@lru_cache
def _by_number(noun: type[SQLModel]) -> Prepared:
    table = core(noun)
    return Prepared(select(table).where(table.c.id == bindparam("row_id")))
