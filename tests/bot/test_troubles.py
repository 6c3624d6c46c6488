"""What delivery makes of what the world does to a message."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.errors import DeliveryError
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.scripted import PostOffice, ScriptedChannel, post_office


@pytest.fixture
def first() -> ScriptedChannel:
    return ScriptedChannel("first")


@pytest.fixture
def second() -> ScriptedChannel:
    return ScriptedChannel("second")


@pytest.fixture
async def office(
    tmp_path: Path, first: ScriptedChannel, second: ScriptedChannel
) -> AsyncIterator[PostOffice]:
    async with post_office(tmp_path, first, second) as office:
        yield office


async def test_an_alert_that_was_deleted_before_its_edit_is_said_anew(
    office: PostOffice, first: ScriptedChannel
) -> None:
    token = await office.alert()
    await office.deliver()
    await office.rate(token, 1, question="satisfied")
    first.fails(DeliveryError("message not found", permanent=True))
    await office.deliver()

    told = [said for said in first.said if said.where == "maya"]
    assert [bool(said.key) for said in told] == [True, True], "twice as a message, and never as an edit"
    assert set(await office.states(OutboxKind.CASE_NOTICE)) == {OutboxState.SENT}


async def test_an_owner_who_blocked_the_bot_is_told_through_their_next_channel(
    office: PostOffice, first: ScriptedChannel, second: ScriptedChannel
) -> None:
    first.fails_at("maya", DeliveryError("blocked", unreachable=True))
    await office.alert()
    await office.deliver()

    assert [said.where for said in second.said] == ["m-2"]
    assert await office.states(OutboxKind.CASE_NOTICE) == [OutboxState.SENT]


async def test_who_must_wait_keeps_nobody_else_waiting(office: PostOffice, first: ScriptedChannel) -> None:
    first.fails_at("maya", DeliveryError("flood control", retry_after=30.0))
    await office.alert()
    await office.deliver()
    first.works_at("maya")
    await office.later(minutes=2)
    await office.ask("olli")
    await office.deliver()

    assert [said.where for said in first.said] == ["olli"], "thirty seconds are not over for Maya"
    assert await office.states(OutboxKind.CASE_NOTICE) == [OutboxState.QUEUED]
