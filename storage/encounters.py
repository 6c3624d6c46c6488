"""Questions asked of encounters."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from storage import rounds
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
    """Encounters whose delay has ended and which await a decision, oldest first; turns in rounds are none."""
    return session.exec(
        select(Encounter)
        .where(Encounter.source != rounds.SOURCE)
        .where(Encounter.state == EncounterState.WAITING, col(Encounter.ask_at) <= now)
        .order_by(col(Encounter.ask_at), col(Encounter.id))
        .limit(limit)
    ).all()


def same_matter(session: Session, encounter: Encounter) -> Encounter | None:
    """Another source's report of the very same moment, decided already: same customer, touchpoint and instant."""
    return session.exec(
        select(Encounter).where(
            Encounter.customer_id == encounter.customer_id,
            Encounter.touchpoint == encounter.touchpoint,
            Encounter.happened_at == encounter.happened_at,
            Encounter.source != encounter.source,
            Encounter.state == EncounterState.DECIDED,
        )
    ).first()
