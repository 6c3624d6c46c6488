"""What one customer was asked and said, and the case each came to."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import Case, Encounter, Feedback, Invitation, Repeat, Response
from storage.tokens import NAMELESS
from storage.vocabulary import InvitationState


def awaited(
    session: Session, person_id: int, now: datetime, most: int
) -> Sequence[tuple[Invitation, Encounter]]:
    """Requests the person has not answered and still may, newest first; of anonymous ones nobody knows it."""
    return session.exec(
        select(Invitation, Encounter)
        .join(Encounter, col(Encounter.id) == Invitation.encounter_id)
        .where(
            Invitation.person_id == person_id,
            Invitation.state == InvitationState.SENT,
            Invitation.expires_at > now,
            ~col(Invitation.token).startswith(NAMELESS),
        )
        .order_by(col(Invitation.id).desc())
        .limit(most)
    ).all()


def answered(
    session: Session, person_id: int, most: int
) -> Sequence[tuple[Response, Encounter, Case | None]]:
    """What the person answered, newest first."""
    return session.exec(
        select(Response, Encounter, Case)
        .join(Encounter, col(Encounter.id) == Response.encounter_id)
        .outerjoin(Repeat, col(Repeat.response_id) == Response.id)
        .outerjoin(Case, (col(Case.response_id) == Response.id) | (col(Case.id) == Repeat.case_id))
        .where(Response.person_id == person_id)
        .order_by(col(Response.first_at).desc())
        .limit(most)
    ).all()


def said(session: Session, person_id: int, most: int) -> Sequence[tuple[Feedback, Case | None]]:
    """What the person said unprompted, newest first."""
    return session.exec(
        select(Feedback, Case)
        .outerjoin(Repeat, col(Repeat.feedback_id) == Feedback.id)
        .outerjoin(Case, (col(Case.feedback_id) == Feedback.id) | (col(Case.id) == Repeat.case_id))
        .where(Feedback.said_by_id == person_id)
        .order_by(col(Feedback.at).desc())
        .limit(most)
    ).all()
