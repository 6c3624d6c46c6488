"""Questions asked of voice messages. The sound itself is read only where it is wanted: it is large."""

from collections.abc import Sequence

from sqlalchemy import bindparam, or_
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.prepared import Prepared, Record
from storage.tables import Case, VoiceMessage, core
from storage.vocabulary import VoiceState

_V = core(VoiceMessage)

_OF_CASE = Prepared(
    core_select(_V.c.token, _V.c.seconds, _V.c.state)
    .where(
        or_(
            _V.c.case_id == bindparam("case_id"),
            _V.c.response_id == bindparam("response_id"),
            _V.c.feedback_id == bindparam("feedback_id"),
        )
    )
    .order_by(_V.c.id)
)


def of_case(
    session: Session, case_id: int | None, response_id: int | None, feedback_id: int | None
) -> Sequence[Record]:
    """Token, length and state of what was said aloud in a case, or in what opened it; oldest first."""
    return _OF_CASE.all(session, {"case_id": case_id, "response_id": response_id, "feedback_id": feedback_id})


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
    if voice.response_id is not None:
        return session.exec(select(Case).where(Case.response_id == voice.response_id)).first()
    return session.exec(select(Case).where(Case.feedback_id == voice.feedback_id)).first()
