"""What the organisation says about one thing, found where it is said closest to that thing.

What Kaiku ships stands behind what is declared: surveys and thresholds that the file does not name.
"""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from handlers.declared import Language
from handlers.organisation import Account, Organisation, Survey, Team
from handlers.rules.permissions import OWNERS
from handlers.rules.scales import LocalText, Question, Threshold, default_threshold, merged
from handlers.wording.pack import DEFAULT_SURVEYS, QUESTIONS
from storage.vocabulary import Stream

SHIPPED_SURVEYS = {
    key: Survey(
        key=key,
        stream=Stream.STAFF if key == "staff" else Stream.CUSTOMER,
        questions=tuple(QUESTIONS[question] for question in questions),
    )
    for key, questions in DEFAULT_SURVEYS.items()
}
"""Surveys every organisation has without declaring them; one of the same key in the file replaces it."""


def survey_of(organisation: Organisation, key: str) -> Survey:
    """The survey of that key: the organisation's own, else the shipped one. Raises `KeyError` for neither."""
    return organisation.surveys.get(key) or SHIPPED_SURVEYS[key]


def survey_keys(organisation: Organisation) -> tuple[str, ...]:
    """The keys of every survey there is, the organisation's own first."""
    return tuple(dict.fromkeys([*organisation.surveys, *SHIPPED_SURVEYS]))


def threshold_for(
    organisation: Organisation, question: Question, service: str | None = None, touchpoint: str | None = None
) -> Threshold:
    """Which scores of the question do what at this touchpoint of this service.

    Each of alert, praise and reference is taken where it is said closest: touchpoint, service,
    organisation, shipped default; on each level the question's key goes before its metric. So a
    change at one place changes only that place.
    """
    levels = (
        organisation.thresholds,
        organisation.services[service].thresholds if service in organisation.services else {},
        organisation.touchpoints[touchpoint].thresholds if touchpoint in organisation.touchpoints else {},
    )
    threshold = default_threshold(question)
    for level in levels:
        for name in (question.metric, question.key):
            if name in level:
                threshold = merged(threshold, level[name].threshold())
    return threshold


def accounts_called(organisation: Organisation, said: str) -> list[Account]:
    """The accounts of which something typed is the key, the name or another name."""
    wanted = said.strip().casefold()
    return [
        account
        for key, account in organisation.accounts.items()
        if wanted in {key, account.name.casefold(), *(alias.casefold() for alias in account.aliases)}
    ]


def meetings_of(account: Account, today: date) -> tuple[date | None, date | None]:
    """When an account was met last, before today, and when it is met next, from today on; none where none is known."""
    past = [day for day in account.meetings if day < today]
    coming = [day for day in account.meetings if day >= today]
    return max(past, default=None), min(coming, default=None)


class Wanted(NamedTuple):
    """How well a figure must be known."""

    points: int
    touchpoint: str | None
    """Only such moments count; none where all of the service do."""


def margin_for(organisation: Organisation, service: str | None, touchpoint: str) -> Wanted | None:
    """How well the month's figure must be known there until nobody is asked any more; none asks everybody."""
    own = organisation.touchpoints[touchpoint].margin if touchpoint in organisation.touchpoints else None
    if own is not None:
        return Wanted(own, touchpoint)
    margin = organisation.services[service].margin if service in organisation.services else None
    return Wanted(margin, None) if margin is not None else None


def target_for(
    organisation: Organisation,
    question: Question,
    *,
    team: str | None = None,
    touchpoint: str | None = None,
    account: str | None = None,
) -> int | None:
    """What the question is to reach, in per cent: said closest by the account, the touchpoint, the team, or for all.

    On each level the question's key goes before its metric. None where nobody set a target.
    """
    levels = (
        organisation.accounts[account].targets if account in organisation.accounts else {},
        organisation.touchpoints[touchpoint].targets if touchpoint in organisation.touchpoints else {},
        organisation.teams[team].targets if team in organisation.teams else {},
        organisation.targets,
    )
    named = (
        level[name] for level in levels for name in (question.key, question.metric.value) if name in level
    )
    return next(named, None)


def touchpoint_name(organisation: Organisation, key: str | None) -> LocalText | None:
    """What a kind of moment, or a round, is called; none when it is not declared any more."""
    declared = organisation.touchpoints.get(key or "") or organisation.rounds.get(key or "")
    return declared.name if declared else None


def team_of(organisation: Organisation, service: str | None) -> Team | None:
    """The team that provides a service; none when the service is unknown or names no team."""
    declared = organisation.services.get(service or "")
    return organisation.teams.get(declared.team or "") if declared else None


def rota_of(organisation: Organisation, named: Iterable[str]) -> tuple[str, ...]:
    """The people of a rota in their order, each once; a team stands for its people who may own a case."""
    people = organisation.people
    members = (
        [name]
        if name in people
        else [key for key, p in people.items() if p.team == name and p.role in OWNERS]
        for name in named
    )
    return tuple(dict.fromkeys(key for keys in members for key in keys if key in people))


def desk_of(organisation: Organisation, person: str | None) -> Team | None:
    """The team of a person, where it only receives what customers say."""
    declared = organisation.people.get(person or "")
    team = organisation.teams.get(declared.team or "") if declared else None
    return team if team and team.receives_only else None


def zone_of(organisation: Organisation, time_zone: str | None = None, team: str | None = None) -> str:
    """The IANA time zone to use: the person's own, else their team's, else the organisation's."""
    their_team = organisation.teams.get(team or "")
    return time_zone or (their_team and their_team.time_zone) or organisation.time_zone


def languages_for(
    organisation: Organisation, language: str | None = None, account: str | None = None
) -> tuple[Language, ...]:
    """Languages to try in order: the person's own, their account's, the organisation's, English, any."""
    theirs = organisation.accounts.get(account or "")
    wanted = (language, theirs and theirs.language, organisation.language, "en", "fi", "sv")
    known: tuple[Language, ...] = ("fi", "sv", "en")
    return tuple(dict.fromkeys(known[known.index(code)] for code in wanted if code in known))
