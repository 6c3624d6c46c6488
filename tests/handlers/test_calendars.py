"""Office hours of a service."""

from datetime import date, time
from typing import Any

from handlers.calendars import calendar_of
from handlers.organisation import Organisation
from handlers.rules.hours import OpenHours

MORNING = {"days": ["mon", "wed"], "opens": "8:30", "closes": "11:30"}
AFTERNOON = {"days": ["mon"], "opens": "12:00", "closes": "16:00"}


def organisation(**declared: Any) -> Organisation:
    return Organisation.model_validate({"name": "Kaiku", "time_zone": "Europe/Stockholm", **declared})


def test_without_a_calendar_offices_are_open_on_weekdays_from_eight_to_four() -> None:
    calendar = calendar_of(organisation())

    assert calendar.time_zone == "Europe/Stockholm"
    assert dict(calendar.hours) == {day: (OpenHours(time(8), time(16)),) for day in range(5)}
    assert calendar.closed_on == frozenset()


def test_a_service_has_its_own_calendar_else_the_organisations() -> None:
    declared = organisation(
        calendar="office",
        calendars={
            "office": {"hours": [MORNING]},
            "desk": {"hours": [AFTERNOON], "time_zone": "Europe/Helsinki"},
        },
        services={"desk": {"name": "Desk", "calendar": "desk"}, "lobby": {"name": "Lobby"}},
    )

    assert calendar_of(declared, "desk").time_zone == "Europe/Helsinki"
    assert calendar_of(declared, "desk").hours[0] == (OpenHours(time(12), time(16)),)
    for service in ("lobby", "gone", None):
        assert calendar_of(declared, service).hours[0] == (OpenHours(time(8, 30), time(11, 30)),)


def test_hours_of_a_day_are_in_order_and_the_others_days_closed() -> None:
    declared = organisation(calendar="office", calendars={"office": {"hours": [AFTERNOON, MORNING]}})

    hours = calendar_of(declared).hours
    assert hours[0] == (OpenHours(time(8, 30), time(11, 30)), OpenHours(time(12), time(16)))
    assert hours[1] == ()
    assert hours[2] == (OpenHours(time(8, 30), time(11, 30)),)


def test_public_holidays_and_further_days_are_closed() -> None:
    section = {"hours": [MORNING], "country": "FI", "closed": ["2026-12-31"]}
    closed = calendar_of(organisation(calendar="office", calendars={"office": section})).closed_on

    assert date(2026, 12, 6) in closed  # Independence Day
    assert date(2026, 12, 31) in closed
    assert date(2030, 1, 6) in closed
    assert date(2026, 12, 30) not in closed
