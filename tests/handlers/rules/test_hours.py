"""Office hours, quiet hours and windows, over both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.hours import (
    MIDNIGHT,
    Calendar,
    NeverOpen,
    OpenHours,
    Window,
    before,
    coming,
    due,
    instant,
    is_office_day,
    latest_window,
    next_open,
    not_quiet,
    office_awake,
    office_days_before,
    office_time_between,
    open_at,
    opened_today,
    preceding,
    same_local_day,
    week_label,
    window_of_week,
)

HELSINKI = "Europe/Helsinki"
ZONES = [HELSINKI, "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
MON, FRI, SUN = 0, 4, 6
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
INDEPENDENCE_DAY = date(2026, 12, 6)
OFFICE = OpenHours(time(8, 30), time(16))
MON_TO_FRI = Calendar(HELSINKI, dict.fromkeys(range(5), (OFFICE,)), frozenset({INDEPENDENCE_DAY}))
EVERY_DAY = Calendar(HELSINKI, dict.fromkeys(range(7), (OFFICE,)), frozenset({INDEPENDENCE_DAY}))
WITH_LUNCH = Calendar(
    HELSINKI, dict.fromkeys(range(5), (OpenHours(time(8), time(11)), OpenHours(time(12), time(16))))
)
ROUND_THE_CLOCK = Calendar(HELSINKI, dict.fromkeys(range(7), (OpenHours(MIDNIGHT, MIDNIGHT),)))
NEVER = Calendar(HELSINKI, {})


def local(text: str, zone: str = HELSINKI) -> datetime:
    """A wall time without doubt about it, such as 2026-11-23 12:00."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY_NOON = local("2026-11-23 12:00")
FRIDAY_HALF_PAST_FOUR = local("2026-11-27 16:30")
FORWARD = date(2026, 3, 29)
BACK = date(2026, 10, 25)


# Wall times.


