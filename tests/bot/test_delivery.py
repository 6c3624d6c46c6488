import heapq
from bisect import bisect_left
from collections import defaultdict

import pytest

from bot.channels import Pace
from bot.channels.telegram.sender import TelegramPace
from bot.delivery import MOST_PLACES, Pacer

NOON = 1000.0


@pytest.fixture
def pacer() -> Pacer:
    return Pacer(Pace(per_conversation=1.0, overall=50.0))


def test_one_conversation_hears_one_message_a_second(pacer: Pacer) -> None:
    assert [pacer.reserve("maya", NOON, at_most=1.0) for _ in range(2)] == [0.0, 1.0]
    assert pacer.reserve("maya", NOON + 5, at_most=1.0) == 0.0


def test_all_conversations_together_hear_fifty(pacer: Pacer) -> None:
    waits = [pacer.reserve(f"person{n}", NOON, at_most=1.0) for n in range(50)]
    assert waits == pytest.approx([n / 50 for n in range(50)])


def test_a_conversation_that_must_wait_keeps_no_other_waiting(pacer: Pacer) -> None:
    for _ in range(2):
        pacer.reserve("maya", NOON, at_most=1.0)
    assert pacer.reserve("olli", NOON, at_most=1.0) == pytest.approx(2 / 50)


def test_who_is_sent_away_comes_back_in_turn_and_not_at_once(pacer: Pacer) -> None:
    waits = [pacer.reserve("maya", NOON, at_most=0.5) for _ in range(4)]
    assert waits == pytest.approx([0.0, 1.0, 2.0, 3.0])
    assert pacer.reserve("maya", NOON + 1, at_most=0.5) == 0.0


def test_patience_asked_for_at_one_place_is_kept_there_alone(pacer: Pacer) -> None:
    pacer.pause("maya", NOON + 30)
    assert pacer.reserve("maya", NOON, at_most=1.0) == 30.0
    assert pacer.reserve("olli", NOON, at_most=1.0) == 0.0


GROUP, TOPIC = "-1001234567890", "-1001234567890/7"


def told(places: list[str]) -> dict[str, list[float]]:
    """When messages to these places are said, all of them written at once, in time that only the pace moves."""
    pacer = Pacer(TelegramPace(per_conversation=1.0, overall=30.0))
    waiting = [(NOON, number, place) for number, place in enumerate(places)]
    heapq.heapify(waiting)
    said = defaultdict(list)
    while waiting:
        now, number, place = heapq.heappop(waiting)
        wait = pacer.reserve(place, now, at_most=1.0)
        if wait > 1.0:
            heapq.heappush(waiting, (now + wait, number, place))
        else:
            said[place].append(now + wait - NOON)
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


def test_what_stands_beneath_a_message_counts_too() -> None:
    pacer = Pacer(TelegramPace(per_conversation=1.0, overall=30.0))
    pacer.reserve(GROUP, NOON, at_most=1.0)
    pacer.count(TOPIC, NOON, 19)
    assert pacer.wait(GROUP, NOON + 10) == 50.0
    assert pacer.wait("4242", NOON + 10) == 0.0


def test_a_minute_later_a_group_is_forgotten() -> None:
    pacer = Pacer(TelegramPace(per_conversation=1.0, overall=1e9))
    pacer.count(GROUP, NOON, 20)
    for number in range(MOST_PLACES + 1):
        pacer.reserve(str(number), NOON + 61, at_most=1.0)
    assert pacer._said == {}
