"""How a share stands against its target: the traffic light of a touchpoint."""

from enum import StrEnum

from handlers.rules.figures import MINIMUM_N, wilson


class Signal(StrEnum):
    """One light of the wheel."""

    BELOW = "below"
    """Below the target by more than chance explains."""
    NEAR = "near"
    """Below the target, which is still within the interval."""
    AT = "at"
    """At the target, or above it."""
    FEW = "few"
    """Too few answers to say."""
    UNTARGETED = "untargeted"
    """Nobody set a target."""


def signal(good: int, n: int, target: float | None) -> Signal:
    """The light of `good` answers of `n` against a target from 0 to 1.

    Only an interval that lies below the target as a whole is called below: a dip of chance is near.
    """
    if n < MINIMUM_N:
        return Signal.FEW
    return Signal.UNTARGETED if target is None else stands(good / n, wilson(good, n).high, target)


def stands(value: float | None, high: float | None, target: float) -> Signal:
    """The light of any figure, by its value and the upper end of its interval; none of them below the minimum n."""
    if value is None or high is None:
        return Signal.FEW
    if value >= target:
        return Signal.AT
    return Signal.NEAR if high >= target else Signal.BELOW
