"""Anonymous surveys: people are asked as ever, and what they answer is nobody's, in every row, file and log line."""

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers.answers import BroughtAnswer, bring_answer
from handlers.errors import AnsweredByHand
from handlers.events import Sender, VoiceReceived
from handlers.messages import Action, Say, Verb
from handlers.retention import forget_sheets, forget_words
from storage.tables import (
    Answer,
    Case,
    Feedback,
    InboundDelivery,
    Invitation,
    Person,
    Response,
    SealedSheet,
    SheetAnswer,
    SheetBatch,
    VoiceMessage,
)
from storage.tokens import is_nameless
from storage.vault import Vault
from storage.vocabulary import DeclineReason, InvitationState, OutboxKind
from tests.helpers.dashboard import logged_in
from tests.helpers.town import Town, Townsperson, example, helsinki, town_of

KEY = b64encode(b"k" * 32).decode()
SURVEY = {
    "surveys": {"open": {"privacy": "anonymous", "questions": ["satisfied", "ease", "words"]}},
    "touchpoints": {"phone": {"survey": "open"}},
}
PEOPLE = ("zeb", "ada", "bo", "cia", "dan", "eva")
ABOUT = {"service": "pension-advice", "customer_language": "en", "account": "acme"}


@pytest.fixture
async def secret(tmp_path: Path) -> AsyncIterator[Town]:
    async with town_of(example(**SURVEY), tmp_path / "secret", key=KEY) as town:
        yield town


async def _asked(town: Town, *people: str) -> None:
    for person in people:
        await town.asked("phone", person, customer_name=f"{person.title()} Guest", **ABOUT)


async def _answers(person: Townsperson, satisfied: int = 4, words: str = "") -> None:
    await person.answers(str(satisfied), "Skip")
    if words:
        await person.fills("Write…", words=words)
    else:
        await person.taps("Skip")


async def _everybody(town: Town, scores: tuple[int, ...] = (5, 4, 4, 2, 5)) -> None:
    people = PEOPLE[: len(scores)]
    await _asked(town, *people)
    for person, score in zip(people, scores, strict=True):
        await _answers(town.person(person), score)


async def test_the_request_says_what_nobody_can_find_out_and_what_that_costs(secret: Town) -> None:
    await _asked(secret, "zeb")
    said = await secret.zeb.latest()
    assert "Anonymous: I keep no trace of who answers what, and open at least 5 answers together." in said
    assert "So nobody can call you back, and nobody can erase your answer for you later." in said
    assert "What you write may give you away." in said
    assert "This platform knows what you press" in said
    assert "Maya Virtanen reads the answers, without names" in said
    assert "Your name goes with your answer." not in said


async def test_the_message_goes_on_and_never_repeats_what_was_answered(secret: Town) -> None:
    await _asked(secret, "zeb")
    await secret.zeb.taps("2")
    assert "→ answered or skipped" in await secret.zeb.latest()
    assert "2 / 5" not in await secret.zeb.latest()
    await secret.zeb.taps("Skip")
    assert "Slow" not in await secret.zeb.labels(), "which reasons are offered would tell the score"
    await secret.zeb.fills("Write…", words="It took weeks.")
    said = await secret.zeb.latest()
    assert "It is sealed, and opened together with others, 5 at least" in said
    assert "Nobody can call you back about it." in said
    assert "It took weeks." not in said


async def test_the_message_does_not_tell_what_was_left_out(secret: Town) -> None:
    await _asked(secret, "zeb", "ada")
    await secret.zeb.answers("4", "Skip", "Skip")
    await secret.ada.answers("Skip", "2", "Skip")
    assert await secret.zeb.latest() == await secret.ada.latest()


async def test_the_order_in_which_somebody_answered_is_not_kept(secret: Town) -> None:
    await _asked(secret, *PEOPLE[:5])
    for person in PEOPLE[:4]:
        await secret.person(person).answers("4", "4")
    held = secret.rating((await secret.dan.holds("4")).ref, "ease", 4)
    await secret.dan.presses(held)
    await secret.dan.taps("4")
    await secret.later(days=2)
    rows = await secret.rows(SheetAnswer)
    assert {tuple(row.question for row in rows if row.sheet == n) for n in range(1, 6)} == {
        ("ease", "satisfied")
    }


