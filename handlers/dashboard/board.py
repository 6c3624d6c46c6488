"""The board of cases, and one case as its alert shows it: for those who may act on it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from handlers.case_views import case_lines, case_view, name_is_withheld
from handlers.cases import id_of
from handlers.context import Context
from handlers.errors import NoSuchPage
from handlers.filters import Filters
from handlers.people import row_id
from handlers.rules.permissions import Sight
from handlers.seeing import acts_on, demand_sight, scope_of
from handlers.views import CaseView, OpenCaseLine
from storage import board, cases
from storage.scope import Scope
from storage.tables import Person
from storage.vocabulary import CaseState

MOST = 100
"""Cases of a column at most: who has more needs people, not a longer page."""
_RECENTLY = timedelta(days=14)

COLUMNS: Mapping[str, tuple[CaseState, ...]] = {
    "waiting": (CaseState.RECEIVED, CaseState.ACKNOWLEDGED, CaseState.REOPENED),
    "taken": (CaseState.CLAIMED,),
    "contacted": (CaseState.CONTACTED,),
    "closed": (CaseState.CLOSED,),
}
"""The columns by name, and the states of the cases in them."""


@dataclass(frozen=True)
class BoardView:
    """Cases by column, those due first before the others; of the closed ones those of the last two weeks."""

    columns: Mapping[str, tuple[OpenCaseLine, ...]]
    open: int
    overdue: int


def cases_on_board(filters: Filters, person: Person, sight: Sight, ctx: Context, *, mine: bool) -> BoardView:
    """The reader's own cases, or every one that concerns them if names are for their eyes. Raises `NotAllowed`."""
    demand_sight(sight.general, ctx)
    mine = mine or not sight.named
    undated = replace(filters, since=None, until=None)
    whole = Scope(everything=True) if mine else scope_of(sight, person)
    scope, holder = undated.chosen(ctx.organisation, whole).scope, row_id(person) if mine else None
    found = [
        *board.open_cases(ctx.session, scope, holder, MOST),
        *board.closed_cases(ctx.session, scope, holder, ctx.now - _RECENTLY, MOST),
    ]
    lines = case_lines(found, ctx)
    waiting = [line for line in lines if line.state is not CaseState.CLOSED]
    return BoardView(
        columns={name: _in(states, lines) for name, states in COLUMNS.items()},
        open=len(waiting),
        overdue=sum(line.overdue for line in waiting),
    )


def _in(states: tuple[CaseState, ...], lines: Iterable[OpenCaseLine]) -> tuple[OpenCaseLine, ...]:
    return tuple(line for line in lines if line.state in states)


def one_case(token: str, person: Person, sight: Sight, ctx: Context) -> CaseView:
    """A case in full. Raises `NoSuchPage`, or `NotAllowed` for somebody who may not act on it."""
    case = cases.case_by_token(ctx.session, token)
    if case is None:
        raise NoSuchPage
    acts = acts_on(case, person)
    account = None if name_is_withheld(case, ctx) else case.account
    concerned = sight.names(service=case.service, account=account, team=case.team)
    expert = cases.was_asked(ctx.session, id_of(case), row_id(person))
    demand_sight(acts or concerned or expert, ctx)
    return case_view(case, person, ctx, informed=not acts)
