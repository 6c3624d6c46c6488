"""Days that are over are counted, a few rows at a time, so that nobody waits for the writer.

A crash on the way does no harm: a day is read only once it was counted wholly. The newest is settled first.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from storage.prepared import Prepared, Record
from storage.scope import Scope
from storage.settled import DAY, SCORES, SERIES, WEEK, begins, day_of, monday_of
from storage.tables import COUNTS, Series, SettledDays, core
from storage.units import ORDER, Place, Stretch, Wanted, count_units
from storage.vocabulary import Counted, Line

QUIET = timedelta(hours=3)
"""How long a day has been over when it is settled. More than `settled.FRESH`, for clocks that are set back a little."""
CHUNK = 50
"""Rows counted at a time, or series added up: a few milliseconds of the writer, for whom taps may wait."""

_S, _D, _C = core(Series), core(SettledDays), COUNTS.c
_ONE_DAY, _ONE_WEEK = timedelta(DAY), timedelta(WEEK)


def settle_more(session: Session, now: datetime, chunk: int = CHUNK) -> bool:
    """Count at most `chunk` more rows of a day that is over, or add up a week; whether there was one."""
    end = day_of(now - QUIET)
    # What lies ahead was settled by a clock that was wrong.
    _UNSETTLE_FROM.run(session, {"this": end, "monday": end - _ONE_WEEK})
    return any(_count_more(session, line, end, chunk) for line in Line) or any(
        _add_up_more(session, line, chunk) for line in Line
    )


_UNSETTLE_FROM = Prepared(
    delete(_D).where(
        or_(_D.c.day >= bindparam("this"), (_D.c.days == WEEK) & (_D.c.day > bindparam("monday")))
    )
)


# Days.


def _count_more(session: Session, line: Line, end: date, chunk: int) -> bool:
    begun = _begun(session, line, DAY) or _begin_next(session, line, end)
    if begun is None:
        return False
    after, midnight = Place(begun.counted_at, begun.counted_id), Place(begins(begun.day + _ONE_DAY))
    boundary = _BOUNDARY[line].first(
        session, {"at": after.at, "number": after.number, "end": midnight.at, "skip": chunk - 1}
    )
    until = Place(boundary.at, boundary.id) if boundary else midnight
    _add(session, line, begun.day, (after, until))
    reached = {"counted_at": until.at, "counted_id": until.number, "settled": boundary is None}
    _GO_ON.run(session, {"line": line, "of": DAY, "this": begun.day, **reached})
    return True


def _begin_next(session: Session, line: Line, end: date) -> Record | None:
    """Begin to count the last day before `end` that is not settled; none when all are, back to the oldest."""
    oldest = _OLDEST[line].first(session, {})
    if oldest is None:
        return None
    first, settled = day_of(oldest.at), _settled(session, line, DAY)
    days = (end - _ONE_DAY * back for back in range(1, (end - first).days + 1))
    day = next((day for day in days if day not in settled), None)
    if day is None:
        return None
    return _begin(session, line, day, DAY)


def _begin(session: Session, line: Line, first: date, days: int) -> Record | None:
    _FORGET[line].run(session, {"this": first, "of": days})
    _BEGIN.run(session, dict(zip(_COLUMNS, (first, days, line, begins(first), 0, False), strict=True)))
    return _begun(session, line, days)


def _begun(session: Session, line: Line, days: int) -> Record | None:
    """What is just being counted."""
    return _BEGUN.first(session, {"line": line, "of": days})


def _boundary(line: Line) -> Prepared:
    """Where a chunk ends, unless its day does before."""
    at, number = ORDER[line], ORDER[line].table.c.id
    return Prepared(
        select(at.label("at"), number)
        .where(at >= bindparam("at"), at < bindparam("end"))
        .where(or_(at > bindparam("at"), number > bindparam("number")))
        .order_by(at, number)
        .offset(bindparam("skip"))
        .limit(1)
    )


def _its_own(line: Line) -> ColumnElement[bool]:
    """The series of a line."""
    return or_(*(_S.c.what == what for what in Counted if what.line is line))


def _of(line: Line) -> ColumnElement[bool]:
    """The counts of a line."""
    return _C.series_id.in_(select(_S.c.id).where(_its_own(line)))


_COLUMNS = ("day", "days", "line", "counted_at", "counted_id", "settled")
_BEGIN = Prepared(insert(_D), _COLUMNS)
_BEGUN = Prepared(
    select(_D).where(_D.c.line == bindparam("line"), _D.c.days == bindparam("of"), ~_D.c.settled).limit(1)
)
_BOUNDARY = {line: _boundary(line) for line in Line}
_GO_ON = Prepared(
    update(_D).where(
        _D.c.line == bindparam("line"), _D.c.days == bindparam("of"), _D.c.day == bindparam("this")
    ),
    ("counted_at", "counted_id", "settled"),
)
_OLDEST = {
    line: Prepared(select(at.label("at")).where(at.is_not(None)).order_by(at).limit(1))
    for line, at in ORDER.items()
}
_FORGET = {
    line: Prepared(delete(COUNTS).where(_C.days == bindparam("of"), _C.day == bindparam("this"), _of(line)))
    for line in Line
}


# What is counted.


def _add(session: Session, line: Line, day: date, stretch: Stretch) -> None:
    """Add to a day's counts what stands in a part of it: to each series, and to that of all places together."""
    counts: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(SCORES))
    for what in (what for what in Counted if what.line is line):
        for unit, count in count_units(session, _EVERYTHING, stretch, Wanted(what)).items():
            counts[what, False, *unit[:-1]][unit.score] += count
            counts[what, True, "", "", *unit[2:-1]][unit.score] += count
    series = [dict(zip(_SERIES_COLUMNS, key, strict=True)) for key in counts]
    _ADD_SERIES.run_each(session, series)
    cells = (dict(zip(_SCORE_NAMES, cell, strict=True)) for cell in counts.values())
    _ADD.run_each(session, ({**of, "this": day, **cell} for of, cell in zip(series, cells, strict=True)))


