"""Office hours, quiet hours, due times and windows: the only place where local time exists.

Every datetime comes in aware and goes out in UTC. A wall time that comes twice (the clocks go back)
means its first coming; one that never comes (they go forward) means the instant the gap ends.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

MIDNIGHT = time(0, 0)
_DAY = timedelta(days=1)
_FIRST_MONDAY = date(2020, 1, 6)
_SEARCH_DAYS = 400
"""A calendar closed this long without a break will not open again."""


class NeverOpen(ValueError):
    """The calendar has no open hours, so nothing can ever fall due. Give it hours on at least one day."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


@dataclass(frozen=True)
class OpenHours:
    """One stretch of a day, local wall time: from `opens` up to, not including, `closes`.

    Closing at 00:00 means the midnight that ends the day; what goes on after it is a stretch of the next day.
    """

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.closes <= self.opens and self.closes != MIDNIGHT:
            raise ValueError(
                f"Hours cannot run from {self.opens:%H:%M} to {self.closes:%H:%M}. For a night, write one "
                f"stretch that closes at 00:00 and another that opens at 00:00 on the next day."
            )


@dataclass(frozen=True)
class Calendar:
    """Office hours of a place: which hours on which weekday (Monday is 0), and the days it is closed."""

    time_zone: str
    hours: Mapping[int, tuple[OpenHours, ...]]
    closed_on: frozenset[date] = field(default_factory=frozenset)

    @cached_property
    def closed_weekdays(self) -> list[date]:
        """Closed days from the first Monday of 2020 on that would else have had open hours, in order."""
        return sorted(day for day in self.closed_on if day >= _FIRST_MONDAY and self.hours.get(day.weekday()))


@dataclass(frozen=True)
class Window:
    """The time from `starts_at` up to, not including, `ends_at`; UTC."""

    starts_at: datetime
    ends_at: datetime


@lru_cache(maxsize=4096)
def instant(day: date, at: time, zone: str) -> datetime:
    """The instant a wall clock in the zone shows this day and time, in UTC; `at` without a fold."""
    tz = ZoneInfo(zone)
    wall = datetime.combine(day, at, tz)
    found = wall.astimezone(UTC)
    if found.astimezone(tz).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return found
    wall = wall.replace(microsecond=0)
    return _change_between(wall.replace(fold=1).astimezone(UTC), wall.astimezone(UTC), tz)


