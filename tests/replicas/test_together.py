"""Two replicas look at the clock at the same moment, hear what the other stored, and go by one organisation."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from bot.wiring import channels
from handlers import deadlines, invite
from handlers.context import Context
from handlers.digests.due import compose_due
from handlers.events import Sender
from storage.database import Database
from storage.tables import DigestRun, Invitation, OutboxMessage
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import TUESDAY_TEN, HandClock, example, helsinki, settled_database
from tests.replicas.test_taking_over import becomes


@pytest.fixture
def desks(tmp_path: Path) -> Iterator[tuple[Desk, Desk]]:
    """Two processes' ways to one database."""
    with desk_of(example(), tmp_path) as desk, Database(desk.database.url) as another:
        yield desk, Desk(another, desk.organisation)


def at_once(desks: tuple[Desk, Desk], tick: Callable[[Context], int]) -> int:
    """Both do what is due, again and again; how much that was."""

    def all_of_it(desk: Desk) -> int:
        return sum(iter(lambda: desk.do(tick), 0))

    with ThreadPoolExecutor() as threads:
        return sum(threads.map(all_of_it, desks))


def test_each_window_has_one_digest(desks: tuple[Desk, Desk]) -> None:
    for desk in desks:
        desk.now = helsinki("2026-11-27 15:00")
    composed = at_once(desks, compose_due)

    runs = Counter((run.audience_key, run.window_ends_at) for run in desks[0].rows(DigestRun))
    assert composed == len(runs) > 3
    assert set(runs.values()) == {1}


def test_everybody_is_asked_and_reminded_once(desks: tuple[Desk, Desk]) -> None:
    first, second = desks
    for number in range(12):
        who = Sender("sandbox", f"guest-{number}", name=f"Guest {number}")
        first.encounter(external_reference=f"A-{number}", ask_at_once=True, customer=who)
    assert at_once(desks, invite.decide_due) == 12

    def sent(ctx: Context) -> None:
        for invitation in ctx.session.exec(select(Invitation)).all():
            invite.prompt_sent(invitation, ctx)

    first.do(sent)
    first.later(days=3)
    second.now = first.now

    assert at_once(desks, invite.remind_due) == 12
    assert at_once(desks, deadlines.tell_overdue) == 0
    reminders = Counter(row.subject_id for row in first.rows(OutboxMessage) if row.kind == "reminder")
    assert set(reminders.values()) == {1}
    assert len(reminders) == 12


@asynccontextmanager
async def two_apps(folder: Path) -> AsyncIterator[tuple[App, App]]:
    """Two replicas in one process, each with everything."""
    url = settled_database(folder, example())
    settings, apps = Settings(_env_file=None, database_url=url, sandbox=True), []
    for _ in range(2):
        clock, database = HandClock(TUESDAY_TEN), Database(url)
        apps.append(App(settings, clock, database, channels(settings, clock, database)))
    for app in apps:
        await app.start()
    try:
        yield apps[0], apps[1]
    finally:
        for app in apps:
            await app.stop()


async def test_what_is_applied_in_one_is_gone_by_in_the_other(tmp_path: Path) -> None:
    async with two_apps(tmp_path) as (one, other):
        changed = example(minimum_group=9)
        await asyncio.to_thread(one.apply, changed, "a test")
        await becomes(lambda: other.organisation == changed, within=5)
