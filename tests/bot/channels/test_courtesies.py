"""Courtesies: begun at once, tried a few times, broken off at the end, and never too many."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest

from bot.channels import courtesies
from bot.channels.courtesies import Courtesies, Deed, Turns, persistently
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


async def test_what_goes_wrong_is_told_in_the_log_and_keeps_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(error: Exception) -> None:
        raise error

    speaking = Courtesies("Test")
    for error in (GONE, KeyError("ease")):
        speaking.soon(partial(fails, error))
    await speaking.finish(5)
    assert caplog.messages == [
        "A reply in Test was left unsaid: gone",
        "A reply in Test could not be put into words; what it answers is stored",
    ]


class Mouth:
    """Says things, and remembers what it said and when."""

    def __init__(self) -> None:
        self.said: list[object] = []
        self.at: list[float] = []

    def say(self, what: object) -> Deed:
        async def deed() -> None:
            self.said.append(what)
            self.at.append(asyncio.get_running_loop().time())

        return deed


async def test_in_a_lane_some_come_together_and_the_others_evenly() -> None:
    mouth, speaking = Mouth(), Courtesies("Test", turns=Turns(a_second=100, together=3))
    for n in range(8):
        speaking.soon(mouth.say(n), "one")
    await speaking.finish(5)
    assert mouth.said == list(range(8))
    assert mouth.at[7] - mouth.at[2] >= 0.049, "five more, ten milliseconds apart"


async def test_a_lane_that_rests_keeps_no_other_waiting_and_takes_none_of_its_places() -> None:
    mouth, speaking = Mouth(), Courtesies("Test", most=2, turns=Turns(a_second=1000, together=1))
    speaking.rest("one", 0.3)
    assert [speaking.soon(mouth.say("one"), "one") for _ in range(3)] == [True, True, False]
    assert speaking.soon(mouth.say("another"), "another")
    await asyncio.sleep(0.1)
    assert mouth.said == ["another"]
    await speaking.finish(5)
    assert mouth.said == ["another", "one", "one"]


async def test_what_waits_at_the_end_is_left_and_keeps_no_place() -> None:
    mouth, speaking = Mouth(), Courtesies("Test", most=3, turns=Turns(a_second=50, together=1))
    speaking.rest("", 0.2)
    assert [speaking.soon(mouth.say(n)) for n in range(4)] == [True, True, True, False]
    await speaking.finish(0.05)
    assert mouth.said == []
    assert [speaking.soon(mouth.say(n)) for n in range(10, 13)] == [True, True, True]
    await speaking.finish(5)
    assert mouth.said == [10, 11, 12]


async def test_whoever_tries_again_tells_each_time_how_long_the_platform_wants_to_be_left_in_peace() -> None:
    call, _ = failing(LATER, LATER, LATER)
    seconds: list[float] = []
    with pytest.raises(DeliveryError):
        await persistently(call, seconds.append)
    assert seconds == [0.001] * 3
