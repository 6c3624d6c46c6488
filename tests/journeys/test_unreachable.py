"""Somebody is gone: it is noticed, the one who must know is told, and nothing is tried for ever."""

import pytest

from handlers.messages import Action, Verb
from storage.tables import Case, CaseEvent, Identity, Invitation, OutboxMessage, Person
from storage.vocabulary import CaseState, InvitationState, OutboxKind, OutboxState
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown


async def _nothing_waits(town: Town) -> None:
    assert [row.kind for row in await town.rows(OutboxMessage) if row.state == OutboxState.QUEUED] == []


# Scenario 15: a customer blocks the bot, leaves the workspace or deletes their account.


async def _omar_complains(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.omar.writes("Nobody knew anything.")
    await town.omar.answers("Skip", "Skip", "Yes")
    await town.maya.taps("Take it")


async def test_scenario_15_the_owner_is_told_that_the_customer_is_gone(town: Town) -> None:
    await _omar_complains(town)
    await town.omar.blocks()
    told = await town.maya.latest()
    assert "Cannot be reached: Omar Hassan" in told
    assert "I will not try again." in told
    [case] = await town.rows(Case)
    assert case.state == CaseState.CLAIMED, "the matter is still Maya's"

    await town.maya.presses(Action(Verb.REPLY, case.token))
    assert "cannot be reached" in (await town.maya.latest()).lower()
    await town.maya.fills("Close", outcome="unreachable", words="")
    [case] = await town.rows(Case)
    assert case.state == CaseState.CLOSED, "and it can be ended honestly"


@pytest.mark.parametrize("gone", ["blocks", "vanishes"])
async def test_scenario_15_nothing_is_tried_for_ever(town: Town, gone: str) -> None:
    await _omar_complains(town)
    await getattr(town.omar, gone)()
    before = len(await town.omar.conversation())
    await town.maya.fills("Close", outcome="resolved", words="We have put it right.")
    for _ in range(30):
        await town.later(days=1)
    await town.asked("visit", "omar", service="lobby", external_reference="V-1")

    assert len(await town.omar.conversation()) == before, "not one word more"
    omar = next(row for row in await town.rows(Person) if row.key == "omar")
    to_omar = [row for row in await town.rows(OutboxMessage) if row.person_id == omar.id]
    assert [row.kind for row in to_omar if row.state == OutboxState.QUEUED] == []
    assert max(row.attempts for row in to_omar) <= 1
    assert (await town.why("V-1"))[-1].endswith("the customer cannot be reached in any channel.")
    assert await town.sent(OutboxKind.CASE_UNREACHABLE) == 1, "and the owner is told once"


async def test_that_somebody_whom_no_channel_ever_knew_does_not_hear_the_end_is_told(town: Town) -> None:
    """A paper form with a name and a yes: the owner believes that the customer reads the outcome."""
    await town.encounter("email", "rita@example.org", customer_name="Rita Rinne")
    await town.sanna.logs(
        customer="Rita Rinne", words="Never again.", type="complaint", service="lobby", consent="yes"
    )
    await town.maya.fills("Close", outcome="resolved", words="We have put it right.")
    assert "Cannot be reached: Rita Rinne" in await town.maya.reads()


async def test_who_blocked_the_bot_is_not_asked_and_the_ledger_says_why(town: Town) -> None:
    await town.omar.blocks()
    await town.asked("phone", "omar", external_reference="C-1")
    assert (await town.why("C-1"))[-1].endswith("the customer cannot be reached in any channel.")
    await _nothing_waits(town)


async def test_who_vanishes_without_a_word_is_noticed_by_the_next_message(town: Town) -> None:
    await town.omar.vanishes()
    await town.asked("phone", "omar", external_reference="C-1")
    [invitation] = await town.rows(Invitation)
    assert invitation.state == InvitationState.UNREACHABLE
    assert (await town.why("C-1"))[-1].endswith("the customer cannot be reached in any channel.")
    [identity] = [row for row in await town.rows(Identity) if row.external_id == "omar"]
    assert identity.unreachable_because == "omar blocked the bot"
    await _nothing_waits(town)
    await town.later(days=10)
    assert await town.sent(OutboxKind.PROMPT) == 0


async def test_an_owner_whose_words_do_not_arrive_is_told(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.omar.vanishes()
    await town.maya.fills("Write to the customer", words="I am sorry. May I call you?")
    assert "Cannot be reached: Omar Hassan" in await town.maya.reads()
    assert await town.sent(OutboxKind.CASE_UNREACHABLE) == 1
    await _nothing_waits(town)


async def test_a_customer_whom_the_words_did_not_reach_was_not_contacted(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.omar.vanishes()
    await town.maya.fills("Write to the customer", words="I am sorry. May I call you?")

    [case] = await town.rows(Case)
    assert (case.state, case.contacted_at) == (CaseState.CLAIMED, None)
    assert [event.kind for event in await town.rows(CaseEvent)][-2:] == ["written", "not delivered"]
    assert "could not be delivered to the customer" in await town.maya.reads()
    await town.later(days=3)
    assert await town.sent(OutboxKind.CASE_REMINDER) + await town.sent(OutboxKind.CASE_NOTICE) > 1, (
        "it is due"
    )


async def test_one_call_that_went_through_counts_whatever_becomes_of_the_words(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.maya.fills("I called or wrote…", words="Called, she will think about it.")
    [before] = await town.rows(Case)
    await town.omar.vanishes()
    await town.maya.fills("Write to the customer", words="As agreed.")

    [case] = await town.rows(Case)
    assert (case.state, case.contacted_at) == (CaseState.CONTACTED, before.contacted_at)


async def test_a_contact_before_the_case_was_opened_again_is_none_since(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.maya.fills("I called or wrote…", words="Called.")
    await town.maya.fills("Close…", outcome="resolved", words="Done.")
    await town.maya.taps("Reopen")
    await town.omar.vanishes()
    await town.maya.fills("Write to the customer", words="I am sorry.")

    [case] = await town.rows(Case)
    assert (case.state, case.contacted_at) == (CaseState.CLAIMED, None)


async def test_an_owner_whose_customer_leaves_is_told_at_once(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.omar.blocks()
    assert "Cannot be reached: Omar Hassan" in await town.maya.reads()
    assert not await town.maya.can("Write to the customer")
    await town.omar.blocks()
    assert await town.sent(OutboxKind.CASE_UNREACHABLE) == 1, "and told once"


async def test_who_comes_back_can_be_reached_again(town: Town) -> None:
    await town.omar.blocks()
    await town.omar.returns()
    await town.omar.writes("Here I am again.")
    await town.asked("phone", "omar", external_reference="C-1")
    assert (await town.why("C-1"))[-1].endswith(": asked.")
    assert "It was easy for me" in await town.omar.latest()


async def test_an_alert_that_does_not_reach_its_owner_goes_to_the_next_in_line(town: Town) -> None:
    await town.maya.vanishes()
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    assert "Omar Hassan" in await town.liisa.latest()
    assert await town.liisa.can("Otan hoitaakseni")
    await _nothing_waits(town)


async def test_when_nobody_at_all_can_be_reached_the_case_still_stands(build_town: BuildTown) -> None:
    town = await build_town()
    for person in (town.maya, town.liisa):
        await person.vanishes()
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    await town.later(days=3)
    dead = [row.kind for row in await town.rows(OutboxMessage) if row.state == OutboxState.DEAD]
    assert OutboxKind.CASE_NOTICE in dead, "it is a dead letter, for the doctor to show"
    await _nothing_waits(town)


async def test_a_digest_for_somebody_who_left_is_given_up(town: Town) -> None:
    await town.maya.vanishes()
    await town.later(days=5)
    assert await town.outgoing(OutboxKind.DIGEST, OutboxState.DEAD) == 1
    assert await town.outgoing(OutboxKind.DIGEST, OutboxState.SENT) >= 1
    await _nothing_waits(town)
