"""Who was asked, who was not, and why: the ledger for those whom its encounters concern."""

from dataclasses import dataclass

from handlers.context import Context
from handlers.dashboard.days import Days, days_of
from handlers.filters import Filters
from handlers.ledger import view_of
from handlers.people import demand
from handlers.rules.permissions import Right
from handlers.seeing import scope_of, sight_of
from handlers.views import LedgerView
from storage import ledger
from storage.tables import Person

PAGE = 50
"""Decisions on a page."""


@dataclass(frozen=True)
class DecisionsView:
    """A page of the ledger."""

    days: Days
    decisions: tuple[LedgerView, ...]
    all: int
    """Decisions of these days, on any page."""
    asked: int
    """How many of them were to ask."""
    more: int | None
    """Where the next page goes on; none on the last."""


def decisions(
    filters: Filters, person: Person, ctx: Context, *, asked: bool | None = None, before: int | None = None
) -> DecisionsView:
    """What was decided about encounters that concern the reader, newest first. Raises `NotAllowed`."""
    demand(person, Right.READ_LEDGER, ctx)
    days = days_of(filters, ctx)
    window, scope = (
        days.window,
        filters.chosen(ctx.organisation, scope_of(sight_of(person, ctx), person)).scope,
    )
    found = ledger.decisions_of(
        ctx.session, scope, window.starts_at, window.ends_at, asked=asked, before=before, most=PAGE + 1
    )
    counted = ledger.decided(ctx.session, scope, window.starts_at, window.ends_at)
    more = found[PAGE - 1].entry.id if len(found) > PAGE else None
    return DecisionsView(days, tuple(view_of(one, ctx) for one in found[:PAGE]), *counted, more)
