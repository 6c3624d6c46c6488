"""Which days a page looks at, and which days before those they are compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

from handlers.context import Context
from handlers.filters import Filters
from handlers.rules import hours
from handlers.rules.hours import Window

USUAL = 91
"""Thirteen whole weeks: a quarter, with each weekday as often as any other."""
_POINTS = 13
"""Points of a trend at most."""
_WEEK = 7
_FIRST = date(1900, 1, 1).toordinal()
"""No day before is looked at: the calendar itself has an end."""


@dataclass(frozen=True)
class Days:
    """Whole days from `since` to `until`, both included, in the zone of the organisation."""

    since: date
    until: date
    zone: str

    @property
    def count(self) -> int:
        """How many days."""
        return (self.until - self.since).days + 1

    @property
    def window(self) -> Window:
        """The same as instants."""
        return Window(
            hours.instant(self.since, hours.MIDNIGHT, self.zone),
            hours.instant(self.until + timedelta(days=1), hours.MIDNIGHT, self.zone),
        )

    @property
    def before(self) -> "Days":
        """As many days before them."""
        count = min(self.count, self.since.toordinal() - _FIRST)
        return Days(self.since - timedelta(days=count), self.since - timedelta(days=1), self.zone)

    def steps(self) -> list["Days"]:
        """The same days cut into whole weeks, or several of them, for a trend; the oldest may be shorter."""
        weeks = -(-self.count // _WEEK)
        step = timedelta(days=_WEEK * max(1, -(-weeks // _POINTS)))
        found: list[Days] = []
        last = self.until
        while last >= self.since:
            found.insert(0, Days(max(self.since, last - step + timedelta(days=1)), last, self.zone))
            last -= step
        return found


def days_of(filters: Filters, ctx: Context) -> Days:
    """The days that were asked for; the last thirteen weeks where nothing was."""
    zone = ctx.organisation.time_zone
    today = hours.local_day(ctx.now, zone)
    until = filters.until or max(today, filters.since or today)
    since = filters.since or until - timedelta(days=USUAL - 1)
    return Days(since, until, zone)
