"""Names that lead nowhere."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from handlers.declared import close
from handlers.lookups import survey_keys
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Person


class _Reference(NamedTuple):
    path: Path
    key: str | None
    kind: str


def unknown_names(organisation: Organisation, unread: Collection[Path] = ()) -> Iterator[Mistake]:
    """People, teams, calendars, surveys, accounts, services and touchpoints that are named but not declared.

    An entry that could not be read is declared all the same; in a section that could not be, anything may be.
    """
    known: dict[str, Collection[str]] = {
        "people": organisation.people,
        "teams": organisation.teams,
        "calendars": organisation.calendars,
        "accounts": organisation.accounts,
        "surveys": survey_keys(organisation),
        "services": organisation.services,
        "touchpoints": organisation.touchpoints,
    }
    for path, key, section in _references(organisation):
        if key is None or (section,) in unread or any(place[:2] == (section, key) for place in unread):
            continue
        if key not in known[section]:
            yield Mistake(
                path,
                f"“{key}” is not among the {section}.",
                close(key, known[section]) or f"Declare it under `{section}`, or name one that is there.",
            )


def _references(organisation: Organisation) -> Iterator[_Reference]:
    yield _Reference(("cx_lead",), organisation.cx_lead, "people")
    yield _Reference(("calendar",), organisation.calendar, "calendars")
    for key, team in organisation.teams.items():
        yield _Reference(("teams", key, "lead"), team.lead, "people")
    for key, person in organisation.people.items():
        yield from _of_person(("people", key), person)
    for key, service in organisation.services.items():
        path = ("services", key)
        yield _Reference((*path, "owner"), service.owner, "people")
        yield _Reference((*path, "team"), service.team, "teams")
        yield _Reference((*path, "calendar"), service.calendar, "calendars")
        for place, informed in enumerate(service.informed):
            yield _Reference((*path, "informed", place), informed, "people")
    for key, touchpoint in organisation.touchpoints.items():
        yield _Reference(("touchpoints", key, "survey"), touchpoint.survey, "surveys")
        yield _Reference(("touchpoints", key, "staff_survey"), touchpoint.staff_survey, "surveys")
    for key, account in organisation.accounts.items():
        yield _Reference(("accounts", key, "manager"), account.manager, "people")
        yield _Reference(("accounts", key, "director"), account.director, "people")
    yield from _of_rules(organisation)
    for key, kiosk in organisation.kiosks.items():
        yield _Reference(("kiosks", key, "service"), kiosk.service, "services")
        yield _Reference(("kiosks", key, "touchpoint"), kiosk.touchpoint, "touchpoints")
    yield from _of_rounds(organisation)
    yield from _of_reports(organisation)


def _of_reports(organisation: Organisation) -> Iterator[_Reference]:
    for key, report in organisation.reports.items():
        named = {
            "to": (report.to, "people"),
            "teams": (report.teams, "teams"),
            "services": (report.services, "services"),
            "accounts": (report.accounts, "accounts"),
        }
        for word, (keys, section) in named.items():
            for place, named_key in enumerate(keys):
                yield _Reference(("reports", key, word, place), named_key, section)
    for place, noted in enumerate(organisation.annotations):
        for at, service in enumerate(noted.services):
            yield _Reference(("annotations", place, "services", at), service, "services")


def _of_rounds(organisation: Organisation) -> Iterator[_Reference]:
    for place, asked in enumerate(organisation.pilot.touchpoints if organisation.pilot else ()):
        if asked not in organisation.rounds:
            yield _Reference(("pilot", "touchpoints", place), asked, "touchpoints")
    for key, declared in organisation.rounds.items():
        yield _Reference(("rounds", key, "survey"), declared.survey, "surveys")
        for place, named in enumerate(declared.who.accounts):
            yield _Reference(("rounds", key, "who", "accounts", place), named, "accounts")


def _of_rules(organisation: Organisation) -> Iterator[_Reference]:
    for number, rule in enumerate(organisation.routing.rules):
        path: Path = ("routing", "rules", number)
        for word, section in (
            ("service", "services"),
            ("account", "accounts"),
            ("touchpoint", "touchpoints"),
        ):
            for place, key in enumerate(getattr(rule, word)):
                yield _Reference((*path, word, place), key, section)
        yield _Reference((*path, "owner"), rule.owner, "people")
        for place, name in enumerate(rule.rota):
            section = "teams" if name in organisation.teams else "people"
            yield _Reference((*path, "rota", place), name, section)
        for place, key in enumerate(rule.informed):
            yield _Reference((*path, "informed", place), key, "people")


def _of_person(path: Path, person: Person) -> Iterator[_Reference]:
    yield _Reference((*path, "team"), person.team, "teams")
    yield _Reference((*path, "account"), person.account, "accounts")
    yield _Reference((*path, "deputy"), person.deputy, "people")
    for place, absence in enumerate(person.away):
        yield _Reference((*path, "away", place, "deputy"), absence.deputy, "people")
