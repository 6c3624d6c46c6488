"""Honest figures: intervals that hold, changes that are more than chance."""

import math
import random
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.figures import (
    MINIMUM_N,
    Change,
    Count,
    Interval,
    _dealt_exactly,
    _dealt_normally,
    adjusted_wald_nps,
    change,
    change_nps,
    fisher_exact,
    nps,
    response_rate,
    share,
    wilson,
)

NONE, NOISE, BETTER, WORSE = Change.NONE, Change.NOISE, Change.BETTER, Change.WORSE


def percent(interval: Interval) -> tuple[int, int]:
    return round(100 * interval.low), round(100 * interval.high)


def nps_count(promoters: int, passives: int, detractors: int) -> Count:
    return Count(n=promoters + passives + detractors, good=promoters, fair=passives, poor=detractors)


# Shares.


def test_scenario_10_one_answer_is_no_percentage_and_no_arrow() -> None:
    assert share(1, 1) is None
    assert change(1, 1, 18, 20) is NONE
    assert change(18, 20, 1, 1) is NONE
    assert change_nps(nps_count(1, 0, 0), nps_count(10, 5, 5)) is NONE
    assert Count(n=1, good=1, total=5).mean is None


@pytest.mark.parametrize(("good", "n", "expected"), [(5, 5, (57, 100)), (9, 10, (60, 98))])
def test_scenario_11_few_answers_say_little(good: int, n: int, expected: tuple[int, int]) -> None:
    assert percent(wilson(good, n)) == expected


def test_scenario_12_from_eighteen_to_fifteen_of_twenty_is_noise() -> None:
    assert change(15, 20, 18, 20) is NOISE


def test_scenario_18_a_steady_team_is_said_to_change_in_at_most_five_percent_of_weeks() -> None:
    dice = random.Random(20261123)
    weeks = [sum(dice.random() < 0.9 for _ in range(12)) for _ in range(1001)]
    said = [change(now, 12, before, 12) for before, now in pairwise(weeks)]
    assert len(said) == 1000
    assert sum(verdict in (BETTER, WORSE) for verdict in said) <= 50


def binomial(n: int, p: float) -> list[float]:
    return [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]


@pytest.mark.parametrize(("n_now", "n_before"), [(5, 5), (5, 40), (12, 12), (20, 30)])
@pytest.mark.parametrize("true_share", [0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98])
def test_false_alarms_are_at_most_five_percent_by_every_possible_pair_of_weeks(
    true_share: float, n_now: int, n_before: int
) -> None:
    now, before = binomial(n_now, true_share), binomial(n_before, true_share)
    alarms = sum(
        now[a] * before[b]
        for a, b in product(range(n_now + 1), range(n_before + 1))
        if change(a, n_now, b, n_before) is not NOISE
    )
    assert alarms <= 0.05


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ((10, 20), (19, 20), WORSE),
        ((19, 20), (10, 20), BETTER),
        ((18, 20), (18, 20), NOISE),
        ((20, 20), (20, 20), NOISE),
        ((0, 20), (20, 20), WORSE),
        ((900, 1000), (850, 1000), BETTER),
        ((90_000, 100_000), (89_900, 100_000), NOISE),
        ((900_000, 1_000_000), (890_000, 1_000_000), BETTER),
        ((5, 5), (0, 5), BETTER),
        ((4, 4), (0, 5), NONE),
    ],
)
def test_change(now: tuple[int, int], before: tuple[int, int], expected: Change) -> None:
    assert change(*now, *before) is expected


def fisher_in_fractions(good_now: int, n_now: int, good_before: int, n_before: int) -> Fraction:
    """The textbook definition without rounding."""
    good, n = good_now + good_before, n_now + n_before
    tables = {k: math.comb(good, k) * math.comb(n - good, n_now - k) for k in range(min(good, n_now) + 1)}
    as_rare = sum(ways for ways in tables.values() if ways <= tables[good_now])
    return Fraction(as_rare, math.comb(n, n_now))


@st.composite
def pairs(draw: st.DrawFn, most: int = 60) -> tuple[int, int, int, int]:
    n_now, n_before = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, n_now)), n_now, draw(st.integers(0, n_before)), n_before