def _change_between(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The instant at which the zone's offset changes; all of them are whole seconds, in UTC."""
    old_offset = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == old_offset:
            before = middle
        else:
            after = middle
    return after


def local_day(at: datetime, zone: str) -> date:
    """The date that the zone's calendar shows at an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def same_local_day(a: datetime, b: datetime, zone: str) -> bool:
    """Whether both instants fall on one date in the zone."""
    return local_day(a, zone) == local_day(b, zone)


# Office hours. "Office time" is time during which the office is open.


def open_at(calendar: Calendar, at: datetime) -> bool:
    """Whether the office is open at this instant; false for a calendar without hours."""
    try:
        return next_open(calendar, at) == at
    except NeverOpen:
        return False


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """The first instant from `at` on at which the office is open; `at` itself if so. Raises `NeverOpen`."""
    return due(calendar, at, timedelta())


def due(calendar: Calendar, start: datetime, office_time: timedelta) -> datetime:
    """The instant by which this much office time has passed since `start`. Raises `NeverOpen`.

    Counting begins when the office opens. What fills a day exactly is due when that day closes, not
    when the next one opens.
    """
    for stretch in _stretches_after(calendar, start):
        opens = max(stretch.starts_at, start.astimezone(UTC))
        if stretch.ends_at - opens >= office_time:
            return opens + office_time
        office_time -= stretch.ends_at - opens
    raise NeverOpen


def before(calendar: Calendar, due_at: datetime, office_time: timedelta) -> datetime:
    """The latest instant from which this much office time is left until `due_at`. Raises `NeverOpen`."""
    for stretch in _stretches_before(calendar, due_at):
        closes = min(stretch.ends_at, due_at.astimezone(UTC))
        if closes - stretch.starts_at >= office_time:
            return closes - office_time
        office_time -= closes - stretch.starts_at
    raise NeverOpen


def office_time_between(calendar: Calendar, a: datetime, b: datetime) -> timedelta:
    """How long the office is open from `a` to `b`; zero when `b` is not after `a`."""
    tz = ZoneInfo(calendar.time_zone)
    day, last = a.astimezone(tz).date(), b.astimezone(tz).date() + _DAY
    passed = timedelta()
    while day <= last:
        for stretch in _open_on(calendar, day):
            passed += max(min(stretch.ends_at, b) - max(stretch.starts_at, a), timedelta())
        day += _DAY
    return passed


def office_days_before(calendar: Calendar, day: date) -> int:
    """How many days with open hours lie between a fixed Monday in 2020 and a day, which is not counted itself.

    By its remainder people take turns: days on which the office is closed belong to whose turn comes next.
    """
    weeks, rest = divmod((day - _FIRST_MONDAY).days, 7)
    open_on = {weekday for weekday, hours in calendar.hours.items() if hours}
    closed = bisect_left(calendar.closed_weekdays, day)
    return weeks * len(open_on) + sum(weekday < rest for weekday in open_on) - closed


def is_office_day(calendar: Calendar, day: date) -> bool:
    """Whether the office has open hours on a day."""
    return bool(calendar.hours.get(day.weekday())) and day not in calendar.closed_on


def _stretches_after(calendar: Calendar, at: datetime) -> Iterator[Window]:
    """What is open after `at`, soonest first; ends only when the calendar has come to its end."""
    day, closed_days = at.astimezone(ZoneInfo(calendar.time_zone)).date(), 0
    while closed_days < _SEARCH_DAYS:
        stretches = _open_on(calendar, day)
        closed_days = 0 if stretches else closed_days + 1
        yield from (stretch for stretch in stretches if stretch.ends_at > at)
        day += _DAY


def _stretches_before(calendar: Calendar, at: datetime) -> Iterator[Window]:
    """What is open before `at`, latest first; ends only where the calendar begins."""
    day, closed_days = at.astimezone(ZoneInfo(calendar.time_zone)).date() + _DAY, 0
    while closed_days < _SEARCH_DAYS:
        stretches = _open_on(calendar, day)
        closed_days = 0 if stretches else closed_days + 1
        yield from (stretch for stretch in reversed(stretches) if stretch.starts_at < at)
        day -= _DAY


def _open_on(calendar: Calendar, day: date) -> list[Window]:
    """The day's open stretches in order; overlapping ones are joined, so that no minute counts twice."""
    if day in calendar.closed_on:
        return []
    joined: list[Window] = []
    for hours in sorted(calendar.hours.get(day.weekday(), ()), key=lambda hours: hours.opens):
        opens = instant(day, hours.opens, calendar.time_zone)
        last_day = day + _DAY if hours.closes == MIDNIGHT else day
        closes = instant(last_day, hours.closes, calendar.time_zone)
        if joined and opens <= joined[-1].ends_at:
            first = joined.pop()
            opens, closes = first.starts_at, max(first.ends_at, closes)
        if opens < closes:
            joined.append(Window(opens, closes))
    return joined


def opened_today(calendar: Calendar, at: datetime) -> datetime | None:
    """When the office first opened on the day of `at`; none before it does, and on a closed day."""
    stretches = _open_on(calendar, at.astimezone(ZoneInfo(calendar.time_zone)).date())
    return stretches[0].starts_at if stretches and stretches[0].starts_at <= at else None


# Quiet hours.


def office_awake(calendar: Calendar, at: datetime, quiet_from: time, quiet_until: time) -> datetime:
    """`at` itself outside quiet hours on a day the office is open; else the instant at which it opens next.

    A calendar without hours is never quiet. A late evening in which the office is open is not quiet either.
    """
    day = at.astimezone(ZoneInfo(calendar.time_zone))
    rests = not _open_on(calendar, day.date()) or _between(day.time(), quiet_from, quiet_until)
    try:
        return next_open(calendar, at) if rests else at
    except NeverOpen:
        return at


def _between(wall: time, start: time, end: time) -> bool:
    """Whether a wall time lies in a stretch that may run over midnight."""
    return start <= wall < end if start <= end else wall >= start or wall < end


def not_quiet(at: datetime, zone: str, quiet_from: time, quiet_until: time, days: frozenset[int]) -> datetime:
    """The earliest instant from `at` on that is outside quiet hours on one of the weekdays (Monday is 0).

    Quiet hours may run over midnight; from and until the same time, there are none. Raises `NeverOpen`
    when there is no day.
    """
    if quiet_from == quiet_until:
        awake = [(MIDNIGHT, MIDNIGHT)]
    elif quiet_from > quiet_until:
        awake = [(quiet_until, quiet_from)]
    else:
        awake = [(MIDNIGHT, quiet_from), (quiet_until, MIDNIGHT)]
        awake = awake[1:] if quiet_from == MIDNIGHT else awake
    hours = tuple(OpenHours(opens, closes) for opens, closes in awake)
    return next_open(Calendar(zone, dict.fromkeys(days, hours)), at)


# Weekly windows.


def latest_window(weekday: int, at: time, zone: str, now: datetime) -> Window:
    """The weekly window that ended most recently, `now` included; Monday is 0.

    It began when the one before it ended, so windows tile time without gap or overlap even where a week
    has 167 or 169 hours.
    """
    # A day ahead of the wall clock: setting it back over midnight must not take back what has ended.
    day = now.astimezone(ZoneInfo(zone)).date() + _DAY
    day -= timedelta(days=(day.weekday() - weekday) % 7)
    if instant(day, at, zone) > now:
        day -= timedelta(weeks=1)
    return _window_ending(day, at, zone)


def coming(weekday: int, at: time, zone: str, now: datetime) -> datetime:
    """The next instant, after `now`, at which the zone's wall clock shows this time on this weekday."""
    day = now.astimezone(ZoneInfo(zone)).date()
    day += timedelta(days=(weekday - day.weekday()) % 7)
    found = instant(day, at, zone)
    return found if found > now else instant(day + timedelta(weeks=1), at, zone)


def preceding(window: Window, weekday: int, at: time, zone: str) -> Window:
    """The window before this one: the latest that had ended when it began."""
    return latest_window(weekday, at, zone, window.starts_at)


def week_label(window: Window, zone: str) -> str:
    """The ISO week of the window's last day, such as *2026-W47*."""
    last_moment = window.ends_at - timedelta(microseconds=1)
    year, week, _ = last_moment.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{week:02}"


def window_of_week(label: str, weekday: int, at: time, zone: str) -> Window:
    """The window whose last day is in the ISO week of the label. Raises `ValueError` with a sentence."""
    match = re.fullmatch(r"(\d{4})-[Ww](\d{2})", label.strip())
    if not match:
        raise ValueError(f"“{label}” is not a week. Write the year and the ISO week, such as 2026-W47.")
    try:
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        raise ValueError(f"The year {match[1]} has no week {int(match[2])}.") from None
    # What ends at midnight as Monday begins has Sunday for its last day.
    days = 7 if (weekday, at) == (0, MIDNIGHT) else weekday
    return _window_ending(monday + timedelta(days=days), at, zone)


def _window_ending(day: date, at: time, zone: str) -> Window:
    return Window(instant(day - timedelta(weeks=1), at, zone), instant(day, at, zone))
