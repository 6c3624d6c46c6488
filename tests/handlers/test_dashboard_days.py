"""Which days a page looks at."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from handlers.dashboard.days import Days

ZONE = "Europe/Helsinki"


@pytest.mark.parametrize("count", [1, 6, 7, 8, 91, 365, 3000])
def test_the_steps_of_a_trend_are_all_of_the_days_and_few(count: int) -> None:
    days = Days(date(2026, 11, 30) - timedelta(days=count - 1), date(2026, 11, 30), ZONE)
    steps = days.steps()
    assert days.count == count
    assert (steps[0].since, steps[-1].until) == (days.since, days.until)
    assert all(a.until + timedelta(days=1) == b.since for a, b in pairwise(steps))
    assert len(steps) <= 13


def test_the_days_before_are_as_many_and_end_where_these_begin() -> None:
    days = Days(date(2026, 10, 20), date(2026, 10, 30), ZONE)
    assert days.before == Days(date(2026, 10, 9), date(2026, 10, 19), ZONE)
    assert days.before.window.ends_at == days.window.starts_at


def test_before_all_days_there_are_none_and_the_calendar_has_an_end() -> None:
    before = Days(date(1970, 1, 1), date(9998, 12, 31), ZONE).before
    assert (before.since, before.until) == (date(1900, 1, 1), date(1969, 12, 31))
    assert before.window.starts_at < before.window.ends_at


def test_a_day_on_which_the_clocks_change_has_25_hours() -> None:
    window = Days(date(2026, 10, 25), date(2026, 10, 25), ZONE).window
    assert window.ends_at - window.starts_at == timedelta(hours=25)
