"""What the customer taps and writes: kept once, changed with its history, and left when they like."""

import itertools

from sqlmodel import select

from handlers.context import Context
from storage.tables import (
    Answer,
    AnswerChange,
    Case,
    Encounter,
    Feedback,
    Invitation,
    LedgerEntry,
    OutboxMessage,
    Response,
    SentMessage,
)
from storage.vocabulary import CaseReason, DeclineReason, InvitationState, OutboxKind
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown

LOW = ("Waiting time", "I was not listened to", "It was not solved", "Unclear information")
HIGH = ("Friendly service", "Quick", "It was solved", "Clear information")


async def _score(town: Town, question: str) -> int | None:
    return next(a.score for a in await town.rows(Answer) if a.question == question)


async def test_two_hundred_taps_at_once_are_one_answer_one_case_and_one_alert(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.hammers(["2"] * 200, tasks=20)

    assert await town.responses() == 1
    assert [answer.score for answer in await town.rows(Answer)] == [2]
    assert await town.rows(AnswerChange) == []
    assert len(await town.rows(Case)) == 1
    assert len(await town.maya.conversation()) == 1
    assert await town.sent(OutboxKind.CASE_NOTICE) == 1


async def test_two_scores_that_race_leave_one_answer_and_its_history(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.hammers(["1", "2"] * 30, tasks=20)

    assert await town.responses() == 1
    [answer] = await town.rows(Answer)
    changes = sorted(await town.rows(AnswerChange), key=lambda change: change.id or 0)
    versions = [change.score for change in changes] + [answer.score]
    assert set(versions) == {1, 2}
    assert all(before != after for before, after in itertools.pairwise(versions))
    assert len(await town.rows(Case)) == 1
    assert len(await town.maya.conversation()) == 1


async def test_a_delivery_that_comes_again_changes_nothing(town: Town) -> None:
    await town.asked("phone", "omar")
    first, second = await town.omar.holds("2"), await town.omar.holds("4")
    prompt = (await town.omar.conversation())[-1].name
    await town.omar.presses(first, prompt, nonce="delivery-1")
    await town.omar.presses(second, prompt, nonce="delivery-2")
    assert await _score(town, "ease") == 4

    await town.omar.presses(first, prompt, nonce="delivery-1")
    assert await _score(town, "ease") == 4
    assert len(await town.rows(AnswerChange)) == 1
    assert "4 / 5" in await town.omar.latest(), "the message shows how things stand"


async def test_a_message_that_is_delivered_again_is_one_piece_of_feedback(town: Town) -> None:
    await town.omar.writes("The door is stuck.", nonce="delivery-1")
    await town.omar.writes("The door is stuck.", nonce="delivery-1")
    assert len(await town.rows(Case)) == 1


async def test_one_tap_is_an_answer(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("5")
    await town.later(days=20)
    assert await town.responses() == 1
    assert [row.state for row in await town.rows(Invitation)] == [InvitationState.ANSWERED]
    assert await town.sent(OutboxKind.REMINDER) == 0


async def test_the_message_becomes_the_next_question_and_at_last_the_thanks(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("5")
    assert "How satisfied are you" in await town.omar.latest()
    await town.omar.taps("4")
    assert "Was your matter taken care of?" in await town.omar.latest()
    await town.omar.taps("Yes")
    await town.omar.fills("Write", words="All went well.")
    assert "May we contact you" in await town.omar.latest()
    await town.omar.taps("No")
    thanks = await town.omar.latest()
    assert "Thank you, your answer has been recorded." in thanks
    assert "Maya Virtanen will read your answer" in thanks
    assert "All went well." in thanks
    assert len(await town.omar.conversation()) == 1
    assert await town.maya.conversation() == [], "praise is no alert"


async def test_questions_may_be_left_out(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.omar.answers("Skip", "4", "Skip", "Skip", "Skip")
    assert "Thank you, your answer has been recorded." in await town.omar.latest()
    assert [a.score for a in await town.rows(Answer) if a.score is not None] == [4]


async def test_a_changed_mind_replaces_the_answer_within_a_day_and_not_later(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("2")
    await town.later(hours=23)
    await town.omar.taps("Change 1")
    await town.omar.taps("4")
    assert await _score(town, "ease") == 4
    assert [change.score for change in await town.rows(AnswerChange)] == [2]
    assert "4 of 5" in (await town.maya.conversation())[0].text, "the alert tells how it stands now"

    stale = await town.omar.holds("Change 1")
    await town.later(hours=2)
    await town.omar.presses(stale)
    assert "Your answer can no longer be changed." in await town.omar.latest()
    assert await _score(town, "ease") == 4


async def test_what_was_left_open_may_still_be_answered_after_the_day(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.omar.taps("4")
    await town.later(days=2)
    await town.omar.taps("5")
    assert await _score(town, "satisfied") == 5


async def test_the_reasons_offered_follow_the_score(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.omar.answers("2", "2", "Yes")
    assert [await town.omar.can(reason) for reason in LOW] == [True] * 4
    assert not any([await town.omar.can(reason) for reason in ("Friendly service", "Quick")])

    await town.omar.answers("Change 1", "5", "Change 2", "5")
    assert [await town.omar.can(reason) for reason in HIGH] == [True] * 4
    assert not await town.omar.can("Waiting time")


async def test_reasons_stand_in_an_order_of_each_customers_own_that_stays(town: Town) -> None:
    orders = set()
    for customer in ("ella", "elias", "elina"):
        person = town.person(customer)
        await town.asked("phone", customer, customer_language="en")
        await person.answers("2", "2", "Yes")
        before = [label for label in await person.labels() if label in LOW]
        await person.taps("Waiting time")
        after = [label for label in await person.labels() if label in LOW]
        assert before == after
        orders.add(tuple(before))
    assert len(orders) > 1


async def test_a_reason_tapped_again_is_taken_back(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("2", "2", "Yes", "Waiting time", "Unclear information")
    assert "Chosen reasons: Waiting time, Unclear information" in await town.maya.latest()
    await town.omar.taps("Waiting time")
    assert "Chosen reasons: Unclear information" in await town.maya.latest()


async def test_not_my_matter_is_marked_and_kept_and_opens_nothing(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("Not my matter")
    assert "This was not your matter" in await town.omar.latest()
    [invitation] = await town.rows(Invitation)
    assert invitation.state == InvitationState.DECLINED
    assert invitation.declined_because == DeclineReason.NOT_MY_MATTER
    assert await town.responses() == 0


async def test_not_my_matter_after_an_answer_keeps_the_answer_apart(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("2", "Not my matter")
    [response] = await town.rows(Response)
    assert response.excluded_because == DeclineReason.NOT_MY_MATTER
    assert await _score(town, "ease") == 2


async def test_a_person_is_one_tap_away(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("I'd rather talk to Maya Virtanen")
    assert "Maya Virtanen will contact you." in await town.omar.latest()
    [case] = await town.rows(Case)
    assert case.reason == CaseReason.WANTS_A_PERSON
    alert = await town.maya.latest()
    assert "Wants to talk to a person" in alert
    assert "Omar Hassan" in alert
    assert "May be contacted\nyes" in alert


async def test_who_wants_a_person_first_and_then_says_it_was_nothing_may_still_answer(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("I'd rather talk to Maya Virtanen", "Not my matter")
    [response] = await town.rows(Response)
    assert response.excluded_because == DeclineReason.NOT_MY_MATTER

    invitation = (await town.rows(Invitation))[0].token
    await town.omar.presses(town.rating(invitation, "ease", 5))
    [response] = await town.rows(Response)
    assert response.excluded_because is None


async def test_an_urgent_word_opens_an_urgent_case_though_the_scores_are_good(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("5", "5", "Yes")
    assert await town.maya.conversation() == []
    await town.omar.fills("Write", words="Kind people, but the loose cable gave me an electric shock.")
    [case] = await town.rows(Case)
    assert (case.reason, case.urgent) == (CaseReason.URGENT_WORD, True)
    assert "Urgent" in await town.maya.latest()
    assert "electric shock" in await town.maya.latest()


async def test_words_written_as_a_message_are_the_comment_of_the_open_survey(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("2")
    await town.omar.writes("I waited for an hour.")
    await town.omar.writes("And then the line went dead.")
    [words] = [a.words for a in await town.rows(Answer) if a.question == "words"]
    assert words == "I waited for an hour.\nAnd then the line went dead."
    assert "And then the line went dead." in await town.maya.latest()
    assert len(await town.rows(Case)) == 1


async def test_a_grade_below_eight_at_a_visit_is_followed_up_and_eight_is_not(town: Town) -> None:
    await town.asked("visit", "omar", service="lobby")
    await town.omar.taps("8")
    assert await town.rows(Case) == []
    await town.asked("visit", "ella", service="lobby")
    await town.ella.taps("7")
    assert len(await town.rows(Case)) == 1
    assert "7 of 10" in await town.maya.latest()


async def test_a_threshold_changed_for_one_touchpoint_changes_only_that_one(build_town: BuildTown) -> None:
    visit = {"thresholds": {"grade": {"alert": "1-7"}}}
    town = await build_town(
        touchpoints={
            "visit": visit,
            "tour": {"name": "Tour", "survey": "visit", "thresholds": {"grade": {"alert": "1-6"}}},
        }
    )
    await town.asked("tour", "omar", service="lobby")
    await town.omar.taps("7")
    assert await town.rows(Case) == []
    await town.asked("visit", "ella", service="lobby")
    await town.ella.taps("7")
    assert len(await town.rows(Case)) == 1


async def test_a_new_application_is_watched_more_closely_than_other_services(town: Town) -> None:
    await town.asked("ticket", "omar", service="varaus")
    await town.omar.answers("4", "3")
    assert len(await town.rows(Case)) == 1
    await town.asked("ticket", "ella", service="helpdesk")
    await town.ella.answers("4", "3")
    assert len(await town.rows(Case)) == 1


async def test_somebody_elses_request_takes_no_answer_and_that_is_written_down(town: Town) -> None:
    await town.asked("phone", "omar")
    await town.aino.presses(town.rating((await town.rows(Invitation))[0].token, "ease", 1))
    assert "lähetettiin jollekulle toiselle" in await town.aino.latest()
    assert await town.responses() == 0
    assert await town.refusals() == ["RatingGiven"]


async def test_a_tap_on_a_message_whose_encounter_was_erased_is_answered_in_words(town: Town) -> None:
    await town.asked("phone", "omar")
    button = await town.omar.holds("2")
    await town.app.write(_erase)
    await town.omar.presses(button)
    assert "This request for feedback is no longer here." in await town.omar.latest()
    await town.omar.writes("I waited 40 minutes.")
    assert await town.responses() == 0
    assert len(await town.rows(Feedback)) == 1, "words are kept all the same"


def _erase(ctx: Context) -> None:
    """Everything about the encounter is gone, as after a request to be forgotten."""
    for noun in (LedgerEntry, SentMessage, OutboxMessage, Invitation, Encounter):
        for row in ctx.session.exec(select(noun)):
            ctx.session.delete(row)
        ctx.session.flush()


async def test_a_score_that_is_not_on_the_scale_is_refused_in_words(town: Town) -> None:
    await town.asked("phone", "omar")
    invitation = (await town.rows(Invitation))[0].token
    await town.omar.presses(town.rating(invitation, "ease", 6))
    assert "6 is not on the scale 1–5" in await town.omar.latest()
    await town.omar.presses(town.rating("no-such-invitation", "ease", 5))
    assert "This request for feedback is no longer here." in await town.omar.latest()
    assert await town.responses() == 0


async def test_praise_reaches_whoever_did_the_work_with_the_customers_words(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    await town.omar.answers("5", "5", "Yes")
    await town.omar.fills("Write", words="Sanna explained everything.")
    assert await town.sent(OutboxKind.PRAISE) == 0, "the words have time to come along"
    await town.later(minutes=11)
    assert "Sanna explained everything." in await town.sanna.reads()
    assert "Omar" not in await town.sanna.reads()
