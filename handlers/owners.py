"""Who is responsible: the declared organisation and today's absences, put through the routing rules."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from handlers.calendars import calendar_of
from handlers.context import Context
from handlers.errors import UnknownAccount, UnknownService, UnknownTouchpoint
from handlers.lookups import rota_of, team_of
from handlers.organisation import Organisation, Routing
from handlers.rules import escalation, routing
from handlers.rules.hours import office_days_before
from handlers.rules.routing import About, Rule, Staff
from handlers.views import RouteView
from storage import absences, people
from storage.look import look
from storage.people import Colleague
from storage.prepared import Record
from storage.tables import Case, Feedback, Person
from storage.vocabulary import OwnerRule


@dataclass(frozen=True)
class Responsible:
    """A person, by which rule, and for whom they stand in."""

    person: Colleague | None
    rule: OwnerRule


def frozen_on(facts: Record) -> Responsible:
    """Who owned an encounter when it happened, from the facts of an invitation to it."""
    owner = None
    if facts.owner_id is not None:
        owner = Colleague(facts.owner_id, facts.owner_key, facts.owner_name, facts.owner_left_at)
    return Responsible(owner, OwnerRule(facts.owner_rule))


def owner_in_principle(about: About, ctx: Context, on: date | None = None) -> Responsible:
    """Who owns what this is about, whether they are here or not; frozen on an encounter.

    Of a rota, whose turn it is on a day, local to the office; today when none is given.
    """
    staff = Staff(on or local_date(ctx.now, ctx))
    return _responsible(route_by(about, staff, ctx.organisation), ctx)


def owner_today(about: About, frozen: Responsible | None, ctx: Context) -> Responsible:
    """Who must act now. `frozen` is who owned the encounter; today's absences and deputies apply to them.

    A turn is not kept: the one whose turn it is today acts.
    """
    if frozen is not None and frozen.rule is OwnerRule.ROTA:
        frozen = None
    owner = frozen.person if frozen is not None else None
    key = owner.key if owner is not None and owner.left_at is None else None
    staff = staff_on(local_date(ctx.now, ctx), ctx)
    today = _responsible(route_by(about, staff, ctx.organisation, key), ctx)
    return frozen if frozen is not None and today.person == owner is not None else today


def explained(about: About, on: date, ctx: Context) -> RouteView:
    """Who would own a matter that came up on a day, local to the office, and why."""
    organisation = ctx.organisation
    rule, route, informed = (
        _rule(about, organisation),
        route_by(about, staff_on(on, ctx), organisation),
        informed_of(about, ctx),
    )
    return RouteView(
        on=on,
        rule=rule.number if rule else None,
        rules=len(organisation.routing.rules),
        owner=route.person,
        informed=tuple(key for key in informed if key != route.person),
        steps=route.steps,
        names={key: person.name for key, person in organisation.people.items()},
    )


def demand_declared(about: About, ctx: Context) -> None:
    """Raises `UnknownService`, `UnknownAccount` or `UnknownTouchpoint` for a key that the organisation has not."""
    organisation = ctx.organisation
    for key, declared, unknown in (
        (about.service, organisation.services, UnknownService),
        (about.account, organisation.accounts, UnknownAccount),
        (about.touchpoint, organisation.touchpoints, UnknownTouchpoint),
    ):
        if key is not None and key not in declared:
            raise unknown(key=key, known=", ".join(sorted(declared)))


def above(holder: Person | None, service: str | None, ctx: Context) -> list[Person]:
    """Who is told when `holder` does not act or cannot be reached, one after the other.

    Their deputy, the team lead, the CX lead. Whoever is away comes after those who are there; who has left the
    house, and a deputy at a front desk that only receives, are passed over.
    """
    key = (holder.key if holder else "") or ""
    declared = ctx.organisation.people.get(key)
    deputy = declared.deputy if declared else None
    desks = _desks(ctx.organisation)
    elsewhere = deputy in desks and desks[deputy] != desks.get(key)
    team = team_of(ctx.organisation, service)
    ladder = escalation.ladder(
        key,
        deputy=None if elsewhere else deputy,
        team_lead=team.lead if team else None,
        cx_lead=ctx.organisation.cx_lead,
    )
    staff = staff_on(local_date(ctx.now, ctx), ctx)
    there_first = sorted(ladder, key=lambda step: staff.absence(step) is not None)
    known = (people.person_by_key(ctx.session, step) for step in there_first)
    return [person for person in known if person and person.left_at is None]


def about_feedback(feedback: Feedback) -> About:
    """What feedback is about."""
    return About(feedback.service, feedback.account, None, feedback.category, feedback.type)


def about_case(case: Case, ctx: Context) -> About:
    """What a case is about."""
    if feedback := look(ctx.session, Feedback, case.feedback_id):
        return about_feedback(feedback)
    return About(case.service, case.account, case.touchpoint)


def informed_of(about: About, ctx: Context) -> tuple[str, ...]:
    """Keys of co-owners who are told of a case: by the rule, of the service, and the account's director."""
    organisation = ctx.organisation
    rule = _rule(about, organisation)
    service = organisation.services.get(about.service or "")
    account = organisation.accounts.get(about.account or "")
    director = (account.director,) if account and account.director else ()
    return tuple(
        dict.fromkeys(
            [*(rule.informed if rule else ()), *(service.informed if service else ()), *director],
        )
    )


