"""What may happen to a case, and what follows."""

import pytest

from handlers.rules.case_states import FOLLOWS, OPEN, after, allows
from storage.vocabulary import CaseEventKind, CaseState


def test_every_event_has_its_place_in_the_table() -> None:
    assert set(FOLLOWS) == set(CaseEventKind)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ("CLAIMED CONTACTED CLOSED", CaseState.CLOSED),
        ("ACKNOWLEDGED CLAIMED", CaseState.CLAIMED),
        ("CLAIMED HANDED_OVER", CaseState.RECEIVED),
        ("CLAIMED CLOSED REOPENED", CaseState.REOPENED),
        ("CLAIMED WRITTEN NOT_DELIVERED", CaseState.CLAIMED),
        ("CLAIMED CONTACTED JOINED", CaseState.CLAIMED),
        ("CLOSED WRITTEN", CaseState.CLOSED),
        ("CLAIMED CONTACTED CLAIMED", CaseState.CONTACTED),
        ("REMINDED ESCALATED EXPERT_ASKED", CaseState.RECEIVED),
    ],
)
def test_one_thing_follows_another(events: str, state: CaseState) -> None:
    now: CaseState | None = CaseState.RECEIVED
    for event in events.split():
        assert now is not None
        now = after(now, CaseEventKind[event])
    assert now is state


@pytest.mark.parametrize(
    "event",
    [
        CaseEventKind.CLAIMED,
        CaseEventKind.HANDED_OVER,
        CaseEventKind.NOT_OURS,
        CaseEventKind.EXPERT_ASKED,
        CaseEventKind.CONTACTED,
        CaseEventKind.CLOSED,
        CaseEventKind.JOINED,
        CaseEventKind.REMINDED,
        CaseEventKind.ESCALATED,
    ],
)
def test_what_has_ended_is_left_alone_until_it_is_reopened(event: CaseEventKind) -> None:
    assert not allows(CaseState.CLOSED, event)
    assert all(allows(state, event) for state in OPEN)


def test_only_what_is_closed_is_reopened_and_nothing_opens_twice() -> None:
    assert [state for state in CaseState if allows(state, CaseEventKind.REOPENED)] == [CaseState.CLOSED]
    assert not any(allows(state, CaseEventKind.OPENED) for state in CaseState)


def test_every_state_can_be_reached_and_left() -> None:
    moves = [
        (state, then) for follows in FOLLOWS.values() for state, then in follows.items() if state != then
    ]
    assert {then for _, then in moves} == set(CaseState)
    assert {state for state, _ in moves} == set(CaseState)
