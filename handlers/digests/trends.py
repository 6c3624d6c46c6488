"""How the question that was answered most has gone over the last windows."""

from collections.abc import Mapping, Sequence

from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.measures import Measured, measured, value_of
from handlers.messages import TrendChart, TrendPoint
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.scales import Question
from handlers.wording.language import pick
from handlers.wording.periods import short
from handlers.wording.scores import asked
from storage.vocabulary import Metric, Period

WINDOWS = {Period.WEEK: 8, Period.MONTH: 12, Period.QUARTER: 8, Period.YEAR: 5}
"""How far back a trend looks."""

Measurement = tuple[Window, Mapping[str, Measured]]
"""A window and what was measured in it, by question."""


def measurements(
    audience: Audience, window: Window, ctx: Context, many: int | None = None
) -> Sequence[Measurement]:
    """The windows up to this one, oldest first, each counted once: for the trend and the comparison alike.

    As many as a trend looks back to, unless another number is given.
    """
    windows = audience.rhythm.run(window, many or WINDOWS[audience.rhythm.period])
    return [(each, measured(audience.scope, each, ctx)) for each in windows]


def trend(audience: Audience, counted: Sequence[Measurement], ctx: Context) -> TrendChart | None:
    """The question of the windows that was answered most; none when nothing was."""
    question = leading([by_question for _, by_question in counted])
    if question is None:
        return None
    # The finding goes on after the title, so an agreement-worded question loses its full stop.
    title = asked(question, audience.language, pick(ctx.organisation.name, audience.language)).rstrip(".")
    points = tuple(_point(audience, window, found.get(question.key)) for window, found in counted)
    return TrendChart(title=title, points=points)


def leading(counted: Sequence[Mapping[str, Measured]]) -> Question | None:
    """The question that was answered most, NPS apart; as it was worded last. None when nothing was."""
    questions = {key: m.question for found in counted for key, m in found.items()}
    shares = [key for key, question in questions.items() if question.metric is not Metric.NPS]
    if not shares:
        return None
    return questions[
        max(shares, key=lambda key: sum(found[key].count.n for found in counted if key in found))
    ]


def _point(audience: Audience, window: Window, found: Measured | None) -> TrendPoint:
    rhythm = audience.rhythm
    label = short(rhythm.period, rhythm.name(window), audience.language)
    count = found.count if found else Count()
    value, interval = value_of(count, nps=False)
    low, high = (interval.low, interval.high) if interval else (None, None)
    return TrendPoint(label, count.n, value, low, high)
