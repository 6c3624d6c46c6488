"""What customers said, newest first and a page at a time: comments to surveys, feedback, words on anonymous sheets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlmodel import Session

from storage import search
from storage.chosen import WORSE, Chosen
from storage.prepared import Record
from storage.scope import Scope
from storage.tables import Answer, Feedback, Response, SheetAnswer, SheetBatch, core
from storage.vocabulary import Band, Metric

_A, _R, _F = core(Answer), core(Response), core(Feedback)
_B, _S = core(SheetBatch), core(SheetAnswer)
_SCORES = _S.alias("scores")

Kind = Literal["answer", "feedback", "sheet"]
_ORDER: tuple[Kind, ...] = ("answer", "feedback", "sheet")
"""In which order they stand that were said at the same instant."""


@dataclass(frozen=True)
class Place:
    """Where a page ended: the next begins with what was said before it."""

    at: datetime
    kind: Kind
    number: int


def comments(
    session: Session,
    chosen: Chosen,
    after: Place | None,
    most: int,
    *,
    nameless: Sequence[int],
    openly: Scope,
) -> Sequence[Record]:
    """Comments of chosen responses, newest first; to nameless wordings of surveys only what is `openly` theirs."""
    return session.connection().execute(
        select(
            _A.c.id, _A.c.words, _R.c.first_at.label("at"), _R.c.id.label("response_id"), _R.c.person_id,
            _R.c.service, _R.c.team, _R.c.account, _R.c.touchpoint, _R.c.stream, _R.c.survey_version_id,
            _R.c.excluded_because,
        )
        .select_from(Response)
        .join(Answer, _A.c.response_id == _R.c.id)
        .where(*_comment(chosen), or_(_R.c.survey_version_id.not_in(nameless), openly.of(Response)))
        .where(_before(_R.c.first_at, _A.c.id, "answer", after))
        .order_by(_R.c.first_at.desc(), _A.c.id.desc())
        .limit(most)
    ).all()  # fmt: skip


def comment_counts(session: Session, chosen: Chosen, wordings: Sequence[int]) -> int:
    """How many chosen comments were given to these wordings of surveys."""
    if not wordings:
        return 0
    counted = select(func.count()).select_from(Response).join(Answer, _A.c.response_id == _R.c.id)
    only = counted.where(*_comment(chosen), _R.c.survey_version_id.in_(wordings))
    return int(session.connection().execute(only).scalar_one())


def feedback(session: Session, chosen: Chosen, after: Place | None, most: int) -> Sequence[Record]:
    """Chosen feedback that has words, newest first."""
    return (
        session.connection()
        .execute(
            select(_F)
            .where(chosen.of(Feedback), _F.c.words != "", _before(_F.c.at, _F.c.id, "feedback", after))
            .order_by(_F.c.at.desc(), _F.c.id.desc())
            .limit(most)
        )
        .all()
    )


def on_sheets(session: Session, chosen: Chosen, after: Place | None, most: int) -> Sequence[Record]:
    """Chosen words of opened sheets, by the day of opening and as chance has shuffled them, with the sheet's bands."""
    bands = (
        select(func.aggregate_strings(_SCORES.c.band, ","))
        .where(_SCORES.c.batch_id == _S.c.batch_id, _SCORES.c.sheet == _S.c.sheet)
        .scalar_subquery()
    )
    told = (_S.c.id, _S.c.words, bands.label("bands"), _B.c.opened_at.label("at"))
    place = (_B.c.service, _B.c.touchpoint, _B.c.stream)
    return (
        session.connection()
        .execute(
            _of_sheets(select(*told, *place), chosen)
            .where(_before(_B.c.opened_at, _S.c.id, "sheet", after))
            .order_by(_B.c.opened_at.desc(), _S.c.id.desc())
            .limit(most)
        )
        .all()
    )


def sheet_count(session: Session, chosen: Chosen) -> int:
    """How many chosen words there are on opened sheets."""
    return int(session.connection().execute(_of_sheets(select(func.count()), chosen)).scalar_one())


def _of_sheets(wanted: Select[Any], chosen: Chosen) -> Select[Any]:
    """What is wanted of chosen words on sheets. Words that are looked for are in none: sheets are not indexed."""
    on = (
        chosen.scope.of(SheetBatch),
        _B.c.opened_at >= chosen.start if chosen.start else true(),
        _B.c.opened_at < chosen.end if chosen.end else true(),
        _B.c.stream.in_(chosen.streams) if chosen.streams else true(),
        or_(*(_sheet_is(band) for band in chosen.bands)) if chosen.bands else true(),
        false() if chosen.words else true(),
    )
    written = (_S.c.metric == Metric.WORDS, func.coalesce(_S.c.words, "") != "")
    return wanted.select_from(SheetBatch).join(SheetAnswer, _S.c.batch_id == _B.c.id).where(*on, *written)


def _sheet_is(band: Band) -> ColumnElement[bool]:
    """The band of a sheet's worst score."""
    same = (_SCORES.c.batch_id == _S.c.batch_id, _SCORES.c.sheet == _S.c.sheet)
    return and_(
        exists().where(*same, _SCORES.c.band == band),
        ~exists().where(*same, _SCORES.c.band.in_(WORSE[band])),
    )


def place_of(session: Session, kind: Kind, number: int) -> Place | None:
    """Where something that was said stands; none once it is gone."""
    found = {
        "answer": select(_R.c.first_at).join(_A, _A.c.response_id == _R.c.id).where(_A.c.id == number),
        "feedback": select(_F.c.at).where(_F.c.id == number),
        "sheet": select(_B.c.opened_at).join(_S, _S.c.batch_id == _B.c.id).where(_S.c.id == number),
    }
    at = session.connection().execute(found[kind]).scalar()
    return Place(at, kind, number) if at else None


def scores(session: Session, response_ids: Sequence[int]) -> Mapping[int, Sequence[Record]]:
    """The scored answers of responses, but for consent."""
    rows = session.connection().execute(
        select(_A.c.response_id, _A.c.question, _A.c.score, _A.c.band).where(
            _A.c.response_id.in_(response_ids), _A.c.score.is_not(None), _A.c.metric != Metric.CONSENT
        )
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.response_id, []).append(row)
    return found


def _comment(chosen: Chosen) -> tuple[ColumnElement[bool], ...]:
    """Its own words are looked for, not those of another comment of the same response."""
    written = search.found("answers", _A.c.id, chosen.words) if chosen.words else true()
    said = (_A.c.metric == Metric.WORDS, func.coalesce(_A.c.words, "") != "", written)
    return replace(chosen, words="").of(Response), *said


def _before(
    at: ColumnElement[Any], number: ColumnElement[Any], kind: Kind, after: Place | None
) -> ColumnElement[bool]:
    """What comes after a place: earlier; of the same instant as they are ordered, and the newer number first."""
    if after is None:
        return true()
    if kind == after.kind:
        return or_(at < after.at, and_(at == after.at, number < after.number))
    return at <= after.at if _ORDER.index(kind) > _ORDER.index(after.kind) else at < after.at
