import pytest

from bot.channels import Pace
from bot.delivery import Pacer

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
