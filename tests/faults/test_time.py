"""Clocks that change, people who are erased, a backup that is put back: F46–F48."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.restoring import hold_what_waits
from handlers import delivered, erasing
from handlers.context import Context
from handlers.digests.due import compose_due
from handlers.messages import Action, Verb
from storage.backup import backup, restore
from storage.database import Database
from storage.tables import Identity, Person
from tests.faults.checker import Books, asked
from tests.faults.office import Office, office_of
from tests.faults.platform import Trouble
from tests.helpers.busy_house import ORGANISATION, Prompt
from tests.helpers.slack_payloads import as_form, view_submission

STRETCHES = (
    (datetime(2026, 12, 29, tzinfo=UTC), datetime(2027, 1, 9, tzinfo=UTC)),  # with week 53
    (datetime(2027, 3, 26, tzinfo=UTC), datetime(2027, 4, 3, tzinfo=UTC)),  # the clocks go forward
    (datetime(2027, 10, 29, tzinfo=UTC), datetime(2027, 11, 6, tzinfo=UTC)),  # and back
)


async def test_f46_over_both_clock_changes_a_moved_zone_and_week_53_each_window_has_one_digest(
    office: Office,
) -> None:
    zones = ("Europe/Helsinki", "America/New_York", "Asia/Kolkata")
    for prompt in office.prompts[:5]:
        assert await office.taps(prompt, 5) == 200
    for begins, ends in STRETCHES:
        office.clock.at = begins
        while office.clock.at < ends:
            office.clock.at += timedelta(hours=office.dice.choice((9, 12, 14)))
            if office.dice.random() < 0.2:
                moved = ORGANISATION.model_copy(update={"time_zone": office.dice.choice(zones)})
                await asyncio.to_thread(office.app.apply, moved, "a test")
            while await office.app.write(compose_due):
                pass
    weeks = Counter(run.window for run in office.check().digests if run.audience_key == "owner7")
    assert "2026-W53" in weeks
    assert len(weeks) >= 6
    assert max(weeks.values()) == 1


def _erase(prompt: Prompt) -> Callable[[Context], None]:
    """What the command `person erase` does."""

    def work(ctx: Context) -> None:
        found = select(Person).join(Identity).where(Identity.external_id == prompt.person)
        erasing.erase(ctx.session.exec(found).one(), ctx, by=None)

    return work


async def test_f47_what_was_queued_about_somebody_who_is_erased_tells_nothing_of_them(office: Office) -> None:
    prompt = office.dice.choice(office.prompts)
    words = "They lost my papers in Lahti"
    office.slack.is_broken("chat.postMessage", Trouble(503, "broken"))
    assert await office.taps(prompt, 1) == 200
    form = view_submission(
        Action(Verb.WRITE, prompt.invitation, "words"),
        {"words": words},
        user=prompt.person,
        conversation=prompt.conversation,
    )
    assert await office.sends(as_form(form)) == 200
    await office.later(minutes=1)
    office.clock.at += timedelta(days=4, hours=4)
    await office.app.schedule.everything()
    await office.app.write(_erase(prompt))
    office.slack.is_whole("chat.postMessage")
    await office.later(minutes=11)

    name = f"Customer {int(prompt.person[1:])}"
    told = [heard for heard in office.slack.posted if heard.place != prompt.conversation]
    assert told
    assert not any(name in str(heard.told) or words in str(heard.told) for heard in told)
    assert not any(words in (row.words or "") for row in Books(office.url).answers)


@asynccontextmanager
async def put_back(office: Office, copy: Path) -> AsyncIterator[Office]:
    """That backup in another place, and Kaiku running on it."""
    (folder := copy.with_name("elsewhere")).mkdir()
    url = f"sqlite:///{folder / 'kaiku.db'}"
    restore(copy, url, Database(url).sealing)
    settings = office.app.settings.model_copy(update={"database_url": url})
    assert await asyncio.to_thread(hold_what_waits, settings, office.clock) > 2
    office.slack.died()
    async with office_of(url, office.slack, office.prompts, office.dice, office.clock.at) as again:
        again.journal = office.journal
        yield again


@pytest.mark.sqlite("PostgreSQL has backups of its own")
@pytest.mark.parametrize("drop", [True, False])
async def test_f48_yesterdays_backup_put_back_says_nothing_twice(
    drop: bool, office: Office, tmp_path: Path
) -> None:
    first, second, third = office.dice.sample(office.prompts, 3)
    assert await office.taps(first, 1) == 200
    backup(office.url, tmp_path / "copy")
    await office.later(days=4, hours=4)
    await office.settle(seconds=60)
    before = Counter(heard.key for heard in office.slack.posted)
    assert {key.partition(":")[0] for key in before} >= {"case notice", "digest"}

    async with put_back(office, tmp_path / "copy") as again:
        await again.settle()
        assert Counter(heard.key for heard in again.slack.posted) == before

        assert await again.taps(second, 1) == 200
        await again.settle()
        again.check()
        assert sum(heard.life == 1 for heard in again.slack.posted) == 1, "what is new is told at once"

        await again.app.write(delivered.drop_held if drop else delivered.release_held)
        assert await again.taps(third, 5) == 200
        await again.settle(seconds=60)
        assert asked(again.url, "SELECT 1 FROM outbox WHERE state = 'held'") == []
        twice = max(Counter(heard.key for heard in again.slack.posted).values())
        assert twice == (1 if drop else 2), "a person knew"
