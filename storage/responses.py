"""Questions asked of responses and their answers. The first half is the hot path, in Core statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal, select, update
from sqlmodel import Session, col
from sqlmodel import select as model_select

from storage.prepared import Prepared
from storage.tables import Answer, AnswerChange, Encounter, Response, core
from storage.types import UtcDateTime

_R, _A, _C = core(Response), core(Answer), core(AnswerChange)


_ADD_RESPONSE = Prepared(
    insert(_R).returning(_R.c.id),
    ("invitation_id", "encounter_id", "person_id", "stream", "service", "team", "touchpoint", "account",
     "handler_id", "first_at", "last_at"),
)  # fmt: skip
_ADD_ANSWER = Prepared(insert(_A), ("response_id", "question", "metric", "score", "words", "band", "at"))
_ANSWERS = select(_A).where(_A.c.response_id == bindparam("response_id"))
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


def answers_of(session: Session, response_id: int) -> Sequence[Row[Any]]:
    """The current answers of a response, whole."""
    return session.connection().execute(_ANSWERS, {"response_id": response_id}).all()


def answers_given(session: Session, response_id: int) -> dict[str, Given]:
    """The current answers of a response by question."""
    rows = _GIVEN.run(session, {"response_id": response_id})
    return {question: Given(*given) for question, *given in rows}


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


_EARLIER = (
    model_select(Answer, Response, Encounter)
    .join(Response, col(Response.id) == Answer.response_id)
    .join(Encounter, col(Encounter.id) == Response.encounter_id)
    .where(Response.person_id == bindparam("customer_id"))
    .where(col(Response.id).is_distinct_from(bindparam("but_response")))
    .where(col(Answer.score).is_not(None), Answer.metric != "consent")
    .order_by(col(Answer.at).desc())
    .limit(bindparam("limit"))
)


def earlier_scores(
    session: Session, customer_id: int, but_response: int | None, limit: int
) -> Sequence[tuple[Answer, Response, Encounter]]:
    """A customer's earlier scored answers, newest first."""
    values = {"customer_id": customer_id, "but_response": but_response, "limit": limit}
    return session.exec(_EARLIER, params=values).all()