_EVERYTHING = Scope(everything=True)
_SERIES_COLUMNS = ("what", "whole", *SERIES)
_SCORE_NAMES = [column.name for column in SCORES]
_CELL_COLUMNS = [column.name for column in _C]
_ADD_SERIES = Prepared(insert(_S).on_conflict_do_nothing(), _SERIES_COLUMNS)
_CELL = insert(COUNTS).from_select(
    _CELL_COLUMNS,
    select(
        literal(DAY),
        bindparam("this", type_=Date),
        _S.c.id,
        *(bindparam(name, type_=Integer) for name in _SCORE_NAMES),
    ).where(*(_S.c[name] == bindparam(name) for name in _SERIES_COLUMNS)),
)
_ADD = Prepared(
    _CELL.on_conflict_do_update(
        index_elements=[_C.days, _C.day, _C.series_id],
        set_={column.name: column + _CELL.excluded[column.name] for column in SCORES},
    )
)


# Weeks.


def _add_up_more(session: Session, line: Line, chunk: int) -> bool:
    """Add up at most `chunk` more series of a week whose days are all settled; whether there was one."""
    begun = _begun(session, line, WEEK) or _begin_week(session, line)
    if begun is None:
        return False
    last = _LAST_SERIES[line].first(session, {"number": begun.counted_id, "skip": chunk - 1})
    until = last.id if last else _NO_END
    stretch = {"after_number": begun.counted_id, "until_number": until}
    _ADD_UP[line].run(session, {"this": begun.day, "end": begun.day + _ONE_WEEK, **stretch})
    reached = {"counted_at": begun.counted_at, "counted_id": until, "settled": last is None}
    _GO_ON.run(session, {"line": line, "of": WEEK, "this": begun.day, **reached})
    return True


def _begin_week(session: Session, line: Line) -> Record | None:
    """Begin to add up the last week whose days are all settled; none when each is added up."""
    days, weeks = _settled(session, line, DAY), _settled(session, line, WEEK)
    mondays = {monday_of(day) for day in days} - weeks
    whole = [monday for monday in mondays if all(monday + _ONE_DAY * n in days for n in range(WEEK))]
    return _begin(session, line, max(whole), WEEK) if whole else None


_NO_END = 2**62
"""After the last series."""


def _last_series(line: Line) -> Prepared:
    """Where a chunk ends, unless there are no more."""
    more = select(_S.c.id).where(_S.c.id > bindparam("number"), _its_own(line))
    return Prepared(more.order_by(_S.c.id).offset(bindparam("skip")).limit(1))


def _added_up(line: Line) -> Prepared:
    week = (literal(WEEK), bindparam("this", type_=Date), _C.series_id)
    days = (_C.days == DAY, _C.day >= bindparam("this"), _C.day < bindparam("end"))
    these = (_C.series_id > bindparam("after_number"), _C.series_id <= bindparam("until_number"), _of(line))
    sums = (func.sum(column) for column in SCORES)
    return Prepared(
        insert(COUNTS).from_select(
            _CELL_COLUMNS, select(*week, *sums).where(*days, *these).group_by(_C.series_id)
        )
    )


_LAST_SERIES = {line: _last_series(line) for line in Line}
_ADD_UP = {line: _added_up(line) for line in Line}


def _settled(session: Session, line: Line, days: int) -> set[date]:
    return {row.day for row in _ALL_SETTLED.all(session, {"line": line, "days": days})}


_ALL_SETTLED = Prepared(
    select(_D.c.day).where(_D.c.line == bindparam("line"), _D.c.days == bindparam("days"), _D.c.settled)
)
