"""Who may see what: what concerns somebody, found from the organisation and their place in it."""

from handlers.context import Context
from handlers.errors import NotAllowed
from handlers.people import role_of, row_id, who_to_ask
from handlers.rules.permissions import Right, Sight, may, may_act_on_case
from storage.scope import Scope
from storage.tables import Case, Person


def sight_of(person: Person, ctx: Context) -> Sight:
    """What of the feedback concerns a person: their services, team and accounts; for some, everything."""
    organisation, key, role = ctx.organisation, person.key or "", role_of(person)
    led = {team.key for team in organisation.teams.values() if team.lead == key}
    teams = frozenset({*led, *([person.team] if person.team else [])})
    return Sight(
        general=may(role, Right.READ_GENERAL),
        named=may(role, Right.READ_CASES),
        everything=may(role, Right.ACT_ON_EVERY_CASE),
        teams=teams,
        services=frozenset(
            service.key
            for service in organisation.services.values()
            if (key and (service.owner == key or key in service.informed)) or service.team in teams
        ),
        accounts=frozenset(
            account.key
            for account in organisation.accounts.values()
            if key and key in (account.manager, account.director)
        ),
    )


def scope_of(sight: Sight, person: Person) -> Scope:
    """The same as a condition on rows; cases that somebody holds themselves are theirs as well."""
    return Scope(
        services=sight.services,
        accounts=sight.accounts,
        owner_id=row_id(person),
        everything=sight.everything,
    )


def acts_on(case: Case, person: Person) -> bool:
    """Whether somebody may act on this case."""
    return may_act_on_case(
        role_of(person),
        is_owner=case.owner_id == person.id,
        is_claimer=case.claimed_by_id == person.id,
        same_team=person.team is not None and person.team == case.team,
    )


def demand_sight(sees: bool, ctx: Context) -> None:
    """Refuse what is not for somebody's eyes. Raises `NotAllowed`."""
    if not sees:
        raise NotAllowed(who=who_to_ask(ctx))
