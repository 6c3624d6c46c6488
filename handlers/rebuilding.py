"""What was erased goes from the last bytes of the file too: at night SQLite writes it anew.

`secure_delete` overwrites a row where it stands, but not the copy that stays in the unused part of a page after
rows were moved to another page to make room. Measured, one erased row in some hundreds leaves such a copy, and
nothing but `VACUUM` is sure of them (https://sqlite.org/lang_vacuum.html). Nothing is stored while that runs.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.context import Context
from storage import erasing
from storage.gauges import size

LARGEST = 1_000_000_000
"""Bytes of the largest file that is rebuilt by itself: whoever taps then waits for seven seconds."""
_NIGHT = range(5)
"""Hours of the day, by the organisation's clock."""


def waits_since(ctx: Context) -> datetime | None:
    """Since when something is erased that may stand in unused bytes; none if nothing is."""
    return erasing.overwritten_since(ctx.session)


def is_due(ctx: Context) -> bool:
    """Whether there is something, it is night, and the file small enough for hardly anybody to notice.

    What is erased after a night has rebuilt it waits for the next: once is enough.
    """
    now, last = ctx.now.astimezone(ZoneInfo(ctx.organisation.time_zone)), erasing.last_rebuilt(ctx.session)
    done = last is not None and last.astimezone(now.tzinfo).date() == now.date()
    return now.hour in _NIGHT and not done and size(ctx.session) <= LARGEST and waits_since(ctx) is not None


def rebuilt(began_at: datetime, ctx: Context) -> None:
    """The file was written anew, beginning then, and what was erased before is in none of its bytes."""
    erasing.rebuilt(ctx.session, began_at)
