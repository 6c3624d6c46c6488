"""Rows that must be there."""

from typing import TypeVar

T = TypeVar("T")


def found(row: T | None) -> T:
    """The row a foreign key promises, or that was read a moment ago in this transaction."""
    if row is None:
        raise LookupError("a row that others point to is gone; the database was changed from outside")
    return row
