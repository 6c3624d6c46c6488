"""Scenario 4: a supplier of kitchens contacts whoever gives less than eight, and asks the others for a reference."""

import pytest

from storage.tables import Case, OutboxMessage
from storage.vocabulary import CaseReason, OutboxKind
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown

TOUR = {
    "name": "Showroom tour",
    "survey": "visit",
    "delay": "10 min",
    "thresholds": {"grade": {"alert": "1-6", "reference": "10"}},
}


async def _graded(town: Town, touchpoint: str, grade: int) -> tuple[int, int]:
    """A new customer gives a grade: how many cases that opened, and how many references may be asked for."""
    cases, requests = len(await town.rows(Case)), await town.sent(OutboxKind.REFERENCE_REQUEST)
    customer = f"buyer-{touchpoint}-{grade}"
    await town.asked(touchpoint, customer, service="lobby", customer_language="en")
    await town.person(customer).taps(str(grade))
    await town.later(minutes=15)
    return len(await town.rows(Case)) - cases, await town.sent(OutboxKind.REFERENCE_REQUEST) - requests


async def test_scenario_4_eight_is_nothing(town: Town) -> None:
    assert await _graded(town, "visit", 8) == (0, 0)
    assert {row.kind for row in await town.rows(OutboxMessage)} == {OutboxKind.PROMPT}, (
        "nobody is told anything"
    )
    assert await town.maya.conversation() == []


async def test_scenario_4_seven_is_a_customer_to_contact(town: Town) -> None:
    assert await _graded(town, "visit", 7) == (1, 0)
    [case] = await town.rows(Case)
    assert case.reason == CaseReason.LOW_SCORE
    alert = await town.maya.latest()
    assert "7 of 10" in alert
    assert await town.maya.can("I called or wrote")


async def test_scenario_4_nine_is_a_reference_to_ask_for(town: Town) -> None:
    assert await _graded(town, "visit", 9) == (0, 1)
    told = await town.maya.latest()
    assert "Could give a reference" in told
    assert "9 of 10" in told
    assert "I leave the asking to you." in told


@pytest.mark.parametrize(
    ("grade", "at_a_visit", "at_the_tour"),
    [
        (6, (1, 0), (1, 0)),
        (7, (1, 0), (0, 0)),
        (8, (0, 0), (0, 0)),
        (9, (0, 1), (0, 0)),
        (10, (0, 1), (0, 1)),
    ],
)
async def test_scenario_4_other_numbers_for_one_touchpoint_change_only_that_one(
    build_town: BuildTown, grade: int, at_a_visit: tuple[int, int], at_the_tour: tuple[int, int]
) -> None:
    town = await build_town(touchpoints={"tour": TOUR})
    assert await _graded(town, "visit", grade) == at_a_visit
    assert await _graded(town, "tour", grade) == at_the_tour
