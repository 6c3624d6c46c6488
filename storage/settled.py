"""Days that are counted already: what was given on them adds up in `counts`, and is not counted row by row.

A day is one of UTC, by when its responses were first given or its requests were sent, and seven of them from Monday
on make a week. `storage.settling` settles them when they are over. Whoever changes what was given on a settled day
unsettles it; but for requests that are answered when their day is over, which is what happens to many: they are moved.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from sqlalchemy import Date, Integer, and_, bindparam, delete, func, or_, select, tuple_, update
from sqlmodel import Session

from storage.dialects import one_of
from storage.prepared import Prepared, Record
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import COUNTS, Series, SettledDays, core
from storage.types import UtcDateTime
from storage.units import PLACES, Place, Stretch, Unit, Wanted
from storage.vocabulary import Counted, Line

SERIES = Unit._fields[:-1]
SCORES = [column for column in COUNTS.c if column.name.startswith("n")]
DAY, WEEK = 1, 7

FRESH = timedelta(hours=1)
"""A row no older than this is of no settled day."""

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
    beyond: list[Stretch] = field(default_factory=list)
    """What was counted with them and is not of the window: to be counted row by row, and taken off."""


Settled = tuple[date, int]
"""The first day, and how many days were counted together."""


def settled_between(session: Session, line: Line, start: datetime, end: datetime) -> Collection[Settled]:
    """What is settled of a line from the day of one instant to the day of another."""
    values = {"line": line, "first": day_of(start), "last": day_of(end)}
    return {(row.day, row.days) for row in _SETTLED.all(session, values)}


def parts(known: Collection[Settled], start: datetime, end: datetime) -> Parts:
    """Take a window apart, where so much is settled; what lies outside it does not matter."""
    if start >= end:
        return Parts()
    first, last = day_of(start), day_of(end)
    settled = sorted(day for day, days in known if days == DAY and first <= day <= last)
    begin, finish = _widened(start, end, settled)
    found = Parts(beyond=[(Place(a), Place(b)) for a, b in ((begin, start), (end, finish)) if a < b])
    reached = Place(begin)
    for day in settled:
        week = (day, WEEK) in known and begins(day + timedelta(WEEK)) <= finish
        begun, over = Place(begins(day)), Place(begins(day + timedelta(WEEK if week else DAY)))
        if begun < reached or over.at > finish:
            continue  # it is part of a week, or not wholly of the window
        (found.weeks if week else found.days).append(day)
        if begun > reached:
            found.rest.append((reached, begun))
        if found.settled and found.settled[-1][1] == begun:
            found.settled[-1] = (found.settled[-1][0], over)
        else:
            found.settled.append((begun, over))
        reached = over
    if reached.at < finish:
        found.rest.append((reached, Place(finish)))
    return found


def _widened(start: datetime, end: datetime, settled: Sequence[date]) -> tuple[datetime, datetime]:
    """The window, to the ends of settled days of which it has the larger part: the rest of them is less to count.

    Of two halves the second is counted, whichever side of the window it is on: windows that meet there share it.
    """
    first, last = day_of(start), day_of(end)
    if first in settled and start - begins(first) < _HALF:
        start = begins(first)
    if last in settled and end - begins(last) >= _HALF:
        end = begins(last + timedelta(DAY))
    return start, end


_HALF = timedelta(DAY) / 2
_SETTLED = Prepared(
    select(_D.c.day, _D.c.days).where(
        _D.c.line == bindparam("line"),
        _D.c.day.between(bindparam("first"), bindparam("last")),
        _D.c.settled,
    )
)


@dataclass(frozen=True)
class Sum:
    """Settled days, or weeks, that are to be added up."""

    days: int
    firsts: Sequence[date]
    """The first of its `days`: Mondays, of weeks."""


def sums_of_each(
    session: Session, scope: Scope, sums: Sequence[Sum], wanted: Wanted
) -> Iterator[tuple[int, Unit, int]]:
    """What was given at the scope's services and teams, and how often; first the place of the sum it is part of."""
    shape, names = shaped(scope)
    several = [
        {"days": each.days, "firsts": json.dumps([day.isoformat() for day in each.firsts]), **names}
        for each in sums
    ]
    for place, row in _sums(shape, wanted).run_together(session, several):
        series, counts = row[: len(SERIES)], row[len(SERIES) :]
        yield from (
            (place, Unit._make((*series, score)), count) for score, count in enumerate(counts) if count
        )


