"""Weeks, months, quarters and years: no gap, no overlap, one name each, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules import hours
from handlers.rules.hours import Window
from handlers.rules.periods import Meetings, Rhythm
from storage.vocabulary import Period
from tests.helpers.town import helsinki

NINE = time(9, 0)
ZONES = (
    "Europe/Helsinki",
    "America/New_York",
    "Africa/Cairo",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
)


def rhythm(period: Period, zone: str = "Europe/Helsinki", **facts: int) -> Rhythm:
    return Rhythm(period, zone, NINE, **facts)


@pytest.mark.parametrize(
    ("period", "now", "name"),
    [
        (Period.MONTH, "2026-12-01 08:59", "2026-10"),
        (Period.MONTH, "2026-12-01 09:00", "2026-11"),
        (Period.QUARTER, "2027-01-01 09:00", "2026-Q4"),
        (Period.QUARTER, "2026-12-31 23:59", "2026-Q3"),
        (Period.YEAR, "2027-01-01 08:00", "2025"),
        (Period.YEAR, "2027-01-01 09:00", "2026"),
        (Period.WEEK, "2027-01-01 09:00", "2026-W53"),
        (Period.WEEK, "2027-01-08 09:00", "2027-W01"),
    ],
)
def test_what_was_due_last(period: Period, now: str, name: str) -> None:
    tested = rhythm(period)
    assert tested.name(tested.latest(helsinki(now))) == name


def test_a_report_on_the_third_waits_for_the_third() -> None:
    tested = rhythm(Period.MONTH, day=3)
    assert tested.name(tested.latest(helsinki("2026-12-03 08:59"))) == "2026-10"
    window = tested.latest(helsinki("2026-12-03 09:00"))
    assert (window.starts_at, window.ends_at) == (helsinki("2026-11-01 00:00"), helsinki("2026-12-01 00:00"))


@given(
    st.sampled_from(Period),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2010, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_windows_leave_no_gap_and_do_not_overlap_and_are_found_by_name(
    period: Period, zone: str, now: datetime
) -> None:
    tested = rhythm(period, zone)
    window = tested.latest(now)
    before = tested.preceding(window)
    assert before.starts_at < before.ends_at == window.starts_at < window.ends_at
    assert tested.due_at(window) <= now < tested.due_at(window) + timedelta(days=367)
    assert tested.called(tested.name(window)) == window
    assert tested.name(before) != tested.name(window)


def test_an_hour_the_zone_does_not_have_is_the_end_of_the_gap() -> None:
    spring = Rhythm(Period.WEEK, "Europe/Helsinki", time(3, 30), weekday=6)
    window = spring.latest(helsinki("2026-03-29 12:00"))
    assert window.ends_at == helsinki("2026-03-29 04:00")
    cairo = rhythm(Period.MONTH, "Africa/Cairo")
    assert cairo.name(cairo.called("2026-04")) == "2026-04"


def test_a_day_the_zone_never_had_keeps_its_month() -> None:
    apia = Rhythm(Period.MONTH, "Pacific/Apia", NINE)
    assert hours.local_day(apia.called("2011-12").ends_at, "Pacific/Apia") == date(2012, 1, 1)


@pytest.mark.parametrize("period", [Period.MONTH, Period.QUARTER, Period.YEAR])
@pytest.mark.parametrize(
    "name", ["", "soon", "2026-W47", "2026-13", "2026-00", "2026-Q5", "2026-Q0", "0001", "99999"]
)
def test_what_is_no_window_is_said_to_be_none(period: Period, name: str) -> None:
    with pytest.raises(ValueError, match=f"is not a {period}. Write it like this"):
        rhythm(period).called(name)


def test_a_run_of_windows_ends_with_the_last() -> None:
    tested = rhythm(Period.QUARTER)
    last = tested.called("2027-Q1")
    names = [tested.name(each) for each in tested.run(last, 5)]
    assert names == [
        "2026-Q1",
        "2026-Q2",
        "2026-Q3",
        "2026-Q4",
        "2027-Q1",
    ]


def test_a_meeting_looks_back_as_far_as_to_the_one_before() -> None:
    meetings = Meetings(Period.MONTH, "Europe/Helsinki", NINE)
    between = Window(helsinki("2026-09-23 14:00"), helsinki("2026-11-24 00:30"))
    earlier = meetings.preceding(between)
    assert earlier.ends_at == between.starts_at
    assert earlier.ends_at - earlier.starts_at == between.ends_at - between.starts_at
    assert meetings.due_at(between) == between.ends_at
    assert meetings.name(between) == "2026-11-24", "by the calendar of the zone, not of UTC"


@pytest.mark.parametrize("name", ["0001", "9999", "0000"])
def test_years_before_and_after_which_there_is_none_are_no_years_to_tell_of(name: str) -> None:
    with pytest.raises(ValueError, match="is not a year"):
        rhythm(Period.YEAR).called(name)


def test_every_other_year_is() -> None:
    told = rhythm(Period.YEAR, "UTC")
    assert [told.called(year).starts_at.year for year in ("0002", "2026", "9998")] == [2, 2026, 9998]
