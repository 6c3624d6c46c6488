"""Questions asked of the ledger: why somebody was asked, or was not."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from storage.scope import Scope
from storage.tables import Encounter, LedgerEntry, Person
from storage.vocabulary import Stream, Verdict

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


def decisions_of(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    asked: bool | None,
    before: int | None,
    most: int,
) -> Sequence[Decision]:
    """Decisions of a window about the encounters of a scope, newest first: all, or only asked or not; a page of them.

    `before` is the number of the entry where the page before ended.
    """
    chosen = [scope.of(Encounter), col(LedgerEntry.decided_at) >= start, col(LedgerEntry.decided_at) < end]
    if asked is not None:
        chosen.append((col(LedgerEntry.verdict) == Verdict.ASKED) == asked)
    if before is not None:
        chosen.append(col(LedgerEntry.id) < before)
    rows = session.exec(_DECISIONS.where(*chosen).order_by(col(LedgerEntry.id).desc()).limit(most))
    return [Decision(*row) for row in rows]


def decided(session: Session, scope: Scope, start: datetime, end: datetime) -> tuple[int, int]:
    """How many decisions there were in a window about the encounters of a scope, and how many were to ask."""
    asked = func.count().filter(col(LedgerEntry.verdict) == Verdict.ASKED)
    row = session.exec(
        select(func.count(), asked)
        .select_from(LedgerEntry)
        .join(Encounter, col(Encounter.id) == LedgerEntry.encounter_id)
        .where(scope.of(Encounter), col(LedgerEntry.decided_at) >= start, col(LedgerEntry.decided_at) < end)
    ).one()
    return row[0], row[1]
