"""What a score means: scales, polarity, anchors, bands and the thresholds that open a case.

A band never depends on the number alone: 5 is the best answer to an agreement-worded effort
question and the worst answer to an effort-worded one. Polarity is part of the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.vocabulary import Band, Metric, Polarity

YES, NOT_YET, NO = 1, 2, 3
"""Scores of a yes/no question: yes is 1. `RESOLVED` also offers *not yet*; `FCR` and `CONSENT` do not."""

LocalText = Mapping[str, str]
"""A text in several languages: language code → words."""


@dataclass(frozen=True)
class ScoreRange:
    """Scores from `lowest` to `highest`, both included."""

    lowest: int
    highest: int

    def __contains__(self, score: object) -> bool:
        return isinstance(score, int) and self.lowest <= score <= self.highest

    def __str__(self) -> str:
        return str(self.lowest) if self.lowest == self.highest else f"{self.lowest}–{self.highest}"


@dataclass(frozen=True)
class Option:
    """One named option of a choice question or one reason chip."""

    key: str
    label: LocalText


@dataclass(frozen=True)
class Question:
    """One question of a survey. `lowest` and `highest` are 0 where there is no scale."""

    key: str
    metric: Metric
    wording: LocalText
    polarity: Polarity = Polarity.NONE
    lowest: int = 0
    highest: int = 0
    low_anchor: LocalText = field(default_factory=dict)
    high_anchor: LocalText = field(default_factory=dict)
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Threshold:
    """Which scores of one question alert an owner, are praise, or may ask for a reference."""

    alert: ScoreRange | None = None
    praise: ScoreRange | None = None
    reference: ScoreRange | None = None
