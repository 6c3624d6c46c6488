"""How many answers a figure needs until it is known well enough: whom to ask beyond that learns nothing new.

A margin is in points of the figure's own scale, to either side: *±5 points* of 0 to 100 %, or of −100 to 100 for
NPS, at 95 %.
"""

import math

from handlers.rules.figures import MINIMUM_N, Z_95, Count

SMALLEST, LARGEST = 1, 50
"""The margins that make sense: within less no survey gets, and beyond more nothing is known."""


def half_width(count: Count, *, nps: bool = False) -> float:
    """Half the interval of a figure, in points: Wilson's for a share of good answers, adjusted Wald's for NPS.

    No answers leave everything possible. Sources: see `figures.wilson` and `figures.adjusted_wald_nps`.
    """
    return 100 * _half(count, count.n, nps=nps)


def answers_needed(count: Count, margin: int, *, nps: bool = False) -> int:
    """How many answers that spread as those counted know their figure to within so many points; finite.

    Without answers, as many as the widest spread would need. Raises `ValueError` for a margin that makes none.
    """
    if not SMALLEST <= margin <= LARGEST:
        raise ValueError(f"a margin is {SMALLEST} to {LARGEST} points, not {margin}")
    spread = count if count.n else Count(n=2, good=1, poor=1)
    fewest, enough = MINIMUM_N, MINIMUM_N
    while 100 * _half(spread, enough, nps=nps) > margin:
        fewest, enough = enough, 2 * enough
    while fewest < enough:
        middle = (fewest + enough) // 2
        if 100 * _half(spread, middle, nps=nps) > margin:
            fewest = middle + 1
        else:
            enough = middle
    return enough


def _half(spread: Count, n: int, *, nps: bool) -> float:
    """Half the interval of n answers that spread so; on the scale from 0 to 1, or from −1 to 1."""
    if n == 0:
        return 1.0 if nps else 0.5
    good, poor = spread.good / spread.n, spread.poor / spread.n
    if nps:
        promoters, detractors = (good * n + 0.75) / (n + 3), (poor * n + 0.75) / (n + 3)
        return Z_95 * math.sqrt((promoters + detractors - (promoters - detractors) ** 2) / (n + 3))
    return Z_95 * math.sqrt(good * (1 - good) / n + Z_95**2 / (4 * n * n)) / (1 + Z_95**2 / n)
