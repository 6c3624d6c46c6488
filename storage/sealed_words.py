"""Which keys what people wrote is sealed with, and how far it has come to be held as new words are.

Both are written down: a key before it seals anything, so that nobody starts without one that is needed, and that it is
not needed any more once a whole walk over the words has left none of its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Column, Table, Text, exists, func, select, type_coerce, update
from sqlmodel import Session, SQLModel

from storage.cursors import advance, cursor
from storage.errors import KeysMissing
from storage.tables import PendingForm, core
from storage.vault import UnknownKey
from storage.words import MARK, Sealing, Words, beginning, key_of

STRETCH = 50_000
"""Rows passed at once, few of which have words."""

CURSOR = "words"
"""Where it is written down."""

_FORMS = core(PendingForm)


@dataclass(frozen=True)
class Standing:
    """How words are held in a database."""

    keys: frozenset[str] = frozenset()
    """Names of the keys that some may be sealed with."""
    lost: frozenset[str] = frozenset()
    """Names of keys that were given up: what they sealed stays as it is."""
    clear: bool = True
    """Some may be in the clear."""
    goal: str = ""
    """How they are to be held: sealed with the key of this name, or empty for in the clear."""
    column: int = 0
    """Which of the columns with words the walk has come to."""
    row: int = 0
    """The last of its rows that was passed."""

    @property
    def is_half_way(self) -> bool:
        """Whether the walk is neither at its beginning nor at its last step."""
        return bool(self.column or self.row) and self.column < len(_columns())

    def agrees_with(self, sealing: Sealing | None) -> bool:
        """Whether everything is held as new words are."""
        if sealing is None or not sealing.seals:
            return not self.keys
        return self.keys == {sealing.goal} and not self.clear


@dataclass(frozen=True)
class Step:
    """What came of one step of the walk."""

    changed: int
    unopened: int
    """Words that nothing we hold opens: they were changed from outside, or their key was given up."""
    share: float
    """How much of the walk is behind us, from 0 to 1."""


def standing(session: Session) -> Standing:
    """How words are held here."""
    return read(cursor(session, CURSOR))


def read(written: str) -> Standing:
    """How words are held, as it is written down."""
    known = json.loads(written or "{}")
    return Standing(**known | {name: frozenset(known.get(name, ())) for name in ("keys", "lost")})


def demand_keys(now: Standing, sealing: Sealing | None) -> None:
    """Raise `KeysMissing` where words are sealed, or may be, that we could not open."""
    if missing := now.keys - (sealing.keys if sealing else frozenset()):
        raise KeysMissing(key=min(missing))


def begin(session: Session, sealing: Sealing | None) -> Standing:
    """Write down how words will be held from now on, before the first of them is."""
    before, goal = standing(session), sealing.goal if sealing else ""
    found = before.lost & sealing.keys if sealing else frozenset[str]()
    clear = not goal or (before.clear and (bool(before.keys) or _has_words(session)))
    keys = before.keys | found | {goal} - {""}
    after = replace(before, keys=keys, lost=before.lost - found, clear=clear, goal=goal)
    if goal != before.goal or found:
        # What was passed may have been written in another way since, or can be opened now.
        after = replace(after, column=0, row=0)
    if after != before:
        _write(session, after)
    return after


def give_up(session: Session, key: str) -> None:
    """Ask no more for a key that is lost. What it sealed stays as it is, until it is found again."""
    before = standing(session)
    _write(session, replace(before, keys=before.keys - {key}, lost=before.lost | {key}))


def step(session: Session, sealing: Sealing, most: int) -> Step:
    """Hold anew some words that are held otherwise than new ones are, at most so many; what nothing opens stays.

    Safe to be broken off and repeated. Raises `KeysMissing`.
    """
    # Of those who share a database another may hold words otherwise, and have begun since.
    now = begin(session, sealing)
    demand_keys(now, sealing)
    if now.column == len(_columns()):
        done = _each_anew(session, _FORMS.c.state, _open_forms(session, now), sealing)
        keys = frozenset({now.goal} - {""})
        _write(session, replace(now, keys=keys, clear=not now.goal, column=0, row=0))
        return Step(*done, 1.0)
    table, column = _columns()[now.column]
    rows = _held_otherwise(session, column, now, most)
    done = _each_anew(session, column, rows, sealing)
    last = session.connection().execute(select(func.max(table.c.id))).scalar() or 0
    reached = rows[-1].id if len(rows) == most else now.row + STRETCH
    share = (now.column + min(1.0, reached / max(1, last))) / (len(_columns()) + 1)
    on = replace(now, row=reached) if reached < last else replace(now, column=now.column + 1, row=0)
    _write(session, on)
    return Step(*done, share)


@cache
def _columns() -> Sequence[tuple[Table, Column[Any]]]:
    """Where words are kept in rows that have numbers."""
    tables = (table for table in SQLModel.metadata.sorted_tables if table is not _FORMS)
    return [(table, column) for table in tables for column in table.c if isinstance(column.type, Words)]


def _has_words(session: Session) -> bool:
    columns = [_FORMS.c.state, *(column for _, column in _columns())]
    found = (exists().where(column.is_not(None), column != "") for column in columns)
    return any(session.connection().execute(select(one)).scalar() for one in found)


def _held_otherwise(session: Session, column: Column[Any], now: Standing, most: int) -> Sequence[Any]:
    """The next rows of the stretch whose words are to be held anew, as they are stored."""
    number, stored = column.table.c.id, type_coerce(column, Text)
    here = (number > now.row, number <= now.row + STRETCH, column != "")
    right = beginning(now.goal) if now.goal else MARK
    begins = func.substr(stored, 1, len(right)) == right
    wanted = select(number.label("id"), stored.label("stored")).where(*here, ~begins if now.goal else begins)
    return session.connection().execute(wanted.order_by(number).limit(most)).all()


def _open_forms(session: Session, now: Standing) -> Sequence[Any]:
    """All that are to be held anew, in one go: there are as many as people who are writing just now."""
    stored = type_coerce(_FORMS.c.state, Text).label("stored")
    forms = session.connection().execute(select(*_FORMS.primary_key.columns, stored))
    return [form for form in forms if key_of(form.stored) != now.goal]


def _each_anew(
    session: Session, column: Column[Any], rows: Sequence[Any], sealing: Sealing
) -> tuple[int, int]:
    """How many were changed, and how many nothing opens."""
    changed = sum(_held_anew(session, column, row, sealing) for row in rows)
    return changed, len(rows) - changed


def _held_anew(session: Session, column: Column[Any], row: Any, sealing: Sealing) -> bool:
    try:
        words = sealing.opened(row.stored)
    except UnknownKey:
        return False
    this = (key == getattr(row, key.name) for key in column.table.primary_key.columns)
    session.connection().execute(update(column.table).where(*this).values({column: words}))
    return True


def _write(session: Session, now: Standing) -> None:
    advance(session, CURSOR, json.dumps({**vars(now), "keys": sorted(now.keys), "lost": sorted(now.lost)}))
