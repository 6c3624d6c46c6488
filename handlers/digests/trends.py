"""How the question that was answered most has gone over the last windows."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import dropwhile

from handlers.annotations import noted
from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.measures import Measured, measured_each, value_of
from handlers.lookups import target_for
from handlers.messages import TrendChart, TrendMark, TrendPoint
from handlers.rules import hours
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.scales import Question
from handlers.wording.language import pick
from handlers.wording.periods import short
from handlers.wording.scores import asked
from storage.vocabulary import Metric, Period

WINDOWS = {Period.WEEK: 8, Period.MONTH: 12, Period.QUARTER: 8, Period.YEAR: 5}
"""How far back a trend looks."""

_INSTANT = timedelta(microseconds=1)

Measurement = tuple[Window, Mapping[str, Measured]]
"""A window and what was measured in it, by question."""


def measurements(
    audience: Audience, window: Window, ctx: Context, many: int | None = None
) -> Sequence[Measurement]:
    """The windows up to this one, oldest first, each counted once: for the trend and the comparison alike.

    As many as a trend looks back to, unless another number is given.
    """
    windows = audience.rhythm.run(window, many or WINDOWS[audience.rhythm.period])
    return list(zip(windows, measured_each(audience.scope, windows, ctx), strict=True))


def trend(audience: Audience, counted: Sequence[Measurement], ctx: Context) -> TrendChart | None:
    """The question of the windows that was answered most; none when nothing was."""
    question = leading([by_question for _, by_question in counted])
    if question is None:
        return None
    # What was before the first answer tells nothing.
    heard = list(dropwhile(lambda one: question.key not in one[1], counted))
    points = tuple(_point(audience, window, found.get(question.key)) for window, found in heard)
    target = None
    if question.metric is not Metric.NPS:
        target = target_for(ctx.organisation, question, team=audience.team)
    return TrendChart(
        title=title(question, audience.language, ctx),
        points=points,
        target=None if target is None else target / 100,
        annotations=tuple(_marks(audience, [window for window, _ in heard], ctx)),
    )


def title(question: Question, language: str, ctx: Context) -> str:
    """What a picture of a question is called. The finding goes on after it, so a full stop is lost."""
    return asked(question, language, pick(ctx.organisation.name, language)).rstrip(".")


def _marks(audience: Audience, windows: Sequence[Window], ctx: Context) -> Iterator[TrendMark]:
    """What happened in each of the windows; on the day a week ends it belongs to the one that begins."""
    days = [hours.local_day(window.starts_at, audience.zone) for window in windows]
    last = hours.local_day(windows[-1].ends_at - _INSTANT, audience.zone)
    for each in noted(days[0], last, audience.scope, ctx):
        yield TrendMark(bisect_right(days, each.on) - 1, pick(each.words, audience.language))


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