async def test_a_poor_answer_opens_no_case_and_leaves_no_response(secret: Town) -> None:
    await _asked(secret, "zeb")
    await _answers(secret.zeb, 1, "An accident is about to happen!")
    for noun in (Response, Answer, Case, Feedback, SheetAnswer):
        assert await secret.rows(noun) == []
    assert len(await secret.rows(SealedSheet)) == 1


async def test_the_request_learns_nothing_and_nobody_is_reminded(secret: Town) -> None:
    await _asked(secret, "zeb", "ada")
    await _answers(secret.zeb)
    await secret.later(days=4)
    assert await secret.sent(OutboxKind.REMINDER) == 0
    states = {row.state for row in await secret.rows(Invitation)}
    assert states == {InvitationState.SENT}
    assert {row.answered_at for row in await secret.rows(Invitation)} == {None}
    await secret.later(days=14)
    assert {row.state for row in await secret.rows(Invitation)} == {InvitationState.EXPIRED}


async def test_asking_counts_for_tiredness_as_ever(secret: Town) -> None:
    await _asked(secret, "zeb")
    again = await secret.encounter("phone", "zeb", ask_at_once=True, **ABOUT)
    await secret.settle()
    assert "already asked today" in (await secret.why(again.token))[-1]


async def test_enough_answers_are_opened_together_once_they_can_be_changed_no_more(secret: Town) -> None:
    await _everybody(secret)
    await secret.later(hours=25)
    assert await secret.rows(SheetAnswer) == [], (
        "not within the day: the hour of opening would tell that of answering"
    )
    await secret.later(days=1)
    (batch,) = await secret.rows(SheetBatch)
    assert batch.sheets == 5
    assert batch.service == "pension-advice"
    assert batch.opened_at == helsinki("2026-11-26 00:00")
    assert sorted(row.score or 0 for row in await secret.rows(SheetAnswer)) == [2, 4, 4, 5, 5]
    assert {row.box for row in await secret.rows(SealedSheet)} == {None}


async def test_four_are_not_enough_however_long_it_takes(secret: Town) -> None:
    await _everybody(secret, (1, 2, 3, 4))
    await secret.later(days=30)
    assert await secret.rows(SheetAnswer) == []


async def test_a_changed_mind_replaces_the_answer_and_a_second_tap_changes_nothing(secret: Town) -> None:
    await _everybody(secret, (5, 5, 5, 5, 5))
    await secret.zeb.taps("Change 1")
    await secret.zeb.taps("1")
    await secret.zeb.presses(await secret.zeb.holds("Change 1"))
    assert len(await secret.rows(SealedSheet)) == 5
    await secret.later(days=2)
    assert sorted(row.score or 0 for row in await secret.rows(SheetAnswer)) == [1, 5, 5, 5, 5]


async def test_once_opened_nothing_can_be_changed_or_answered_twice(secret: Town) -> None:
    await _everybody(secret)
    held = await secret.zeb.holds("Change 1")
    await secret.later(days=2)
    await secret.zeb.presses(secret.rating(held.ref, "satisfied", 1))
    assert "can no longer be changed" in await secret.zeb.latest()
    await secret.later(days=3)
    assert len(await secret.rows(SheetAnswer)) == 5


async def test_not_about_you_takes_the_sheet_out_of_the_figures(secret: Town) -> None:
    await _everybody(secret, (5, 5, 5, 5, 1, 5))
    held = await secret.eva.holds("Change 1")
    await secret.eva.presses(Action(Verb.DECLINE, held.ref, "not_about_you"))
    await secret.later(days=2)
    (batch,) = await secret.rows(SheetBatch)
    assert batch.sheets == 5
    assert {row.box for row in await secret.rows(SealedSheet)} == {None}


async def test_who_wants_to_talk_gives_a_name_and_keeps_the_answer_apart(secret: Town) -> None:
    await _asked(secret, "zeb")
    await secret.zeb.taps("1")
    assert (
        "Maya Virtanen learns who you are; your answers stay without your name" in await secret.zeb.latest()
    )
    await secret.zeb.taps("I'd rather talk to")
    alert = await secret.maya.latest()
    assert "Zeb Guest" in alert
    assert "1 of 5" not in alert
    assert await secret.rows(Answer) == []
    assert len(await secret.rows(Case)) == 1
    await secret.zeb.answers("Skip", "Skip")
    assert "Maya Virtanen will contact you, as you wished, and knows your name" in await secret.zeb.reads()


