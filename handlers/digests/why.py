"""Why a figure changed: which services and kinds of moments explain it, and what was noted on the time line."""

from collections.abc import Mapping, Sequence

from handlers.annotations import Noted, noted
from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.measures import (
    Comparison,
    Measured,
    compared,
    measured_by_each,
    measured_each,
    value_of,
)
from handlers.digests.trends import leading
from handlers.lookups import touchpoint_name
from handlers.rules import explaining, hours
from handlers.rules.explaining import Part
from handlers.rules.figures import Change, Count
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText
from handlers.views import ExplanationView, FigureView, PartView
from handlers.wording.language import LANGUAGES
from storage.counts import Dimension
from storage.scope import Scope
from storage.vocabulary import Metric

_Apart = Mapping[tuple[str | None, ...], Mapping[str, Measured]]


def why(audience: Audience, scope: Scope, window: Window, ctx: Context) -> tuple[ExplanationView, ...]:
    """One explanation for each figure that changed by more than chance; else for the one answered most."""
    before = audience.rhythm.preceding(window)
    then, now = measured_each(scope, (before, window), ctx)
    figures = compared(now, Comparison(then))
    changed = [figure for figure in figures if figure.change in (Change.BETTER, Change.WORSE)]
    most = leading([now])
    asked_about = changed or [figure for figure in figures if most and figure.question.key == most.key]
    apart = {by: measured_by_each((by,), scope, (before, window), ctx) for by in _BY}
    return tuple(_explained(figure, apart, ctx) for figure in asked_about)


_BY: tuple[Dimension, ...] = ("service", "touchpoint")


def on_the_time_line(audience: Audience, scope: Scope, window: Window, ctx: Context) -> tuple[Noted, ...]:
    """What was noted from the beginning of the window before until the end of this one."""
    before = audience.rhythm.preceding(window)
    first, last = (hours.local_day(at, audience.zone) for at in (before.starts_at, window.ends_at))
    return noted(first, last, scope, ctx)


def _explained(
    figure: FigureView, apart: Mapping[Dimension, Sequence[_Apart]], ctx: Context
) -> ExplanationView:
    nps = figure.question.metric is Metric.NPS
    telling: list[PartView] = []
    mixed: list[PartView] = []
    for by, (before, now) in apart.items():
        found = explaining.parts(
            _counts(now, figure.question.key), _counts(before, figure.question.key), nps=nps
        )
        telling += [_view(part, by, found, nps, ctx) for part in explaining.telling(found)]
        grown = explaining.mixed(found)
        mixed += [_view(grown, by, found, nps, ctx)] if grown else []
    return ExplanationView(figure, tuple(telling), tuple(mixed))


def _counts(apart: _Apart, question: str) -> Mapping[str, Count]:
    return {group[0] or "": cell[question].count for group, cell in apart.items() if question in cell}


def _view(part: Part, by: Dimension, among: Sequence[Part], nps: bool, ctx: Context) -> PartView:
    n_now, n_before = sum(p.now.n for p in among), sum(p.before.n for p in among)
    return PartView(
        name=_name(part.key, by, ctx),
        n=part.now.n,
        value=value_of(part.now, nps=nps)[0],
        previous_n=part.before.n,
        previous_value=value_of(part.before, nps=nps)[0],
        share=part.now.n / n_now,
        previous_share=part.before.n / n_before,
    )


def _name(key: str, by: Dimension, ctx: Context) -> LocalText | None:
    if by == "touchpoint":
        declared = touchpoint_name(ctx.organisation, key)
    else:
        service = ctx.organisation.services.get(key)
        declared = service.name if service else None
    return declared or (dict.fromkeys(LANGUAGES, key) if key else None)
