"""What a recovery gained: how a customer rated us when their case was opened, and once it was closed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.rules import figures, scales
from handlers.rules.figures import MINIMUM_N, Interval
from handlers.rules.scales import Question
from storage.vocabulary import Metric

SCALE = (1, 2, 3, 4, 5)
"""Did we put it right: from 1, not at all, to 5, completely."""

_POOR = 2


def is_poor(score: int | None) -> bool:
    """Whether the case is to be opened again."""
    return score is not None and score <= _POOR


def before(scores: Iterable[tuple[Question, int]]) -> int | None:
    """The score to compare with: satisfaction where it was asked, else the worst; 5 is best.

    Only answers on five steps can be compared with five steps; none when there was no such answer.
    """
    comparable = {question.metric: step for question, score in scores if (step := _step(question, score))}
    return comparable.get(Metric.CSAT) or min(comparable.values(), default=None)


def _step(question: Question, score: int) -> int | None:
    """The score from 1 to 5 with the best end up; none on another scale."""
    ends = scales.ends(question)
    if ends is None or {ends.worst, ends.best} != {SCALE[0], SCALE[-1]}:
        return None
    return score if ends.best == SCALE[-1] else SCALE[0] + SCALE[-1] - score


@dataclass(frozen=True)
class Gained:
    """Second ratings of a window. The means are of the `compared`, and none below the minimum n."""

    n: int
    compared: int
    before: float | None
    after: float | None
    gain: Interval | None = None
    """Where the mean gain plausibly is, 95 %."""


def gained(pairs: Sequence[tuple[int | None, int | None]]) -> Gained | None:
    """Before and after of those who rated us both times; none when nobody rated us again."""
    if not pairs:
        return None
    both = [(then, now) for then, now in pairs if then is not None and now is not None]
    if len(both) < MINIMUM_N:
        return Gained(len(pairs), len(both), None, None)
    then, now = (sum(scores) / len(both) for scores in zip(*both, strict=True))
    gain = figures.student_gain([after - before for before, after in both], SCALE[-1] - SCALE[0])
    return Gained(len(pairs), len(both), then, now, gain)
