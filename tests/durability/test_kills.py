"""Killed again and again while answers stream in, Kaiku loses nothing it acknowledged."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from storage.database import Database
from storage.vocabulary import InvitationState, OutboxKind, OutboxState
from tests.durability.books import Books, everything_said
from tests.durability.clients import Customers, Tap
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.serving import Kaiku
from tests.helpers.slack_stand_in import StandIn, slack_stand_in
from tests.helpers.town import fresh_database

KILLS = 24
CUSTOMERS = 900


def surveys(prompts: list[Prompt], dice: random.Random) -> list[list[Tap]]:
    """What each customer will tap: one question or two, and every sixth score is low."""
    return [
        [
            Tap.of(prompt, question, dice.choice((1, 2, 3, 4, 5, 5)))
            for question in ("ease", "satisfied")[: dice.choice((1, 1, 2))]
        ]
        for prompt in prompts
    ]


async def live_through_a_kill(kaiku: Kaiku, customers: Customers, dice: random.Random) -> None:
    """Start, and end at any moment: mostly while answers stream in, at times before anybody was heard."""
    if dice.random() < 0.1:
        kaiku.begin()
        await asyncio.sleep(dice.uniform(0, 1))
    else:
        await asyncio.to_thread(kaiku.start)
        await asyncio.wait_for(customers.acknowledge(dice.randint(1, 30)), timeout=20)
        await asyncio.sleep(dice.uniform(0, 0.05))
    kaiku.kill()


def check_answers(books: Books, acknowledged: list[Tap]) -> None:
    stored = books.scores()
    assert len(stored) == len(books.answers)
    for tap in acknowledged:
        assert stored[tap.invitation, tap.question] == tap.score
    assert max(Counter(response.invitation_id for response in books.responses).values()) == 1
    assert max(Counter((a.response_id, a.question) for a in books.answers).values()) == 1
    assert books.changes == []
    answered = {i.id for i in books.invitations if i.state == InvitationState.ANSWERED}
    assert answered == {response.invitation_id for response in books.responses}


def check_cases(books: Books, slack: StandIn, crashes: int) -> None:
    low = {answer.response_id for answer in books.answers if answer.score is not None and answer.score <= 2}
    assert low
    assert sorted(case.response_id for case in books.cases) == sorted(low)

    alerts = [row for row in books.outbox if row.kind == OutboxKind.CASE_NOTICE]
    assert {row.state for row in alerts} <= {OutboxState.SENT, OutboxState.DROPPED}
    assert Counter(row.subject_id for row in alerts) == Counter(
        {case.id: case.revision for case in books.cases}
    )
    delivered = Counter(
        call["metadata"]["event_payload"]["key"] for call in slack.posted if "metadata" in call
    )
    first = {
        row.dedupe_key for row in alerts if row.state == OutboxState.SENT and row.dedupe_key in delivered
    }
    assert {row.subject_id for row in alerts if row.dedupe_key in first} == {case.id for case in books.cases}
    assert max(delivered.values()) <= 1 + crashes
    assert not [row for row in books.outbox if row.claimed_at is not None and row.state == OutboxState.QUEUED]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [20261124])
async def test_two_dozen_kills_lose_no_acknowledged_answer_and_no_alert(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    url = fresh_database(tmp_path)
    with Database(url) as database:
        prompts = furnish(database, CUSTOMERS)
    async with slack_stand_in() as slack:
        with Kaiku(url, slack.api) as kaiku:
            customers = Customers(kaiku.events_url, surveys(prompts, dice), dice)
            tapping = asyncio.create_task(customers.tap_on(connections=8, pause=0.02))
            for _ in range(KILLS):
                await live_through_a_kill(kaiku, customers, dice)
            await asyncio.to_thread(kaiku.start)
            await customers.everybody_answered()
            tapping.cancel()
            await asyncio.gather(tapping, return_exceptions=True)
            await everything_said(url)
            _, status, errors = await asyncio.to_thread(kaiku.stop)

    assert (status, errors) == (0, "")
    assert customers.lost > 0
    books = Books(url)
    check_answers(books, customers.acknowledged)
    check_cases(books, slack, crashes=KILLS)