@given(pairs())
def test_fishers_test_agrees_with_its_definition(pair: tuple[int, int, int, int]) -> None:
    assert fisher_exact(*pair) == pytest.approx(float(fisher_in_fractions(*pair)), rel=1e-9)


def test_fishers_test_of_the_lady_tasting_tea() -> None:
    assert fisher_exact(3, 4, 1, 4) == pytest.approx(34 / 70)


@given(pairs())
def test_swapping_the_weeks_turns_the_verdict_around(pair: tuple[int, int, int, int]) -> None:
    good_now, n_now, good_before, n_before = pair
    turned = {BETTER: WORSE, WORSE: BETTER}
    forth, back = change(*pair), change(good_before, n_before, good_now, n_now)
    assert back is turned.get(forth, forth)


@given(pairs(most=2000))
def test_wilson_holds_the_share_and_stays_on_the_scale(pair: tuple[int, int, int, int]) -> None:
    good, n, _, _ = pair
    interval = wilson(good, n)
    assert 0 <= interval.low <= good / n <= interval.high <= 1


@given(pairs(most=2000))
def test_wilson_of_the_rest_is_the_mirror_image(pair: tuple[int, int, int, int]) -> None:
    good, n, _, _ = pair
    interval, mirrored = wilson(good, n), wilson(n - good, n)
    assert mirrored.low == pytest.approx(1 - interval.high, abs=1e-12)
    assert mirrored.high == pytest.approx(1 - interval.low, abs=1e-12)


@given(pairs(most=500), st.integers(2, 20))
def test_more_answers_of_the_same_share_say_more(pair: tuple[int, int, int, int], times: int) -> None:
    good, n, _, _ = pair
    few, many = wilson(good, n), wilson(good * times, n * times)
    assert many.high - many.low < few.high - few.low


def test_no_answers_leave_everything_possible() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)
    assert adjusted_wald_nps(0, 0, 0) == Interval(-1.0, 1.0)


@pytest.mark.parametrize(("n", "expected"), [(0, None), (MINIMUM_N - 1, None), (MINIMUM_N, 0.0)])
def test_a_share_needs_the_minimum(n: int, expected: float | None) -> None:
    assert share(0, n) == expected


@pytest.mark.parametrize(("answered", "asked", "expected"), [(0, 0, None), (1, 1, None), (12, 40, 0.3)])
def test_response_rate(answered: int, asked: int, expected: float | None) -> None:
    assert response_rate(answered, asked) == expected


# Net Promoter Score.


@pytest.mark.parametrize(
    ("counts", "expected"),
    [((5, 0, 0), 1.0), ((0, 5, 0), 0.0), ((0, 0, 5), -1.0), ((50, 30, 20), 0.3), ((2, 0, 2), 0.0)],
)
def test_nps(counts: tuple[int, int, int], expected: float) -> None:
    assert nps(*counts) == pytest.approx(expected)


def test_no_answers_have_no_nps() -> None:
    with pytest.raises(ValueError, match="No answers have no NPS"):
        nps(0, 0, 0)


def test_adjusted_wald_by_hand() -> None:
    # 12 promoters, 5 passives, 3 detractors: (12.75 − 3.75) / 23 = 0.391, variance 0.564, spread 0.307.
    interval = adjusted_wald_nps(12, 5, 3)
    assert (round(interval.low, 3), round(interval.high, 3)) == (0.084, 0.698)


answers = st.integers(0, 60)
counts = st.builds(nps_count, answers, answers, answers)


@given(counts)
def test_the_interval_of_nps_holds_it_and_stays_on_the_scale(count: Count) -> None:
    interval = adjusted_wald_nps(count.good, count.fair, count.poor)
    assert -1 <= interval.low <= interval.high <= 1
    if count.n:
        assert interval.low <= nps(count.good, count.fair, count.poor) <= interval.high


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ((10, 5, 5), (12, 5, 3), NOISE),
        ((2, 4, 14), (14, 4, 2), WORSE),
        ((14, 4, 2), (2, 4, 14), BETTER),
        ((10, 0, 10), (0, 20, 0), NOISE),
        ((0, 20, 0), (0, 20, 0), NOISE),
        ((600, 250, 150), (500, 300, 200), BETTER),
        ((0, 900, 0), (0, 800, 0), NOISE),
        ((4, 0, 0), (0, 0, 20), NONE),
    ],
)
def test_change_of_nps(now: tuple[int, int, int], before: tuple[int, int, int], expected: Change) -> None:
    assert change_nps(nps_count(*now), nps_count(*before)) is expected


