"""Whom to ask and whom to spare, with the reason."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.fatigue import AskingRules, Decision, PastRequest, may_ask
from storage.vocabulary import Verdict

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
USUAL = AskingRules(
    cool_down=30 * DAY,
    cool_down_any=7 * DAY,
    account_cap=None,
    account_window=30 * DAY,
    too_old_after=5 * DAY,
)
CAPPED = AskingRules(
    cool_down=30 * DAY, cool_down_any=7 * DAY, account_cap=3, account_window=30 * DAY, too_old_after=5 * DAY
)


def past(ago: timedelta, survey: str = "encounter", *, today: bool = False, about: str = "") -> PastRequest:
    return PastRequest(
        at=MONDAY_NOON - ago, survey=survey, touchpoint="phone", encounter=about, same_local_day=today
    )


def ask(*history: PastRequest, **otherwise: Any) -> Decision:
    """A call at Monday noon with no reason against asking, but for what the test says otherwise."""
    usual: dict[str, Any] = {
        "survey": "encounter",
        "now": MONDAY_NOON,
        "happened_at": MONDAY_NOON - HOUR,
        "opted_out": False,
        "snoozed_until": None,
        "history": history,
        "account_requests": 0,
        "rules": USUAL,
        "sampled": True,
        "share": 0.3,
    }
    return may_ask(**(usual | otherwise))


def test_scenario_2_three_calls_on_one_day_are_asked_about_once() -> None:
    first = ask()
    asked = past(2 * HOUR, today=True, about="the call about the pension decision")
    second, third = ask(asked), ask(asked)
    assert first.verdict is Verdict.ASKED
    assert second == third
    assert second.verdict is Verdict.ALREADY_ASKED_TODAY
    assert second.facts["about"] == "the call about the pension decision"
    assert second.facts["asked_at"] == "2026-11-23T10:00:00+00:00"


def test_already_asked_today_holds_for_any_survey_and_even_without_cool_downs() -> None:
    careless = AskingRules(timedelta(), timedelta(), None, DAY, 5 * DAY)
    assert ask(past(HOUR, "relation", today=True), rules=careless).verdict is Verdict.ALREADY_ASKED_TODAY


def test_an_encounter_without_words_is_called_by_its_touchpoint() -> None:
    assert ask(past(HOUR, today=True)).facts["about"] == "phone"


def test_the_whole_list_of_reasons_and_their_facts() -> None:
    call: dict[str, str | int | float] = {"touchpoint": "phone", "about": "phone"}
    assert ask(opted_out=True) == Decision(Verdict.OPTED_OUT)
    assert ask(snoozed_until=MONDAY_NOON + HOUR) == Decision(
        Verdict.SNOOZED, {"until": "2026-11-23T13:00:00+00:00"}
    )
    assert ask(happened_at=MONDAY_NOON - 6 * DAY) == Decision(
        Verdict.TOO_OLD, {"happened_at": "2026-11-17T12:00:00+00:00", "days": 5}
    )
    assert ask(past(10 * DAY)) == Decision(
        Verdict.COOL_DOWN,
        call
        | {
            "survey": "encounter",
            "asked_at": "2026-11-13T12:00:00+00:00",
            "until": "2026-12-13T12:00:00+00:00",
            "days": 30,
        },
    )
    assert ask(past(2 * DAY, "relation")) == Decision(
        Verdict.COOL_DOWN_ANY,
        call
        | {
            "survey": "relation",
            "asked_at": "2026-11-21T12:00:00+00:00",
            "until": "2026-11-28T12:00:00+00:00",
            "days": 7,
        },
    )
    assert ask(rules=CAPPED, account_requests=3) == Decision(
        Verdict.ACCOUNT_CAP, {"count": 3, "cap": 3, "days": 30}
    )
    assert ask(sampled=False) == Decision(Verdict.NOT_SAMPLED, {"share": 0.3})
    assert ask() == Decision(Verdict.ASKED, {"share": 0.3})


REASONS: list[tuple[Verdict, dict[str, Any], tuple[PastRequest, ...]]] = [
    (Verdict.OPTED_OUT, {"opted_out": True}, ()),
    (Verdict.SNOOZED, {"snoozed_until": MONDAY_NOON + HOUR}, ()),
    (Verdict.TOO_OLD, {"happened_at": MONDAY_NOON - 6 * DAY}, ()),
    (Verdict.ALREADY_ASKED_TODAY, {}, (past(HOUR, "other", today=True),)),
    (Verdict.COOL_DOWN, {}, (past(10 * DAY),)),
    (Verdict.COOL_DOWN_ANY, {}, (past(2 * DAY, "relation"),)),
    (Verdict.ACCOUNT_CAP, {"rules": CAPPED, "account_requests": 5}, ()),
    (Verdict.NOT_SAMPLED, {"sampled": False}, ()),
]


@given(st.sets(st.integers(0, len(REASONS) - 1), min_size=1), st.randoms(use_true_random=False))
def test_of_several_reasons_the_first_is_told(chosen: set[int], dice: random.Random) -> None:
    otherwise: dict[str, Any] = {}
    history: list[PastRequest] = []
    for index in chosen:
        _, changes, earlier = REASONS[index]
        otherwise |= changes
        history += earlier
    dice.shuffle(history)
    assert ask(*history, **otherwise).verdict is REASONS[min(chosen)][0]


@pytest.mark.parametrize(
    ("decision", "verdict"),
    [
        (ask(past(30 * DAY)), Verdict.ASKED),
        (ask(past(30 * DAY - timedelta(seconds=1))), Verdict.COOL_DOWN),
        (ask(past(7 * DAY, "relation")), Verdict.ASKED),
        (ask(snoozed_until=MONDAY_NOON), Verdict.ASKED),
        (ask(happened_at=MONDAY_NOON - 5 * DAY), Verdict.ASKED),
        (ask(rules=CAPPED, account_requests=2), Verdict.ASKED),
        (ask(rules=USUAL, account_requests=10_000), Verdict.ASKED),
    ],
)
def test_on_the_edge(decision: Decision, verdict: Verdict) -> None:
    assert decision.verdict is verdict


def test_half_a_day_is_told_as_a_fraction() -> None:
    hasty = AskingRules(DAY, DAY / 2, None, DAY, 5 * DAY)
    assert ask(past(HOUR, "relation"), rules=hasty).facts["days"] == 0.5


@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_history_makes_no_difference(days: list[int], dice: random.Random) -> None:
    history = [past(day * DAY, "encounter" if day % 2 else "relation") for day in days]
    shuffled = dice.sample(history, len(history))
    assert ask(*history) == ask(*shuffled)


@given(st.integers(0, 60 * 24), st.integers(0, 60 * 24))
def test_once_a_cool_down_has_ended_it_stays_ended(one: int, other: int) -> None:
    sooner, later = sorted((one, other))
    if ask(past(sooner * HOUR)).verdict is Verdict.ASKED:
        assert ask(past(later * HOUR)).verdict is Verdict.ASKED
