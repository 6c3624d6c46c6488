"""Why a figure changed: how much of it came about within each part, and how much of more or fewer answers from each.

Source: E. M. Kitagawa, *Components of a difference between two rates*, JASA 50 (1955) 1168–1194.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.rules import figures
from handlers.rules.figures import SIGNIFICANCE, Count

HALF = 0.5
"""The mixture is named when it alone explains so much of a change."""


@dataclass(frozen=True)
class Part:
    """One service, or one kind of moment, in two windows.

    `within` and `mixture` are parts of the difference of the whole; over all parts they add up to it.
    """

    key: str
    now: Count
    before: Count
    within: float
    mixture: float
    telling: bool
    """Its own change is more than chance, all parts looked at considered (Bonferroni)."""


@dataclass(frozen=True)
class _Whole:
    """All parts together, in both windows."""

    now: Count
    before: Count
    nps: bool
    tried: int
    """How many parts are looked at."""

    @property
    def middle(self) -> float:
        """The rate half-way between the windows."""
        return (_rate(self.now, self.nps) + _rate(self.before, self.nps)) / 2


def parts(now: Mapping[str, Count], before: Mapping[str, Count], *, nps: bool) -> tuple[Part, ...]:
    """Every part that had answers in one of the windows, the one that moved the whole most first.

    None where one of the windows had no answers at all.
    """
    keys = [key for key in dict.fromkeys([*now, *before]) if _of(now, key).n or _of(before, key).n]
    whole = _Whole(
        sum((_of(now, key) for key in keys), Count()),
        sum((_of(before, key) for key in keys), Count()),
        nps,
        len(keys),
    )
    if not whole.now.n or not whole.before.n:
        return ()
    found = [_part(key, _of(now, key), _of(before, key), whole) for key in keys]
    return tuple(sorted(found, key=lambda part: -abs(part.within)))


def _of(counts: Mapping[str, Count], key: str) -> Count:
    return counts.get(key, Count())


def _part(key: str, now: Count, before: Count, whole: _Whole) -> Part:
    weight_now, weight_before = now.n / whole.now.n, before.n / whole.before.n
    # A part without answers in one window has not changed within: all it did was to come or go.
    rate_now = _rate(now if now.n else before, whole.nps)
    rate_before = _rate(before if before.n else now, whole.nps)
    within = (weight_now + weight_before) / 2 * (rate_now - rate_before)
    mixture = (weight_now - weight_before) * ((rate_now + rate_before) / 2 - whole.middle)
    enough = min(now.n, before.n) >= figures.MINIMUM_N
    tells = enough and _chance(now, before, whole.nps) < SIGNIFICANCE / whole.tried
    return Part(key, now, before, within, mixture, tells)


def _rate(count: Count, nps: bool) -> float:
    return (count.good - count.poor if nps else count.good) / count.n


def _chance(now: Count, before: Count, nps: bool) -> float:
    if nps:
        return figures.permutation_p(now, before)
    return figures.fisher_exact(now.good, now.n, before.good, before.n)


def difference(found: Sequence[Part]) -> float:
    """By how much the whole changed: what all its parts add up to."""
    return sum(part.within + part.mixture for part in found)


def telling(found: Sequence[Part]) -> tuple[Part, ...]:
    """The parts that changed by more than chance, in the direction of the whole."""
    changed = difference(found)
    return tuple(part for part in found if part.telling and part.within * changed > 0)


def mixed(found: Sequence[Part]) -> Part | None:
    """The part whose share of the answers moved the whole most; none unless the mixture explains at least half."""
    changed, mixture = difference(found), sum(part.mixture for part in found)
    if abs(changed) < 1e-9 or mixture / changed < HALF:
        return None
    return max(found, key=lambda part: part.mixture * changed)
