"""Who comes back on the same matter is not given another case, but sooner an answer."""

import pytest

from handlers.messages import Action, Verb
from storage.tables import Case, CaseEvent, Repeat, Response
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

_OFTEN = {"cool_down": "1 d", "cool_down_any": "1 d"}


@pytest.fixture
async def town(build_town: BuildTown) -> Town:
    """People are asked about each call, so that they can say it twice."""
    return await build_town(asking=_OFTEN)


async def _badly_served(town: Town, service: str = "pension-advice") -> None:
    await town.asked("phone", "omar", service=service)
    await town.omar.taps("1")


async def test_the_same_customer_on_the_same_matter_joins_the_open_case_and_raises_it(town: Town) -> None:
    await _badly_served(town)
    assert not (await town.rows(Case))[0].urgent
    await town.later(days=8)
    await _badly_served(town)
    await town.omar.answers("1", "Skip")
    await town.omar.fills("Write…", words="I have called twice now.")

    [case] = await town.rows(Case)
    assert case.urgent
    assert len(await town.rows(Response)) == 2, "both count as answers"
    assert [repeat.case_id for repeat in await town.rows(Repeat)] == [case.id]
    alert = (await town.maya.conversation())[0].text
    assert alert.startswith("Urgent · Low score · Omar Hassan")
    assert "I have called twice now." in alert
    assert "same matter came up again" in alert
    assert "Again on the same matter: Omar Hassan" in await town.maya.latest()
    assert await town.sent(OutboxKind.CASE_REPEATED) == 1, "said once, however many answers are poor"


async def test_who_had_been_contacted_and_comes_back_waits_for_a_contact_again(town: Town) -> None:
    await _badly_served(town)
    await town.maya.fills("I called or wrote", words="It is paid on Friday.")
    await town.later(days=8)
    await _badly_served(town)
    [case] = await town.rows(Case)
    assert (case.state, case.contacted_at) == (CaseState.CLAIMED, None)
    assert case.due_at == helsinki("2026-12-02 14:00")


async def test_another_service_another_customer_or_an_old_matter_is_another_case(town: Town) -> None:
    await _badly_served(town)
    await town.asked("phone", "aino", service="pension-advice")
    await town.aino.taps("1")
    assert len(await town.rows(Case)) == 2
    await town.later(days=8)
    await _badly_served(town, service="lobby")
    assert len(await town.rows(Case)) == 3
    await town.later(days=8)
    await _badly_served(town)
    assert len(await town.rows(Case)) == 4, "sixteen days later"


async def test_what_has_been_closed_is_not_joined(town: Town) -> None:
    await _badly_served(town)
    await town.maya.fills("Close", outcome="explained", words="")
    await town.later(days=8)
    await _badly_served(town)
    assert [case.state for case in await town.rows(Case)] == [CaseState.CLOSED, CaseState.RECEIVED]


async def test_how_long_a_matter_stays_the_same_is_the_organisations_choice(build_town: BuildTown) -> None:
    town = await build_town(asking=_OFTEN, routing={"repeats_within": "1 d"})
    await _badly_served(town)
    await town.later(days=8)
    await _badly_served(town)
    assert len(await town.rows(Case)) == 2


async def test_a_refusal_of_contact_that_came_last_is_the_one_that_counts(town: Town) -> None:
    await _badly_served(town)
    await town.omar.answers("Skip", "Skip", "Skip", "Yes")
    assert await town.maya.can("Write to the customer")
    await town.later(days=8)
    await _badly_served(town)
    await town.omar.answers("Skip", "Skip", "Skip", "No")
    assert not await town.maya.can("Write to the customer")


async def test_one_complaint_typed_at_the_desk_and_in_a_project_room_has_one_owner_and_one_case(
    town: Town,
) -> None:
    """A city: the application belongs to its service manager, wherever somebody complains about it."""
    await town.pekka.writes("/feedback log - Day care: the booking application loses hours #varaus")
    [case] = await town.rows(Case)
    refused = await town.pekka.presses(Action(Verb.CLOSE, case.token))
    assert refused.form == "", "the desk cannot close it"
    assert await town.refusals() == ["FormAsked"]

    await town.sanna.at("#city-it").writes("/feedback log - day care: hours were lost again #varaus")
    [case] = await town.rows(Case)
    [_, joined] = await town.rows(CaseEvent)
    assert joined.kind == CaseEventKind.JOINED
    alert = (await town.ville.conversation())[0].text
    assert "loses hours" in alert
    assert "hours were lost again" in alert
    assert case.urgent
