"""Questions asked of the ledger: why somebody was asked, or was not."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from storage.tables import Encounter, LedgerEntry, Person

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
