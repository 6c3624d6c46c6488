"""Asked to stop while people tap, Kaiku answers whom it heard, finishes what it was saying, and is gone."""

import asyncio
import random
from pathlib import Path

import pytest

from storage.database import Database
from storage.vocabulary import OutboxKind, OutboxState
from tests.durability.books import Books
from tests.durability.clients import Customers, Tap
from tests.helpers.busy_house import furnish
from tests.helpers.serving import Kaiku
from tests.helpers.slack_stand_in import StandIn, slack_stand_in
from tests.helpers.town import fresh_database

LONGEST = 10.0
"""Seconds that stopping may take; systemd waits five more before it kills."""


def check_nothing_half_said(books: Books, slack: StandIn) -> None:
    """What Slack took is known to be said, and what is not said is nobody's: the next start says it."""
    taken = [call["metadata"]["event_payload"]["key"] for call in slack.posted if "metadata" in call]
    alerts = [row for row in books.outbox if row.kind == OutboxKind.CASE_NOTICE]
    sent = [row.dedupe_key for row in alerts if row.state == OutboxState.SENT]
    assert taken
    assert len(set(taken)) == len(taken)
    assert set(taken) <= set(sent)
    assert [row.id for row in alerts if row.state == OutboxState.QUEUED and row.claimed_at] == []


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_asked_to_stop_amid_taps_it_drains_within_ten_seconds(tmp_path: Path) -> None:
    dice = random.Random(20261123)
    url = fresh_database(tmp_path)
    with Database(url) as database:
        prompts = furnish(database, 240)
    surveys = [[Tap.of(prompt, "ease", dice.choice((1, 5)))] for prompt in prompts]
    async with slack_stand_in() as slack:
        slack.seconds = 0.2
        with Kaiku(url, slack.api) as kaiku:
            await asyncio.to_thread(kaiku.start)
            customers = Customers(kaiku.events_url, surveys, dice)
            tapping = asyncio.create_task(customers.tap_on(connections=8, pause=0.02))
            await asyncio.wait_for(customers.acknowledge(80), timeout=60)
            seconds, status, errors = await asyncio.to_thread(kaiku.stop)
            tapping.cancel()
            await asyncio.gather(tapping, return_exceptions=True)

    assert (status, errors) == (0, "")
    assert seconds < LONGEST
    books = Books(url)
    stored = books.scores()
    assert [
        tap for tap in customers.acknowledged if stored.get((tap.invitation, tap.question)) != tap.score
    ] == []
    check_nothing_half_said(books, slack)
