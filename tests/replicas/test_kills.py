"""Three replicas serve from one database, and one is killed: nothing is lost, nothing is done twice."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import Session, select

from storage.database import Database
from storage.tables import Answer, Case, OutboxMessage, Response
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.busy_house import furnish
from tests.helpers.serving import Kaiku
from tests.helpers.slack_payloads import signed
from tests.helpers.slack_stand_in import StandIn, slack_stand_in
from tests.helpers.town import fresh_database

CUSTOMERS = 240


@asynccontextmanager
async def replicas(url: str, slack_api: str, number: int) -> AsyncIterator[list[Kaiku]]:
    with ExitStack() as stack:
        started = [stack.enter_context(Kaiku(url, slack_api)) for _ in range(number)]
        await asyncio.gather(*(asyncio.to_thread(replica.start) for replica in started))
        yield started


async def tap(session: aiohttp.ClientSession, doors: Sequence[str], body: bytes, dice: random.Random) -> None:
    """The same tap at one door or another, until somebody says that it is stored."""
    while True:
        try:
            url = dice.choice(doors)
            async with session.post(url, data=body, headers=signed(body, datetime.now(UTC))) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)


def queued(session: Session) -> int:
    waiting = OutboxMessage.state == OutboxState.QUEUED
    return len(session.exec(select(OutboxMessage.id).where(waiting)).all())


async def everything_is_said(database: Database) -> None:
    for _ in range(300):
        if not await database.read(queued):
            return
        await asyncio.sleep(0.1)
    raise TimeoutError


def check(database: Database, scores: dict[str, int], slack: StandIn, kills: int) -> None:
    responses = database.read_now(lambda session: session.exec(select(Response)).all())
    answers = database.read_now(lambda session: session.exec(select(Answer)).all())
    cases = database.read_now(lambda session: session.exec(select(Case)).all())
    rows = database.read_now(lambda session: session.exec(select(OutboxMessage)).all())

    assert len(responses) == len(answers) == len(scores)
    assert Counter(answer.score for answer in answers) == Counter(scores.values())
    low = {answer.response_id for answer in answers if (answer.score or 9) <= 2}
    assert sorted(case.response_id or 0 for case in cases) == sorted(low)
    alerts = [row for row in rows if row.kind == OutboxKind.CASE_NOTICE]
    assert {row.subject_id for row in alerts if row.state == OutboxState.SENT} == {case.id for case in cases}
    keys = [call["metadata"]["event_payload"]["key"] for call in slack.posted if "metadata" in call]
    said = Counter(keys)
    assert sum(times - 1 for times in said.values()) <= kills * 64, "but for what was on its way when it died"


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [20261123])
async def test_a_killed_replica_costs_nobody_anything(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    url = fresh_database(tmp_path)
    with Database(url) as database:
        prompts = furnish(database, CUSTOMERS)
        scores = {prompt.invitation: dice.choice((1, 2, 3, 4, 5, 5)) for prompt in prompts}
        async with slack_stand_in() as slack, replicas(url, slack.api, 3) as three:
            doors = [replica.events_url for replica in three]
            async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as customers:
                for number, prompt in enumerate(prompts):
                    body = prompt.tap("ease", scores[prompt.invitation])
                    for _ in range(dice.choice((1, 1, 2))):
                        customers.create_task(tap(session, doors, body, dice))
                    if number == CUSTOMERS // 2:
                        three[0].kill()
                    await asyncio.sleep(0.005)
            await everything_is_said(database)
            ends = [await asyncio.to_thread(replica.stop) for replica in three[1:]]
        assert [(status, errors) for _, status, errors in ends] == [(0, "")] * 2
        check(database, scores, slack, kills=1)