@pytest.mark.parametrize(
    ("day", "at", "zone", "expected"),
    [
        (date(2026, 11, 23), time(12), HELSINKI, "2026-11-23 10:00"),
        (FORWARD, time(2, 59), HELSINKI, "2026-03-29 00:59"),
        (FORWARD, time(3, 30), HELSINKI, "2026-03-29 01:00"),
        (FORWARD, time(3, 30, 0, 5), HELSINKI, "2026-03-29 01:00"),
        (FORWARD, time(4, 0), HELSINKI, "2026-03-29 01:00"),
        (BACK, time(3, 30), HELSINKI, "2026-10-25 00:30"),
        (BACK, time(4, 0), HELSINKI, "2026-10-25 02:00"),
        (date(2026, 9, 6), MIDNIGHT, "America/Santiago", "2026-09-06 04:00"),
        (date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe", "2026-10-03 15:30"),
        (date(2011, 12, 30), time(12), "Pacific/Apia", "2011-12-30 10:00"),
    ],
    ids=[
        "an ordinary noon",
        "just before the gap",
        "in the gap",
        "in the gap, with a fraction",
        "just after the gap",
        "comes twice",
        "after it came twice",
        "a midnight that never comes",
        "a gap of half an hour",
        "a day that never came",
    ],
)
def test_the_instant_of_a_wall_time(day: date, at: time, zone: str, expected: str) -> None:
    found = instant(day, at, zone)
    assert found == utc(expected)
    assert found.tzinfo is UTC


@given(
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.times(),
    st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    st.times(),
    st.sampled_from(ZONES),
)
def test_later_on_the_wall_is_never_earlier(day: date, at: time, day2: date, at2: time, zone: str) -> None:
    (early, early_at), (late, late_at) = sorted(((day, at), (day2, at2)))
    assert instant(early, early_at, zone) <= instant(late, late_at, zone)


def test_one_instant_is_two_days_in_two_places() -> None:
    late, later = utc("2026-11-23 21:30"), utc("2026-11-23 22:30")
    assert same_local_day(late, later, "UTC")
    assert not same_local_day(late, later, HELSINKI)
    assert same_local_day(late, late + 23 * HOUR, "America/New_York") is False


# Office hours.


def test_scenario_8_a_case_from_friday_half_past_four_starts_on_monday() -> None:
    assert next_open(MON_TO_FRI, FRIDAY_HALF_PAST_FOUR) == local("2026-11-30 08:30")
    assert due(MON_TO_FRI, FRIDAY_HALF_PAST_FOUR, 2 * HOUR) == local("2026-11-30 10:30")


def test_scenario_8_independence_day_is_skipped() -> None:
    saturday_evening = local("2026-12-05 18:00")
    assert due(EVERY_DAY, saturday_evening, HOUR) == local("2026-12-07 09:30")
    assert not open_at(EVERY_DAY, local("2026-12-06 12:00"))


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-11-23 08:29", False),
        ("2026-11-23 08:30", True),
        ("2026-11-23 15:59", True),
        ("2026-11-23 16:00", False),
        ("2026-11-28 12:00", False),
    ],
)
def test_the_opening_minute_is_open_and_the_closing_minute_is_not(at: str, is_open: bool) -> None:
    assert open_at(MON_TO_FRI, local(at)) is is_open


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "expected"),
    [
        (MON_TO_FRI, "2026-11-23 12:00", 4, "2026-11-23 16:00"),
        (MON_TO_FRI, "2026-11-23 12:00", 4.5, "2026-11-24 09:00"),
        (MON_TO_FRI, "2026-11-23 06:00", 1, "2026-11-23 09:30"),
        (MON_TO_FRI, "2026-11-23 12:00", 37.5, "2026-11-30 12:00"),
        (WITH_LUNCH, "2026-11-23 10:30", 1, "2026-11-23 12:30"),
        (WITH_LUNCH, "2026-11-23 11:30", 0, "2026-11-23 12:00"),
        (ROUND_THE_CLOCK, "2026-11-27 23:00", 24, "2026-11-28 23:00"),
        (ROUND_THE_CLOCK, "2026-10-24 12:00", 24, "2026-10-25 11:00"),
        (ROUND_THE_CLOCK, "2026-03-28 12:00", 24, "2026-03-29 13:00"),
    ],
    ids=[
        "what fills the day is due when it closes",
        "the rest is due the next morning",
        "before the office opens",
        "a week of office time",
        "over lunch",
        "within lunch",
        "over midnight",
        "the night the clocks go back is longer",
        "the night they go forward is shorter",
    ],
)
def test_due(calendar: Calendar, start: str, hours: float, expected: str) -> None:
    assert due(calendar, local(start), timedelta(hours=hours)) == local(expected)


def test_before_counts_back_over_the_weekend() -> None:
    assert before(MON_TO_FRI, local("2026-11-30 09:00"), HOUR) == local("2026-11-27 15:30")
    assert before(WITH_LUNCH, local("2026-11-23 12:30"), HOUR) == local("2026-11-23 10:30")
    assert before(MON_TO_FRI, local("2026-11-29 12:00"), timedelta()) == local("2026-11-27 16:00")


def test_overlapping_hours_count_once() -> None:
    double = Calendar(HELSINKI, {MON: (OpenHours(time(8), time(16)), OpenHours(time(10), time(12)))})
    assert due(double, local("2026-11-23 08:00"), 5 * HOUR) == local("2026-11-23 13:00")
    assert office_time_between(double, local("2026-11-23 00:00"), local("2026-11-24 00:00")) == 8 * HOUR


def test_hours_that_the_clocks_skip_are_no_hours() -> None:
    small_hours = Calendar(HELSINKI, {SUN: (OpenHours(time(3, 10), time(3, 50)),)})
    assert next_open(small_hours, local("2026-03-28 12:00")) == local("2026-04-05 03:10")


