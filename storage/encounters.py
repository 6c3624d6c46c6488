"""Questions asked of encounters."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import Encounter
from storage.vocabulary import EncounterState


def encounter_by_reference(session: Session, source: str, reference: str) -> Encounter | None:
    """The encounter a source knows by this reference."""
    return session.exec(
        select(Encounter).where(Encounter.source == source, Encounter.external_reference == reference)
    ).first()


def encounters_named(session: Session, reference: str) -> Sequence[Encounter]:
    """Encounters with this token or external reference, newest first."""
    return session.exec(
        select(Encounter)
        .where((Encounter.token == reference) | (Encounter.external_reference == reference))
        .order_by(col(Encounter.happened_at).desc())
    ).all()


def waiting_encounters(session: Session, now: datetime, limit: int) -> Sequence[Encounter]:
    """Encounters whose delay has ended and which await a decision, oldest first."""
    return session.exec(
        select(Encounter)
        .where(Encounter.state == EncounterState.WAITING, col(Encounter.ask_at) <= now)
        .order_by(col(Encounter.ask_at), col(Encounter.id))
        .limit(limit)
    ).all()


def same_matter(
    session: Session, customer_id: int, touchpoint: str, happened_at: datetime, but: int
) -> Encounter | None:
    """Another report of the very same moment: same customer, touchpoint and instant, other source."""
    return session.exec(
        select(Encounter).where(
            Encounter.customer_id == customer_id,
            Encounter.touchpoint == touchpoint,
            Encounter.happened_at == happened_at,
            Encounter.id != but,
            Encounter.state == EncounterState.DECIDED,
        )
    ).first()
