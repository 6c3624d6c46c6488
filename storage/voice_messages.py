"""Questions asked of voice messages. The sound itself is read only where it is wanted: it is large."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, bindparam, func, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.prepared import Prepared, Record
from storage.tables import Case, Repeat, VoiceMessage, core
from storage.vocabulary import VoiceState

_V, _A = core(VoiceMessage), core(Repeat)


def _joined(belonging: Column[Any]) -> Select[Any]:
    """What joined the case."""
    return core_select(belonging).where(_A.c.case_id == bindparam("case_id"), belonging.is_not(None))


_OF_CASE = Prepared(
    core_select(_V.c.token, _V.c.seconds, _V.c.state)
    .where(
        or_(
            _V.c.case_id == bindparam("case_id"),
            _V.c.response_id == bindparam("response_id"),
            _V.c.feedback_id == bindparam("feedback_id"),
            _V.c.response_id.in_(_joined(_A.c.response_id)),
            _V.c.feedback_id.in_(_joined(_A.c.feedback_id)),
        )
    )
    .order_by(_V.c.id)
)


def of_case(
    session: Session, case_id: int | None, response_id: int | None, feedback_id: int | None
) -> Sequence[Record]:
    """Token, length and state of what was said aloud in a case, or in what opened it; oldest first."""
    return _OF_CASE.all(session, {"case_id": case_id, "response_id": response_id, "feedback_id": feedback_id})


def count_since(session: Session, person_id: int, since: datetime) -> int:
    """How many somebody has sent from an instant on."""
    query = select(func.count()).where(VoiceMessage.said_by_id == person_id, col(VoiceMessage.at) >= since)
    return session.exec(query).one()


def voice_by_token(session: Session, token: str) -> VoiceMessage | None:
    """The voice message a button speaks of, with its sound."""
    return session.exec(select(VoiceMessage).where(VoiceMessage.token == token)).first()


def awaited(session: Session, channel: str, limit: int = 100) -> Sequence[VoiceMessage]:
    """What a channel is to fetch, oldest first."""
    return session.exec(
        select(VoiceMessage)
        .where(VoiceMessage.state == VoiceState.AWAITED, VoiceMessage.channel == channel)
        .order_by(col(VoiceMessage.id))
        .limit(limit)
    ).all()


def case_of(session: Session, voice: VoiceMessage) -> Case | None:
    """The case in which a voice message is heard, if there is one."""
    if voice.case_id is not None:
        return session.get(Case, voice.case_id)
    by_response, by_feedback = col(Case.response_id), col(Case.feedback_id)
    if voice.response_id is not None:
        opened, joined = by_response == voice.response_id, col(Repeat.response_id) == voice.response_id
    else:
        opened, joined = by_feedback == voice.feedback_id, col(Repeat.feedback_id) == voice.feedback_id
    return session.exec(
        select(Case).outerjoin(Repeat, col(Repeat.case_id) == Case.id).where(opened | joined)
    ).first()
