"""Time zones that do not exist, calendars that never open."""

from collections.abc import Iterator
from functools import cache
from zoneinfo import available_timezones

import holidays

from handlers.calendars import WEEKDAYS
from handlers.declared import close
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import CalendarSection, Hours, Organisation


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


def unknown_time_zones(organisation: Organisation) -> Iterator[Mistake]:
    """Time zones that are not in the IANA database."""
    named: list[tuple[Path, str | None]] = [(("time_zone",), organisation.time_zone)]
    for section in ("calendars", "teams", "people", "reports"):
        named += [
            ((section, key, "time_zone"), entry.time_zone)
            for key, entry in getattr(organisation, section).items()
        ]
    for path, zone in named:
        if zone is not None and zone not in _zones():
            near = {name.lower(): name for name in _zones()}
            yield Mistake(
                path,
                f"There is no time zone “{zone}”.",
                close(zone, near) or "Write an IANA name, such as Europe/Helsinki.",
            )


def unfit_calendars(organisation: Organisation) -> Iterator[Mistake]:
    """Calendars without office days, with hours that end before they begin, or of an unknown country."""
    for key, calendar in organisation.calendars.items():
        path: Path = ("calendars", key)
        if not any(hours.days for hours in calendar.hours):
            yield Mistake(
                (*path, "hours"),
                f"The calendar “{key}” has no office days, so that no case would ever be due.",
                "Add `days` with opening hours.",
            )
        if calendar.country and calendar.country not in _countries():
            yield Mistake(
                (*path, "country"),
                f"I do not know the public holidays of “{calendar.country}”.",
                "Write its two capital letters, such as FI; or leave it out and list `closed` days.",
            )
        yield from _unfit_hours(path, calendar)


def _unfit_hours(path: Path, calendar: CalendarSection) -> Iterator[Mistake]:
    for place, hours in enumerate(calendar.hours):
        at = (*path, "hours", place)
        if hours.opens >= hours.closes:
            yield Mistake(
                (*at, "closes"),
                f"These hours close ({hours.closes:%H:%M}) before they open ({hours.opens:%H:%M}).",
                "Exchange the times; hours over midnight are two entries.",
            )
        elif twice := _days_open_twice(hours, calendar.hours[:place]):
            yield Mistake(
                at, f"These hours overlap with others on {twice}.", "Make the two entries follow each other."
            )


def _days_open_twice(hours: Hours, others: tuple[Hours, ...]) -> str:
    """The days on which the hours overlap with others declared before."""
    return ", ".join(
        day
        for day in WEEKDAYS
        if any(
            day in hours.days
            and day in other.days
            and hours.opens < other.closes
            and other.opens < hours.closes
            for other in others
        )
    )
