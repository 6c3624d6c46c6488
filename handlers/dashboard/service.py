"""One service: its figures, how they went, how they spread, and what was done. Everybody who works here may read it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from handlers.context import Context
from handlers.dashboard import charts
from handlers.dashboard.annotations import happened
from handlers.dashboard.days import Days, days_of
from handlers.digests import charts as spread
from handlers.digests.confidence import nameless
from handlers.digests.measures import Comparison, Measured, compared, measured
from handlers.digests.trends import leading
from handlers.errors import NoSuchPage
from handlers.filters import Filters
from handlers.messages import DistributionChart, TrendChart
from handlers.organisation import Service
from handlers.rules import recovery
from handlers.rules.recovery import Gained
from handlers.rules.scales import LocalText, Question
from handlers.views import FigureView, NamelessView
from storage import counts, digests, recoveries
from storage.scope import Scope
from storage.vocabulary import Outcome, Stream


@dataclass(frozen=True)
class ServiceView:
    """What the page of a service tells."""

    key: str
    name: LocalText
    owner: str
    team: LocalText | None
    days: Days
    figures: tuple[FigureView, ...]
    staff: tuple[FigureView, ...]
    leading: Question | None
    """The question the pictures are about."""
    asked: int
    answered: int
    nameless: NamelessView
    """Not among the asked and answered."""
    opened: int
    outcomes: Mapping[Outcome, int]
    """How cases that were closed ended."""
    gained: Gained | None


def service(key: str, filters: Filters, ctx: Context) -> ServiceView:
    """The page of one service. Raises `NoSuchPage`."""
    declared = _declared(key, ctx)
    days, scope = days_of(filters, ctx), _scope(key, filters, ctx)
    window = days.window
    now = measured(scope, window, ctx)
    requests = counts.asked_and_answered(ctx.session, scope, window.starts_at, window.ends_at)
    outcomes = digests.closed_outcomes(ctx.session, scope, window.starts_at, window.ends_at)
    return ServiceView(
        key=key,
        name=declared.name,
        owner=_name(declared.owner, ctx),
        team=ctx.organisation.teams[declared.team].name if declared.team in ctx.organisation.teams else None,
        days=days,
        figures=compared(now, _beside(now, scope, days, ctx)),
        staff=compared(measured(scope, window, ctx, stream=Stream.STAFF)),
        leading=leading([now]),
        asked=requests[0],
        answered=requests[1],
        nameless=nameless(scope, window, ctx),
        opened=digests.opened_count(ctx.session, scope, window.starts_at, window.ends_at),
        outcomes={Outcome(outcome): n for outcome, n in outcomes.items()},
        gained=recovery.gained(recoveries.gained(ctx.session, scope, window.starts_at, window.ends_at)),
    )


def trend(key: str, filters: Filters, language: str, ctx: Context) -> TrendChart | None:
    """How the service's leading question went; none when nobody answered. Raises `NoSuchPage`."""
    _declared(key, ctx)
    days, scope = days_of(filters, ctx), _scope(key, filters, ctx)
    question = leading([measured(scope, days.window, ctx)])
    if question is None:
        return None
    marks = [(one.on, one.words) for one in happened(days, {key}, language, ctx)]
    return charts.trend(question, scope, days, language, ctx, happened=marks)


def distribution(key: str, filters: Filters, language: str, ctx: Context) -> DistributionChart | None:
    """How the answers to its leading question spread; none when nobody answered. Raises `NoSuchPage`."""
    _declared(key, ctx)
    days, scope = days_of(filters, ctx), _scope(key, filters, ctx)
    question = leading([measured(scope, days.window, ctx)])
    return spread.distribution(question, scope, days.window, language, ctx) if question else None


def _declared(key: str, ctx: Context) -> Service:
    declared = ctx.organisation.services.get(key)
    if declared is None:
        raise NoSuchPage
    return declared


def _scope(key: str, filters: Filters, ctx: Context) -> Scope:
    return replace(filters, services=frozenset({key})).chosen(ctx.organisation).scope


def _beside(now: Mapping[str, Measured], scope: Scope, days: Days, ctx: Context) -> Comparison:
    window = days.window
    excluded = counts.excluded_count(ctx.session, scope, window.starts_at, window.ends_at)
    whole = measured(scope, window, ctx, with_excluded=True) if excluded else now
    return Comparison(measured(scope, days.before.window, ctx), whole)


def _name(key: str | None, ctx: Context) -> str:
    person = ctx.organisation.people.get(key or "")
    return person.name if person else ""
