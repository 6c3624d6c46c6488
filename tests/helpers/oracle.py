"""Our figures beside those of SciPy, which shares no line with them: `python -m tests.helpers.oracle` prints the table.

Whoever has no oracle is held against its definition, or against what it promises, counted over every possible week.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import stats

from handlers.rules import figures
from handlers.rules.figures import Change, Count

PAGE = Path(__file__).parents[2] / "docs" / "figures.md"
BEGINS, ENDS = "<!-- oracle -->", "<!-- /oracle -->"
"""Between these the page holds what is printed here; a test compares."""

_SHARES = ((5, 5), (0, 5), (9, 10), (15, 20), (1, 400), (823, 1000))
_PAIRS = ((15, 20, 18, 20), (10, 20, 19, 20), (5, 5, 0, 5), (900, 1000, 850, 1000))
_NPS = (((10, 5, 5), (12, 5, 3)), ((2, 4, 14), (14, 4, 2)), ((5, 0, 0), (1, 2, 4)))
_GAINS = ((2, 2, 3, 1, 2), (4, -1, 0, 3, 2, 1, 0, 2), (0, 0, 1, -1, 1, 0, 2, -2, 1, 1, 0, 0))


@dataclass(frozen=True)
class Row:
    """One figure by us and by the oracle."""

    figure: str
    of: str
    ours: tuple[float, ...]
    oracles: tuple[float, ...]
    oracle: str

    @property
    def apart(self) -> float:
        """The largest difference."""
        return max(abs(a - b) for a, b in zip(self.ours, self.oracles, strict=True))

    def __str__(self) -> str:
        ours, oracles = (" … ".join(f"{x:.6f}" for x in xs) for xs in (self.ours, self.oracles))
        return f"| {self.figure} | {self.of} | {ours} | {oracles} | {self.oracle} |"


def rows() -> Iterator[Row]:
    """Every figure that has an oracle."""
    for good, n in _SHARES:
        yield _wilson(good, n)
    for pair in _PAIRS:
        yield _fisher(*pair)
    for now, before in _NPS:
        yield _permutation(now, before)
    for gains in _GAINS:
        yield _gain(gains)


def _wilson(good: int, n: int) -> Row:
    ours = figures.wilson(good, n)
    theirs = stats.binomtest(good, n).proportion_ci(confidence_level=0.95, method="wilson")
    of = f"{good} of {n}"
    return Row("Wilson interval", of, (ours.low, ours.high), (theirs.low, theirs.high), "`binomtest`, wilson")


def _fisher(good_now: int, n_now: int, good_before: int, n_before: int) -> Row:
    table = [[good_now, n_now - good_now], [good_before, n_before - good_before]]
    ours = figures.fisher_exact(good_now, n_now, good_before, n_before)
    of = f"{good_now} of {n_now} after {good_before} of {n_before}"
    return Row(
        "change of a share, p", of, (ours,), (float(stats.fisher_exact(table).pvalue),), "`fisher_exact`"
    )


def _permutation(now: tuple[int, int, int], before: tuple[int, int, int]) -> Row:
    """SciPy deals the answers at random, so it is true to some thousandths; ours counts every deal."""
    ours = figures.permutation_p(_count(now), _count(before))
    theirs = stats.permutation_test(
        (_steps(now), _steps(before)),
        lambda a, b, axis: np.abs(np.mean(a, axis=axis) - np.mean(b, axis=axis)),
        vectorized=True,
        n_resamples=20_000,
        alternative="greater",
        rng=np.random.default_rng(7),
    )
    of = f"{'/'.join(map(str, now))} after {'/'.join(map(str, before))}"
    return Row("change of NPS, p", of, (ours,), (float(theirs.pvalue),), "`permutation_test`")


def _gain(gains: tuple[int, ...]) -> Row:
    ours = figures.student_gain(gains, 4)
    theirs = stats.ttest_1samp(gains, 0).confidence_interval(0.95)
    of = ", ".join(f"{gain:+d}" if gain else "0" for gain in gains)
    return Row("recovery gain", of, (ours.low, ours.high), (theirs.low, theirs.high), "`ttest_1samp`")


def _count(bands: tuple[int, int, int]) -> Count:
    promoters, passives, detractors = bands
    return Count(n=sum(bands), good=promoters, fair=passives, poor=detractors)


def _steps(bands: tuple[int, int, int]) -> list[int]:
    promoters, passives, detractors = bands
    return [1] * promoters + [0] * passives + [-1] * detractors


def false_alarms(weeks: int = 1000, answers: int = 12, true_share: float = 0.9) -> float:
    """How often a team that does not change is said to: the share of simulated weeks (scenario 18)."""
    dice = random.Random(20261123)
    good = [sum(dice.random() < true_share for _ in range(answers)) for _ in range(weeks + 1)]
    said = (figures.change(now, answers, before, answers) for before, now in pairwise(good))
    return sum(verdict in (Change.BETTER, Change.WORSE) for verdict in said) / weeks


def table() -> str:
    """What the page holds."""
    lines = ["| figure | of | ours | SciPy | by |", "|---|---|---|---|---|", *map(str, rows())]
    told = (
        "A team whose true share stays at 90 %, with twelve answers a week, is said to have changed in "
        f"{100 * false_alarms():.1f} % of 1 000 simulated weeks."
    )
    return "\n".join((*lines, "", told))


if __name__ == "__main__":
    print(table())
