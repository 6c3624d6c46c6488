"""What pictures on the pages show, of any part of the house over any days."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_skeleton

from handlers.context import Context
from handlers.dashboard.days import Days
from handlers.digests.measures import Measured, measured, value_of
from handlers.digests.trends import title
from handlers.messages import TrendChart, TrendMark, TrendPoint
from handlers.rules.figures import Count
from handlers.rules.scales import Question
from handlers.wording.language import locale_of
from storage.scope import Scope
from storage.vocabulary import Metric


def trend(
    question: Question,
    scope: Scope,
    days: Days,
    language: str,
    ctx: Context,
    *,
    target: float | None = None,
    happened: Sequence[tuple[date, str]] = (),
) -> TrendChart:
    """How a question went, week by week or in longer steps; `happened` are days and words."""
    steps = days.steps()
    found = [measured(scope, step.window, ctx).get(question.key) for step in steps]
    points = tuple(_point(step, m, language) for step, m in zip(steps, found, strict=True))
    marks = tuple(
        TrendMark(place, words)
        for day, words in happened
        for place, step in enumerate(steps)
        if step.since <= day <= step.until
    )
    return TrendChart(title(question, language, ctx), points, target, marks)


def _point(step: Days, found: Measured | None, language: str) -> TrendPoint:
    label = format_skeleton("Md", step.since, locale=locale_of(language))
    count = found.count if found else Count()
    nps = found is not None and found.question.metric is Metric.NPS
    value, interval = (None, None) if nps else value_of(count, nps=False)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return TrendPoint(label, count.n, value, low, high)