@lru_cache
def _sums(shape: Shape, wanted: Wanted) -> Prepared:
    # An outer join keeps SQLite at this order: from the few series to their counts, by the whole key.
    on = and_(_C.series_id == _S.c.id, _C.days == bindparam("days"), one_of(_C.day, "firsts", Date))
    of_series = (
        select(*(_S.c[name] for name in SERIES), *(func.sum(column).label(column.name) for column in SCORES))
        .join_from(_S, COUNTS, on, isouter=True)
        .where(_S.c.what == wanted.what, _S.c.whole == _of_everything(shape, wanted), shape.places(_S))
        .group_by(_S.c.id)
        .subquery("of_series")
    )
    asked = [of_series.c[name] for name in SERIES if name not in PLACES]
    apart = [of_series.c[name] for name in wanted.apart]
    added = (func.sum(of_series.c[column.name]) for column in SCORES)
    return Prepared(select(*wanted.places(of_series), *asked, *added).group_by(*asked, *apart))


def _of_everything(shape: Shape, wanted: Wanted) -> bool:
    """Whether the few series will do in which all services and teams are counted together."""
    return shape.everything and shape.kinds <= _ANYWHERE and wanted.apart <= {"touchpoint"}


_ANYWHERE = {"services", "teams", "accounts", "only_touchpoints"}


def unsettle(session: Session, at: datetime, now: datetime, line: Line = Line.RESPONSES) -> None:
    """A row of an instant changes, or is added. For what came the same day it costs a comparison."""
    if _may_be_settled(at, now):
        day = day_of(at)
        _UNSETTLE.run(session, {"this": day, "monday": monday_of(day), "line": line})


_UNSETTLE = Prepared(
    delete(_D).where(
        _D.c.line == bindparam("line"),
        or_(
            and_(_D.c.days == DAY, _D.c.day == bindparam("this")),
            and_(_D.c.days == WEEK, _D.c.day == bindparam("monday")),
        ),
    )
)


def move(session: Session, request: Record, now: datetime) -> None:
    """A request was answered for the first time: if it was counted already, it counts as answered from now on.

    For what was sent the same day it costs a comparison.
    """
    if request.sent_at is not None and _may_be_settled(request.sent_at, now):
        day, about = day_of(request.sent_at), {name: getattr(request, name) or "" for name in _OF_A_REQUEST}
        place = {"at": request.sent_at, "number": request.id}
        _MOVE.run(session, {"this": day, "monday": monday_of(day), **place, **about})


def _may_be_settled(at: datetime, now: datetime) -> bool:
    return now - at > FRESH and day_of(at) < day_of(now - FRESH)


_OF_A_REQUEST = ("service", "touchpoint", "stream", "survey_version_id")
_ITS_SERIES = select(_S.c.id).where(
    _S.c.what == Counted.REQUESTS,
    or_(
        and_(_S.c.whole, _S.c.service == ""),
        and_(~_S.c.whole, _S.c.service == bindparam("service")),
    ),
    _S.c.team == "",
    *(_S.c[name] == bindparam(name) for name in _OF_A_REQUEST[1:]),
    _S.c.question == "",
    ~_S.c.excluded,
)
_AT, _NUMBER = bindparam("at", type_=UtcDateTime), bindparam("number", type_=Integer)
_PAST_IT = or_(_D.c.counted_at > _AT, and_(_D.c.counted_at == _AT, _D.c.counted_id >= _NUMBER))
_COUNTING_IT = select(_D.c.days, _D.c.day).where(
    _D.c.line == Line.REQUESTS,
    or_(
        and_(_D.c.days == WEEK, _D.c.day == bindparam("monday")),
        and_(_D.c.days == DAY, _D.c.day == bindparam("this"), _PAST_IT),
    ),
)
_MOVE = Prepared(
    update(COUNTS)
    .where(tuple_(_C.days, _C.day).in_(_COUNTING_IT), _C.series_id.in_(_ITS_SERIES))
    .values(n0=_C.n0 - 1, n1=_C.n1 + 1)
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