async def test_what_is_written_in_the_chat_would_carry_a_name_and_is_not_kept(secret: Town) -> None:
    await _asked(secret, "zeb")
    told = await secret.zeb.writes("The queue was endless.")
    assert "I kept none of this: my survey is anonymous." in told
    assert await secret.rows(Feedback) == []
    await secret.zeb.writes("/feedback log The queue was endless.")
    assert len(await secret.rows(Feedback)) == 1
    await _answers(secret.zeb)
    await secret.zeb.writes("By the way, your door sticks.")
    assert len(await secret.rows(Feedback)) == 2, "with the survey answered, words are words again"


async def test_a_declined_request_may_be_answered_after_all_and_does_not_tell_so(secret: Town) -> None:
    await _asked(secret, "zeb")
    held = await secret.zeb.holds("4")
    await secret.zeb.taps("Not my matter")
    await secret.zeb.presses(held)
    assert "→ answered or skipped" in await secret.zeb.latest()
    assert len(await secret.rows(SealedSheet)) == 1
    assert {row.state for row in await secret.rows(Invitation)} == {InvitationState.DECLINED}


async def test_who_answered_and_who_did_not_are_asked_no_more_alike(secret: Town) -> None:
    await _asked(secret, "zeb", "ada")
    await secret.zeb.taps("4")
    for person in (secret.zeb, secret.ada):
        await person.taps("Don't ask me")
        assert "I will not ask you for feedback any more." in await person.latest()
    told = {(row.state, row.declined_because) for row in await secret.rows(Invitation)}
    assert told == {(InvitationState.DECLINED, DeclineReason.OPT_OUT)}
    assert len(await secret.rows(SealedSheet)) == 1


async def test_once_opened_one_may_still_ask_for_a_person_or_to_be_asked_no_more(secret: Town) -> None:
    await _asked(secret, *PEOPLE)
    for person in PEOPLE:
        await secret.person(person).taps("4")
    await secret.later(days=2)
    await secret.zeb.taps("I'd rather talk to")
    assert "Zeb Guest" in await secret.maya.latest()
    await secret.zeb.taps("Don't ask me")
    assert "I will not ask you for feedback any more." in await secret.zeb.reads()
    assert [p.name for p in await secret.rows(Person) if p.opted_out_at] == ["Zeb Guest"]
    assert len(await secret.rows(SheetAnswer)) == len(PEOPLE)


async def test_somebody_elses_request_cannot_be_answered(secret: Town) -> None:
    await _asked(secret, "zeb", "ada")
    held = await secret.zeb.holds("4")
    await secret.ada.presses(held)
    assert await secret.rows(SealedSheet) == []


async def test_everybody_in_a_conversation_cannot_be_asked_anonymously(secret: Town) -> None:
    told = await secret.maya.at("#advice").writes("/feedback ask here phone")
    assert "is asked about anonymously" in told
    assert await secret.rows(Invitation) == []


async def test_without_a_key_nobody_is_asked_and_the_ledger_says_why(tmp_path: Path) -> None:
    async with town_of(example(**SURVEY), tmp_path) as town:
        asked = await town.asked("phone", "zeb", **ABOUT)
        assert await town.person("zeb").conversation() == []
        assert "there is no key to seal its answers with" in (await town.why(asked.token))[-1]


async def test_the_digest_counts_what_was_opened_and_what_was_asked(secret: Town) -> None:
    await _asked(secret, *PEOPLE)
    for person in PEOPLE[:5]:
        await _answers(secret.person(person), 2, "The queue was endless.")
    await secret.until(helsinki("2026-11-27 15:01"))
    digest = (await secret.maya.reads()).partition("20 Nov 2026 –")[2]
    assert "5 answers from customers" in digest
    assert "Anonymous surveys: 6 asked, 5 answers opened; who has answered nobody knows." in digest
    assert "Satisfaction" in digest
    assert "The queue was endless." in digest
    assert "Guest" not in digest


