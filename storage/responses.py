"""Questions asked of responses and their answers. The first half is the hot path, in Core statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlmodel import Session, col
from sqlmodel import select as model_select

from storage.tables import Answer, AnswerChange, Encounter, Response, core

_R, _A, _C = core(Response), core(Answer), core(AnswerChange)


def response_of(session: Session, invitation_id: int, person_id: int) -> Row[Any] | None:
    """A person's response to an invitation, if there is one."""
    return (
        session.connection()
        .execute(select(_R).where(_R.c.invitation_id == invitation_id, _R.c.person_id == person_id))
        .first()
    )


def add_response(session: Session, values: Mapping[str, Any]) -> int:
    """Begin a response; its id."""
    statement = insert(_R).values(**values).returning(_R.c.id)
    return int(session.connection().execute(statement).scalar_one())


def touch_response(session: Session, response_id: int, **values: Any) -> None:
    """Change a response's own columns."""
    session.connection().execute(update(_R).where(_R.c.id == response_id).values(**values))


def answers_of(session: Session, response_id: int) -> Sequence[Row[Any]]:
    """The current answers of a response."""
    return session.connection().execute(select(_A).where(_A.c.response_id == response_id)).all()


def add_answer(session: Session, response_id: int, values: Mapping[str, Any]) -> None:
    """Write a first answer to a question."""
    session.connection().execute(insert(_A).values(response_id=response_id, **values))


def replace_answer(session: Session, old: Row[Any], at: datetime, values: Mapping[str, Any]) -> None:
    """Put a new version in the place of an answer and keep the old one."""
    connection = session.connection()
    connection.execute(
        insert(_C).values(answer_id=old.id, score=old.score, words=old.words, given_at=old.at, replaced_at=at)
    )
    connection.execute(update(_A).where(_A.c.id == old.id).values(at=at, **values))


def earlier_scores(
    session: Session, customer_id: int, but_response: int | None, limit: int
) -> Sequence[tuple[Answer, Response, Encounter]]:
    """A customer's earlier scored answers, newest first."""
    return session.exec(
        model_select(Answer, Response, Encounter)
        .join(Response, col(Response.id) == Answer.response_id)
        .join(Encounter, col(Encounter.id) == Response.encounter_id)
        .where(Response.person_id == customer_id, Response.id != but_response)
        .where(col(Answer.score).is_not(None), Answer.metric != "consent")
        .order_by(col(Answer.at).desc())
        .limit(limit)
    ).all()
