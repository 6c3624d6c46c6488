"""Nobody is asked where this month's answers tell enough already."""

from typing import Any

from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

TO_20 = {"margin": 20}
"""Six answers that are all alike know their figure to within ±20 points."""


async def _is_asked(town: Town, reference: str, touchpoint: str = "ticket", **facts: Any) -> bool:
    """Whether somebody new is asked about an encounter that has just ended."""
    told = {"external_reference": reference, "service": "helpdesk", **facts}
    await town.asked(touchpoint, f"customer of {reference}", **told)
    [line] = await town.why(reference)
    return line.endswith(": asked.")


async def test_once_enough_have_answered_nobody_is_asked_there_until_the_month_is_over(
    build_town: BuildTown,
) -> None:
    town = await build_town(touchpoints={"ticket": TO_20})
    for _ in range(6):
        await town.heard([5], "ease", "ticket", service="helpdesk")
    assert not await _is_asked(town, "T-1")
    [line] = await town.why("T-1")
    assert line.endswith(
        "not asked: this month's 6 answers tell enough, to within ±20 points; 6 would have done."
    )
    told = await town.ville.writes("/feedback why T-1")
    assert told.startswith("Tukipyyntö, ti 24.11. klo 10.00: ei kysytty: tässä kuussa on jo 6 vastausta"), (
        "no name"
    )

    assert await _is_asked(town, "T-2", service="varaus"), "of this service too little is known"
    assert await _is_asked(town, "V-1", touchpoint="visit"), "no margin is wanted of visits"
    await town.until(helsinki("2026-12-01 10:00"))
    assert await _is_asked(town, "T-3"), "a new month has begun"


async def test_answers_that_differ_need_more_of_them(build_town: BuildTown) -> None:
    town = await build_town(touchpoints={"ticket": TO_20})
    for score in (5, 1, 5, 1, 5, 1):
        await town.heard([score], "ease", "ticket", service="helpdesk")
    assert await _is_asked(town, "T-1")


async def test_a_margin_of_a_service_is_of_all_its_moments_together(build_town: BuildTown) -> None:
    town = await build_town(services={"helpdesk": TO_20})
    for touchpoint in ("ticket", "phone") * 3:
        await town.heard([5], "ease", touchpoint, service="helpdesk")
    assert not await _is_asked(town, "T-1")
    assert not await _is_asked(town, "C-1", touchpoint="phone")
    assert await _is_asked(town, "C-2", touchpoint="phone", service="lobby")


async def test_recommendations_are_known_by_their_own_interval(build_town: BuildTown) -> None:
    """Of six alike, a share is known to within ±20 points, and NPS not."""
    town = await build_town(
        surveys={"friends": {"questions": ["recommend"]}},
        touchpoints={"ticket": {"survey": "friends", "margin": 20}},
    )
    for _ in range(6):
        await town.heard([10], "recommend", "ticket", service="helpdesk")
    assert await _is_asked(town, "T-1")


async def test_a_question_to_everybody_in_a_conversation_stops_as_well(build_town: BuildTown) -> None:
    town = await build_town(touchpoints={"ticket": TO_20})
    for _ in range(6):
        await town.heard([5], "ease", "ticket", service="helpdesk")
    assert not await _is_asked(town, "T-1", shared_conversation="sandbox:#customers")
