"""Questions asked of responses and their answers. The first half is the hot path, in Core statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, bindparam, case, func, insert, literal, select, update
from sqlmodel import Session

from storage.prepared import Prepared, Record
from storage.tables import Answer, AnswerChange, Invitation, Repeat, Response, SurveyVersion, core
from storage.types import UtcDateTime
from storage.vocabulary import Band, Metric
from storage.words import UNREADABLE

_R, _A, _C = core(Response), core(Answer), core(AnswerChange)
_I, _V, _J = core(Invitation), core(SurveyVersion), core(Repeat)


_ADD_RESPONSE = Prepared(
    insert(_R).returning(_R.c.id),
    ("invitation_id", "encounter_id", "person_id", "survey_version_id", "stream", "service", "team",
     "touchpoint", "account", "handler_id", "first_at", "last_at"),
)  # fmt: skip
_ADD_ANSWER = Prepared(insert(_A), ("response_id", "question", "metric", "score", "words", "band", "at"))
_ANSWERS = Prepared(select(_A).where(_A.c.response_id == bindparam("response_id")))
_GIVEN = Prepared(
    select(_A.c.question, _A.c.metric, _A.c.score, _A.c.words, _A.c.band).where(
        _A.c.response_id == bindparam("response_id")
    )
)
_TOUCH = update(_R).where(_R.c.id == bindparam("response_id"))


@dataclass(frozen=True, slots=True)
class Given:
    """What is answered to one question. With neither score nor words, it was left out."""

    metric: str
    score: int | None = None
    words: str | None = None
    band: str | None = None

    @property
    def skipped(self) -> bool:
        """The question was left out."""
        return self.score is None and self.words is None


def add_response(session: Session, values: Mapping[str, Any]) -> int:
    """Begin a response; its id."""
    return int(_ADD_RESPONSE.run(session, values).fetchone()[0])


def touch_response(session: Session, response_id: int, **values: Any) -> None:
    """Change a response's own columns."""
    _touch(tuple(values)).run(session, {"response_id": response_id, **values})


@lru_cache
def _touch(columns: tuple[str, ...]) -> Prepared:
    return Prepared(_TOUCH, columns)


def answers_of(session: Session, response_id: int) -> Sequence[Record]:
    """The current answers of a response, whole."""
    return _ANSWERS.all(session, {"response_id": response_id})


def answers_given(session: Session, response_id: int) -> dict[str, Given]:
    """The current answers of a response by question."""
    rows = _GIVEN.all(session, {"response_id": response_id})
    return {row.question: Given(row.metric, row.score, _readable(row.words), row.band) for row in rows}


def _readable(words: str | None) -> str | None:
    """Nobody goes on where words stand that cannot be read: they are kept, and what is written begins anew."""
    return "" if words == UNREADABLE else words


def add_answer(session: Session, response_id: int, question: str, given: Given, at: datetime) -> None:
    """Write a first answer to a question."""
    where = {"response_id": response_id, "question": question, "metric": given.metric, "at": at}
    _ADD_ANSWER.run(session, {**where, **_content(given)})


def replace_answer(session: Session, response_id: int, question: str, given: Given, at: datetime) -> None:
    """Put a new version in the place of an answer and keep the old one."""
    connection = session.connection()
    this = (_A.c.response_id == response_id, _A.c.question == question)
    before = select(_A.c.id, _A.c.score, _A.c.words, _A.c.at, literal(at, UtcDateTime)).where(*this)
    kept = ("answer_id", "score", "words", "given_at", "replaced_at")
    connection.execute(insert(_C).from_select(kept, before))
    connection.execute(update(_A).where(*this).values(at=at, **_content(given)))


def _content(given: Given) -> dict[str, Any]:
    return {"score": given.score, "words": given.words, "band": given.band}


_JOINED = select(_J.c.response_id).where(_J.c.case_id == bindparam("but_case"), _J.c.response_id.is_not(None))
_EARLIER = Prepared(
    select(_A.c.question, _A.c.score, _A.c.band, _A.c.at, _R.c.touchpoint, _V.c.definition)
    .join(_R, _R.c.id == _A.c.response_id)
    .join(_I, _I.c.id == _R.c.invitation_id)
    .join(_V, _V.c.id == _I.c.survey_version_id)
    .where(_R.c.person_id == bindparam("customer_id"))
    .where(_R.c.id.is_distinct_from(bindparam("but_response")))
    .where(_R.c.id.not_in(_JOINED))
    .where(_A.c.score.is_not(None), _A.c.metric != Metric.CONSENT)
    .order_by(_A.c.at.desc())
    .limit(bindparam("limit"))
)


def earlier_scores(
    session: Session, customer_id: int, but_response: int | None, but_case: int | None, limit: int
) -> Sequence[Record]:
    """A customer's scored answers beside those of a case, newest first, with touchpoint and the survey as worded."""
    values = {"customer_id": customer_id, "but_response": but_response, "but_case": but_case, "limit": limit}
    return _EARLIER.all(session, values)


# How bad it is.

BANDS = (Band.POOR, Band.FAIR, Band.GOOD)
"""From the worst."""


def worst(scores: FromClause) -> ColumnElement[int]:
    """The worst band among some scores, by its place in `BANDS`; none where nothing was scored."""
    return func.min(case(*((scores.c.band == band, place) for place, band in enumerate(BANDS))))


# By what name a response leaves the house.

_BEFORE = _R.alias("before")
PLACE = (
    select(func.count())
    .select_from(_BEFORE)
    .where(_BEFORE.c.invitation_id == _R.c.invitation_id, _BEFORE.c.id <= _R.c.id)
    .scalar_subquery()
)
"""Which of the responses to its invitation a response is, from 1: more than one has who asks a whole conversation."""
_CALLED = Prepared(
    select(_I.c.token, PLACE.label("place"))
    .select_from(_R)
    .join(_I, _I.c.id == _R.c.invitation_id)
    .where(_R.c.id == bindparam("response_id"))
)
_OF_INVITATION = Prepared(
    select(_R.c.id)
    .join(_I, _I.c.id == _R.c.invitation_id)
    .where(_I.c.token == bindparam("token"))
    .order_by(_R.c.id)
)


def name_of(session: Session, response_id: int) -> tuple[str, int]:
    """The token of the invitation that was answered, and which of its responses this is."""
    [row] = _CALLED.run(session, {"response_id": response_id})
    return row[0], row[1]


def response_named(session: Session, token: str, place: int) -> int | None:
    """The number of the response of that name."""
    numbers = [number for (number,) in _OF_INVITATION.run(session, {"token": token})]
    return numbers[place - 1] if 0 < place <= len(numbers) else None
