"""Figures for other programs: the same as in digests and on the dashboard, from the same counts."""

from collections.abc import Mapping
from dataclasses import dataclass

from handlers.context import Context
from handlers.dashboard.days import Days, days_of
from handlers.digests.measures import Comparison, Measured, compared, measured_by
from handlers.errors import FiguresAreOfAll, OneStreamAtATime
from handlers.filters import Filters
from handlers.views import FigureView
from storage import counts
from storage.counts import Dimension
from storage.scope import Scope
from storage.vocabulary import Stream

_Counted = Mapping[str | None, Mapping[str, Measured]]
"""What was measured, by what it was taken apart by."""


@dataclass(frozen=True)
class Group:
    """What was counted together."""

    key: str | None
    """The service, team or touchpoint; none for what has none, or where nothing was taken apart."""
    asked: int | None
    """Requests sent in these days; none where they are not known by it: a request has no team."""
    answered: int | None
    """How many of those have been answered so far."""
    figures: tuple[FigureView, ...]


@dataclass(frozen=True)
class Reading:
    """Figures of some days and one voice."""

    days: Days
    stream: Stream
    groups: tuple[Group, ...]


def figures(filters: Filters, by: Dimension | None, ctx: Context) -> Reading:
    """Figures of the days that were asked for, the last thirteen weeks where nothing was; each against as many before.

    Raises `OneStreamAtATime`: voices are never mixed; `FiguresAreOfAll` for what only rows can be chosen by.
    """
    if filters.bands or filters.words:
        raise FiguresAreOfAll
    if len(filters.streams) > 1:
        raise OneStreamAtATime
    stream = next(iter(filters.streams), Stream.CUSTOMER)
    days, scope = days_of(filters, ctx), filters.chosen(ctx.organisation).scope

    def counted(days: Days, *, with_excluded: bool = False) -> _Counted:
        apart = (by,) if by else ()
        found = measured_by(apart, scope, days.window, ctx, stream=stream, with_excluded=with_excluded)
        return {group[0] if group else None: measures for group, measures in found.items()}

    now, before, whole = counted(days), counted(days.before), counted(days, with_excluded=True)
    requests = _requests(by, scope, days, stream, ctx)
    nobody = (None, None) if by == "team" else (0, 0)

    def group(key: str | None) -> Group:
        asked, answered = requests.get(key, nobody)
        beside = Comparison(before.get(key, {}), whole.get(key, {}))
        return Group(key, asked, answered, compared(now.get(key, {}), beside))

    return Reading(days, stream, tuple(group(key) for key in sorted({*now, *requests}, key=str)))


def _requests(
    by: Dimension | None, scope: Scope, days: Days, stream: Stream, ctx: Context
) -> Mapping[str | None, tuple[int, int]]:
    if by == "team":
        return {}
    window = days.window
    found = counts.request_counts(
        ctx.session, scope, window.starts_at, window.ends_at, stream=stream, by=(by,) if by else ()
    )
    return {getattr(row, by) if by else None: (row.asked, row.answered) for row in found}
