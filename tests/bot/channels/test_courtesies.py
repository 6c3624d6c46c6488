"""Courtesies: begun at once, tried a few times, broken off at the end, and never too many."""

import asyncio
from collections.abc import Callable

import pytest

from bot.channels import courtesies
from bot.channels.courtesies import Courtesies, persistently
from bot.channels.errors import DeliveryError

LATER = DeliveryError("busy", retry_after=0.001)
GONE = DeliveryError("gone", permanent=True)


def failing(*failures: DeliveryError) -> tuple[Callable[[], asyncio.Future[str]], list[int]]:
    """A call that fails so often, then says *said*; and how often it was made."""
    calls: list[int] = []

    def call() -> asyncio.Future[str]:
        calls.append(1)
        answer = asyncio.get_running_loop().create_future()
        if len(calls) <= len(failures):
            answer.set_exception(failures[len(calls) - 1])
        else:
            answer.set_result("said")
        return answer

    return call, calls


async def test_what_fails_for_now_is_tried_again() -> None:
    call, calls = failing(LATER, LATER)

    assert await persistently(call) == "said"
    assert len(calls) == courtesies.TRIES


@pytest.mark.parametrize(("failures", "tries"), [((GONE,), 1), ((LATER, LATER, LATER), 3)])
async def test_what_cannot_be_said_is_given_up(failures: tuple[DeliveryError, ...], tries: int) -> None:
    call, calls = failing(*failures)

    with pytest.raises(DeliveryError):
        await persistently(call)
    assert len(calls) == tries


async def test_at_the_end_what_can_be_said_is_said_and_the_rest_broken_off() -> None:
    said: list[str] = []

    async def say(what: str, after: float) -> None:
        await asyncio.sleep(after)
        said.append(what)

    speaking = Courtesies("Test")
    speaking.soon(say("quick", 0.01))
    speaking.soon(say("slow", 60))
    await speaking.finish(0.2)
    await Courtesies("Silent").finish(60)

    assert said == ["quick"]


async def test_too_many_are_left_out_and_told(caplog: pytest.LogCaptureFixture) -> None:
    gate, said = asyncio.Event(), 0

    async def say() -> None:
        nonlocal said
        await gate.wait()
        said += 1

    speaking = Courtesies("Test", most=3)
    assert [speaking.soon(say()) for _ in range(5)] == [True, True, True, False, False]
    gate.set()
    await speaking.finish(5)
    assert speaking.soon(say())
    await speaking.finish(5)

    assert said == 4
    assert caplog.messages == [
        "Test is too slow: from now on replies are left unsaid.",
        "Test has caught up; replies left unsaid: 2.",
    ]
