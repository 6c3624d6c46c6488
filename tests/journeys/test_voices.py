"""Whose voice it is: a customer's alone, everybody's in a shared conversation, or that of staff."""

from storage.tables import Case, Invitation, Response
from storage.vocabulary import OutboxKind, Stream
from tests.helpers.town import Town, helsinki, seen

DIGEST_TIME = helsinki("2026-11-27 15:01")


async def _ask_everybody_in_advice(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", shared_conversation="sandbox:#advice")


async def test_in_a_shared_conversation_each_answers_once(town: Town) -> None:
    await _ask_everybody_in_advice(town)
    assert "Saiko joku teistä apua? Kukin voi vastata kerran." in await town.person("#advice").latest()
    assert len(await town.rows(Invitation)) == 1

    for person in (town.omar, town.tom, town.omar):
        await person.at("#advice").taps("4")
    responses = await town.rows(Response)
    assert len({response.person_id for response in responses}) == len(responses) == 2


async def test_nobody_there_sees_anybody_elses_score(town: Town) -> None:
    await _ask_everybody_in_advice(town)
    before = await town.person("#advice").reads()
    told = await town.omar.at("#advice").taps("2")
    assert await town.person("#advice").reads() == before
    assert "How satisfied are you" in seen(told.note).text, "the survey goes on in a note for omar alone"

    toms = seen((await town.tom.at("#advice").taps("5")).note).text
    assert "5 / 5" in toms
    assert "2 / 5" not in toms


async def test_a_low_score_from_a_shared_conversation_is_the_case_of_whoever_tapped(town: Town) -> None:
    await _ask_everybody_in_advice(town)
    await town.linnea.at("#advice").taps("1")
    assert "Linnea Sundqvist" in await town.maya.latest()
    assert "Omar Hassan" not in await town.maya.latest()


async def test_a_shared_request_is_answered_to_the_end_in_the_note(town: Town) -> None:
    await _ask_everybody_in_advice(town)
    note = seen((await town.omar.at("#advice").taps("5")).note)
    for label in ("4", "Yes", "Skip", "No"):
        told = await town.omar.at("#advice").presses(note.action(label))
        note = seen(told.note)
    assert "Thank you, your answer has been recorded." in note.text
    assert await town.responses() == 1


async def test_nobody_is_reminded_of_a_shared_request(town: Town) -> None:
    await _ask_everybody_in_advice(town)
    await town.later(days=3)
    assert await town.sent(OutboxKind.REMINDER) == 0


async def test_who_took_the_call_is_asked_two_questions_of_their_own(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", handler="sanna")
    asked = await town.sanna.latest()
    assert "Mitä asiakas sanoi" in asked
    await town.sanna.fills("Kirjoita", words="He had to call three times.")
    await town.sanna.taps("Huono")
    assert "Kiitos" in await town.sanna.latest()

    assert {row.stream for row in await town.rows(Response)} == {Stream.STAFF}
    assert await town.rows(Case) == [], "what staff report opens no case by its score"
    assert await town.maya.conversation() == []


async def test_what_staff_say_is_never_counted_with_what_customers_say(town: Town) -> None:
    for customer in ("ella", "elias", "elina", "eetu", "emil"):
        await town.asked("phone", customer, service="pension-advice", handler="sanna")
        await town.person(customer).taps("5")
    await town.sanna.answers("Ohita", "Erittäin huono")
    await town.until(DIGEST_TIME)
    digest = await town.maya.latest()
    assert "5 answers from customers" in digest
    assert "1 answer from staff" in digest
    assert "Of 5 asked, 5 answered (100%)." in digest
    assert "Ease\n100% good · n = 5" in digest
    apart = digest.index("As staff saw it: not counted with customers")
    assert digest.index("Ease") < apart < digest.index("Feeling\nn = 1, too few for a percentage")


async def test_staff_may_say_that_there_was_nothing(town: Town) -> None:
    await town.asked("phone", "omar", handler="sanna")
    await town.sanna.taps("Ei tällä kertaa")
    assert await town.responses() == 0
    await town.later(days=3)
    assert len(await town.sanna.conversation()) == 1
