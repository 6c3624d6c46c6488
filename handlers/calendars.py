"""Office hours of a service, from the calendar it declares and its country's public holidays."""

from datetime import date, time
from functools import cache, lru_cache

import holidays

from handlers.organisation import CalendarSection, Organisation
from handlers.rules.hours import Calendar, OpenHours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_YEARS = range(2020, 2051)
"""Handlers do not read the clock, so the span is wide and fixed; a country takes some milliseconds, once."""


def calendar_of(organisation: Organisation, service: str | None = None) -> Calendar:
    """The calendar of a service, else the organisation's; without any, Mon–Fri 8–16."""
    declared = organisation.services.get(service or "")
    key = (declared.calendar if declared else None) or organisation.calendar
    section = organisation.calendars.get(key or "")
    return _declared(section, organisation.time_zone) if section else _usual(organisation.time_zone)


@lru_cache(maxsize=64)
def _usual(time_zone: str) -> Calendar:
    return Calendar(time_zone, dict.fromkeys(range(5), (OpenHours(time(8), time(16)),)))


@lru_cache(maxsize=256)
def _declared(section: CalendarSection, time_zone: str) -> Calendar:
    hours = {
        weekday: tuple(
            OpenHours(stretch.opens, stretch.closes)
            for stretch in sorted(section.hours, key=lambda stretch: stretch.opens)
            if name in stretch.days
        )
        for weekday, name in enumerate(WEEKDAYS)
    }
    public = public_holidays(section.country) if section.country else frozenset()
    return Calendar(section.time_zone or time_zone, hours, public | frozenset(section.closed))


@cache
def public_holidays(country: str) -> frozenset[date]:
    """The days public offices of a country (ISO code) are closed, over a wide span of years."""
    return frozenset(holidays.country_holidays(country, years=_YEARS))
