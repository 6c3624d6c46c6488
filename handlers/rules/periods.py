"""Weeks, months, quarters and years as digests tell of them: which has ended, what it is called, when it is told.

A week ends when its digest comes. The others are those of the calendar, from midnight to midnight in the
zone, and are told some days after they ended. Every window has a name, the same by whatever clock.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from handlers.rules import hours
from handlers.rules.hours import Window
from storage.vocabulary import Period

MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}
_NAMES = {
    Period.MONTH: re.compile(r"(?P<year>\d{4})-(?P<part>\d{2})"),
    Period.QUARTER: re.compile(r"(?P<year>\d{4})-[Qq](?P<part>\d)"),
    Period.YEAR: re.compile(r"(?P<year>\d{4})(?P<part>)"),
}
_EXAMPLES = {Period.MONTH: "2026-10", Period.QUARTER: "2026-Q4", Period.YEAR: "2026"}


@dataclass(frozen=True)
class Rhythm:
    """How often something is told, and when: weekly on a weekday (Monday is 0), else on a day of the month after."""

    period: Period
    zone: str
    at: time
    weekday: int = 4
    day: int = 1

    def latest(self, now: datetime) -> Window:
        """The window that was to be told most recently, `now` included."""
        if self.period is Period.WEEK:
            return hours.latest_window(self.weekday, self.at, self.zone, now)
        window = self._around(hours.local_day(now, self.zone))
        while self.due_at(window) > now:
            window = self.preceding(window)
        return window

    def preceding(self, window: Window) -> Window:
        """The window before one; together they leave no gap and do not overlap."""
        if self.period is Period.WEEK:
            return hours.preceding(window, self.weekday, self.at, self.zone)
        return self._around(self._first_day(window) - timedelta(days=1))

    def run(self, window: Window, count: int) -> list[Window]:
        """So many windows, oldest first, of which this is the last."""
        found = [window]
        while len(found) < count:
            found.append(self.preceding(found[-1]))
        return found[::-1]

    def due_at(self, window: Window) -> datetime:
        """When a window is told."""
        if self.period is Period.WEEK:
            return window.ends_at
        told = self._day_after(window) + timedelta(days=self.day - 1)
        return max(hours.instant(told, self.at, self.zone), window.ends_at)

    def name(self, window: Window) -> str:
        """*2026-W47* by the ISO week of the last day, *2026-11*, *2026-Q4* or *2026*."""
        first = self._first_day(window)
        match self.period:
            case Period.WEEK:
                return hours.week_label(window, self.zone)
            case Period.MONTH:
                return f"{first:%Y-%m}"
            case Period.QUARTER:
                return f"{first:%Y}-Q{(first.month + 2) // 3}"
            case Period.YEAR:
                return f"{first:%Y}"

    def called(self, name: str) -> Window:
        """The window of that name. Raises `ValueError` with a sentence."""
        if self.period is Period.WEEK:
            return hours.window_of_week(name, self.weekday, self.at, self.zone)
        match = _NAMES[self.period].fullmatch(name.strip())
        month = (int(match["part"] or 1) - 1) * MONTHS[self.period] + 1 if match else 0
        if not match or not 1 <= month <= 12 or not 1 < int(match["year"]) < 9999:
            raise ValueError(
                f"“{name}” is not a {self.period}. Write it like this: {_EXAMPLES[self.period]}."
            )
        return self._around(date(int(match["year"]), month, 1))

    def _around(self, day: date) -> Window:
        """The calendar's month, quarter or year in which a day lies."""
        length = MONTHS[self.period]
        first = day.replace(day=1, month=(day.month - 1) // length * length + 1)
        ends = first.replace(
            year=first.year + (first.month + length - 1) // 12, month=(first.month + length - 1) % 12 + 1
        )
        return Window(
            hours.instant(first, hours.MIDNIGHT, self.zone), hours.instant(ends, hours.MIDNIGHT, self.zone)
        )

    def _first_day(self, window: Window) -> date:
        return hours.local_day(window.starts_at, self.zone)

    def _day_after(self, window: Window) -> date:
        return hours.local_day(window.ends_at, self.zone)


class Meetings(Rhythm):
    """No rhythm but from one meeting to the next: a window is compared with one as long before it."""

    def preceding(self, window: Window) -> Window:
        """As long a time before."""
        return Window(window.starts_at - (window.ends_at - window.starts_at), window.starts_at)

    def due_at(self, window: Window) -> datetime:
        """When it ends."""
        return window.ends_at

    def name(self, window: Window) -> str:
        """Its last day."""
        return hours.local_day(window.ends_at, self.zone).isoformat()