async def test_forgetting_a_person_leaves_what_is_nobodys(secret: Town) -> None:
    await _everybody(secret)
    await secret.zeb.writes("/feedback forget me")
    await secret.zeb.taps("Erase me")
    assert [p.name for p in await secret.rows(Person) if p.erased_at] == [""]
    await secret.later(days=2)
    assert sum(row.sheets for row in await secret.rows(SheetBatch)) == 5


async def test_names_of_sheets_go_when_no_request_can_come_back_and_unopened_ones_when_words_do(
    secret: Town,
) -> None:
    await _everybody(secret)
    await secret.later(days=2)
    await _asked(secret, "eva")
    await _answers(secret.eva, words="Alone")
    await secret.later(days=91)
    await secret.app.write(forget_sheets)
    assert len(await secret.rows(SealedSheet)) == 1
    await secret.later(days=730)
    await secret.app.write(forget_sheets)
    assert await secret.rows(SealedSheet) == []
    await secret.app.write(forget_words)
    assert {row.words for row in await secret.rows(SheetAnswer)} <= {None, ""}
    assert len(await secret.rows(SheetAnswer)) == 5, "scores stay"


async def test_no_delivery_is_remembered_of_what_is_answered(secret: Town) -> None:
    await _asked(secret, "zeb")
    await _answers(secret.zeb, words="Never mind.")
    assert await secret.rows(InboundDelivery) == []
    assert await secret.rows(VoiceMessage) == []


async def test_a_voice_would_tell_whose_it_is_and_is_refused(secret: Town) -> None:
    await _asked(secret, "zeb")
    (request,) = await secret.rows(Invitation)
    spoken: dict[str, Any] = {
        "by": Sender("sandbox", "zeb"),
        "at": secret.clock.at,
        "source": "f1",
        "seconds": 3,
    }
    for invitation in (request.token, ""):
        event = VoiceReceived(delivery_id=secret.nonce(), invitation=invitation, question="words", **spoken)
        reply = await secret.app.receive(event)
        assert isinstance(reply, Say)
        assert "I kept none of this: my survey is anonymous." in reply.message.summary
    assert await secret.rows(VoiceMessage) == []


async def test_another_program_cannot_bring_the_answer(secret: Town) -> None:
    await _asked(secret, "zeb")
    (request,) = await secret.rows(Invitation)
    brought = BroughtAnswer(request.token, "satisfied", score=1)
    with pytest.raises(AnsweredByHand):
        await secret.app.write(lambda ctx: bring_answer(brought, "d1", ctx))


async def test_one_person_asked_five_times_is_no_group(tmp_path: Path) -> None:
    often = {**SURVEY, "asking": {"cool_down": "0 min", "cool_down_any": "0 min"}}
    async with town_of(example(**often), tmp_path, key=KEY) as town:
        for _ in range(5):
            await _asked(town, "zeb")
            await _answers(town.zeb)
            await town.later(days=7)
        assert len(await town.rows(SealedSheet)) == 5
        assert await town.rows(SheetAnswer) == []


async def test_one_person_with_two_identities_linked_since_is_one(secret: Town) -> None:
    await _everybody(secret)
    code = re.search(r"\w{4}-\w{4}-\w{4}", await secret.zeb.writes("/feedback link"))
    assert code
    await secret.ada.writes(f"/feedback link {code[0]}")
    await secret.later(days=3)
    assert await secret.rows(SheetAnswer) == []


async def test_one_person_is_one_also_when_the_key_was_changed_in_between(tmp_path: Path) -> None:
    often = {**SURVEY, "asking": {"cool_down": "0 min", "cool_down_any": "0 min"}}
    async with town_of(example(**often), tmp_path, key=KEY) as town:
        await _everybody(town, (5, 5, 5, 5))
        town.app._vault = Vault(f"{b64encode(b'n' * 32).decode()},{KEY}")
        await town.later(days=1)
        await _everybody(town, (1,))
        await town.later(days=3)
        assert len(await town.rows(SealedSheet)) == 5
        assert await town.rows(SheetAnswer) == []


async def test_what_was_promised_holds_when_fewer_are_wanted_later(secret: Town) -> None:
    await _everybody(secret, (1, 2, 3))
    secret.app.apply(example(**SURVEY, minimum_group=3), "a test")
    await secret.later(days=3)
    assert await secret.rows(SheetAnswer) == []


