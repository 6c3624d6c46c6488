"""How many answers are enough."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from handlers.rules import figures
from handlers.rules.figures import MINIMUM_N, Count
from handlers.rules.precision import LARGEST, SMALLEST, answers_needed, half_width

HALF = Count(n=100, good=50, poor=50)
NINE_OF_TEN = Count(n=100, good=90, poor=10)
EVERYBODY = Count(n=40, good=40)
PROMOTERS = Count(n=100, good=60, fair=20, poor=20)

COUNTS = st.builds(
    lambda good, fair, poor: Count(n=good + fair + poor, good=good, fair=fair, poor=poor),
    *(st.integers(0, 2000) for _ in range(3)),
)
MARGINS = st.integers(SMALLEST, LARGEST)


@pytest.mark.parametrize(
    ("count", "margin", "nps", "needed"),
    [
        # Textbooks say 385 for the worst case at ±5; Wilson's interval is z² answers better.
        (HALF, 5, False, 381),
        (HALF, 10, False, 93),
        (HALF, 1, False, 9600),
        (HALF, 50, False, MINIMUM_N),
        (NINE_OF_TEN, 5, False, 141),
        (EVERYBODY, 5, False, 35),
        (Count(), 5, False, 381),
        (PROMOTERS, 5, True, 981),
        (PROMOTERS, 10, True, 243),
        (Count(), 5, True, 1533),
    ],
)
def test_answers_needed(count: Count, margin: int, nps: bool, needed: int) -> None:
    assert answers_needed(count, margin, nps=nps) == needed


@pytest.mark.parametrize("margin", [-5, 0, 51, 1000])
def test_a_margin_that_makes_no_sense_is_refused(margin: int) -> None:
    with pytest.raises(ValueError, match="a margin is 1 to 50 points"):
        answers_needed(HALF, margin)


def test_no_answers_leave_everything_possible() -> None:
    assert half_width(Count()) == 50
    assert half_width(Count(), nps=True) == 100


@given(COUNTS)
def test_the_half_width_is_half_of_the_interval_that_is_shown(count: Count) -> None:
    assume(count.n)
    share = figures.wilson(count.good, count.n)
    assert math.isclose(half_width(count), 50 * (share.high - share.low), abs_tol=1e-9)


@given(COUNTS)
def test_so_it_is_of_nps_unless_the_interval_ends_with_the_scale(count: Count) -> None:
    assume(min(count.good, count.poor) >= MINIMUM_N)
    shown = figures.adjusted_wald_nps(count.good, count.fair, count.poor)
    assert math.isclose(half_width(count, nps=True), 50 * (shown.high - shown.low), abs_tol=1e-9)


@given(COUNTS, MARGINS, st.booleans())
def test_so_many_answers_are_enough_and_one_fewer_are_not(count: Count, margin: int, nps: bool) -> None:
    needed = answers_needed(count, margin, nps=nps)
    assert MINIMUM_N <= needed < 40_000
    assert (count.n >= needed) == (count.n >= MINIMUM_N and half_width(count, nps=nps) <= margin)


@given(COUNTS, MARGINS, MARGINS, st.booleans())
def test_a_narrower_margin_never_needs_fewer(count: Count, one: int, other: int, nps: bool) -> None:
    narrow, wide = sorted((one, other))
    assert answers_needed(count, narrow, nps=nps) >= answers_needed(count, wide, nps=nps)
