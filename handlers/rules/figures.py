"""Figures that say how much they rest on. Every formula names its source."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

MINIMUM_N = 5
"""Below this many answers no percentage, no interval and no arrow is shown, only n."""

SIGNIFICANCE = 0.05
"""How often a change may be told of a team that did not change."""

Z_95 = 1.959964
"""Two-sided 95 % of the normal distribution."""

_EXACT_UP_TO = 100
"""Answers in the smaller window up to which the test of NPS counts every case; that takes a millisecond."""


class Change(StrEnum):
    """Whether a figure moved by more than chance explains."""

    NONE = "none"
    """Nothing to compare: too few answers in one of the windows."""
    NOISE = "noise"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True)
class Interval:
    """Where the true value plausibly is, 95 %; within the scale of the figure."""

    low: float
    high: float


@dataclass(frozen=True)
class Count:
    """Answers to one question by band. For NPS: promoters are `good`, passives `fair`, detractors `poor`."""

    n: int = 0
    good: int = 0
    fair: int = 0
    poor: int = 0
    total: int = 0
    """Sum of the scores, for the mean."""

    def __add__(self, other: "Count") -> "Count":
        """Count two windows together: the same as having counted them as one."""
        return Count(
            n=self.n + other.n,
            good=self.good + other.good,
            fair=self.fair + other.fair,
            poor=self.poor + other.poor,
            total=self.total + other.total,
        )

    @property
    def mean(self) -> float | None:
        """The mean score; none below the minimum n."""
        return self.total / self.n if self.n >= MINIMUM_N else None


# Shares.


def share(good: int, n: int) -> float | None:
    """Good answers of all, 0 to 1; none below the minimum n."""
    return good / n if n >= MINIMUM_N else None


def response_rate(answered: int, asked: int) -> float | None:
    """Answered of asked, 0 to 1; none when too few were asked to say a percentage."""
    return share(answered, asked)


def wilson(good: int, n: int, z: float = Z_95) -> Interval:
    """The interval of a share by Wilson's score method, from 0 to 1; no answers leave everything possible.

    Unlike the textbook (Wald) interval it holds for few answers and near 0 and 100 %: 5 of 5 give
    57–100 %, not 100–100 %.
    Source: E. B. Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22
    (1927) 209–212; recommended by Brown, Cai & DasGupta, *Statistical Science* 16 (2001) 101–133.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    p = good / n
    centre = p + z * z / (2 * n)
    spread = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return _within(0.0, 1.0, (centre - spread) / scale, (centre + spread) / scale, holding=p)


def change(good_now: int, n_now: int, good_before: int, n_before: int) -> Change:
    """Whether the share of good answers changed from one window to the next by more than chance explains.

    Fisher's exact test: true for any n, with at most 5 % false alarms by construction.
    """
    if min(n_now, n_before) < MINIMUM_N:
        return Change.NONE
    chance = fisher_exact(good_now, n_now, good_before, n_before)
    return _verdict(chance, good_now * n_before - good_before * n_now)


def fisher_exact(good_now: int, n_now: int, good_before: int, n_before: int) -> float:
    """How likely a difference at least as unlikely as this one is when nothing changed (two-sided p-value).

    Sums the tables with the same margins that are no likelier than the one seen.
    Source: R. A. Fisher, *Statistical Methods for Research Workers*, 5th ed. (1934), §21.02.
    """
    weights = dict(_hypergeometric(good_now + good_before, n_now, n_now + n_before))
    # Tables of equal probability must count as equal although rounding tells them apart.
    seen = weights.get(good_now, 0.0) * (1 + 1e-7)
    return min(1.0, sum(weight for weight in weights.values() if weight <= seen))


# Net Promoter Score.


def nps(promoters: int, passives: int, detractors: int) -> float:
    """Share of promoters less share of detractors, −1 to 1. Raises `ValueError` when there are no answers.

    Source: F. F. Reichheld, *The One Number You Need to Grow*, Harvard Business Review, December 2003.
    """
    n = promoters + passives + detractors
    if n == 0:
        raise ValueError("No answers have no NPS.")
    return (promoters - detractors) / n


def adjusted_wald_nps(promoters: int, passives: int, detractors: int) -> Interval:
    """The interval of NPS by the adjusted Wald method, −1 to 1; no answers leave everything possible.

    Adds three answers, ¾ promoter, 1½ passive, ¾ detractor, and takes the Wald interval of the result.
    Source: B. Rocks, *Interval estimation for the Net Promoter Score*, The American Statistician 70
    (2016) 365–372.
    """
    answers = promoters + passives + detractors
    if answers == 0:
        return Interval(-1.0, 1.0)
    n = answers + 3
    p, d = (promoters + 0.75) / n, (detractors + 0.75) / n
    spread = Z_95 * math.sqrt((p + d - (p - d) ** 2) / n)
    # A single answer's interval, drawn to the middle, would leave out the answer itself.
    return _within(-1.0, 1.0, p - d - spread, p - d + spread, holding=nps(promoters, passives, detractors))


def change_nps(now: Count, before: Count) -> Change:
    """Whether NPS changed from one window to the next by more than chance explains.

    A permutation test: had nothing changed, any way to deal all the answers out to the two windows were
    as likely as the one seen; a change is what fewer than 5 % of them exceed. It is exact for any n
    and any distribution, where the difference of two adjusted Wald intervals gives false alarms in up to
    8 % of weeks with few answers. From a hundred answers on, its normal limit is taken.
    Source: E. J. G. Pitman, *Significance tests which may be applied to samples from any populations*,
    Supplement to the Journal of the Royal Statistical Society 4 (1937) 119–130.
    """
    if min(now.n, before.n) < MINIMUM_N:
        return Change.NONE
    return _verdict(permutation_p(now, before), _net(now) * before.n - _net(before) * now.n)