def test_an_office_closed_for_a_year_still_opens_again() -> None:
    year = frozenset(date(2026, 1, 1) + n * DAY for n in range(365))
    renovated = Calendar(HELSINKI, dict.fromkeys(range(7), (OFFICE,)), year)
    assert next_open(renovated, local("2026-01-01 12:00")) == local("2027-01-01 08:30")


@pytest.mark.parametrize("calendar", [NEVER, Calendar(HELSINKI, {MON: ()})])
def test_a_calendar_without_hours_says_so(calendar: Calendar) -> None:
    with pytest.raises(NeverOpen, match="Give it hours on at least one day"):
        due(calendar, MONDAY_NOON, HOUR)
    with pytest.raises(NeverOpen):
        before(calendar, MONDAY_NOON, HOUR)
    assert not open_at(calendar, MONDAY_NOON)
    assert office_time_between(calendar, MONDAY_NOON, MONDAY_NOON + WEEK) == timedelta()


@pytest.mark.parametrize(("opens", "closes"), [(time(16), time(8)), (time(8), time(8))])
def test_hours_that_close_before_they_open_are_refused_with_a_way_out(opens: time, closes: time) -> None:
    with pytest.raises(ValueError, match="closes at 00:00 and another that opens at 00:00"):
        OpenHours(opens, closes)


def test_a_night_shift_is_two_stretches() -> None:
    night = (OpenHours(MIDNIGHT, time(6)), OpenHours(time(22), MIDNIGHT))
    calendar = Calendar(HELSINKI, dict.fromkeys(range(7), night))
    assert due(calendar, local("2026-11-23 23:00"), 3 * HOUR) == local("2026-11-24 02:00")


calendars = st.sampled_from([MON_TO_FRI, EVERY_DAY, WITH_LUNCH, ROUND_THE_CLOCK])
moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
stretches = st.timedeltas(timedelta(seconds=1), timedelta(hours=60))


@given(calendars, moments, stretches)
def test_what_is_due_is_due_in_office_hours_and_takes_its_office_time(
    calendar: Calendar, start: datetime, office_time: timedelta
) -> None:
    found = due(calendar, start, office_time)
    assert found.tzinfo is UTC
    assert open_at(calendar, found - timedelta(microseconds=1))
    assert office_time_between(calendar, start, found) == office_time


@given(calendars, moments, moments, stretches, stretches)
def test_due_is_monotone(
    calendar: Calendar, one: datetime, other: datetime, brief: timedelta, long: timedelta
) -> None:
    (sooner, later), (less, more) = sorted((one, other)), sorted((brief, long))
    assert due(calendar, sooner, less) <= due(calendar, later, less) <= due(calendar, later, more)


@given(calendars, moments, stretches)
def test_before_leads_back_to_where_due_began_to_count(
    calendar: Calendar, start: datetime, office_time: timedelta
) -> None:
    assert before(calendar, due(calendar, start, office_time), office_time) == next_open(calendar, start)


@given(calendars, moments)
def test_next_open_is_open_and_nothing_between_is(calendar: Calendar, at: datetime) -> None:
    found = next_open(calendar, at)
    assert found >= at
    assert open_at(calendar, found)
    assert office_time_between(calendar, at, found) == timedelta()


@given(calendars, moments, moments, moments)
def test_office_time_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    a, b, c = sorted((a, b, c))
    parts = office_time_between(calendar, a, b) + office_time_between(calendar, b, c)
    assert parts == office_time_between(calendar, a, c)
    assert office_time_between(calendar, c, a) == timedelta() or a == c


# Quiet hours.

WORKDAYS, ALL_DAYS = frozenset(range(5)), frozenset(range(7))


