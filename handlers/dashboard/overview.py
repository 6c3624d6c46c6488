"""The first page and what is one step below: how touchpoints and services do, for everybody who works here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from handlers.context import Context
from handlers.dashboard.days import Days, days_of
from handlers.digests.measures import Comparison, Measured, compared, measured_by_each
from handlers.digests.trends import leading
from handlers.errors import NoSuchPage
from handlers.filters import Filters
from handlers.lookups import target_for, team_of, touchpoint_name
from handlers.rules.figures import Count
from handlers.rules.permissions import Sight
from handlers.rules.scales import LocalText, Question
from handlers.rules.targets import Signal, signal
from handlers.seeing import scope_of
from handlers.views import FigureView, NamelessView
from storage import counts, digests
from storage.counts import Dimension
from storage.scope import Scope
from storage.tables import Person


@dataclass(frozen=True)
class Line:
    """A touchpoint or a service: the question that was answered most, how it stands, and how many were asked."""

    key: str
    name: LocalText
    figure: FigureView | None
    signal: Signal
    target: float | None
    asked: int
    answered: int
    nameless: NamelessView
    """Not among the asked and answered."""


@dataclass(frozen=True)
class Waiting:
    """Open cases that concern the reader, and how many of them are overdue."""

    open: int
    overdue: int


@dataclass(frozen=True)
class Overview:
    """What the first page tells."""

    days: Days
    touchpoints: tuple[Line, ...]
    asked: int
    answered: int
    nameless: NamelessView
    """Not among the asked and answered."""
    cases: Waiting | None
    """None for those who read no cases."""


@dataclass(frozen=True)
class TouchpointView:
    """One kind of moment and the services in which it happened."""

    key: str
    name: LocalText
    days: Days
    whole: Line
    services: tuple[Line, ...]


def overview(filters: Filters, person: Person, sight: Sight, ctx: Context) -> Overview:
    """How every touchpoint has done."""
    days = days_of(filters, ctx)
    scope = _scope(filters, ctx)
    names = {key: kind.name for key, kind in ctx.organisation.touchpoints.items()}
    lines = _lines("touchpoint", names, scope, days, ctx)
    return Overview(
        days=days,
        touchpoints=lines,
        asked=sum(line.asked for line in lines),
        answered=sum(line.answered for line in lines),
        nameless=NamelessView(
            sum(line.nameless.asked for line in lines), sum(line.nameless.opened for line in lines)
        ),
        cases=_waiting(person, sight, ctx) if sight.named else None,
    )


def touchpoint(key: str, filters: Filters, ctx: Context) -> TouchpointView:
    """How one touchpoint has done, service by service. Raises `NoSuchPage`."""
    name = touchpoint_name(ctx.organisation, key)
    if name is None or key not in ctx.organisation.touchpoints:
        raise NoSuchPage
    days, here = days_of(filters, ctx), replace(filters, touchpoints=frozenset({key}))
    names = {service: declared.name for service, declared in ctx.organisation.services.items()}
    (whole,) = _lines("touchpoint", {key: name}, _scope(here, ctx), days, ctx)
    return TouchpointView(key, name, days, whole, _lines("service", names, _scope(here, ctx), days, ctx))


def _scope(filters: Filters, ctx: Context) -> Scope:
    """Everything, or what was chosen of it: figures are for everybody who works here."""
    return filters.chosen(ctx.organisation).scope


def _lines(
    by: Dimension, names: Mapping[str, LocalText], scope: Scope, days: Days, ctx: Context
) -> tuple[Line, ...]:
    """One line each, in the order of the file; services of which nothing was heard are left out."""
    before, now = measured_by_each((by,), scope, (days.before.window, days.window), ctx)
    requests = _requests(by, scope, days, ctx)
    nothing: Mapping[str, Measured] = {}
    return tuple(
        _line(
            key,
            name,
            (now.get((key,), nothing), before.get((key,), nothing)),
            requests.get(key, _Requests()),
            _target(by, key, leading([now.get((key,), nothing)]), ctx),
        )
        for key, name in names.items()
        if by == "touchpoint" or (key,) in now or key in requests
    )


def _target(by: Dimension, key: str, question: Question | None, ctx: Context) -> float | None:
    """The target of a touchpoint, or for a service that of its team; a share."""
    if question is None:
        return None
    team = team_of(ctx.organisation, key) if by == "service" else None
    aim = target_for(
        ctx.organisation,
        question,
        touchpoint=key if by == "touchpoint" else None,
        team=team.key if team else None,
    )
    return None if aim is None else aim / 100


@dataclass(frozen=True)
class _Requests:
    """How many were asked, by name and anonymously, and how many answered."""

    asked: int = 0
    answered: int = 0
    nameless: NamelessView = field(default_factory=NamelessView)


def _requests(by: Dimension, scope: Scope, days: Days, ctx: Context) -> Mapping[str, _Requests]:
    if by == "team":
        return {}
    between = days.window.starts_at, days.window.ends_at
    named = {
        getattr(row, by) or "": _Requests(row.asked, row.answered)
        for row in counts.request_counts(ctx.session, scope, *between, by=(by,))
    }
    for row in counts.nameless_counts(ctx.session, scope, *between, by=(by,)):
        key = getattr(row, by) or ""
        told = NamelessView(row.asked, row.answered)
        named[key] = replace(named.get(key, _Requests()), nameless=told)
    return named


def _line(
    key: str,
    name: LocalText,
    counted: tuple[Mapping[str, Measured], Mapping[str, Measured]],
    requests: _Requests,
    target: float | None,
) -> Line:
    now, before = counted
    question = leading([now])
    count = now[question.key].count if question else Count()
    figures = {view.question.key: view for view in compared(now, Comparison(before))}
    return Line(
        key=key,
        name=name,
        figure=figures[question.key] if question else None,
        signal=signal(count.good, count.n, target),
        target=target,
        asked=requests.asked,
        answered=requests.answered,
        nameless=requests.nameless,
    )


def _waiting(person: Person, sight: Sight, ctx: Context) -> Waiting:
    return Waiting(*digests.count_open(ctx.session, scope_of(sight, person), ctx.now))
