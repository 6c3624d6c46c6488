"""A front desk hears more than it can put right: its people receive, and never own what is another's."""

from handlers import owners
from handlers.context import Context
from handlers.errors import OnlyReceives
from handlers.lookups import desk_of
from handlers.people import name_of
from storage import cases
from storage.tables import Case, Person


def may_own(case: Case, key: str | None, ctx: Context) -> bool:
    """Whether the person of that key may own this case, as far as their team is concerned."""
    desk = desk_of(ctx.organisation, key)
    if desk is None:
        return True
    opened_on = owners.local_date(case.opened_at, ctx)
    whose = owners.owner_in_principle(owners.about_case(case, ctx), ctx, opened_on).person
    return whose is None or desk_of(ctx.organisation, whose.key) == desk


def demand_may_own(case: Case, person: Person, ctx: Context, *, field: str = "") -> None:
    """Raises `OnlyReceives`, on a field of a form, where the case is another's than the person's front desk's."""
    if case.owner_id == person.id or may_own(case, person.key, ctx):
        return
    refused = OnlyReceives(name=name_of(person), owner=cases.name_of(ctx.session, case.owner_id))
    refused.field = field
    raise refused
