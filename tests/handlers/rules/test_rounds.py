"""Rounds: each person in one slice, each slice once, whenever somebody looks."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.rounds import Plan, Slice, begun, coming, slice_of, to_open

NEW_YEAR = date(2027, 1, 1)
HALF_YEARLY = Plan(NEW_YEAR, months=6)
MONTHLY_SLICES = Plan(NEW_YEAR, months=12, slices=12)

days = st.dates(date(2026, 1, 1), date(2040, 12, 31))
plans = st.sampled_from([3, 6, 12]).flatmap(
    lambda months: st.builds(
        Plan, st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.just(months), st.integers(1, months)
    )
)


def days_of(plan: Plan, today: date) -> list[str]:
    return [str(part.starts) for part in begun(plan, today)]


@pytest.mark.parametrize(
    ("plan", "today", "expected"),
    [
        (HALF_YEARLY, date(2026, 12, 31), []),
        (HALF_YEARLY, NEW_YEAR, ["2027-01-01"]),
        (HALF_YEARLY, date(2027, 6, 30), ["2027-01-01"]),
        (HALF_YEARLY, date(2027, 7, 1), ["2027-01-01", "2027-07-01"]),
        (MONTHLY_SLICES, date(2027, 3, 15), ["2027-01-01", "2027-02-01", "2027-03-01"]),
        (Plan(date(2027, 1, 31), 3, 3), date(2027, 3, 31), ["2027-01-31", "2027-02-28", "2027-03-31"]),
        (Plan(date(2027, 1, 1), 12, 5), date(2027, 6, 1), ["2027-01-01", "2027-03-01", "2027-05-01"]),
        (Plan(date(2024, 2, 29), 12), date(2025, 2, 28), ["2024-02-29", "2025-02-28"]),
    ],
)
def test_slices_begin_on_these_days(plan: Plan, today: date, expected: list[str]) -> None:
    assert days_of(plan, today)[-len(expected) :] == expected
    assert len(days_of(plan, today)) == len(expected)


def test_a_slice_knows_its_turn_and_its_end() -> None:
    assert begun(MONTHLY_SLICES, date(2028, 2, 10))[-1] == Slice(
        date(2028, 1, 1), 1, date(2028, 2, 1), date(2028, 3, 1)
    )
    assert coming(MONTHLY_SLICES, date(2027, 12, 31)).starts == date(2028, 1, 1)


# Which slice somebody belongs to.


def test_a_twelfth_is_asked_each_month() -> None:
    sizes = [0] * 12
    for person in range(1, 12_001):
        sizes[slice_of("yearly", person, 12)] += 1
    assert all(850 <= size <= 1150 for size in sizes)


def test_the_slices_of_a_released_version_stay_drawn() -> None:
    assert [slice_of("yearly", person, 12) for person in range(1, 9)] == [6, 4, 11, 8, 9, 0, 11, 5]


@given(st.text(), st.integers(1), st.integers(1, 12))
def test_everybody_belongs_to_one_slice_and_stays_in_it(key: str, person: int, slices: int) -> None:
    assert slice_of(key, person, slices) in range(slices)
    assert slice_of(key, person, slices) == slice_of(key, person, slices)


def test_two_rounds_draw_apart() -> None:
    both = sum(slice_of("a", n, 12) == slice_of("b", n, 12) for n in range(12_000))
    assert 850 <= both <= 1150


# Which slice is opened.


@given(plans, days)
def test_slices_follow_one_another_without_a_gap(plan: Plan, today: date) -> None:
    found = [*begun(plan, today), coming(plan, today)]
    assert all(one.ends == next_one.starts for one, next_one in pairwise(found))
    assert found[-1].starts > today


@given(plans, days, st.lists(st.integers(0, 200), max_size=30))
def test_nobody_is_asked_twice_in_a_turn_however_the_clock_jumps(
    plan: Plan, first: date, jumps: list[int]
) -> None:
    opened = _lived(plan, first, jumps)
    assert len({(part.turn, part.number) for part in opened}) == len(opened)


@given(plans, days)
def test_who_looks_each_week_opens_each_slice_from_the_first_on(plan: Plan, first: date) -> None:
    opened = _lived(plan, first, [7] * 110)
    if opened:
        assert [p.starts for p in opened] == sorted(p.starts for p in opened)
        assert all(a.ends == b.starts for a, b in pairwise(opened))


def _lived(plan: Plan, first: date, jumps: list[int]) -> list[Slice]:
    """The slices opened by somebody who looks on the first day and after each jump."""
    opened: list[Slice] = []
    today = first
    for jump in [0, *jumps]:
        today += timedelta(days=jump)
        while part := to_open(plan, today, frozenset(p.starts for p in opened)):
            opened.append(part)
    return opened


def test_a_round_declared_in_autumn_does_not_ask_nine_twelfths_at_once() -> None:
    part = to_open(MONTHLY_SLICES, date(2027, 9, 20), frozenset())
    assert part is not None
    assert part.starts == date(2027, 9, 1)
    assert to_open(MONTHLY_SLICES, date(2027, 9, 20), frozenset({part.starts})) is None


def test_three_months_without_electricity_are_made_up_for() -> None:
    opened = _lived(MONTHLY_SLICES, date(2027, 1, 10), [100])
    assert [str(part.starts) for part in opened] == ["2027-01-01", "2027-02-01", "2027-03-01", "2027-04-01"]


def test_two_years_without_electricity_are_made_up_for_once() -> None:
    opened = _lived(HALF_YEARLY, NEW_YEAR, [800])
    assert [str(part.starts) for part in opened] == ["2027-01-01", "2029-01-01"]


def test_a_clock_that_ran_ahead_and_back_opens_nothing_twice() -> None:
    ahead = frozenset({date(2027, 1, 1), date(2031, 7, 1)})
    assert to_open(HALF_YEARLY, date(2027, 6, 30), ahead) is None
    part = to_open(HALF_YEARLY, date(2027, 7, 1), ahead)
    assert part is not None
    assert part.starts == date(2027, 7, 1)
    assert to_open(HALF_YEARLY, date(2031, 7, 1), ahead | {date(2031, 1, 1)}) is None
