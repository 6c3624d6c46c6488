"""What is typed: commands in three languages, and everything else is feedback that gets a reader."""

import pytest

from storage.tables import AuditEntry, Case, Feedback, Person
from storage.vocabulary import CaseReason, FeedbackSource, FeedbackType, Tone
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown


@pytest.mark.parametrize(
    ("word", "heading"),
    [("help", "What you can tell me"), ("apua", "What you can tell me"), ("hjälp", "What you can tell me")],
)
async def test_a_command_is_understood_in_any_language(town: Town, word: str, heading: str) -> None:
    assert heading in await town.maya.writes(f"/feedback {word}")
    assert heading in await town.maya.writes(word)


@pytest.mark.parametrize("word", ["cases", "tapaukset", "ärenden", "CASES"])
async def test_managers_see_their_cases_by_any_of_its_words(town: Town, word: str) -> None:
    assert "No open cases." in await town.maya.writes(f"/feedback {word}")


async def test_help_fits_one_screen_and_tells_staff_more(town: Town) -> None:
    customers, staffs = await town.omar.writes("help"), await town.maya.writes("help")
    assert len(customers.splitlines()) < len(staffs.splitlines()) <= 33
    assert "cases" not in customers
    for kind in ("Thanks", "ideas", "complaints", "defects", "misunderstandings"):
        assert kind in customers


async def test_everybody_chooses_their_language(town: Town) -> None:
    assert "suomea" in (await town.omar.writes("/feedback language suomi")).casefold()
    assert "svenska" in (await town.omar.writes("/feedback kieli sv")).casefold()
    assert "English" in await town.omar.writes("/feedback språk engelska")
    assert "do not understand" in await town.omar.writes("/feedback language klingon")
    [omar] = [row for row in await town.rows(Person) if row.key == "omar"]
    assert omar.language == "en"


async def test_what_is_not_understood_is_said_with_a_way_on(town: Town) -> None:
    told = await town.maya.writes("/feedback frobnicate the sprockets")
    assert "“frobnicate the sprockets”" in told
    assert "help" in told


async def test_customers_may_not_do_what_staff_do(town: Town) -> None:
    for words in ("cases", "ask @aino", "why C-1"):
        assert "You do not have the right to do this. Ask Liisa Heino" in await town.omar.writes(
            f"/feedback {words}"
        )
    assert await town.refusals() == ["CommandGiven"] * 3
    assert await town.aino.conversation() == []


async def test_outside_staff_may_log_and_see_no_cases(town: Town) -> None:
    told = await town.olli.writes("/feedback log + Acme: kiitteli palvelua")
    assert "kirjattu" in told
    for words in ("cases", "ask @omar", "why C-1"):
        assert "Liisa Heino" in await town.olli.writes(f"/feedback {words}")
    assert await town.refusals() == ["CommandGiven"] * 3


async def test_staff_may_ask_and_not_read_the_ledger(town: Town) -> None:
    await town.asked("phone", "omar", external_reference="C-1", service="pension-advice")
    assert "Liisa Heino" in await town.sanna.writes("/feedback why C-1")
    assert "Omar Hassan, Phone call" in await town.maya.writes("/feedback why C-1")
    assert "do not know the encounter “C-9”" in await town.maya.writes("/feedback why C-9")


async def test_the_ledger_is_read_by_those_whom_the_encounter_concerns(town: Town) -> None:
    about = {"service": "pension-advice", "customer_name": "Stella Strange"}
    await town.asked("phone", "stranger", external_reference="C-1", **about)
    for words in ("why C-1", "miksi C-1"):
        told = await town.ville.writes(f"/feedback {words}")
        assert "Liisa Heino" in told
        assert "Stella" not in told
    assert await town.refusals() == ["CommandGiven"] * 2
    for reader in (town.maya, town.liisa):
        assert "Stella Strange" in await reader.writes("/feedback why C-1")
    read = [row for row in await town.rows(AuditEntry) if (row.did, row.subject) == ("read", "ledger")]
    assert len(read) == 2


async def test_staff_see_the_cases_that_are_theirs(build_town: BuildTown) -> None:
    town = await build_town(services={"helpdesk": {"owner": "pekka"}})
    assert "Ei avoimia tapauksia" in await town.pekka.writes("/feedback tapaukset")
    await town.asked("ticket", "omar", service="helpdesk")
    await town.omar.answers("2", "2", "No", "Skip", "Yes")
    await town.asked("phone", "aino", service="pension-advice")
    await town.aino.answers("2", "2")
    await town.settle()
    for words in ("/feedback cases", "/feedback home"):
        told = await town.pekka.writes(words)
        assert "Omar Hassan" in told
        assert "Aino" not in told
    assert "Ei avoimia tapauksia" in await town.sanna.writes("/feedback cases")


