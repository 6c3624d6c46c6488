"""The light of a touchpoint against its target."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.figures import MINIMUM_N, wilson
from handlers.rules.targets import Signal, signal, stands


@pytest.mark.parametrize(
    ("good", "n", "target", "light"),
    [
        (0, 0, 0.8, Signal.FEW),
        (4, 4, None, Signal.FEW),
        (60, 100, 0.8, Signal.BELOW),
        (75, 100, 0.8, Signal.NEAR),
        (80, 100, 0.8, Signal.AT),
        (3, 5, 0.8, Signal.NEAR),
        (0, 5, 0.0, Signal.AT),
        (5, 5, 1.0, Signal.AT),
        (9, 10, None, Signal.UNTARGETED),
        (55, 100, 0.55, Signal.AT),
    ],
)
def test_the_light(good: int, n: int, target: float | None, light: Signal) -> None:
    assert signal(good, n, target) is light


@given(st.integers(MINIMUM_N, 500), st.data())
def test_only_what_chance_does_not_explain_is_below(n: int, data: st.DataObject) -> None:
    good, target = data.draw(st.integers(0, n)), data.draw(st.floats(0, 1))
    interval = wilson(good, n)
    light = signal(good, n, target)
    assert (light is Signal.BELOW) == (interval.high < target)
    assert (light is Signal.AT) == (good / n >= target)


@given(st.integers(MINIMUM_N, 500), st.integers(0, 100))
def test_who_reaches_a_target_in_whole_per_cent_is_at_it(n: int, percent: int) -> None:
    good = -(-percent * n // 100)
    assert signal(good, n, percent / 100) is Signal.AT
    assert not good or signal(good - 1, n, percent / 100) is not Signal.AT


@pytest.mark.parametrize(
    ("value", "high", "light"),
    [
        (None, None, Signal.FEW),
        (None, 4.0, Signal.FEW),
        (3.0, None, Signal.FEW),
        (4.0, 4.5, Signal.AT),
        (3.5, 4.0, Signal.NEAR),
        (3.5, 3.9, Signal.BELOW),
    ],
)
def test_any_figure_stands_somewhere(value: float | None, high: float | None, light: Signal) -> None:
    assert stands(value, high, 4.0) is light
