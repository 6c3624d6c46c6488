"""Questions asked of absences that were said by chat."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.prepared import Prepared, Record
from storage.tables import Absence, Person, core

_A, _P, _D = core(Absence), core(Person), core(Person).alias("deputy")
_ON = Prepared(
    core_select(_P.c.key, _A.c.starts_on, _A.c.ends_on, _D.c.key.label("deputy_key"))
    .join(_P, _P.c.id == _A.c.person_id)
    .outerjoin(_D, _D.c.id == _A.c.deputy_id)
    .where(_A.c.starts_on <= bindparam("day"), _A.c.ends_on >= bindparam("day"), _P.c.key.is_not(None))
    .order_by(_A.c.id)
)


def absent_on(session: Session, day: date) -> Sequence[Record]:
    """Absences of declared people that hold on a day: `key`, `starts_on`, `ends_on`, `deputy_key`.

    Of two of one person the later said comes last.
    """
    return _ON.all(session, {"day": day})


def absences_of(session: Session, person_id: int, day: date) -> Sequence[Absence]:
    """A person's absences that have not ended by a day."""
    return session.exec(
        select(Absence).where(Absence.person_id == person_id, col(Absence.ends_on) >= day)
    ).all()
