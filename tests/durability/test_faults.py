"""Being asked to stop, a disk without room, a clock that steps back, a process too many."""

import asyncio
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlmodel import col, select

from storage.database import Database
from storage.tables import Answer, Case, Invitation, OutboxMessage, Response
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.serving import Kaiku
from tests.helpers.slack_payloads import signed
from tests.helpers.slack_stand_in import StandIn, slack_stand_in
from tests.helpers.town import Town, fresh_database

TWO_PAGES = 8192
"""Bytes; a write-ahead log that may not grow beyond them holds no answer."""


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with slack_stand_in() as slack:
        yield slack


@pytest.fixture
def url(tmp_path: Path) -> str:
    return fresh_database(tmp_path)


@pytest.fixture
def prompts(url: str) -> list[Prompt]:
    with Database(url) as database:
        return furnish(database, 60)


async def tapped(kaiku: Kaiku, prompt: Prompt, score: int) -> int:
    """The status that answers a tap on the first question."""
    body = prompt.tap("ease", score)
    async with aiohttp.ClientSession() as session:
        answer = await session.post(kaiku.events_url, data=body, headers=signed(body, datetime.now(UTC)))
        return answer.status


def scores(url: str) -> dict[str, int | None]:
    """Invitation → score of the first question, as stored."""
    query = (
        select(Invitation.token, Answer.score)
        .join(Response, col(Response.invitation_id) == Invitation.id)
        .join(Answer, col(Answer.response_id) == Response.id)
    )
    with Database(url) as database:
        return dict(database.read_now(lambda session: session.exec(query).all()))


@pytest.mark.slow
@pytest.mark.slow
async def test_asked_to_stop_it_lets_go_of_everything_within_five_seconds(
    url: str, prompts: list[Prompt], slack: StandIn
) -> None:
    with Kaiku(url, slack.api) as kaiku:
        await asyncio.to_thread(kaiku.start)
        slack.seconds = 60.0
        taps = [tapped(kaiku, prompt, 1) for prompt in prompts]
        assert await asyncio.gather(*taps) == [200] * len(prompts)
        await slack.called(len(prompts))
        seconds, status, _ = await asyncio.to_thread(kaiku.stop)

    assert status == 0
    assert seconds < 5
    with Database(url) as database:
        rows = database.read_now(lambda session: session.exec(select(OutboxMessage)).all())
    assert [row for row in rows if row.claimed_at is not None and row.state == OutboxState.QUEUED] == []
    assert sum(row.kind == OutboxKind.CASE_NOTICE for row in rows) == len(prompts)


@pytest.mark.slow
async def test_on_a_full_disk_a_tap_is_not_acknowledged_and_with_room_again_it_is(
    url: str, prompts: list[Prompt], slack: StandIn
) -> None:
    first, second, third = prompts[:3]
    with Kaiku(url, slack.api) as kaiku:
        await asyncio.to_thread(kaiku.start)
        assert await tapped(kaiku, first, 5) == 200

        _, most = resource.prlimit(kaiku.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(kaiku.process.pid, resource.RLIMIT_FSIZE, (TWO_PAGES, most))
        assert await tapped(kaiku, second, 1) == 503

        resource.prlimit(kaiku.process.pid, resource.RLIMIT_FSIZE, (most, most))
        assert await tapped(kaiku, second, 2) == 200
        assert await tapped(kaiku, third, 3) == 200
        await asyncio.to_thread(kaiku.stop)

    assert scores(url) == {first.invitation: 5, second.invitation: 2, third.invitation: 3}
    assert any("could not be saved" in told.get("text", "") for told in slack.posted)


@pytest.mark.slow
async def test_a_second_process_on_the_same_file_says_who_has_it(
    url: str, prompts: list[Prompt], slack: StandIn
) -> None:
    with Kaiku(url, slack.api) as first, Kaiku(url, slack.api) as second:
        await asyncio.to_thread(first.start)
        with pytest.raises(RuntimeError, match=f"in use by process {first.process.pid}"):
            await asyncio.to_thread(second.start)
        assert await tapped(first, prompts[0], 4) == 200


async def test_a_clock_that_steps_back_an_hour_loses_and_doubles_nothing(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.taps("1")
    noon = town.clock.at
    town.clock.at -= timedelta(hours=1)
    await town.tom.taps("1")
    await town.tom.taps("Ohita")
    await town.later(hours=1, minutes=1)
    assert noon < town.clock.at

    cases = await town.rows(Case)
    assert [case.opened_at for case in cases] == [noon]
    assert await town.responses() == 1
    assert {row.state for row in await town.rows(OutboxMessage)} <= {OutboxState.SENT, OutboxState.DROPPED}