def local_date(at: datetime, ctx: Context) -> date:
    """The date at the organisation's seat."""
    return at.astimezone(ZoneInfo(ctx.organisation.time_zone)).date()


def route_by(
    about: About, staff: Staff, organisation: Organisation, kept_by: str | None = None
) -> routing.Route:
    """Who must act, by the declared organisation; `kept_by` is the key of who owned the encounter."""
    service = organisation.services.get(about.service or "")
    account = organisation.accounts.get(about.account or "")
    team = team_of(organisation, about.service)
    rule = _rule(about, organisation)
    return routing.owner_of(
        staff,
        rule=rule,
        turn=_turn(about, staff.on, organisation) if rule and rule.rota else 0,
        kept_by=kept_by,
        service_owner=service.owner if service else None,
        account_manager=account.manager if account else None,
        team_lead=team.lead if team else None,
        cx_lead=organisation.cx_lead,
    )


def _rule(about: About, organisation: Organisation) -> Rule | None:
    """The first rule for such a matter, with the people of its rota."""
    rule = routing.first_match(_rules(organisation.routing), about)
    return replace(rule, rota=rota_of(organisation, rule.rota)) if rule else None


@lru_cache(maxsize=16)
def _rules(section: Routing) -> tuple[Rule, ...]:
    return tuple(declared.rule(number) for number, declared in enumerate(section.rules, 1))


def _turn(about: About, on: date, organisation: Organisation) -> int:
    """Each office day of the service is somebody else's turn, whoever asks and as often as they ask."""
    return office_days_before(calendar_of(organisation, about.service), on)


def staff_on(on: date, ctx: Context) -> Staff:
    """Who is there on a day, by the file and by what people said in chat, and who stands in for whom."""
    deputies = {key: person.deputy for key, person in ctx.organisation.people.items()}
    return Staff(on, _away(on, ctx), deputies, _desks(ctx.organisation))


def _desks(organisation: Organisation) -> dict[str, str]:
    """Person → their team, for everybody whose team only receives what customers say."""
    desks = {key for key, team in organisation.teams.items() if team.receives_only}
    return {key: p.team for key, p in organisation.people.items() if p.team in desks} if desks else {}


def _away(on: date, ctx: Context) -> dict[str, tuple[routing.Away, ...]]:
    """Who is away on a day: as the file says, and as people said by chat, which goes before it."""
    declared = {
        key: tuple(routing.Away(key, a.starts, a.ends, a.deputy) for a in person.away)
        for key, person in ctx.organisation.people.items()
        if person.away
    }
    for absence in absences.absent_on(ctx.session, on):
        said = routing.Away(absence.key, absence.starts_on, absence.ends_on, absence.deputy_key)
        declared[absence.key] = (said, *declared.get(absence.key, ()))
    return declared


def _responsible(route: routing.Route, ctx: Context) -> Responsible:
    return Responsible(people.colleague(ctx.session, route.person), route.rule)
