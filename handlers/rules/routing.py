"""Who must act: the first person responsible who is there, or whoever stands in for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from storage.vocabulary import OwnerRule


@dataclass(frozen=True)
class Away:
    """A person is away from one day to another, both included."""

    person: str
    starts: date
    ends: date
    deputy: str | None
    """Who answers meanwhile; the person's usual deputy when none."""


@dataclass(frozen=True)
class Route:
    """Who must act and by which rule."""

    person: str | None
    rule: OwnerRule
    stands_in_for: str | None = None
    """The person responsible, when a deputy acts for them."""
    base_rule: OwnerRule | None = None
    """The rule by which that person is responsible."""


def owner_of(
    *,
    service_owner: str | None,
    account_manager: str | None,
    team_lead: str | None,
    cx_lead: str | None,
    away: Mapping[str, tuple[Away, ...]],
    deputies: Mapping[str, str | None],
    on: date,
) -> Route:
    """Find who must act on a day, local to the office.

    The owner of the service, else the account manager, the team lead, the CX lead. Somebody away is
    stood in for by their deputy, or the deputy's deputy; where none is there, the next in line acts.
    When everybody is away the first in line keeps it: a case without an owner is worse than one that
    waits, and escalation still finds it.
    """
    in_line = [
        (person, rule)
        for person, rule in (
            (service_owner, OwnerRule.SERVICE_OWNER),
            (account_manager, OwnerRule.ACCOUNT_MANAGER),
            (team_lead, OwnerRule.TEAM_LEAD),
            (cx_lead, OwnerRule.CX_LEAD),
        )
        if person
    ]
    for person, rule in in_line:
        present = _present(person, away, deputies, on)
        if present == person:
            return Route(person, rule)
        if present:
            return Route(present, OwnerRule.DEPUTY, stands_in_for=person, base_rule=rule)
    return Route(*in_line[0]) if in_line else Route(None, OwnerRule.NOBODY)


def next_up(current: str, *, deputy: str | None, team_lead: str | None, cx_lead: str | None) -> str | None:
    """Whom a case escalates to when `current` did not act in time: their deputy, team lead, CX lead.

    Nobody stands above the CX lead, who escalates to their deputy alone. None when there is nobody else.
    """
    ladder = (deputy,) if current == cx_lead else (deputy, team_lead, cx_lead)
    return next((person for person in ladder if person and person != current), None)


def _present(
    person: str, away: Mapping[str, tuple[Away, ...]], deputies: Mapping[str, str | None], on: date
) -> str | None:
    """The person, or the first in their line of deputies who is not away."""
    asked: set[str] = set()
    candidate: str | None = person
    while candidate and candidate not in asked:
        absence = _absence(away.get(candidate, ()), on)
        if absence is None:
            return candidate
        asked.add(candidate)
        candidate = absence.deputy or deputies.get(candidate)
    return None


def _absence(absences: tuple[Away, ...], on: date) -> Away | None:
    return next((absence for absence in absences if absence.starts <= on <= absence.ends), None)