def weeks(n: int, promoters: float, detractors: float) -> Iterator[tuple[Count, float]]:
    """Every possible week of n answers with its probability."""
    for good in range(n + 1):
        for poor in range(n + 1 - good):
            fair = n - good - poor
            ways = math.comb(n, good) * math.comb(n - good, poor)
            chance = promoters**good * detractors**poor * (1 - promoters - detractors) ** fair
            yield nps_count(good, fair, poor), ways * chance


@pytest.mark.parametrize(("n_now", "n_before"), [(5, 5), (5, 12), (8, 8), (5, 20)])
@pytest.mark.parametrize(
    ("promoters", "detractors"), [(0.5, 0.5), (0.0, 0.5), (0.4, 0.4), (0.9, 0.05), (0.6, 0.1), (0.05, 0.05)]
)
def test_false_alarms_of_nps_are_at_most_five_percent(
    promoters: float, detractors: float, n_now: int, n_before: int
) -> None:
    alarms = sum(
        a * b
        for now, a in weeks(n_now, promoters, detractors)
        if a > 1e-6
        for before, b in weeks(n_before, promoters, detractors)
        if b > 1e-6 and change_nps(now, before) is not NOISE
    )
    assert alarms <= 0.05


def dealt_one_by_one(now: Count, before: Count) -> Fraction:
    """The permutation test by its definition: every deal of the answers, without rounding."""
    both = now + before
    net = both.good - both.poor
    seen = abs((now.good - now.poor) * both.n - net * now.n)
    extreme = sum(
        math.comb(both.good, good) * math.comb(both.poor, poor) * math.comb(both.fair, now.n - good - poor)
        for good, poor in product(range(now.n + 1), repeat=2)
        if good + poor <= now.n and abs((good - poor) * both.n - net * now.n) >= seen
    )
    return Fraction(extreme, math.comb(both.n, now.n))


few = st.integers(0, 12)
small_counts = st.builds(nps_count, few, few, few).filter(lambda count: count.n >= MINIMUM_N)


@given(small_counts, small_counts)
def test_the_permutation_test_agrees_with_its_definition(now: Count, before: Count) -> None:
    assert _dealt_exactly(now, before) == pytest.approx(float(dealt_one_by_one(now, before)), rel=1e-9)


@given(st.integers(100, 130), st.integers(60, 90), st.integers(40, 70), st.integers(-25, 25))
def test_for_many_answers_the_normal_limit_is_as_good(
    promoters: int, passives: int, detractors: int, moved: int
) -> None:
    before = nps_count(promoters, passives, detractors)
    now = nps_count(promoters + moved, passives, detractors - moved)
    assert _dealt_normally(now, before) == pytest.approx(_dealt_exactly(now, before), abs=0.005)


@given(small_counts, small_counts)
def test_swapping_the_weeks_turns_the_verdict_on_nps_around(now: Count, before: Count) -> None:
    turned = {BETTER: WORSE, WORSE: BETTER}
    forth = change_nps(now, before)
    assert change_nps(before, now) is turned.get(forth, forth)


# Counting.


def counted(bands: list[str]) -> Count:
    return Count(
        len(bands), bands.count("good"), bands.count("fair"), bands.count("poor"), total=3 * len(bands)
    )


answers_by_band = st.lists(st.sampled_from(["good", "fair", "poor"]))


@given(answers_by_band, answers_by_band)
def test_adding_counts_is_counting_together(one: list[str], other: list[str]) -> None:
    assert counted(one) + counted(other) == counted(one + other) == counted(other) + counted(one)


def test_nothing_counted_adds_nothing() -> None:
    week = Count(n=5, good=3, fair=1, poor=1, total=20)
    assert week + Count() == week
    assert week.mean == 4.0
