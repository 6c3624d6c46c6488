"""A house to play in: a database of its own, the example organisation, a clock that skips."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time
from functools import cache
from pathlib import Path

from pydantic import SecretStr

from bot.app import App
from bot.clock import Clock, SkippingClock
from bot.declaration import read
from bot.demo.actors import Stage
from bot.remembering import database_of
from bot.settings import Settings
from handlers.organisation import Organisation
from handlers.rules.hours import coming
from storage.schema import migrate

EXAMPLE = Path(__file__).with_name("organisation.example.yaml")
"""The example of the repository’s root; a link in a checkout, a file of its own in a wheel."""
_TUESDAY = 1


def settings_for(folder: Path, port: int = 8080) -> Settings:
    """Settings that reach nobody outside, whatever the environment says."""
    return Settings(
        database_url=f"sqlite:///{folder / 'kaiku.db'}",
        organisation=EXAMPLE,
        host="127.0.0.1",
        port=port,
        public_url="",
        sandbox_anywhere=False,
        sandbox=True,
        slack_bot_token=SecretStr(""),
        encryption_key=SecretStr(b64encode(b"nothing in a demo is confidential"[:32]).decode()),
    )


def friendly_hour(zone: str) -> datetime:
    """The coming Tuesday at 10:00: an office hour, far from the weekend, when people may be asked."""
    return coming(_TUESDAY, time(10), zone, Clock().now())


@cache
def example() -> Organisation:
    """The example organisation. Raises `ValueError` when somebody broke the file."""
    declared = read(EXAMPLE)
    if declared.organisation is None:
        raise ValueError("\n".join(map(str, declared.problems)))
    return declared.organisation


def clock_at(instant: datetime) -> SkippingClock:
    """A clock that shows this instant now."""
    return SkippingClock(instant - Clock().now())


@asynccontextmanager
async def playing(settings: Settings, clock: SkippingClock) -> AsyncIterator[Stage]:
    """The whole application on a new database, with a stage in place of the browser.

    Nothing happens by itself: what is due happens in `app.tick()`, so that a play is the same every time.
    """
    migrate(settings.database_url)
    database = database_of(settings)
    stage = Stage(clock, database)
    app = stage.app = App(settings, clock, database, {stage.name: stage})
    app.open()
    try:
        app.apply(example(), "the demo")
        await stage.start(app.receive)
        yield stage
        await stage.stop()
    finally:
        app.close()
