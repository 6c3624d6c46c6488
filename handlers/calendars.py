"""Office hours of a service, from the calendar it declares and its country's public holidays."""

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache

import holidays

from handlers.organisation import CalendarSection, Organisation
from handlers.rules import hours
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
    opening = {
        weekday: tuple(
            OpenHours(stretch.opens, stretch.closes)
            for stretch in sorted(section.hours, key=lambda stretch: stretch.opens)
            if name in stretch.days
        )
        for weekday, name in enumerate(WEEKDAYS)
    }
    public = public_holidays(section.country) if section.country else frozenset()
    return Calendar(section.time_zone or time_zone, opening, public | frozenset(section.closed))


def falls_due(calendar: Calendar, start: datetime, office_time: timedelta) -> datetime:
    """The instant by which this much office time has passed; where the office never opens, so much time of the clock.

    `check` refuses such a calendar. Should one be there all the same, what a customer said is still kept and told.
    """
    try:
        return hours.due(calendar, start, office_time)
    except hours.NeverOpen:
        return start + office_time


def so_long_before(calendar: Calendar, due_at: datetime, office_time: timedelta) -> datetime:
    """The latest instant from which this much office time is left until `due_at`; else time of the clock, as above."""
    try:
        return hours.before(calendar, due_at, office_time)
    except hours.NeverOpen:
        return due_at - office_time


@cache
def public_holidays(country: str) -> frozenset[date]:
    """The days public offices of a country (ISO code) are closed, over a wide span of years."""
    return frozenset(holidays.country_holidays(country, years=_YEARS))
