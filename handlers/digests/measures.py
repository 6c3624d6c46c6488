"""What was measured in a window: counts of each question, and the figures they make."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

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
    return _gathered(rows, _worded(rows, ctx), ctx)


def measured_each(scope: Scope, windows: Sequence[Window], ctx: Context) -> Sequence[Mapping[str, Measured]]:
    """The same of several windows that follow one another, of customers after encounters."""
    rows = _rows_of_each(scope, windows, ctx, Stream.CUSTOMER)
    worded = _worded([row for some in rows for row in some], ctx)
    return [_gathered(some, worded, ctx) for some in rows]


def measured_by(
    by: tuple[Dimension, ...],
    scope: Scope,
    window: Window,
    ctx: Context,
    *,
    stream: Stream = Stream.CUSTOMER,
    with_excluded: bool = False,
) -> Mapping[tuple[str | None, ...], Mapping[str, Measured]]:
    """The same apart by service, team or touchpoint; unless said otherwise, of customers after encounters."""
    rows = _rows(scope, window, ctx, stream, by=by, with_excluded=with_excluded)
    return _gathered_by(by, rows, ctx)


def measured_by_each(
    by: tuple[Dimension, ...], scope: Scope, windows: Sequence[Window], ctx: Context
) -> Sequence[Mapping[tuple[str | None, ...], Mapping[str, Measured]]]:
    """The same of several windows that follow one another, of customers after encounters."""
    return [
        _gathered_by(by, rows, ctx) for rows in _rows_of_each(scope, windows, ctx, Stream.CUSTOMER, by=by)
    ]


def _gathered_by(
    by: tuple[Dimension, ...], rows: Sequence[ScoreCount], ctx: Context
) -> Mapping[tuple[str | None, ...], Mapping[str, Measured]]:
    apart: dict[tuple[str | None, ...], list[ScoreCount]] = {}
    for row in rows:
        apart.setdefault(tuple(getattr(row, name) for name in by), []).append(row)
    worded = _worded(rows, ctx)
    return {group: _gathered(some, worded, ctx) for group, some in apart.items()}


def spread(scope: Scope, window: Window, ctx: Context, question: Question) -> Mapping[int, int]:
    """How often each score was given to a question on the scale it has now."""
    found, rows = Counter[int](), _rows(scope, window, ctx, Stream.CUSTOMER)
    worded = _worded(rows, ctx)
    for row in _but_for_small_groups(rows, worded, ctx):
        asked = worded[row.survey_version_id].question(row) if row.question == question.key else None
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
    (rows,) = _rows_of_each(
        scope, [window], ctx, stream, touchpoint=touchpoint, by=by, with_excluded=with_excluded
    )
    return rows


def _rows_of_each(
    scope: Scope, windows: Sequence[Window], ctx: Context, stream: Stream, **wanted: Any
) -> Sequence[Sequence[ScoreCount]]:
    """Interviews count with customers where the organisation says so."""
    spoken = stream is Stream.CUSTOMER and ctx.organisation.asking.interviews_count
    spans = [(window.starts_at, window.ends_at) for window in windows]
    by_voice = [
        counts.score_counts_of_each(ctx.session, scope, spans, stream=voice, **wanted)
        for voice in ((stream, Stream.INTERVIEW) if spoken else (stream,))
    ]
    return [list(chain(*rows)) for rows in zip(*by_voice, strict=True)]


@dataclass(frozen=True)
class _Wording:
    """A survey as it was worded: what is needed of it to count its scores."""

    confidential: bool
    questions: Mapping[str, Question]

    def question(self, row: ScoreCount) -> Question | None:
        """The question of a score."""
        return self.questions.get(row.question)


def _worded(rows: Sequence[ScoreCount], ctx: Context) -> Mapping[int, _Wording]:
    """The wordings of these scores, each looked up once."""
    found = {}
    for version in {row.survey_version_id for row in rows}:
        definition = invitations.survey_definition(ctx.session, version)
        questions = survey_from(definition).questions if definition else ()
        by_key = {question.key: question for question in questions}
        found[version] = _Wording(is_confidential(version, ctx), by_key)
    return found


def _gathered(
    rows: Sequence[ScoreCount], worded: Mapping[int, _Wording], ctx: Context
) -> Mapping[str, Measured]:
    found: dict[str, Measured] = {}
    by_wording = sorted(_but_for_small_groups(rows, worded, ctx), key=lambda row: row.survey_version_id)
    for row in by_wording:
        question = worded[row.survey_version_id].question(row)
        if question is None:
            continue
        counted = count_of_score(question, row.score, row.count)
        earlier = found.get(question.key)
        found[question.key] = Measured(question, counted + earlier.count if earlier else counted)
    return found


def _but_for_small_groups(
    rows: Sequence[ScoreCount], worded: Mapping[int, _Wording], ctx: Context
) -> Sequence[ScoreCount]:
    """Without answers to confidential surveys where too few were given to a question to hide among them."""
    groups = Counter[str]()
    for row in rows:
        if worded[row.survey_version_id].confidential:
            groups[row.question] += row.count
    small = {question for question, n in groups.items() if n < ctx.organisation.minimum_group}
    return [r for r in rows if not (r.question in small and worded[r.survey_version_id].confidential)]


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
