"""Days that are counted already: what was given on them adds up in `day_counts`, and is not counted row by row.

A day is one of UTC, by when its responses were first given. It is settled when it has been over for a while,
a few responses at a time, so that nobody waits for the writer. A crash on the way does no harm: a day is read
only once it was counted wholly. Whoever changes what was given on a settled day unsettles it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlmodel import Session

from storage.prepared import Prepared, Record
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import DAY_COUNTS, Response, Series, SettledDay, core
from storage.units import Place, Stretch, Unit, count_units

_R, _S, _D = core(Response), core(Series), core(SettledDay)
_C = DAY_COUNTS.c
_SCORES = [column for column in _C if column.name.startswith("n")]
_SERIES = Unit._fields[:-1]

QUIET = timedelta(hours=3)
"""How long a day has been over when it is settled."""
FRESH = timedelta(hours=1)
"""A response no older than this is of no settled day. Less than `QUIET`, for clocks that are set back a little."""
CHUNK = 250
"""Responses counted at a time: some ten milliseconds of the writer."""
_NO_DAY, _DAY = timedelta(), timedelta(days=1)


# Reading.


def stretches(
    session: Session, start: datetime, end: datetime
) -> tuple[Sequence[Stretch], Sequence[Stretch]]:
    """A window taken apart: stretches of whole settled days, and the rest, which is to be counted row by row."""
    settled, rest, reached = list[Stretch](), list[Stretch](), Place(start)
    for row in _SETTLED.run(session, {"first": _first_whole(start), "end": _day(end)}):
        begins, ends = (Place(_begins(date.fromisoformat(row[0]) + day)) for day in (_NO_DAY, _DAY))
        if settled and begins == reached:
            settled[-1] = (settled[-1][0], ends)
        else:
            settled.append((begins, ends))
        if begins > reached:
            rest.append((reached, begins))
        reached = ends
    return settled, [*rest, *([(reached, Place(end))] if reached.at < end else [])]


_SETTLED = Prepared(
    select(_D.c.day)
    .where(_D.c.day >= bindparam("first"), _D.c.day < bindparam("end"), _D.c.settled)
    .order_by(_D.c.day)
)


def sums(session: Session, scope: Scope, stretch: Stretch, *, scores: bool) -> Iterator[tuple[Unit, int]]:
    """What was given at the scope's services and teams on settled days, and how often; as `units.count_units`."""
    first, end = (place.at.date() for place in stretch)
    shape, names = shaped(scope)
    for row in _sums(shape, scores=scores).run(session, {"first": first, "end": end, **names}):
        series, counts = row[: len(_SERIES)], row[len(_SERIES) :]
        yield from ((Unit._make((*series, score)), count) for score, count in enumerate(counts) if count)


@lru_cache
def _sums(shape: Shape, *, scores: bool) -> Prepared:
    counted = _S.c.question != "" if scores else _S.c.question == ""
    return Prepared(
        select(*(_S.c[name] for name in _SERIES), *(func.sum(column) for column in _SCORES))
        .join_from(_S, DAY_COUNTS, _C.series_id == _S.c.id)
        .where(_C.day >= bindparam("first"), _C.day < bindparam("end"), counted, shape.places(_S))
        .group_by(_S.c.id)
    )


# Writing.


def unsettle(session: Session, first_at: datetime, now: datetime) -> None:
    """What was first given at an instant changes, or is added. For what was just given it costs a comparison."""
    if now - first_at > FRESH:
        _UNSETTLE.run(session, {"this": _day(first_at)})


_UNSETTLE = Prepared(delete(_D).where(_D.c.day == bindparam("this")))


