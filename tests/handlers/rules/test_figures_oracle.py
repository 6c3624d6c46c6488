"""Our figures agree with SciPy's, and the page that says so tells the truth."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from handlers.rules import figures
from tests.helpers import oracle

SHARES = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SCALE = 4


@pytest.mark.parametrize("row", list(oracle.rows()), ids=lambda row: f"{row.figure}, {row.of}")
def test_figures_agree_with_the_oracle(row: oracle.Row) -> None:
    by_chance = 0.01 if "NPS" in row.figure else 1e-6
    assert row.apart < by_chance


def test_the_page_holds_the_table_as_it_is() -> None:
    page = oracle.PAGE.read_text("utf-8")
    told = page.partition(oracle.BEGINS)[2].partition(oracle.ENDS)[0]
    assert told.strip() == oracle.table(), "run `python -m tests.helpers.oracle` and copy what it prints"


def test_scenario_18_false_alarms_over_a_thousand_weeks(capsys: pytest.CaptureFixture[str]) -> None:
    rate = oracle.false_alarms()
    with capsys.disabled():
        print(f" false alarms: {100 * rate:.1f} % of 1 000 weeks ", end="")
    assert rate <= 0.05


@given(SHARES)
def test_any_wilson_interval_is_that_of_scipy(share: tuple[int, int]) -> None:
    ours, theirs = figures.wilson(*share), stats.binomtest(*share).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


@given(SHARES, SHARES)
def test_any_fishers_test_is_that_of_scipy(now: tuple[int, int], before: tuple[int, int]) -> None:
    (good, n), (good_before, n_before) = now, before
    theirs = stats.fisher_exact([[good, n - good], [good_before, n_before - good_before]]).pvalue
    assert figures.fisher_exact(*now, *before) == pytest.approx(theirs, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 99, 1000])
def test_students_distribution_is_that_of_scipy(freedom: int) -> None:
    assert figures.student_quantile(freedom) == pytest.approx(float(stats.t.ppf(0.975, freedom)), rel=1e-6)


GAINS = st.lists(st.integers(-SCALE, SCALE), min_size=1, max_size=60)


@given(GAINS)
def test_the_interval_of_a_gain_holds_it_within_the_scale_whatever_the_order(gains: list[int]) -> None:
    interval = figures.student_gain(gains, SCALE)
    assert -SCALE <= interval.low <= figures.mean_gain(gains) <= interval.high <= SCALE
    again = figures.student_gain(sorted(gains), SCALE)
    assert (again.low, again.high) == pytest.approx((interval.low, interval.high))


def test_gains_that_are_all_equal_still_leave_room() -> None:
    interval = figures.student_gain([2] * 5, SCALE)
    assert interval.low < 2 < interval.high
    assert interval.high - interval.low < 2


def test_nobody_who_rated_twice_gained_nothing_that_can_be_told() -> None:
    with pytest.raises(ValueError, match="Nobody rated us both times"):
        figures.mean_gain([])
    assert figures.student_gain([], SCALE) == figures.Interval(-4.0, 4.0)
    assert figures.student_gain([3], SCALE) == figures.Interval(-4.0, 4.0)


@pytest.mark.parametrize("promoters", [0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("detractors", [0.1, 0.2, 0.3])
def test_the_interval_of_nps_holds_the_truth_in_nearly_all_possible_weeks(
    promoters: float, detractors: float
) -> None:
    n, true = 20, promoters - detractors
    held = sum(
        stats.multinomial.pmf(
            (good, poor, n - good - poor), n, (promoters, detractors, 1 - promoters - detractors)
        )
        for good, poor in product(range(n + 1), repeat=2)
        if good + poor <= n and _holds(figures.adjusted_wald_nps(good, n - good - poor, poor), true)
    )
    assert held >= 0.91


def _holds(interval: figures.Interval, true: float) -> bool:
    return interval.low <= true <= interval.high or math.isclose(interval.low, true)
