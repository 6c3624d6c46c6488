"""Rounds of relationship surveys: which slice of the people is asked when.

A round comes again and again, each time a *turn* of the calendar: of a yearly round that starts on the
first of January 2027, `2027-01-01` is one turn. A turn is cut into slices of equal length, and each
person belongs to one of them, always the same: so they are asked a whole turn apart.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from itertools import count, takewhile


@dataclass(frozen=True)
class Plan:
    """When a round comes: every so many months from its first day on, in so many slices."""

    starts: date
    months: int
    slices: int = 1
    """At most one a month."""


@dataclass(frozen=True)
class Slice:
    """A part of the people and the days on which their part of a turn begins: up to, not including, `ends`."""

    turn: date
    """The first day of the turn it belongs to."""
    number: int
    """From 0 on."""
    starts: date
    ends: date


def slice_of(round_key: str, person_id: int, slices: int) -> int:
    """The slice a person belongs to in a round, from 0 on.

    It is drawn from the SHA-256 of the round and the person: the same on every replica and in every
    turn, so that nobody is asked twice or never, whoever comes and goes.
    """
    digest = sha256(f"{round_key}\n{person_id}".encode()).digest()
    return int.from_bytes(digest[:8]) * slices >> 64


def begun(plan: Plan, today: date) -> list[Slice]:
    """The slices of this turn that have begun by today, and those of the turn before; oldest first."""
    return list(takewhile(lambda part: part.starts <= today, _slices(plan, today)))


def coming(plan: Plan, today: date) -> Slice:
    """The first slice that begins after today."""
    return next(part for part in _slices(plan, today) if part.starts > today)


def to_open(plan: Plan, today: date, opened: frozenset[date]) -> Slice | None:
    """The slice whose people are due to be asked; none when nobody is.

    `opened` are the first days of the slices that were opened before. A round that was never opened
    begins with the slice that runs today: what came before it in this turn is let go, because half of the
    people at once is what slices are there to avoid. From then on none is left out, however long nobody
    looked; but nobody is caught up with twice, so no more than the slices of one whole turn.
    """
    candidates = begun(plan, today)[-plan.slices :]
    before = [day for day in opened if day <= today]
    if not before:
        candidates = candidates[-1:]
    return next((part for part in candidates if part.starts > max(before, default=date.min)), None)


def _slices(plan: Plan, today: date) -> Iterator[Slice]:
    """Slices without end, from the turn before today's on, or from the very first."""
    passed = (today.year - plan.starts.year) * 12 + today.month - plan.starts.month
    for turn in count(max(0, passed // plan.months - 2) * plan.months, plan.months):
        for number in range(plan.slices):
            yield Slice(
                turn=_months_after(plan.starts, turn),
                number=number,
                starts=_months_after(plan.starts, turn + plan.months * number // plan.slices),
                ends=_months_after(plan.starts, turn + plan.months * (number + 1) // plan.slices),
            )


def _months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
