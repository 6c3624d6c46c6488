"""Questions asked of the ledger: why somebody was asked, or was not."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from storage.tables import Encounter, LedgerEntry, Person
from storage.vocabulary import Stream

_DECISIONS = (
    select(LedgerEntry, Encounter, Person)
    .join(Encounter, col(Encounter.id) == LedgerEntry.encounter_id)
    .join(Person, col(Person.id) == LedgerEntry.person_id)
)


class Decision(NamedTuple):
    """One entry with what it is about."""

    entry: LedgerEntry
    encounter: Encounter
    person: Person

    @property
    def stream(self) -> Stream:
        """Whether it is about asking the customer, or the member of staff who served them."""
        return Stream.CUSTOMER if self.entry.person_id == self.encounter.customer_id else Stream.STAFF


def decisions_about(session: Session, encounter_id: int) -> Sequence[Decision]:
    """Every decision about one encounter, oldest first."""
    rows = session.exec(
        _DECISIONS.where(LedgerEntry.encounter_id == encounter_id).order_by(col(LedgerEntry.id))
    )
    return [Decision(*row) for row in rows]


def recent_decisions(session: Session, limit: int) -> Sequence[Decision]:
    """The newest decisions, newest first."""
    rows = session.exec(_DECISIONS.order_by(col(LedgerEntry.id).desc()).limit(limit))
    return [Decision(*row) for row in rows]
