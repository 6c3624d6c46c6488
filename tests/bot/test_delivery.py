import asyncio
import heapq
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.channels import Limit, Pace
from bot.channels.telegram.sender import TelegramPace
from bot.clock import Clock
from bot.delivery import MOST_PLACES, Delivery, Pacer
from bot.hooks import Hooks
from bot.settings import Settings
from handlers.compose import Obsolete
from handlers.context import Context
from storage.prepared import Record
from storage.vocabulary import OutboxKind

NOON = 1000.0


@pytest.fixture
def pacer() -> Pacer:
    return Pacer(Pace(per_conversation=(Limit(2), Limit(4, 30)), overall=(Limit(5),)))


def said(pacer: Pacer, place: str, now: float, times: int = 1) -> None:
    for _ in range(times):
        assert pacer.wait(place, now) == 0.0
        pacer.take(place, now)


def test_every_limit_of_a_conversation_holds(pacer: Pacer) -> None:
    said(pacer, "maya", NOON, times=2)
    assert pacer.wait("maya", NOON + 0.25) == 0.75
    said(pacer, "maya", NOON + 1, times=2)
    assert pacer.wait("maya", NOON + 2) == 28.0
    said(pacer, "maya", NOON + 30, times=2)


def test_all_conversations_together_have_a_limit_too(pacer: Pacer) -> None:
    for person in range(5):
        said(pacer, f"person{person}", NOON)
    assert pacer.wait("maya", NOON) == 1.0


def test_a_conversation_that_must_wait_keeps_no_other_waiting(pacer: Pacer) -> None:
    said(pacer, "maya", NOON, times=2)
    assert pacer.wait("olli", NOON) == 0.0


def test_patience_asked_for_at_one_place_is_kept_there_alone(pacer: Pacer) -> None:
    pacer.pause("maya", NOON, 30.0)
    assert pacer.wait("maya", NOON + 1) == 29.0
    assert pacer.wait("olli", NOON + 1) == 0.0


def test_patience_is_kept_everywhere_where_the_platform_means_everybody() -> None:
    pacer = Pacer(Pace((Limit(2),), (Limit(5),), refused_everywhere=True))
    pacer.pause("maya", NOON, 30.0)
    assert pacer.wait("olli", NOON + 1) == 29.0


def test_a_person_is_remembered_by_the_conversation_that_the_first_message_opened(pacer: Pacer) -> None:
    said(pacer, "U0MAYA", NOON, times=2)
    pacer.rename("U0MAYA", "D0MAYA")
    assert pacer.wait("D0MAYA", NOON) == 1.0


GROUP, TOPIC = "-1001234567890", "-1001234567890/7"


def told(places: list[str]) -> dict[str, list[float]]:
    """When messages to these places are said, all of them written at once, in time that only the pace moves."""
    pacer = Pacer(TelegramPace((Limit(1),), (Limit(30),)))
    waiting = [(NOON, number, place) for number, place in enumerate(places)]
    heapq.heapify(waiting)
    said = defaultdict(list)
    while waiting:
        now, number, place = heapq.heappop(waiting)
        if wait := pacer.wait(place, now):
            heapq.heappush(waiting, (now + wait, number, place))
        else:
            pacer.take(place, now)
            said[place].append(now - NOON)
    return said


def most_in(seconds: float, times: list[float]) -> int:
    """The most that fall into any stretch of so many seconds."""
    ordered = sorted(times)
    return max(bisect_left(ordered, at + seconds - 1e-6) - place for place, at in enumerate(ordered))


def test_a_telegram_group_hears_twenty_a_minute_and_not_much_less() -> None:
    said = told([GROUP] * 60)[GROUP]
    assert (most_in(60, said), most_in(1, said)) == (20, 1)
    assert len(said) == 60
    assert max(said) == pytest.approx(139, abs=2)


def test_the_topics_of_a_group_share_its_minute() -> None:
    said = told([GROUP, TOPIC] * 30)
    assert most_in(60, said[GROUP] + said[TOPIC]) == 20


def test_a_busy_group_keeps_no_private_chat_waiting_and_thirty_a_second_are_heard_over_all() -> None:
    people = [str(4000 + number) for number in range(300)]
    said = told([GROUP] * 100 + people)
    assert max(at for person in people for at in said[person]) < 300 / 30 + 5
    assert most_in(1, [at for times in said.values() for at in times]) <= 31


def test_a_person_hears_sixty_a_minute() -> None:
    assert max(told(["4242"] * 60)["4242"]) == pytest.approx(59, abs=1)


def test_what_can_wait_goes_evenly_and_is_no_slower_for_it(pacer: Pacer) -> None:
    at = NOON
    for person in range(20):
        at += pacer.wait(f"person{person}", at, evenly=True)
        pacer.take(f"person{person}", at)
        assert pacer.wait("maya", at) <= 0.2 + 1e-9, "what is urgent meets a turn that is free soon"
    assert at - NOON == pytest.approx(19 / 5)


def test_what_stands_beneath_a_message_counts_too() -> None:
    pacer = Pacer(TelegramPace((Limit(1),), (Limit(30),)))
    pacer.take(GROUP, NOON)
    pacer.count(TOPIC, NOON, 19)
    assert pacer.wait(GROUP, NOON + 10) == 50.0
    assert pacer.wait("4242", NOON + 10) == 0.0


def test_a_minute_later_a_group_is_forgotten() -> None:
    pacer = Pacer(TelegramPace((Limit(1),), ()))
    pacer.count(GROUP, NOON, 20)
    for number in range(MOST_PLACES + 1):
        pacer.take(str(number), NOON + 61)
    assert GROUP not in pacer._places


class Empty:
    """An outbox in which nothing waits."""

    async def read(self, work: Callable[[Context], Any]) -> Any:
        return None

    read_briefly = write_briefly = read


class Asked(Empty):
    """Notes by which way it was read."""

    def __init__(self) -> None:
        self.ways: list[str] = []

    async def read(self, work: Callable[[Context], Any]) -> Any:
        self.ways.append("read")
        return Obsolete()

    async def read_briefly(self, work: Callable[[Context], Any]) -> Any:
        self.ways.append("read briefly")
        return Obsolete()


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (OutboxKind.CASE_NOTICE, "read briefly"),
        (OutboxKind.PROMPT, "read briefly"),
        (OutboxKind.DIGEST, "read"),
        (OutboxKind.WEBHOOK, "read"),
    ],
)
async def test_what_takes_long_is_composed_beside_the_event_loop(kind: OutboxKind, way: str) -> None:
    delivery = Delivery(asked := Asked(), clock := Clock(), {}, Hooks(Settings(), clock))
    await delivery._say(cast("Record", SimpleNamespace(kind=kind)))
    assert asked.ways == [way]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("instants", range(8))
async def test_it_stops_in_whichever_instant_it_was_woken(instants: int) -> None:
    delivery = Delivery(Empty(), clock := Clock(), {}, Hooks(Settings(), clock))
    await delivery.start()
    for _ in range(20):
        await asyncio.sleep(0)
    delivery._woken.set()
    for _ in range(instants):
        await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await delivery.stop()
