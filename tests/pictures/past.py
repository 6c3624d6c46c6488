"""A past of two years to make pictures of: three services of the made-up city."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlmodel import Session

from bot.city.plan import Plan, annotated, city, plan
from bot.city.story import Town
from bot.city.writing import write
from handlers.context import Context
from handlers.organisation import Organisation
from handlers.rules.hours import instant
from storage.database import Database
from tests.helpers.town import fresh_database

LANGUAGES = ("fi", "sv", "en")
LAST = date(2026, 11, 22)
"""The last day that was lived, a Sunday."""
_SHOWN = ("helpdesk", "parking-permits", "building-permits")


@dataclass(frozen=True)
class Past:
    """What was lived, and the plan it came of."""

    planned: Plan
    database: Database

    @property
    def organisation(self) -> Organisation:
        """The city with what happened."""
        return annotated(city(), self.planned)

    @property
    def now(self) -> datetime:
        """The morning after."""
        return instant(LAST + timedelta(days=1), time(9), city().time_zone)

    def context(self, session: Session) -> Context:
        """What handlers read with."""
        return Context(session, self.organisation, self.now)


@contextmanager
def lived(folder: Path) -> Iterator[Past]:
    """The past, written into a database of its own."""
    planned = plan(city(), LAST, 104, 7)
    busy = {key: planned.encounters_a_week[key] for key in _SHOWN}
    with Database(fresh_database(folder)) as database:
        write(Town(city(), replace(planned, encounters_a_week=busy)), database)
        yield Past(planned, database)
