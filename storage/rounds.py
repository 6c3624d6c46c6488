"""Questions asked of rounds: their slices, whose turn it is, and how far each is."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import Encounter, Invitation, Person, RoundSlice
from storage.vocabulary import EncounterState, InvitationState, Role

_UNASKED = (InvitationState.SUPPRESSED, InvitationState.REHEARSED)
SOURCE = "round"
"""The source of an encounter that is somebody's turn in a round."""


def slices_of(session: Session, round_key: str) -> Sequence[RoundSlice]:
    """Every slice of a round that was opened, oldest first."""
    return session.exec(
        select(RoundSlice).where(RoundSlice.round == round_key).order_by(col(RoundSlice.starts_on))
    ).all()


def customers_after(session: Session, person_id: int, limit: int) -> Sequence[Person]:
    """The next customers by number who have not left."""
    return session.exec(
        select(Person)
        .where(col(Person.id) > person_id, Person.role == Role.CUSTOMER, col(Person.left_at).is_(None))
        .order_by(col(Person.id))
        .limit(limit)
    ).all()


def had_their_turn(session: Session, prefix: str, people: Collection[int]) -> frozenset[int]:
    """Who of these people has a turn whose reference begins so, by whatever number it was given."""
    return frozenset(
        session.exec(
            select(Encounter.customer_id).where(
                Encounter.source == SOURCE,
                col(Encounter.external_reference).startswith(prefix, autoescape=True),
                col(Encounter.customer_id).in_(people),
            )
        )
    )


def waiting_turns(session: Session, now: datetime, limit: int) -> Sequence[Encounter]:
    """Turns that are due, the one that has waited longest first."""
    return session.exec(
        select(Encounter)
        .where(Encounter.source == SOURCE)
        .where(Encounter.state == EncounterState.WAITING, col(Encounter.ask_at) <= now)
        .order_by(col(Encounter.ask_at), col(Encounter.id))
        .limit(limit)
    ).all()


class Counted(NamedTuple):
    """How far a turn of a round is."""

    people: int
    """Those who have their turn, and of them …"""
    waiting: int
    asked: int
    answered: int


def turns_counted(session: Session, round_key: str, turn: date) -> Counted:
    """How far a turn of a round is."""
    row = session.exec(
        select(
            func.count(),
            func.count().filter(col(Encounter.state) == EncounterState.WAITING),
            func.count().filter(col(Invitation.state).not_in(_UNASKED)),
            func.count(col(Invitation.answered_at)),
        )
        .select_from(Encounter)
        .outerjoin(Invitation, col(Invitation.encounter_id) == Encounter.id)
        .where(Encounter.source == SOURCE)
        .where(col(Encounter.external_reference).startswith(f"{round_key}/{turn}/", autoescape=True))
    ).one()
    return Counted(*row)
