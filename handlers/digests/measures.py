"""What was measured in a window: counts of each question, and the figures they make."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from handlers.asked import survey_from
from handlers.context import Context
from handlers.digests.confidence import is_confidential
from handlers.rules import figures, scales
from handlers.rules.figures import Count, Interval
from handlers.rules.hours import Window
from handlers.rules.scales import Question
from handlers.views import FigureView
from storage import counts, invitations
from storage.counts import Dimension, ScoreCount
from storage.scope import Scope
from storage.vocabulary import Band, Metric, Stream


@dataclass(frozen=True)
class Measured:
    """One metric over a window: the question as last worded, and its counts."""

    question: Question
    count: Count


@dataclass(frozen=True)
class Comparison:
    """What stands beside a window's counts."""

    before: Mapping[str, Measured] = field(default_factory=dict)
    """The window before."""
    with_excluded: Mapping[str, Measured] = field(default_factory=dict)
    """The same window, with the answers that were marked as not about us."""


_NOTHING = Comparison()


def compared(now: Mapping[str, Measured], beside: Comparison = _NOTHING) -> tuple[FigureView, ...]:
    """Each question of a window, with what it was before and what it would be with every answer."""
    return tuple(
        figure(m, _count_of(key, beside.before), _count_of(key, beside.with_excluded))
        for key, m in now.items()
    )


def _count_of(question: str, counted: Mapping[str, Measured]) -> Count:
    return counted[question].count if question in counted else Count()


def figure(now: Measured, before: Count, with_excluded: Count) -> FigureView:
    """One question's figure, with the change since before and whether it is more than chance."""
    count, nps = now.count, now.question.metric is Metric.NPS
    value, interval = value_of(count, nps=nps)
    change = (
        figures.change_nps(count, before)
        if nps
        else figures.change(count.good, count.n, before.good, before.n)
    )
    return FigureView(
        question=now.question,
        n=count.n,
        value=value,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        mean=count.mean,
        previous_n=before.n,
        previous_value=value_of(before, nps=nps)[0],
        change=change,
        whole_n=max(with_excluded.n, count.n),
        whole_value=value_of(with_excluded, nps=nps)[0] if with_excluded.n > count.n else value,
    )


def value_of(count: Count, *, nps: bool) -> tuple[float | None, Interval | None]:
    """The figure with its interval; neither below the minimum n."""
    if count.n < figures.MINIMUM_N:
        return None, None
    if nps:
        bands = (count.good, count.fair, count.poor)
        return figures.nps(*bands), figures.adjusted_wald_nps(*bands)
    return figures.share(count.good, count.n), figures.wilson(count.good, count.n)


def measured(
    scope: Scope,
    window: Window,
    ctx: Context,
    *,
    stream: Stream = Stream.CUSTOMER,
    in_round: str | None = None,
    with_excluded: bool = False,
) -> Mapping[str, Measured]:
    """Counts of each question, of one stream or one round; its identity is its key, over all wordings."""
    stream = Stream.RELATIONSHIP if in_round else stream
    rows = _rows(scope, window, ctx, stream, touchpoint=in_round, with_excluded=with_excluded)
    return _gathered(rows, ctx)


def measured_by(
    by: tuple[Dimension, ...], scope: Scope, window: Window, ctx: Context
) -> Mapping[tuple[str | None, ...], Mapping[str, Measured]]:
    """The same of customers after encounters, apart by service, team or touchpoint."""
    apart: dict[tuple[str | None, ...], list[ScoreCount]] = {}
    for row in _rows(scope, window, ctx, Stream.CUSTOMER, by=by):
        apart.setdefault(tuple(getattr(row, name) for name in by), []).append(row)
    return {group: _gathered(rows, ctx) for group, rows in apart.items()}


def spread(scope: Scope, window: Window, ctx: Context, question: Question) -> Mapping[int, int]:
    """How often each score was given to a question on the scale it has now."""
    found = Counter[int]()
    for row in _but_for_small_groups(_rows(scope, window, ctx, Stream.CUSTOMER), ctx):
        asked = _question(row, ctx) if row.question == question.key else None
        if asked is not None and (asked.lowest, asked.highest) == (question.lowest, question.highest):
            found[row.score] += row.count
    return found


def _rows(
    scope: Scope,
    window: Window,
    ctx: Context,
    stream: Stream,
    *,
    touchpoint: str | None = None,
    by: tuple[Dimension, ...] = (),
    with_excluded: bool = False,
) -> Sequence[ScoreCount]:
    """Interviews count with customers where the organisation says so."""
    spoken = stream is Stream.CUSTOMER and ctx.organisation.asking.interviews_count
    return [
        row
        for one in ((stream, Stream.INTERVIEW) if spoken else (stream,))
        for row in counts.score_counts(
            ctx.session,
            scope,
            window.starts_at,
            window.ends_at,
            stream=one,
            touchpoint=touchpoint,
            by=by,
            with_excluded=with_excluded,
        )
    ]


def _gathered(rows: Sequence[ScoreCount], ctx: Context) -> Mapping[str, Measured]:
    found: dict[str, Measured] = {}
    for row in _but_for_small_groups(rows, ctx):
        question = _question(row, ctx)
        if question is None:
            continue
        counted = count_of_score(question, row.score, row.count)
        earlier = found.get(question.key)
        found[question.key] = Measured(question, counted + earlier.count if earlier else counted)
    return found


def _but_for_small_groups(rows: Sequence[ScoreCount], ctx: Context) -> list[ScoreCount]:
    """Without answers to confidential surveys where too few were given to a question to hide among them."""
    groups = Counter[str]()
    confidential = [row for row in rows if is_confidential(row.survey_version_id, ctx)]
    for row in confidential:
        groups[row.question] += row.count
    small = {question for question, n in groups.items() if n < ctx.organisation.minimum_group}
    return [row for row in rows if not (row in confidential and row.question in small)]


def _question(row: ScoreCount, ctx: Context) -> Question | None:
    definition = invitations.survey_definition(ctx.session, row.survey_version_id)
    survey = survey_from(definition) if definition else None
    return next((q for q in survey.questions if q.key == row.question), None) if survey else None


def count_of_score(question: Question, score: int, n: int = 1) -> Count:
    """A score that was given so often. A figure uses the scale's own bands, not a touchpoint's alert threshold:
    figures must be comparable.
    """
    band = scales.band(question, score, scales.default_threshold(question))
    return Count(
        n=n,
        good=n if band is Band.GOOD else 0,
        fair=n if band is Band.FAIR else 0,
        poor=n if band is Band.POOR else 0,
        total=n * score,
    )
