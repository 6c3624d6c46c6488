"""Pictures of one window: how the answers to a question spread, and the wheel of touchpoints."""

from collections.abc import Iterator, Mapping

from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.measures import Measured, figure, measured_by, spread
from handlers.digests.trends import leading, title
from handlers.lookups import target_for
from handlers.messages import DistributionChart, ScoreBar, WheelChart, WheelSegment
from handlers.rules import scales
from handlers.rules.figures import MINIMUM_N, Count
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText, Question
from handlers.rules.targets import signal
from handlers.wording.labels import label
from handlers.wording.language import pick
from handlers.wording.periods import long
from handlers.wording.scores import point_label
from storage.scope import Scope


def distribution(
    question: Question, scope: Scope, window: Window, language: str, ctx: Context
) -> DistributionChart:
    """How the answers to a question spread over its scale."""
    given = spread(scope, window, ctx, question)
    usual = scales.default_threshold(question)
    bars = tuple(
        ScoreBar(
            point_label(question, score, language), given.get(score, 0), scales.band(question, score, usual)
        )
        for score in scales.points(question)
    )
    return DistributionChart(
        title(question, language, ctx),
        bars,
        pick(question.low_anchor, language),
        pick(question.high_anchor, language),
    )


def main_spread(
    audience: Audience, window: Window, counted: Mapping[str, Measured], ctx: Context
) -> DistributionChart | None:
    """How the question spread that was answered most; none below the minimum n, where bars would be people."""
    question = leading([counted])
    if question is None:
        return None
    chart = distribution(question, audience.scope, window, audience.language, ctx)
    return chart if chart.n >= MINIMUM_N else None


def wheel(audience: Audience, window: Window, ctx: Context) -> WheelChart | None:
    """Each touchpoint of which something was heard, against its target; none where nothing was."""
    counted = measured_by(("touchpoint",), audience.scope, window, ctx)
    segments = tuple(
        segment
        for key, kind in ctx.organisation.touchpoints.items()
        for segment in _segment(key, kind.name, counted.get((key,), {}), audience, ctx)
    )
    period = long(audience.rhythm.period, audience.rhythm.name(window), audience.language)
    name = f"{pick(audience.name, audience.language)} · {period}"
    return WheelChart(name, segments) if segments else None


def _segment(
    key: str, name: LocalText, found: Mapping[str, Measured], audience: Audience, ctx: Context
) -> Iterator[WheelSegment]:
    """The touchpoint by its question that was answered most, where there is one."""
    question = leading([found])
    if question is None:
        return
    shown = figure(found[question.key], Count(), Count())
    aim = target_for(ctx.organisation, question, team=audience.team, touchpoint=key)
    target = None if aim is None else aim / 100
    light = signal(found[question.key].count.good, shown.n, target)
    language = audience.language
    yield WheelSegment(
        key=key,
        label=pick(name, language),
        n=shown.n,
        value=shown.value,
        signal=light,
        said=label(light, language),
        target=target,
    )
