"""A small organisation on a real database, for tests of doors that need no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from bot.wiring import build
from handlers.organisation import Organisation
from tests.helpers.town import settled_database

FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
"""Friday 15.00 in Helsinki."""

ORGANISATION = Organisation.model_validate(
    {
        "name": "Pension Office",
        "cx_lead": "maya",
        "people": {
            "maya": {"name": "Maya Virtanen", "role": "manager", "identities": {"slack": "U0MAYA"}},
            "tom": {
                "name": "Tom Guest",
                "role": "customer",
                "identities": {"slack": "U0TOM"},
                "language": "en",
            },
        },
        "services": {"pensions": {"name": "Pension advice", "owner": "maya"}},
        "touchpoints": {
            "phone": {"name": "Phone call", "survey": "encounter", "delay": "10 min"},
            "ticket": {"name": "Ticket"},
        },
        "accounts": {"acme": {"name": "Acme Oy"}},
    }
)


class SetClock(Clock):
    """A clock that shows what the test says."""

    def __init__(self, at: datetime = FRIDAY) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@contextmanager
def small_house(
    folder: Path, clock: Clock, organisation: Organisation = ORGANISATION, **settings: str
) -> Iterator[App]:
    """The application on a fresh database with this organisation applied, open and neither hearing nor speaking."""
    url = settled_database(folder, organisation, FRIDAY)
    app = build(Settings.model_validate({"database_url": url, **settings}), clock)
    app.open()
    try:
        yield app
    finally:
        app.close()
