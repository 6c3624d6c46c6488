"""Questions asked of absences that were said by chat."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from storage.tables import Absence

_ON = (
    select(Absence)
    .where(col(Absence.starts_on) <= bindparam("day"), col(Absence.ends_on) >= bindparam("day"))
    .order_by(col(Absence.id))
)


def absent_on(session: Session, day: date) -> Sequence[Absence]:
    """Absences that hold on a day; of two of one person the later said comes last."""
    return session.exec(_ON, params={"day": day}).all()


def absences_of(session: Session, person_id: int, day: date) -> Sequence[Absence]:
    """A person's absences that have not ended by a day."""
    return session.exec(
        select(Absence).where(Absence.person_id == person_id, col(Absence.ends_on) >= day)
    ).all()
