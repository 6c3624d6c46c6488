"""Days that are counted already: what was given on them adds up in `counts`, and is not counted row by row.

A day is one of UTC, by when its responses were first given, and seven of them from Monday on make a week.
`storage.settling` settles them when they are over. Whoever changes what was given on a settled day unsettles it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy import Date, and_, bindparam, delete, func, or_, select
from sqlmodel import Session

from storage.dialects import each_of
from storage.prepared import Prepared
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import COUNTS, Series, SettledDays, core
from storage.units import PLACES, Place, Stretch, Unit, Wanted

SERIES = Unit._fields[:-1]
SCORES = [column for column in COUNTS.c if column.name.startswith("n")]
DAY, WEEK = 1, 7

FRESH = timedelta(hours=1)
"""A response no older than this is of no settled day."""

_S, _D, _C = core(Series), core(SettledDays), COUNTS.c


@dataclass
class Parts:
    """A window taken apart: whole days that are settled, and the rest, which is to be counted row by row."""

    weeks: list[date] = field(default_factory=list)
    """Mondays of weeks that are settled as such …"""
    days: list[date] = field(default_factory=list)
    """… and other settled days."""
    settled: list[Stretch] = field(default_factory=list)
    """The same, from when to when."""
    rest: list[Stretch] = field(default_factory=list)


def parts(session: Session, start: datetime, end: datetime) -> Parts:
    """Take a window apart."""
    found, reached = Parts(), Place(start)
    values = {"first": _first_whole(start), "end": day_of(end)}
    known = {(row.day, row.days) for row in _SETTLED.all(session, values)}
    for day in sorted(day for day, days in known if days == DAY):
        begun = Place(begins(day))
        if begun < reached:
            continue  # it is part of a week
        over = Place(begins(day + timedelta(WEEK)))
        if (day, WEEK) in known and over.at <= end:
            found.weeks.append(day)
        else:
            found.days.append(day)
            over = Place(begins(day + timedelta(DAY)))
        if begun > reached:
            found.rest.append((reached, begun))
        if found.settled and found.settled[-1][1] == begun:
            found.settled[-1] = (found.settled[-1][0], over)
        else:
            found.settled.append((begun, over))
        reached = over
    if reached.at < end:
        found.rest.append((reached, Place(end)))
    return found


_SETTLED = Prepared(
    select(_D.c.day, _D.c.days).where(
        _D.c.day >= bindparam("first"), _D.c.day < bindparam("end"), _D.c.settled
    )
)


def sums(
    session: Session, scope: Scope, days: int, firsts: Sequence[date], wanted: Wanted
) -> Iterator[tuple[Unit, int]]:
    """What was given at the scope's services and teams on settled days or weeks, and how often.

    `firsts` are the first of the `days`: Mondays, of weeks.
    """
    shape, names = shaped(scope)
    values = {"days": days, "firsts": json.dumps([day.isoformat() for day in firsts]), **names}
    for row in _sums(shape, wanted).run(session, values):
        series, counts = row[: len(SERIES)], row[len(SERIES) :]
        yield from ((Unit._make((*series, score)), count) for score, count in enumerate(counts) if count)


@lru_cache
def _sums(shape: Shape, wanted: Wanted) -> Prepared:
    # An outer join keeps SQLite at this order: from the few series to their counts, by the whole key.
    on = and_(_C.series_id == _S.c.id, _C.days == bindparam("days"), _C.day.in_(each_of("firsts", Date)))
    of_series = (
        select(*(_S.c[name] for name in SERIES), *(func.sum(column).label(column.name) for column in SCORES))
        .join_from(_S, COUNTS, on, isouter=True)
        .where(_S.c.question != "" if wanted.scores else _S.c.question == "", shape.places(_S))
        .group_by(_S.c.id)
        .subquery("of_series")
    )
    asked = [of_series.c[name] for name in SERIES if name not in PLACES]
    apart = [of_series.c[name] for name in wanted.apart]
    added = (func.sum(of_series.c[column.name]) for column in SCORES)
    return Prepared(select(*wanted.places(of_series), *asked, *added).group_by(*asked, *apart))


def unsettle(session: Session, first_at: datetime, now: datetime) -> None:
    """What was first given at an instant changes, or is added. For what was just given it costs a comparison."""
    if now - first_at > FRESH:
        day = day_of(first_at)
        _UNSETTLE.run(session, {"this": day, "monday": monday_of(day)})


_UNSETTLE = Prepared(
    delete(_D).where(
        or_(
            and_(_D.c.days == DAY, _D.c.day == bindparam("this")),
            and_(_D.c.days == WEEK, _D.c.day == bindparam("monday")),
        )
    )
)


def day_of(at: datetime) -> date:
    """The day of UTC."""
    return at.astimezone(UTC).date()


def begins(day: date) -> datetime:
    """Its first instant."""
    return datetime.combine(day, time(), UTC)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def _first_whole(start: datetime) -> date:
    """The first day that begins no sooner than an instant."""
    day = day_of(start)
    return day if begins(day) == start else day + timedelta(days=1)
