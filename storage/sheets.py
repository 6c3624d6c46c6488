"""Anonymous sheets: sealed each by itself, opened together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import bindparam, delete, func, literal, literal_column, select, update
from sqlmodel import Session
from sqlmodel import select as model_select

from storage.prepared import Prepared
from storage.responses import worst
from storage.scope import Scope
from storage.shape import Shape, shaped
from storage.tables import SealedSheet, SheetAnswer, SheetBatch, core
from storage.units import Unit
from storage.vocabulary import Metric, Stream

_S, _B, _A = core(SealedSheet), core(SheetBatch), core(SheetAnswer)


def named(session: Session, names: Sequence[str]) -> SealedSheet | None:
    """The sheet that has one of these names."""
    return session.exec(model_select(SealedSheet).where(_S.c.name.in_(names))).first()


def keep(session: Session, names: Sequence[str], box: bytes, sealed_with: str, begun_on: date) -> None:
    """Put a sheet in the place of the one that has one of these names; a new one gets the first."""
    sealed = {"box": box, "sealed_with": sealed_with}
    connection = session.connection()
    if not connection.execute(update(_S).where(_S.c.name.in_(names)).values(**sealed)).rowcount:
        connection.execute(_S.insert().values(name=names[0], begun_on=begun_on, **sealed))


def waiting(session: Session, before: date) -> Sequence[SealedSheet]:
    """Every sheet begun before a day that waits to be opened, by its name, which is as good as by chance."""
    return session.exec(
        model_select(SealedSheet).where(_S.c.box.is_not(None), _S.c.begun_on < before).order_by(_S.c.name)
    ).all()


def empty(session: Session, names: Sequence[str]) -> None:
    """These sheets were opened: only their names stay, so that nobody answers twice."""
    session.connection().execute(update(_S).where(_S.c.name.in_(names)).values(box=None))


def add_batch(session: Session, about: Mapping[str, Any], opened_at: datetime, sheets: int) -> int:
    """Begin a batch of opened sheets; its number."""
    batch = SheetBatch(**about, opened_at=opened_at, sheets=sheets)
    session.add(batch)
    session.flush()
    return batch.id or 0


def add_answers(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the answers of opened sheets."""
    session.connection().execute(_A.insert(), [dict(row) for row in rows])


def sheets_of_each(
    session: Session, scope: Scope, windows: Sequence[tuple[datetime, datetime]], *, scores: bool
) -> Sequence[Counter[Unit]]:
    """Count what was opened in each window: with `scores` scores, else sheets, each of which holds an answer."""
    shape, names = shaped(scope)
    span = {"start": min(start for start, _ in windows), "end": max(end for _, end in windows)}
    counted = [Counter[Unit]() for _ in windows]
    for row in _opened(shape, scores=scores).all(session, {**span, **names}):
        unit = Unit(*(getattr(row, name) for name in Unit._fields))
        for found, (start, end) in zip(counted, windows, strict=True):
            if start <= row.opened_at < end:
                found[unit] += row.times
    return counted


@lru_cache
def _opened(shape: Shape, *, scores: bool) -> Prepared:
    within = (_B.c.opened_at >= bindparam("start"), _B.c.opened_at < bindparam("end"), shape.whole(_B))
    not_excluded = literal(0).label("excluded")
    if not scores:
        whole = (literal("").label("question"), not_excluded, literal(1).label("score"))
        return Prepared(select(*_ABOUT, *whole, _B.c.sheets.label("times")).where(*within))
    answers = select(*_ABOUT, _A.c.question, not_excluded, _A.c.score, literal(1).label("times"))
    return Prepared(
        answers.join_from(_B, _A, _A.c.batch_id == _B.c.id).where(*within, _A.c.score.is_not(None))
    )


_ABOUT = (
    _B.c.opened_at,
    func.coalesce(_B.c.service, literal_column("''")).label("service"),
    func.coalesce(_B.c.team, literal_column("''")).label("team"),
    _B.c.touchpoint,
    _B.c.stream,
    _B.c.survey_version_id,
)


def comments(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    stream: Stream = Stream.CUSTOMER,
    touchpoint: str | None = None,
) -> Sequence[tuple[str, str, int | None]]:
    """Words on sheets that were opened in a window, with touchpoint and the worst band of the same sheet's scores.

    The band is told by its place in `storage.responses.BANDS`.
    """
    shape, names = shaped(scope)
    values = {"stream": stream, "start": start, "end": end, "touchpoint": touchpoint, **names}
    rows: Any = _written(shape, of_one=touchpoint is not None).all(session, values)
    return cast("Sequence[tuple[str, str, int | None]]", rows)


@lru_cache
def _written(shape: Shape, *, of_one: bool) -> Prepared:
    only = (_B.c.touchpoint == bindparam("touchpoint"),) if of_one else ()
    scores = _A.alias("scores")
    of_the_sheet = (scores.c.batch_id == _A.c.batch_id, scores.c.sheet == _A.c.sheet)
    hardest = select(worst(scores)).where(*of_the_sheet).scalar_subquery()
    return Prepared(
        select(_A.c.words, _B.c.touchpoint, hardest.label("worst"))
        .join(_B, _B.c.id == _A.c.batch_id)
        .where(shape.whole(_B), _B.c.stream == bindparam("stream"), *only)
        .where(_B.c.opened_at >= bindparam("start"), _B.c.opened_at < bindparam("end"))
        .where(_A.c.metric == Metric.WORDS, _A.c.words != "")
        .order_by(_A.c.id.desc())
    )


def forget(session: Session, opened_before: date, unopened_before: date | None, most: int) -> int:
    """Delete names of opened sheets begun before a day, and sheets never opened begun before another; how many."""
    old = _S.c.box.is_(None) & (_S.c.begun_on < opened_before)
    if unopened_before is not None:
        old |= _S.c.begun_on < unopened_before
    chunk = select(_S.c.name).where(old).limit(most)
    return session.connection().execute(delete(_S).where(_S.c.name.in_(chunk))).rowcount
