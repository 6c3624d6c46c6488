"""Courtesies: begun at once, tried a few times, broken off at the end, and never too many."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from bot.channels import courtesies
from bot.channels.courtesies import Courtesies, Turns, persistently
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
    speaking.soon(partial(say, "quick", 0.01))
    speaking.soon(partial(say, "slow", 60))
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
    assert [speaking.soon(say) for _ in range(5)] == [True, True, True, False, False]
    gate.set()
    await speaking.finish(5)
    assert speaking.soon(say)
    await speaking.finish(5)

    assert said == 4
    assert caplog.messages == [
        "Test is too slow: from now on replies are left unsaid.",
        "Test keeps up again; replies left unsaid: 2.",
    ]


async def test_in_a_lane_some_come_together_and_the_others_evenly() -> None:
    said: list[float] = []
    loop = asyncio.get_running_loop()

    async def say() -> None:
        said.append(loop.time())

    speaking = Courtesies("Test", turns=Turns(a_second=100, together=3))
    for _ in range(8):
        speaking.soon(say, "one")
    await speaking.finish(5)
    assert len(said) == 8
    assert said[7] - said[2] >= 0.049, "five more, ten milliseconds apart"


async def test_who_is_asked_for_patience_is_silent_in_that_lane_alone() -> None:
    said: list[str] = []

    async def say(what: str) -> None:
        said.append(what)

    speaking = Courtesies("Test", turns=Turns(a_second=1000, together=1))
    speaking.rest("one", 0.3)
    for lane in ("one", "one", "another"):
        speaking.soon(partial(say, lane), lane)
    await asyncio.sleep(0.1)
    assert said == ["another"]
    await speaking.finish(5)
    assert said == ["another", "one", "one"]


async def test_what_waits_for_its_turn_counts_and_is_left_at_the_end() -> None:
    said: list[int] = []

    async def say(n: int) -> None:
        said.append(n)

    speaking = Courtesies("Test", most=3, turns=Turns(a_second=50, together=1))
    speaking.rest("", 0.2)
    assert [speaking.soon(partial(say, n)) for n in range(4)] == [True, True, True, False]
    await speaking.finish(0.05)
    assert said == []
    assert [speaking.soon(partial(say, n)) for n in range(10, 13)] == [True, True, True]
    await speaking.finish(5)
    assert said == [10, 11, 12]


async def test_whoever_tries_again_tells_how_long_the_platform_wants_to_be_left_in_peace() -> None:
    call, _ = failing(LATER)
    seconds: list[float] = []
    await persistently(call, seconds.append)
    assert seconds == [0.001]


async def test_one_lane_that_rests_takes_no_places_from_another() -> None:
    said: list[str] = []

    async def say(what: str) -> None:
        said.append(what)

    speaking = Courtesies("Test", most=5, turns=Turns(a_second=1000, together=5))
    speaking.rest("one", 20)
    assert [speaking.soon(partial(say, "one"), "one") for _ in range(6)] == [True] * 5 + [False]
    assert speaking.soon(partial(say, "another"), "another")
    await speaking.finish(0.1)
    assert said == ["another"]
