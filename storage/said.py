"""What customers said, newest first and a page at a time: comments to surveys, and feedback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlmodel import Session

from storage import search
from storage.chosen import Chosen
from storage.prepared import Record
from storage.scope import Scope
from storage.tables import Answer, Feedback, Response, core
from storage.vocabulary import Metric

_A, _R, _F = core(Answer), core(Response), core(Feedback)

Kind = Literal["answer", "feedback"]


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
    """What comes after a place: earlier; of the same instant answers before feedback, and the newer number first."""
    if after is None:
        return true()
    if kind == after.kind:
        return or_(at < after.at, and_(at == after.at, number < after.number))
    return at <= after.at if after.kind == "answer" else at < after.at