@pytest.mark.parametrize(
    ("at", "quiet_from", "quiet_until", "days", "expected"),
    [
        ("2026-11-23 12:00", time(20), time(8), WORKDAYS, "2026-11-23 12:00"),
        ("2026-11-23 20:00", time(20), time(8), WORKDAYS, "2026-11-24 08:00"),
        ("2026-11-24 03:00", time(20), time(8), WORKDAYS, "2026-11-24 08:00"),
        ("2026-11-27 21:00", time(20), time(8), WORKDAYS, "2026-11-30 08:00"),
        ("2026-11-28 12:00", time(20), time(8), WORKDAYS, "2026-11-30 08:00"),
        ("2026-11-28 12:00", time(20), time(8), ALL_DAYS, "2026-11-28 12:00"),
        ("2026-11-23 12:30", time(12), time(13), WORKDAYS, "2026-11-23 13:00"),
        ("2026-11-23 23:59", time(12), time(13), WORKDAYS, "2026-11-23 23:59"),
        ("2026-11-23 03:00", MIDNIGHT, time(8), WORKDAYS, "2026-11-23 08:00"),
        ("2026-11-23 21:00", time(20), MIDNIGHT, WORKDAYS, "2026-11-24 00:00"),
        ("2026-11-23 03:00", time(8), time(8), WORKDAYS, "2026-11-23 03:00"),
    ],
    ids=[
        "awake",
        "the evening begins",
        "at night",
        "Friday evening",
        "Saturday",
        "Saturday where Saturday is a day like others",
        "a quiet lunch",
        "after a quiet lunch",
        "quiet from midnight",
        "quiet until midnight",
        "never quiet",
    ],
)
def test_not_quiet(at: str, quiet_from: time, quiet_until: time, days: frozenset[int], expected: str) -> None:
    assert not_quiet(local(at), HELSINKI, quiet_from, quiet_until, days) == local(expected)


def test_quiet_hours_are_the_recipients() -> None:
    at = utc("2026-11-23 06:30")
    assert not_quiet(at, HELSINKI, time(20), time(8), WORKDAYS) == at
    assert not_quiet(at, "Europe/London", time(20), time(8), WORKDAYS) == utc("2026-11-23 08:00")


def test_without_any_day_nobody_is_ever_asked() -> None:
    with pytest.raises(NeverOpen):
        not_quiet(MONDAY_NOON, HELSINKI, time(20), time(8), frozenset())


@given(moments, st.sampled_from(ZONES), st.frozensets(st.integers(0, 6), min_size=1))
def test_nobody_is_disturbed(at: datetime, zone: str, days: frozenset[int]) -> None:
    found = not_quiet(at, zone, time(20), time(8), days)
    wall = found.astimezone(ZoneInfo(zone))
    assert found >= at
    assert wall.weekday() in days
    assert time(8) <= wall.time() < time(20)


# Weekly windows.

FRIDAY_AT_FIVE = time(17)


def test_scenario_13_the_server_slept_over_friday_and_the_window_is_the_same() -> None:
    expected = Window(utc("2026-11-20 15:00"), utc("2026-11-27 15:00"))
    on_time, late = utc("2026-11-27 15:00"), utc("2026-11-28 09:00")
    assert latest_window(FRI, FRIDAY_AT_FIVE, HELSINKI, on_time) == expected
    assert latest_window(FRI, FRIDAY_AT_FIVE, HELSINKI, late) == expected
    assert latest_window(FRI, FRIDAY_AT_FIVE, HELSINKI, on_time - timedelta(seconds=1)) == preceding(
        expected, FRI, FRIDAY_AT_FIVE, HELSINKI
    )


def test_scenario_13_a_sunday_half_past_three_that_comes_twice_ends_one_window() -> None:
    every_minute = [utc("2026-10-24 22:00") + timedelta(minutes=n) for n in range(6 * 60)]
    ended = {latest_window(SUN, time(3, 30), HELSINKI, now).ends_at for now in every_minute}
    assert ended == {utc("2026-10-18 00:30"), utc("2026-10-25 00:30")}


