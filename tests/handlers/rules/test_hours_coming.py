"""The next time a wall clock shows what it is asked for."""

from datetime import UTC, datetime, time

import pytest

from handlers.rules.hours import coming

MONDAY, FRIDAY, SUNDAY = 0, 4, 6


@pytest.mark.parametrize(
    ("weekday", "at", "now", "expected"),
    [
        (FRIDAY, time(15), datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 27, 13, tzinfo=UTC)),
        (FRIDAY, time(15), datetime(2026, 11, 27, 13, tzinfo=UTC), datetime(2026, 12, 4, 13, tzinfo=UTC)),
        (
            FRIDAY,
            time(15),
            datetime(2026, 11, 27, 12, 59, tzinfo=UTC),
            datetime(2026, 11, 27, 13, tzinfo=UTC),
        ),
        (
            MONDAY,
            time(8, 30),
            datetime(2026, 11, 27, 13, tzinfo=UTC),
            datetime(2026, 11, 30, 6, 30, tzinfo=UTC),
        ),
        # Half past eleven on Sunday evening in UTC is Monday already in Helsinki.
        (
            MONDAY,
            time(8, 30),
            datetime(2026, 11, 29, 23, 30, tzinfo=UTC),
            datetime(2026, 11, 30, 6, 30, tzinfo=UTC),
        ),
        # The clocks went back on 25 October 2026: the week has an hour more.
        (
            SUNDAY,
            time(3, 30),
            datetime(2026, 10, 18, 0, 30, tzinfo=UTC),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        ),
        (
            SUNDAY,
            time(3, 30),
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            datetime(2026, 11, 1, 1, 30, tzinfo=UTC),
        ),
    ],
)
def test_the_next_time_in_helsinki(weekday: int, at: time, now: datetime, expected: datetime) -> None:
    assert coming(weekday, at, "Europe/Helsinki", now) == expected
