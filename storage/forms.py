"""Forms that people are in the middle of, on channels that ask one question after the other."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from storage.tables import PendingForm
from storage.words import UNREADABLE


def pending_form(session: Session, channel: str, external_id: str) -> PendingForm | None:
    """The form a person is filling in; none where it cannot be read any more."""
    form = session.get(PendingForm, (channel, external_id))
    return None if form is not None and form.state == UNREADABLE else form


def keep_form(session: Session, channel: str, external_id: str, state: str, at: datetime) -> None:
    """Remember where a person is in a form; the one before it is forgotten."""
    session.merge(PendingForm(channel=channel, external_id=external_id, state=state, at=at))
    session.flush()


def drop_form(session: Session, channel: str, external_id: str) -> None:
    """The form is finished or given up."""
    session.connection().execute(
        delete(PendingForm).where(
            col(PendingForm.channel) == channel, col(PendingForm.external_id) == external_id
        )
    )


def forget_forms_before(session: Session, instant: datetime) -> None:
    """Forget forms that nobody went on with: what was typed into them was never sent off."""
    session.connection().execute(delete(PendingForm).where(col(PendingForm.at) < instant))