def permutation_p(now: Count, before: Count) -> float:
    """How likely a difference of NPS at least as large as this one is when nothing changed (two-sided p-value)."""
    fewer, more = sorted((now, before), key=lambda count: count.n)
    return _dealt_exactly(fewer, more) if fewer.n <= _EXACT_UP_TO else _dealt_normally(fewer, more)


def _dealt_exactly(one: Count, other: Count) -> float:
    """The chance that answers dealt at random differ as much as these, by counting every way to deal them."""
    both = one + other
    seen = _surplus(_net(one), one.n, both)
    return sum(
        weight * inner
        for promoters, weight in _hypergeometric(both.good, one.n, both.n)
        for detractors, inner in _hypergeometric(both.poor, one.n - promoters, both.n - both.good)
        if _surplus(promoters - detractors, one.n, both) >= seen
    )


def _dealt_normally(one: Count, other: Count) -> float:
    """The same for many answers, when the sum dealt to one window is as good as normal."""
    both = one + other
    mean = _net(both) / both.n
    variance = one.n * other.n * ((both.good + both.poor) / both.n - mean * mean) / (both.n - 1)
    if variance <= 0:
        return 1.0
    # The sum moves in whole steps, the normal distribution between them: half a step is taken off.
    distance = max(abs(_net(one) - one.n * mean) - 0.5, 0.0)
    return math.erfc(distance / math.sqrt(2 * variance))


def _net(count: Count) -> int:
    return count.good - count.poor


def _surplus(net: int, n: int, both: Count) -> int:
    """How far a window's net promoters are from its fair part of all; scaled to stay a whole number."""
    return abs(net * both.n - _net(both) * n)


# Before and after, of the same people.


def mean_gain(gains: Sequence[int]) -> float:
    """By how many steps people rate us higher afterwards, on average. Raises `ValueError` when nobody did both."""
    if not gains:
        raise ValueError("Nobody rated us both times.")
    return sum(gains) / len(gains)


def student_gain(gains: Sequence[int], widest: int) -> Interval:
    """The interval of the mean gain by Student's t of the paired differences, within ± `widest` steps.

    Two ratings in whole steps are each true to half a step, so differences that are all equal still leave room:
    their variance counts as a sixth of a step at least (twice 1/12, W. F. Sheppard, 1898).
    Source: Student, *The probable error of a mean*, Biometrika 6 (1908) 1–25.
    """
    if len(gains) < 2:
        return Interval(-float(widest), float(widest))
    n, mean = len(gains), mean_gain(gains)
    variance = max(sum((gain - mean) ** 2 for gain in gains) / (n - 1), 1 / 6)
    spread = student_quantile(n - 1) * math.sqrt(variance / n)
    return _within(-float(widest), float(widest), mean - spread, mean + spread, holding=mean)


def student_quantile(freedom: int) -> float:
    """How many standard errors hold 95 % of Student's distribution; of the normal one from a thousand on.

    Source: Abramowitz & Stegun, *Handbook of Mathematical Functions* (1964), 26.7.3 and 26.7.4, turned around
    by halving.
    """
    if freedom > 1000:
        return Z_95
    low, high = Z_95, 13.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if _within_student(middle, freedom) < 1 - SIGNIFICANCE else (low, middle)
    return high


def _within_student(t: float, freedom: int) -> float:
    """The chance that a value of Student's distribution lies within ± t."""
    angle = math.atan(t / math.sqrt(freedom))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= square * k / (k + 1)
    return (angle + sine * total) * 2 / math.pi if odd else sine * total


# Common ground.


def _hypergeometric(good: int, drawn: int, n: int) -> Iterator[tuple[int, float]]:
    """How many good ones are among those drawn, of n with so many good, each with its probability.

    Walks outwards from the likeliest and stops where nothing measurable is left, so it costs the
    square root of n and never overflows.
    """
    lowest, highest = max(0, drawn + good - n), min(good, drawn)
    mode = min(max((good + 1) * (drawn + 1) // (n + 2), lowest), highest)
    weights = {mode: 1.0}
    weight, k = 1.0, mode
    while k < highest and weight > 1e-18:
        weight *= (good - k) * (drawn - k) / ((k + 1) * (n - good - drawn + k + 1))
        k += 1
        weights[k] = weight
    weight, k = 1.0, mode
    while k > lowest and weight > 1e-18:
        weight *= k * (n - good - drawn + k) / ((good - k + 1) * (drawn - k + 1))
        k -= 1
        weights[k] = weight
    whole = math.fsum(weights.values())
    return ((k, weight / whole) for k, weight in weights.items())


def _verdict(chance: float, difference: int) -> Change:
    if chance >= SIGNIFICANCE or difference == 0:
        return Change.NOISE
    return Change.BETTER if difference > 0 else Change.WORSE


def _within(lowest: float, highest: float, low: float, high: float, *, holding: float) -> Interval:
    """Clip to the scale, and against rounding hold the estimate itself."""
    return Interval(max(lowest, min(low, holding)), min(highest, max(high, holding)))
