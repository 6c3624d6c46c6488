"""Group commit: many callers, one thread that writes, one confirmation of the disk for all who wait."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bot.app import App
from bot.clock import Clock
from bot.settings import Settings
from handlers.events import RatingGiven, Sender
from storage.database import Database
from storage.inbound import remember
from storage.sqlite import file_of
from tests.benchmarks import naive_bolt
from tests.benchmarks.clicks import HIGH, LOW, Street, is_low
from tests.helpers.slack_payloads import TEAM

CALLERS = 64
NOTES = 20_000
NAIVE_TAPS = 500
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


async def _at_once(number: int, work: Callable[[int], Awaitable[object]]) -> float:
    """So many a second, asked for by all callers at once."""

    async def caller(first: int) -> None:
        for n in range(first, number, CALLERS):
            await work(n)

    began_at = time.perf_counter()
    await asyncio.gather(*(caller(first) for first in range(CALLERS)))
    return number / (time.perf_counter() - began_at)


def plain_inserts(street: Street) -> float:
    """Remembered deliveries a second, each durable before its caller goes on."""
    with Database(street.copy()) as database:
        return asyncio.run(
            _at_once(NOTES, lambda n: database.write(lambda session: remember(session, "bench", f"{n}", NOW)))
        )


def batches_of_a_thousand(street: Street) -> float:
    """The same rows by the standard library, a thousand in a transaction: nobody waits for any of them."""
    connection = sqlite3.connect(str(file_of(street.copy())), isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    rows = [("bench", f"{n}", NOW.isoformat(" ")) for n in range(NOTES)]
    began_at = time.perf_counter()
    for start in range(0, NOTES, 1000):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO inbound VALUES (?, ?, ?)", rows[start : start + 1000])
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began_at
    connection.close()
    return NOTES / seconds


def naive_handlers() -> float:
    """What the naive bot does for each tap, a second: nobody shares its transactions."""
    with tempfile.TemporaryDirectory() as folder:
        engine = naive_bolt.opened(f"{folder}/naive.db")
        began_at = time.perf_counter()
        for n in range(NAIVE_TAPS):
            naive_bolt.store(engine, f"prompt {n}", "somebody", LOW if is_low(n) else HIGH)
        seconds = time.perf_counter() - began_at
        engine.dispose()
    return NAIVE_TAPS / seconds


def whole_handlers(street: Street) -> float:
    """First taps a second through `App.receive`, one in eight of them low: a case and an alert."""
    url = street.copy()
    app = App(Settings(_env_file=None, database_url=url), Clock(), Database(url), {})
    app.open()

    async def tap(n: int) -> None:
        prompt = street.prompts[n]
        await app.receive(
            RatingGiven(
                invitation=prompt.invitation,
                question="ease",
                score=LOW if is_low(n) else HIGH,
                by=Sender("slack", prompt.person, TEAM),
                at=app.clock.now(),
                delivery_id=f"tap-{n}",
            )
        )

    try:
        return asyncio.run(_at_once(len(street.prompts), tap))
    finally:
        app.close()