async def test_feedback_is_logged_in_one_line(town: Town) -> None:
    told = await town.maya.writes("/feedback log + Acme: quick fix, thanked Ville #helpdesk #printers")
    for words in ("it has been logged", "Acme Oy", "IT help desk", "Thanks", "Positive", "Ville Laine"):
        assert words in told
    [feedback] = await town.rows(Feedback)
    assert feedback.words == "quick fix, thanked Ville"
    assert (feedback.account, feedback.service) == ("acme", "helpdesk")
    assert (feedback.type, feedback.tone) == (FeedbackType.THANKS, Tone.POSITIVE)
    assert feedback.category == "printers"
    assert feedback.logged_by_id != feedback.said_by_id
    assert await town.rows(Case) == [], "thanks opens no case"


async def test_a_complaint_in_one_line_opens_a_case_at_once(town: Town) -> None:
    told = await town.sanna.writes("/feedback log - Aino Salo: sai väärän lomakkeen #pension-advice")
    assert "Maya Virtanen" in told
    alert = await town.maya.latest()
    assert "Complaint" in alert
    assert "Aino Salo" in alert
    assert "sai väärän lomakkeen" in alert
    assert "Sanna Mäkelä" in alert
    assert await town.aino.conversation() == [], "who said it to a person is not written to by a bot"


async def test_feedback_is_logged_by_form(town: Town) -> None:
    assert "Log feedback" in await town.maya.writes("/feedback")
    form = await town.maya.logs(customer="Acme", words="", type="idea", tone="neutral", service="helpdesk")
    assert form.errors == {"words": "Please write something first."}
    await town.maya.logs(
        customer="Tom Korhonen",
        words="Could tickets be filed by e-mail?",
        type="idea",
        tone="positive",
        service="helpdesk",
        category="tickets",
        came_by="meeting",
    )
    [feedback] = await town.rows(Feedback)
    assert (feedback.type, feedback.tone, feedback.came_by) == ("idea", "positive", "meeting")
    assert feedback.account == "acme", "the customer's own account"
    assert "Could tickets be filed by e-mail?" in await town.ville.latest(), "a wish gets an answer"


async def test_a_service_nobody_knows_is_refused_in_the_form(town: Town) -> None:
    form = await town.maya.logs(words="It broke.", service="frobnication")
    assert "I do not know the service “frobnication”." in form.errors["service"]
    assert await town.rows(Feedback) == []


async def test_more_than_can_be_kept_is_said_and_nothing_is_cut(town: Town) -> None:
    form = await town.maya.logs(words="x" * 20_001)
    assert "That is 20001 characters; I can keep 20000." in form.errors["words"]
    assert await town.rows(Feedback) == []


async def test_anything_a_customer_writes_is_feedback_with_a_receipt_a_reader_and_an_answer(
    town: Town,
) -> None:
    receipt = await town.omar.writes("The door of the lobby is heavy.")
    assert "Thank you, your message has been recorded." in receipt
    assert "Ville Laine will read it." in receipt
    alert = await town.ville.latest()
    assert "The door of the lobby is heavy." in alert
    assert "Omar Hassan" in alert
    [feedback] = await town.rows(Feedback)
    assert feedback.source == FeedbackSource.CUSTOMER

    await town.ville.fills("Kirjoita asiakkaalle", words="It gets a motor next week.")
    assert "It gets a motor next week." in await town.omar.latest()
    assert "Ville Laine will get your answer." in await town.omar.writes("Splendid, which day?")
    assert "Splendid, which day?" in await town.ville.reads()


async def test_a_customers_sentence_that_begins_like_a_command_is_feedback(town: Town) -> None:
    assert "your message has been recorded" in await town.omar.writes("Stop the noise in the lobby, please.")
    assert "your message has been recorded" in await town.omar.writes("help is hard to get here")
    assert len(await town.rows(Feedback)) == 2
    [omar] = [row for row in await town.rows(Person) if row.key == "omar"]
    assert omar.opted_out_at is None


async def test_an_urgent_word_said_unprompted_is_urgent(town: Town) -> None:
    await town.omar.writes("My lawyer will contact you.")
    [case] = await town.rows(Case)
    assert (case.urgent, case.reason) == (True, CaseReason.URGENT_WORD)


async def test_a_customer_may_fill_in_a_form_too(town: Town) -> None:
    assert "Tell us" in await town.omar.writes("/feedback")
    await town.omar.logs(words="Lovely staff.", service="lobby")
    assert "Maya Virtanen will read it." in await town.omar.latest()
    [feedback] = await town.rows(Feedback)
    assert (feedback.logged_by_id, feedback.service) == (None, "lobby")


async def test_an_empty_message_is_asked_for_words(town: Town) -> None:
    assert "Please write something first." in await town.omar.writes("   ")
    assert await town.rows(Feedback) == []
