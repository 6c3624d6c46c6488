"""Somebody must answer: services without an owner, and owners who cannot be one."""

from collections.abc import Iterator
from datetime import date

from handlers.lookups import rota_of, team_of
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation
from handlers.rules.permissions import OWNERS
from handlers.rules.routing import About, first_match


def services_without_owner(organisation: Organisation) -> Iterator[Mistake]:
    """The gap report: a service nobody answers for, and who answers instead if anybody does."""
    rules = [rule.rule(number) for number, rule in enumerate(organisation.routing.rules, 1)]
    for key, service in organisation.services.items():
        if service.owner or first_match(rules, About(key)):
            continue
        team = team_of(organisation, key)
        stands_in = (team.lead if team else None) or organisation.cx_lead
        person = organisation.people.get(stands_in or "")
        if person:
            sentence = f"The service “{key}” has no owner; its cases go to {person.name}."
        else:
            sentence = (
                f"The service “{key}” has no owner, no team lead and no CX lead: nobody would get its cases."
            )
        yield Mistake(
            ("services", key), sentence, "Add `owner:` and a person's key.", warning=person is not None
        )


def touchpoints_without_owner(organisation: Organisation) -> Iterator[Mistake]:
    """Kinds of moments that are asked about, where what concerns no service would be nobody's."""
    rules = [rule.rule(number) for number, rule in enumerate(organisation.routing.rules, 1)]
    for key, touchpoint in organisation.touchpoints.items():
        if touchpoint.survey and not organisation.cx_lead and not first_match(rules, About(touchpoint=key)):
            yield Mistake(
                ("touchpoints", key),
                f"Nobody would get the cases of “{key}” that concern no service.",
                "Add `cx_lead:` at the top, or a rule of `routing` for this touchpoint.",
                warning=True,
            )


def unattended_absences(organisation: Organisation, today: date) -> Iterator[Mistake]:
    """Absences that are not over, of people who answer for something, while nobody stands in for them."""
    answering = {key for path, key, _ in _responsible(organisation) if path[0] != "people"}
    for key, person in organisation.people.items():
        for place, absence in enumerate(person.away):
            if key in answering and absence.ends >= today and not (absence.deputy or person.deputy):
                yield Mistake(
                    ("people", key, "away", place),
                    f"{person.name} is away until {absence.ends} and nobody stands in: cases go to the next in line.",
                    "Add `deputy:` here, or to the person.",
                    warning=True,
                )


def owners_who_cannot_own(organisation: Organisation) -> Iterator[Mistake]:
    """People who get cases but may not, or whom no alert would reach."""
    told = set()
    for path, key, what in _responsible(organisation):
        person = organisation.people.get(key or "")
        if person is None:
            continue
        if person.role not in OWNERS:
            yield Mistake(
                path,
                f"{person.name} is {what} but has the role {person.role.value}, which may not own cases.",
                f"Choose somebody else, or give “{key}” the role manager.",
            )
        if not person.identities and key not in told:
            told.add(key)
            yield Mistake(
                ("people", person.key),
                f"{person.name} is {what} but cannot be reached: no identity in any channel is declared.",
                "Add `identities:` with a channel and the person's id there.",
            )


def _responsible(organisation: Organisation) -> Iterator[tuple[Path, str | None, str]]:
    """Everybody whom a case may be routed to: where it is said, who, and as what."""
    yield ("cx_lead",), organisation.cx_lead, "the CX lead"
    for key, service in organisation.services.items():
        yield ("services", key, "owner"), service.owner, f"the owner of “{key}”"
    for key, account in organisation.accounts.items():
        yield ("accounts", key, "manager"), account.manager, f"the manager of the account “{key}”"
    for key, team in organisation.teams.items():
        yield ("teams", key, "lead"), team.lead, f"the lead of the team “{key}”"
    for key, person in organisation.people.items():
        yield ("people", key, "deputy"), person.deputy, f"the deputy of {person.name}"
    for number, rule in enumerate(organisation.routing.rules):
        at: Path = ("routing", "rules", number)
        yield (*at, "owner"), rule.owner, f"the owner by rule {number + 1}"
        for place, name in enumerate(rule.rota):
            for member in rota_of(organisation, [name]):
                yield (*at, "rota", place), member, f"in the rota of rule {number + 1}"
