"""Days that are over are counted, a few responses at a time, so that nobody waits for the writer.

A crash on the way does no harm: a day is read only once it was counted wholly. The newest is settled first.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from storage.prepared import Prepared, Record
from storage.scope import Scope
from storage.settled import DAY, SCORES, SERIES, WEEK, begins, day_of, monday_of
from storage.tables import COUNTS, Response, Series, SettledDays, core
from storage.units import Place, Stretch, Wanted, count_units

QUIET = timedelta(hours=3)
"""How long a day has been over when it is settled. More than `settled.FRESH`, for clocks that are set back a little."""
CHUNK = 250
"""Responses counted at a time: some fifteen milliseconds of the writer."""

_R, _S, _D, _C = core(Response), core(Series), core(SettledDays), COUNTS.c
_ONE_DAY, _ONE_WEEK = timedelta(DAY), timedelta(WEEK)


def settle_more(session: Session, now: datetime, chunk: int = CHUNK) -> bool:
    """Count at most `chunk` more responses of a day that is over, or add up a week; whether there was one."""
    end = day_of(now - QUIET)
    # What lies ahead was settled by a clock that was wrong.
    _UNSETTLE_FROM.run(session, {"this": end, "monday": end - _ONE_WEEK})
    begun = _BEGUN.first(session, {}) or _begin_next(session, end)
    if begun is None:
        return _add_up_next(session)
    after, midnight = Place(begun.counted_at, begun.counted_id), Place(begins(begun.day + _ONE_DAY))
    boundary = _BOUNDARY.first(
        session, {"at": after.at, "number": after.number, "end": midnight.at, "skip": chunk - 1}
    )
    until = Place(boundary.first_at, boundary.id) if boundary else midnight
    _add(session, begun.day, (after, until))
    reached = {"counted_at": until.at, "counted_id": until.number, "settled": boundary is None}
    _GO_ON.run(session, {"this": begun.day, **reached})
    return True


_COLUMNS = ("day", "days", "counted_at", "counted_id", "settled")
_BEGIN = Prepared(insert(_D), _COLUMNS)
_BEGUN = Prepared(select(_D).where(~_D.c.settled).limit(1))
_GO_ON = Prepared(
    update(_D).where(_D.c.day == bindparam("this"), _D.c.days == DAY),
    ("counted_at", "counted_id", "settled"),
)
_UNSETTLE_FROM = Prepared(
    delete(_D).where(
        or_(_D.c.day >= bindparam("this"), (_D.c.days == WEEK) & (_D.c.day > bindparam("monday")))
    )
)
_BOUNDARY = Prepared(
    select(_R.c.first_at, _R.c.id)
    .where(_R.c.first_at >= bindparam("at"), _R.c.first_at < bindparam("end"))
    .where(or_(_R.c.first_at > bindparam("at"), _R.c.id > bindparam("number")))
    .order_by(_R.c.first_at, _R.c.id)
    .offset(bindparam("skip"))
    .limit(1)
)


# Days.


def _begin_next(session: Session, end: date) -> Record | None:
    """Begin to count the last day before `end` that is not settled; none when all are, back to the oldest."""
    oldest = _OLDEST.first(session, {})
    if oldest is None:
        return None
    first, settled = day_of(oldest.at), _settled(session, DAY)
    days = (end - _ONE_DAY * back for back in range(1, (end - first).days + 1))
    day = next((day for day in days if day not in settled), None)
    if day is None:
        return None
    _FORGET.run(session, {"this": day, "of": DAY})
    _BEGIN.run(session, _row(day, DAY, settled=False))
    return _BEGUN.first(session, {})


_OLDEST = Prepared(select(_R.c.first_at.label("at")).order_by(_R.c.first_at).limit(1))
_FORGET = Prepared(delete(COUNTS).where(_C.days == bindparam("of"), _C.day == bindparam("this")))


def _add(session: Session, day: date, stretch: Stretch) -> None:
    """Add to a day's counts what was given in a part of it."""
    counts: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(SCORES))
    for scores in (True, False):
        for unit, count in count_units(session, _EVERYTHING, stretch, Wanted(scores)).items():
            counts[unit[:-1]][unit.score] += count
    known = {row[1:]: row[0] for row in _ALL_SERIES.run(session, {})}
    for series in counts.keys() - known.keys():
        added = _ADD_SERIES.run(session, dict(zip(SERIES, series, strict=True)))
        known[series] = added.fetchone()[0]
    cells = ((DAY, day, known[series], *cell) for series, cell in counts.items())
    _ADD.run_each(session, (dict(zip(_CELL_COLUMNS, cell, strict=True)) for cell in cells))


_EVERYTHING = Scope(everything=True)
_ALL_SERIES = Prepared(select(_S.c.id, *(_S.c[name] for name in SERIES)))
_ADD_SERIES = Prepared(insert(_S).returning(_S.c.id), SERIES)
_CELL, _CELL_COLUMNS = insert(COUNTS), [column.name for column in _C]
_ADD = Prepared(
    _CELL.on_conflict_do_update(
        index_elements=[_C.days, _C.day, _C.series_id],
        set_={column.name: column + _CELL.excluded[column.name] for column in SCORES},
    ),
    _CELL_COLUMNS,
)


# Weeks.


def _add_up_next(session: Session) -> bool:
    """Add up the last week whose days are all settled, unless it is; whether there was one."""
    days, weeks = _settled(session, DAY), _settled(session, WEEK)
    mondays = {monday_of(day) for day in days} - weeks
    whole = [monday for monday in mondays if all(monday + _ONE_DAY * n in days for n in range(WEEK))]
    if not whole:
        return False
    monday = max(whole)
    _FORGET.run(session, {"this": monday, "of": WEEK})
    _ADD_UP.run(session, {"this": monday, "end": monday + _ONE_WEEK})
    _BEGIN.run(session, _row(monday, WEEK, settled=True))
    return True


_WEEK: tuple[Any, ...] = (literal(WEEK), bindparam("this", type_=Date), _C.series_id)
_ADD_UP = Prepared(
    insert(COUNTS).from_select(
        _CELL_COLUMNS,
        select(*_WEEK, *(func.sum(column) for column in SCORES))
        .where(_C.days == DAY, _C.day >= bindparam("this"), _C.day < bindparam("end"))
        .group_by(_C.series_id),
    )
)


def _settled(session: Session, days: int) -> set[date]:
    return {row.day for row in _ALL_SETTLED.all(session, {"days": days})}


_ALL_SETTLED = Prepared(select(_D.c.day).where(_D.c.days == bindparam("days"), _D.c.settled))


def _row(day: date, days: int, *, settled: bool) -> dict[str, Any]:
    values = (day, days, begins(day), 0, settled)
    return dict(zip(_COLUMNS, values, strict=True))