async def test_the_hour_of_opening_does_not_tell_when_the_last_one_answered(secret: Town) -> None:
    await _everybody(secret, (5, 5, 5, 5))
    await _asked(secret, "dan")
    await secret.dan.taps("Skip")
    await secret.later(days=3)
    await secret.dan.taps("4")
    await secret.settle()
    assert await secret.rows(SheetAnswer) == [], "it came late in the day, when the rest had been waiting"
    await secret.later(days=1)
    assert len(await secret.rows(SheetAnswer)) == 5


async def test_when_people_are_erased_their_requests_stay_apart_from_those_by_name(secret: Town) -> None:
    await _asked(secret, *PEOPLE)
    for person in PEOPLE:
        await secret.person(person).taps("Not my matter")
        await secret.person(person).writes("/feedback forget me")
        await secret.person(person).taps("Erase me")
    assert all(is_nameless(row.token) for row in await secret.rows(Invitation))


@pytest.mark.parametrize(
    ("language", "said"),
    [("fi", "Nimetön:"), ("sv", "Anonymt:"), ("en", "Anonymous:")],
)
async def test_it_is_said_in_three_languages(secret: Town, language: str, said: str) -> None:
    await secret.asked("phone", "zeb", **{**ABOUT, "customer_language": language})
    assert said in await secret.zeb.latest()


async def test_words_are_read_on_the_dashboard_once_enough_are_opened_and_only_by_their_day(
    secret: Town,
) -> None:
    await _asked(secret, *PEOPLE[:5])
    for number, person in enumerate(PEOPLE[:5], 1):
        await _answers(secret.person(person), number, f"Sealed word {number}")
    async with logged_in(secret, "maya") as maya:
        await maya.open("/dashboard/comments")
        assert "Sealed word" not in maya.text
    await secret.later(days=2)
    async with logged_in(secret, "maya") as maya, logged_in(secret, "ville") as ville:
        await maya.open("/dashboard/comments")
        assert all(maya.text.count(f"Sealed word {number}") == 1 for number in range(1, 6))
        assert maya.text.count("Anonymous: opened on this day together with others") == 5
        for given in (*(person.title() for person in PEOPLE), "Acme", "/ 5"):
            assert given not in maya.page.text.partition('class="said-list"')[2]
        await maya.open("/dashboard/comments?band=poor")
        assert "Sealed word" not in maya.text, "two are too few to hide among one another"
        assert "They are not shown: too few wrote" in maya.text
        for query in (
            "account=acme",
            "words=sealed",
            "touchpoint=visit",
            "since=2026-11-24&until=2026-11-24",
        ):
            assert await maya.open(f"/dashboard/comments?{query}") == 200
            assert "Sealed word" not in maya.text
        await ville.open("/dashboard/comments")
        assert "Sealed word" not in ville.text


async def test_words_of_fewer_people_than_a_group_are_not_read_on_the_dashboard(secret: Town) -> None:
    await _asked(secret, *PEOPLE[:5])
    for person in PEOPLE[:5]:
        await _answers(secret.person(person), 4, "Sealed word" if person != "dan" else "")
    await secret.later(days=2)
    async with logged_in(secret, "maya") as maya:
        await maya.open("/dashboard/comments")
        assert "Sealed word" not in maya.text
        assert "They are not shown: too few wrote to hide among one another." in maya.text


async def test_opened_words_are_paged_as_all_others(secret: Town) -> None:
    people = [f"guest{number}" for number in range(30)]
    for person in people:
        await secret.asked("phone", person, service="pension-advice", customer_language="en")
    for number, person in enumerate(people):
        await _answers(secret.person(person), 4, f"sealed{number}.")
    await secret.later(days=2)
    await secret.sanna.writes("/feedback log = Acme: spoken. #pension-advice")
    async with logged_in(secret, "maya") as maya:
        await maya.open("/dashboard/comments")
        seen = maya.text
        assert "spoken." in seen
        await maya.follow("Older ones")
        assert "spoken." not in maya.text
        seen += maya.text
    assert [seen.count(f"sealed{number}.") for number in range(30)] == [1] * 30