def settle_more(session: Session, now: datetime, chunk: int = CHUNK) -> bool:
    """Count at most `chunk` more responses of a day that is over; whether there was anything to count."""
    end = _day(now - QUIET)
    # What lies ahead was settled by a clock that was wrong.
    _UNSETTLE_FROM.run(session, {"this": end})
    begun = _BEGUN.first(session, {}) or _begun(session, end)
    if begun is None:
        return False
    after, midnight = Place(begun.counted_at, begun.counted_id), Place(_begins(begun.day + _DAY))
    boundary = _BOUNDARY.first(
        session, {"at": after.at, "number": after.number, "end": midnight.at, "skip": chunk - 1}
    )
    until = Place(boundary.first_at, boundary.id) if boundary else midnight
    _add(session, begun.day, (after, until))
    reached = {"counted_at": until.at, "counted_id": until.number, "settled": boundary is None}
    _GO_ON.run(session, {"this": begun.day, **reached})
    return True


_UNSETTLE_FROM = Prepared(delete(_D).where(_D.c.day >= bindparam("this")))
_BEGUN = Prepared(select(_D).where(~_D.c.settled).limit(1))
_GO_ON = Prepared(update(_D).where(_D.c.day == bindparam("this")), ("counted_at", "counted_id", "settled"))
_BOUNDARY = Prepared(
    select(_R.c.first_at, _R.c.id)
    .where(_R.c.first_at >= bindparam("at"), _R.c.first_at < bindparam("end"))
    .where(or_(_R.c.first_at > bindparam("at"), _R.c.id > bindparam("number")))
    .order_by(_R.c.first_at, _R.c.id)
    .offset(bindparam("skip"))
    .limit(1)
)


def _begun(session: Session, end: date) -> Record | None:
    """Begin to count the last day before `end` that is not settled; none when all are, back to the oldest."""
    oldest = _OLDEST.first(session, {})
    if oldest is None or oldest.at is None:
        return None
    first = _day(oldest.at)
    settled = {row[0] for row in _SETTLED.run(session, {"first": first, "end": end})}
    days = (end - _DAY * back for back in range(1, (end - first).days + 1))
    day = next((day for day in days if day.isoformat() not in settled), None)
    if day is None:
        return None
    _FORGET.run(session, {"this": day})
    _BEGIN.run(session, {"day": day, "counted_at": _begins(day), "counted_id": 0, "settled": False})
    return _BEGUN.first(session, {})


_OLDEST = Prepared(select(_R.c.first_at.label("at")).order_by(_R.c.first_at).limit(1))
_FORGET = Prepared(delete(DAY_COUNTS).where(_C.series_id.in_(select(_S.c.id)), _C.day == bindparam("this")))
_BEGIN = Prepared(insert(_D), ("day", "counted_at", "counted_id", "settled"))


def _add(session: Session, day: date, stretch: Stretch) -> None:
    """Add to a day's counts what was given in a part of it."""
    counts: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(_SCORES))
    for scores in (True, False):
        for unit, count in count_units(session, _EVERYTHING, stretch, scores=scores).items():
            counts[unit[:-1]][unit.score] += count
    known = {row[1:]: row[0] for row in _ALL_SERIES.run(session, {})}
    for series in counts.keys() - known.keys():
        added = _ADD_SERIES.run(session, dict(zip(_SERIES, series, strict=True)))
        known[series] = added.fetchone()[0]
    cells = ((known[series], day, *cell) for series, cell in counts.items())
    _ADD.run_each(session, (dict(zip(_CELL_COLUMNS, cell, strict=True)) for cell in cells))


_EVERYTHING = Scope(everything=True)
_ALL_SERIES = Prepared(select(_S.c.id, *(_S.c[name] for name in _SERIES)))
_ADD_SERIES = Prepared(insert(_S).returning(_S.c.id), _SERIES)
_CELL, _CELL_COLUMNS = insert(DAY_COUNTS), [column.name for column in _C]
_ADD = Prepared(
    _CELL.on_conflict_do_update(
        index_elements=[_C.series_id, _C.day],
        set_={column.name: column + _CELL.excluded[column.name] for column in _SCORES},
    ),
    _CELL_COLUMNS,
)


def _first_whole(start: datetime) -> date:
    """The first day that begins no sooner than an instant."""
    day = _day(start)
    return day if _begins(day) == start else day + _DAY


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
