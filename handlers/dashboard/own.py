"""Somebody's own figures against what they are to reach, counted without hand work."""

from dataclasses import dataclass

from handlers.context import Context
from handlers.dashboard.days import Days, days_of
from handlers.digests.audiences import Audience, audience_called
from handlers.digests.measures import Comparison, compared, measured
from handlers.digests.targets import targets
from handlers.errors import UnknownAudience
from handlers.filters import Filters
from handlers.rules.scales import LocalText
from handlers.views import FigureView, TargetView
from storage import counts
from storage.tables import Person


@dataclass(frozen=True)
class OwnView:
    """What somebody answers for, or else their team does."""

    of: LocalText
    days: Days
    figures: tuple[FigureView, ...]
    targets: tuple[TargetView, ...]
    asked: int
    answered: int
    services: tuple[tuple[str, LocalText], ...]


def own(filters: Filters, person: Person, ctx: Context) -> OwnView | None:
    """The reader's own figures; none where neither they nor their team answer for anything."""
    audience = _audience(person, ctx)
    if audience is None:
        return None
    days = days_of(filters, ctx)
    window, scope = days.window, audience.scope
    now = measured(scope, window, ctx)
    asked = counts.asked_and_answered(ctx.session, scope, window.starts_at, window.ends_at)
    return OwnView(
        of=audience.name,
        days=days,
        figures=compared(now, Comparison(measured(scope, days.before.window, ctx))),
        targets=targets(audience, window, now, ctx),
        asked=asked[0],
        answered=asked[1],
        services=tuple(
            (key, s.name) for key, s in ctx.organisation.services.items() if key in scope.services
        ),
    )


def _audience(person: Person, ctx: Context) -> Audience | None:
    for key in (person.key, person.team):
        try:
            found = audience_called(key or "", ctx)
        except UnknownAudience:
            continue
        if found.scope.services or found.scope.accounts:
            return found
    return None