def test_a_half_past_three_that_never_comes_ends_one_window_when_the_gap_ends() -> None:
    every_minute = [utc("2026-03-28 23:00") + timedelta(minutes=n) for n in range(6 * 60)]
    ended = {latest_window(SUN, time(3, 30), HELSINKI, now).ends_at for now in every_minute}
    assert ended == {utc("2026-03-22 01:30"), utc("2026-03-29 01:00")}


def test_the_weeks_of_the_clock_changes_have_169_and_167_hours() -> None:
    autumn = latest_window(MON, time(9), HELSINKI, local("2026-10-26 09:00"))
    spring = latest_window(MON, time(9), HELSINKI, local("2026-03-30 09:00"))
    assert autumn.ends_at - autumn.starts_at == 169 * HOUR
    assert spring.ends_at - spring.starts_at == 167 * HOUR


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("weekday", "at"), [(FRI, time(15)), (SUN, time(3, 30)), (MON, MIDNIGHT), (SUN, time(2, 15))]
)
def test_windows_tile_the_years_without_gap_or_overlap(zone: str, weekday: int, at: time) -> None:
    now, last = utc("2024-12-20 00:00"), utc("2031-01-10 00:00")
    window = latest_window(weekday, at, zone, now)
    labels = {week_label(window, zone)}
    while now < last:
        now += timedelta(hours=11)
        found = latest_window(weekday, at, zone, now)
        assert found.ends_at <= now < found.ends_at + WEEK + 2 * HOUR
        if found != window:
            assert found.starts_at == window.ends_at
            assert preceding(found, weekday, at, zone) == window
            label = week_label(found, zone)
            assert label not in labels
            assert window_of_week(label, weekday, at, zone) == found
            labels.add(label)
            window = found
    assert len(labels) > 6 * 52


@given(moments, st.integers(0, 6), st.times(), st.sampled_from(ZONES))
def test_the_latest_window_is_the_latest(now: datetime, weekday: int, at: time, zone: str) -> None:
    found = latest_window(weekday, at, zone, now)
    assert found.starts_at < found.ends_at <= now
    following = latest_window(weekday, at, zone, found.ends_at + WEEK + 3 * HOUR)
    assert following.starts_at == found.ends_at
    assert following.ends_at == coming(weekday, at, zone, now)
    assert following.ends_at > now


@pytest.mark.parametrize(
    ("label", "weekday", "at", "ends_at"),
    [
        ("2026-W47", FRI, time(15), "2026-11-20 15:00"),
        ("2026-w47", FRI, time(15), "2026-11-20 15:00"),
        ("2026-W53", FRI, time(15), "2027-01-01 15:00"),
        ("2026-W01", FRI, time(15), "2026-01-02 15:00"),
        ("2026-W47", MON, MIDNIGHT, "2026-11-23 00:00"),
        ("2026-W47", MON, time(8), "2026-11-16 08:00"),
    ],
    ids=["usual", "small w", "week 53", "week 1", "ends with Sunday", "ends on Monday morning"],
)
def test_the_window_of_a_week(label: str, weekday: int, at: time, ends_at: str) -> None:
    window = window_of_week(label, weekday, at, HELSINKI)
    assert window.ends_at == local(ends_at)
    assert week_label(window, HELSINKI) == label.upper()


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ("last week", "“last week” is not a week. Write the year and the ISO week, such as 2026-W47."),
        ("2026-47", "“2026-47” is not a week. Write the year and the ISO week, such as 2026-W47."),
        ("2025-W53", "The year 2025 has no week 53."),
        ("2026-W00", "The year 2026 has no week 0."),
        ("0000-W01", "The year 0000 has no week 1."),
    ],
)
def test_a_week_there_is_not_is_told_in_a_sentence(label: str, sentence: str) -> None:
    with pytest.raises(ValueError, match="week") as told:
        window_of_week(label, FRI, time(15), HELSINKI)
    assert str(told.value) == sentence


# Turns by office day.


