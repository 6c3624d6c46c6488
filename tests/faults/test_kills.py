"""Killed again and again while clicks and commands stream in, Kaiku loses nothing it acknowledged.

The first of the three engines: real processes, ended by a real SIGKILL at any moment. A hundred times in
`make test`, a thousand in `make faults`.
"""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from storage.database import Database
from tests.faults.checker import Books, check
from tests.faults.clients import Customers, Deed, Sentence, Tap, everything_said
from tests.faults.platform import Slack
from tests.faults.processes import Forked
from tests.helpers.busy_house import Prompt, furnish

PEOPLE_PER_KILL = 8
WEEK = timedelta(days=7).total_seconds()


def deeds(prompts: list[Prompt], dice: random.Random) -> list[list[Deed]]:
    """What each customer taps, one question or two; and sentences to the bot, and commands that log some."""
    everybody: list[list[Deed]] = [
        [
            Tap.of(prompt, question, dice.choice((1, 2, 3, 4, 5, 5)))
            for question in ("ease", "satisfied")[: dice.choice((1, 1, 2))]
        ]
        for prompt in prompts
    ]
    everybody += [[Sentence.written(number)] for number in range(len(prompts) // 12)]
    everybody += [[Sentence.logged(number)] for number in range(len(prompts) // 12)]
    dice.shuffle(everybody)
    return everybody


async def live_through_a_kill(kaiku: Forked, customers: Customers, slack: Slack, dice: random.Random) -> None:
    """Start, and end at any moment: mostly while clicks stream in, at times before anybody was heard."""
    if dice.random() < 0.15:
        kaiku.begin()
        await asyncio.sleep(dice.uniform(0, 0.3))
    else:
        await asyncio.to_thread(kaiku.start)
        await asyncio.wait_for(customers.acknowledge(dice.randint(1, 12)), timeout=60)
        await asyncio.sleep(dice.uniform(0, 0.05))
    kaiku.kill()
    await slack.is_left()


def check_digests(books: Books, slack: Slack) -> None:
    """One for each window and reader, and none was said in a second life unless the first died with it."""
    digests = [row for row in books.outbox if row.kind == "digest"]
    assert len(digests) > 1
    assert max(Counter((row.subject_id, row.person_id, row.conversation) for row in digests).values()) == 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
async def test_killed_over_and_over_it_loses_doubles_and_silences_nothing(
    dice: random.Random, kills: int, url: str, slack: Slack, kaiku: Forked
) -> None:
    with Database(url) as database:
        prompts = furnish(database, kills * PEOPLE_PER_KILL)
    customers = Customers(
        kaiku.events_url,
        deeds(prompts, dice),
        dice,
        lambda: datetime.now(UTC) + timedelta(seconds=kaiku.ahead),
    )
    streaming = asyncio.create_task(customers.go_on(connections=8, pause=0.02))
    for number in range(kills):
        if number == kills // 2:
            kaiku.ahead = WEEK  # a window has ended: digests are due
        await live_through_a_kill(kaiku, customers, slack, dice)
    await asyncio.to_thread(kaiku.start)
    await asyncio.wait_for(customers.everybody_heard(), timeout=600)
    streaming.cancel()
    await asyncio.gather(streaming, return_exceptions=True)
    await everything_said(url, 120 + 2 * kills)  # what nobody owns is the CX lead's: a message a second
    _, status, errors = await asyncio.to_thread(kaiku.stop)

    assert (status, errors) == (0, "")
    assert customers.lost > kills / 2, "requests were under way when it was killed"
    books = check(url, customers.journal, slack, kaiku.vitals)
    assert len(books.cases) > kills
    check_digests(books, slack)
