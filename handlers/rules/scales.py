"""What a score means: scales, polarity, anchors, bands and the thresholds that open a case.

A band never depends on the number alone: 5 is the best answer to an agreement-worded effort
question and the worst answer to an effort-worded one. Polarity is part of the question.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

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


_YES_OR_NO = frozenset({Metric.RESOLVED, Metric.FCR, Metric.CONSENT})
_ON_A_SCALE = frozenset({Metric.CSAT, Metric.CES, Metric.NPS, Metric.GRADE, Metric.GAP, Metric.FEELING})
_SPOKEN = {YES: "yes", NOT_YET: "not yet", NO: "no"}


class Ends(NamedTuple):
    """The worst and the best score of a question. They are the whole of its polarity."""

    worst: int
    best: int


def ends(question: Question) -> Ends | None:
    """The worst and the best score by polarity; none for a question without a good end.

    *Yes* is good by the meaning of `RESOLVED` and `FCR`, whatever else the question says.
    """
    if question.metric in (Metric.RESOLVED, Metric.FCR):
        return Ends(worst=NO, best=YES)
    if question.metric not in _ON_A_SCALE or question.polarity is Polarity.NONE:
        return None
    if question.polarity is Polarity.HIGH_IS_GOOD:
        return Ends(worst=question.lowest, best=question.highest)
    return Ends(worst=question.highest, best=question.lowest)


def is_closed(question: Question) -> bool:
    """Whether an answer is a score: a step of a scale, yes or no, consent. Choices and words have none."""
    return question.metric in _ON_A_SCALE or question.metric in _YES_OR_NO


def points(question: Question) -> tuple[int, ...]:
    """The scores a person may choose from, in the order to show them; empty for choices and words."""
    if question.metric is Metric.RESOLVED:
        return YES, NOT_YET, NO
    if question.metric in _YES_OR_NO:
        return YES, NO
    if question.metric in _ON_A_SCALE:
        return tuple(range(question.lowest, question.highest + 1))
    return ()


def on_scale(question: Question, score: int) -> bool:
    """Whether the score is one a person may choose."""
    return score in points(question)


def goodness(question: Question, score: int) -> float:
    """How good an answer is: 0 the worst, 1 the best, 0.5 where the question has no good end.

    Makes answers of unlike scales sortable, never averageable. A score outside the scale counts as
    its nearest end.
    """
    found = ends(question)
    if found is None or found.worst == found.best:
        return 0.5
    return min(max((score - found.worst) / (found.best - found.worst), 0.0), 1.0)


# Thresholds: which scores somebody is told about.


def default_threshold(question: Question) -> Threshold:
    """What is alerted and praised where the organisation says nothing.

    The two worst steps by polarity alert and the best is praise. NPS alerts on detractors and praises
    promoters, yes/no questions alert on *no*, and a grade alerts nobody until an organisation says
    which grades it finds weak.
    """
    found = ends(question)
    if found is None:
        return Threshold()
    match question.metric:
        case Metric.RESOLVED | Metric.FCR:
            return Threshold(alert=ScoreRange(NO, NO))
        case Metric.NPS:
            return Threshold(alert=ScoreRange(0, 6), praise=ScoreRange(9, 10))
        case Metric.GRADE:
            return Threshold(praise=ScoreRange(found.best, found.best))
        case _:
            inward = 1 if found.best > found.worst else -1
            alert = sorted((found.worst, found.worst + inward))
            return Threshold(alert=ScoreRange(*alert), praise=ScoreRange(found.best, found.best))


def merged(wider: Threshold, narrower: Threshold) -> Threshold:
    """The narrower level's rules, each falling back to the wider level's where it has none."""
    return Threshold(
        alert=narrower.alert or wider.alert,
        praise=narrower.praise or wider.praise,
        reference=narrower.reference or wider.reference,
    )


def alerts(question: Question, score: int, threshold: Threshold) -> bool:
    """Whether the score opens a case."""
    return _says_so(question, score, threshold.alert)


def praises(question: Question, score: int, threshold: Threshold) -> bool:
    """Whether the score is told to the person who did the work."""
    return _says_so(question, score, threshold.praise)


def asks_reference(question: Question, score: int, threshold: Threshold) -> bool:
    """Whether the giver of the score may be asked to be a reference."""
    return _says_so(question, score, threshold.reference)


def _says_so(question: Question, score: int, rule: ScoreRange | None) -> bool:
    return rule is not None and ends(question) is not None and score in rule


# Bands: what a score means in figures.


def band(question: Question, score: int, threshold: Threshold) -> Band | None:
    """Poor, fair or good; none for a question without a good end.

    Poor is what alerts. Good is the two best steps by polarity ("top-two-box"; of a 1–10 grade 9–10),
    or *yes*. An alert wins: a score that opens a case is never counted as good. The bands of NPS are
    its definition (Reichheld, *The One Number You Need to Grow*, 2003) and heed no threshold: moving
    an alert must not move the score.
    """
    found = ends(question)
    if found is None:
        return None
    detracts = score <= 6 if question.metric is Metric.NPS else alerts(question, score, threshold)
    if detracts:
        return Band.POOR
    near_enough = 0 if question.metric in _YES_OR_NO else 1
    return Band.GOOD if abs(score - found.best) <= near_enough else Band.FAIR


# Configuration that contradicts itself is told before it misleads anybody.


def misfit(question: Question, threshold: Threshold) -> str | None:
    """A sentence (English) saying why a rule does not fit the scale or the polarity; none when all fit.

    Only the first misfit is told. Check a threshold merged with its wider levels to find overlaps
    between what was declared on different levels.
    """
    declared = {"alert": threshold.alert, "praise": threshold.praise, "reference": threshold.reference}
    rules = {name: rule for name, rule in declared.items() if rule is not None}
    found = ends(question)
    if found is None:
        names = " and ".join(rules)
        return (
            f"{names} on “{question.key}” can never apply: no answer to it is good or bad." if rules else None
        )
    for name, rule in rules.items():
        if fault := _off_scale(question, rule) or _against_polarity(question, found, name, rule):
            return f"{name} at {_spoken(question, rule)} on “{question.key}” {fault}"
    return _overlap(question, rules)


def _off_scale(question: Question, rule: ScoreRange) -> str | None:
    if rule.lowest > rule.highest:
        return (
            f"is written backwards; did you mean {_spoken(question, ScoreRange(rule.highest, rule.lowest))}?"
        )
    lowest, highest = min(points(question)), max(points(question))
    if rule.lowest < lowest or rule.highest > highest:
        return f"reaches outside the scale {ScoreRange(lowest, highest)}."
    return None


def _against_polarity(question: Question, found: Ends, name: str, rule: ScoreRange) -> str | None:
    wrong = found.best if name == "alert" else found.worst
    if wrong in rule:
        does = {
            "alert": "alert on the best answers",
            "praise": "praise the worst answers",
            "reference": "ask for a reference after the worst answers",
        }
        turned = ScoreRange(sum(found) - rule.highest, sum(found) - rule.lowest)
        hint = "." if wrong in turned else f"; did you mean {_spoken(question, turned)}?"
        return f"would {does[name]}, because {_good_end(question)} is good{hint}"
    if name == "alert" and found.worst not in rule:
        worst = _spoken(question, ScoreRange(found.worst, found.worst))
        return f"would leave out the worst answer, {worst}."
    return None


def _overlap(question: Question, rules: Mapping[str, ScoreRange]) -> str | None:
    alert = rules.get("alert")
    for name in ("praise", "reference"):
        other = rules.get(name)
        if alert and other and alert.lowest <= other.highest and other.lowest <= alert.highest:
            return (
                f"alert at {_spoken(question, alert)} and {name} at {_spoken(question, other)} "
                f"on “{question.key}” overlap; one score cannot be both."
            )
    return None


def _good_end(question: Question) -> str:
    if question.metric in _YES_OR_NO:
        return "yes"
    return "high" if question.polarity is Polarity.HIGH_IS_GOOD else "low"


def _spoken(question: Question, rule: ScoreRange) -> str:
    if question.metric not in _YES_OR_NO:
        return str(rule)
    return " or ".join(_SPOKEN[point] for point in points(question) if point in rule) or str(rule)
