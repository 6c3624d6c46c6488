"""Who is responsible: the declared organisation and today's absences, put through the routing rules."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.context import Context
from handlers.lookups import team_of
from handlers.rules import routing
from storage import absences, people
from storage.people import Colleague
from storage.prepared import Record
from storage.tables import Person
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


def owner_in_principle(service: str | None, account: str | None, ctx: Context) -> Responsible:
    """Who owns what this is about, whether they are here today or not; frozen on an encounter."""
    return _responsible(_route(service, account, None, ctx), ctx)


def owner_today(
    service: str | None, account: str | None, frozen: Responsible | None, ctx: Context
) -> Responsible:
    """Who must act now. `frozen` is who owned the encounter; today's absences and deputies apply to them."""
    owner = frozen.person if frozen is not None else None
    key = owner.key if owner is not None and owner.left_at is None else None
    today = _responsible(_route(service, account, key, ctx, on=local_date(ctx.now, ctx)), ctx)
    return frozen if frozen is not None and today.person == owner is not None else today


def next_up(person: Person | None, service: str | None, ctx: Context) -> Person | None:
    """Whom a case is escalated to: deputy, team lead, CX lead, whoever of them it is not with already."""
    declared = ctx.organisation.people.get(person.key or "") if person else None
    team = team_of(ctx.organisation, service)
    up = routing.next_up(
        (person.key if person else "") or "",
        deputy=declared.deputy if declared else None,
        team_lead=team.lead if team else None,
        cx_lead=ctx.organisation.cx_lead,
    )
    return people.person_by_key(ctx.session, up)


def informed_of(service: str | None, account: str | None, ctx: Context) -> tuple[str, ...]:
    """Keys of co-owners who are told of a case: of the service, and the account's director."""
    organisation = ctx.organisation
    informed = organisation.services[service].informed if service in organisation.services else ()
    director = organisation.accounts[account].director if account in organisation.accounts else None
    return tuple(dict.fromkeys([*informed, *([director] if director else [])]))


def local_date(at: datetime, ctx: Context) -> date:
    """The date at the organisation's seat."""
    return at.astimezone(ZoneInfo(ctx.organisation.time_zone)).date()


def _route(
    service: str | None, account: str | None, frozen_owner: str | None, ctx: Context, on: date | None = None
) -> routing.Route:
    """Without a date nobody is away."""
    organisation = ctx.organisation
    declared_service = organisation.services.get(service or "")
    declared_account = organisation.accounts.get(account or "")
    team = team_of(organisation, service)
    return routing.owner_of(
        service_owner=frozen_owner or (declared_service.owner if declared_service else None),
        account_manager=declared_account.manager if declared_account else None,
        team_lead=team.lead if team else None,
        cx_lead=organisation.cx_lead,
        away=_away(on, ctx) if on else {},
        deputies={key: person.deputy for key, person in organisation.people.items()},
        on=on or local_date(ctx.now, ctx),
    )


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