@pytest.mark.parametrize(
    ("calendar", "first", "second", "days"),
    [
        (MON_TO_FRI, date(2026, 11, 23), date(2026, 11, 24), 1),
        (MON_TO_FRI, date(2026, 11, 27), date(2026, 11, 30), 1),
        (MON_TO_FRI, date(2026, 11, 28), date(2026, 11, 30), 0),
        (MON_TO_FRI, date(2026, 11, 23), date(2026, 12, 7), 10),
        (EVERY_DAY, date(2026, 12, 5), date(2026, 12, 7), 1),
        (NEVER, date(2020, 1, 6), date(2026, 12, 7), 0),
    ],
)
def test_office_days_are_counted_without_closed_ones(
    calendar: Calendar, first: date, second: date, days: int
) -> None:
    assert office_days_before(calendar, second) - office_days_before(calendar, first) == days


@given(st.dates(date(2020, 1, 6), date(2049, 12, 31)), st.sets(st.integers(0, 6)), st.sets(st.integers(0, 6)))
def test_each_office_day_and_no_other_is_one_turn(day: date, weekdays: set[int], closed: set[int]) -> None:
    days_off = frozenset(day + timedelta(days=away) for away in closed)
    calendar = Calendar(HELSINKI, dict.fromkeys(weekdays, (OFFICE,)), days_off)
    turn = office_days_before(calendar, day + timedelta(days=1)) - office_days_before(calendar, day)
    assert turn == is_office_day(calendar, day)


# When the office may be spoken to.


@pytest.mark.parametrize(
    ("at", "spoken_at"),
    [
        ("2026-11-23 12:00", "2026-11-23 12:00"),
        ("2026-11-23 07:00", "2026-11-23 07:00"),
        ("2026-11-23 06:59", "2026-11-23 08:30"),
        ("2026-11-23 21:59", "2026-11-23 21:59"),
        ("2026-11-23 22:00", "2026-11-24 08:30"),
        ("2026-11-28 12:00", "2026-11-30 08:30"),
        ("2026-11-27 23:00", "2026-11-30 08:30"),
    ],
)
def test_an_office_is_let_sleep(at: str, spoken_at: str) -> None:
    assert office_awake(MON_TO_FRI, local(at), time(22), time(7)) == local(spoken_at)


def test_quiet_hours_may_lie_within_a_day() -> None:
    assert office_awake(WITH_LUNCH, local("2026-11-23 12:59"), time(11), time(13)) == local(
        "2026-11-23 12:59"
    )
    assert office_awake(WITH_LUNCH, local("2026-11-23 11:00"), time(11), time(12)) == local(
        "2026-11-23 12:00"
    )
    assert office_awake(WITH_LUNCH, local("2026-11-23 10:59"), time(11), time(12)) == local(
        "2026-11-23 10:59"
    )
    assert office_awake(WITH_LUNCH, local("2026-11-23 17:00"), time(18), time(18)) == local(
        "2026-11-23 17:00"
    )


def test_who_works_late_is_awake_and_who_has_no_hours_never_sleeps() -> None:
    night = local("2026-11-23 23:30")
    assert office_awake(ROUND_THE_CLOCK, night, time(22), time(7)) == night
    assert office_awake(NEVER, night, time(22), time(7)) == night


@pytest.mark.parametrize(
    ("at", "opened_at"),
    [
        ("2026-11-23 08:29", None),
        ("2026-11-23 08:30", "2026-11-23 08:30"),
        ("2026-11-23 23:00", "2026-11-23 08:30"),
        ("2026-11-28 12:00", None),
    ],
)
def test_when_the_office_opened_today(at: str, opened_at: str | None) -> None:
    assert opened_today(MON_TO_FRI, local(at)) == (local(opened_at) if opened_at else None)


def test_a_day_is_one_of_the_calendars_zone() -> None:
    at = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # half past midnight on Monday there
    assert opened_today(ROUND_THE_CLOCK, at) == local("2026-11-23 00:00")
    assert opened_today(WITH_LUNCH, local("2026-11-23 15:00")) == local("2026-11-23 08:00")
