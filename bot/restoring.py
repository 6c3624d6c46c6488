"""After a backup was put back: what it had still to say may have been said since, so it waits for a person's word."""

import asyncio

from bot.clock import Clock
from bot.settings import Settings
from bot.wiring import build
from storage import outbox


def hold_what_waits(settings: Settings, clock: Clock | None = None) -> int:
    """Hold everything that waits to be said, and all that fell due since the backup; how many messages.

    Digests, prompts and reminders that fell due since are composed first: they too may have been said by the
    Kaiku whose memory is lost. Raises `DatabaseInUse` while Kaiku runs.
    """
    app = build(settings, clock)
    app.open()
    try:
        if app.is_applied:
            asyncio.run(app.schedule.everything())
        return app.database.write_now(outbox.hold)
    finally:
        app.close()
