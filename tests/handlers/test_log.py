"""What was said, by whom it was said, and who reads it."""

import pytest

from handlers.errors import UnknownService, WordsMissing, WordsTooLong
from handlers.events import FeedbackLogged, FormAsked, WordsReceived
from handlers.messages import Action, ChoiceField, OpenForm, Say, Verb
from storage.tables import Case, Feedback
from storage.vocabulary import CaseReason, FeedbackSource, FeedbackType, Tone
from tests.helpers.desk import Desk


@pytest.mark.parametrize(
    ("type_", "tone", "kept_as", "case"),
    [
        (FeedbackType.OTHER, Tone.POSITIVE, FeedbackType.THANKS, None),
        (FeedbackType.OTHER, Tone.NEGATIVE, FeedbackType.COMPLAINT, CaseReason.COMPLAINT),
        (FeedbackType.OTHER, Tone.NEUTRAL, FeedbackType.OTHER, None),
        (FeedbackType.THANKS, Tone.NEGATIVE, FeedbackType.THANKS, None),
        (FeedbackType.DEFECT, Tone.NEUTRAL, FeedbackType.DEFECT, CaseReason.COMPLAINT),
        (FeedbackType.IDEA, Tone.POSITIVE, FeedbackType.IDEA, CaseReason.WISH),
        (FeedbackType.MISUNDERSTANDING, Tone.NEUTRAL, FeedbackType.MISUNDERSTANDING, None),
    ],
)
def test_a_kind_left_open_follows_the_tone_and_some_kinds_open_a_case(
    desk: Desk, type_: FeedbackType, tone: Tone, kept_as: FeedbackType, case: CaseReason | None
) -> None:
    desk.hear(FeedbackLogged, "sanna", words="So it was.", type=type_, tone=tone)
    assert desk.only(Feedback).type == kept_as
    assert [row.reason for row in desk.rows(Case)] == ([case] if case else [])


@pytest.mark.parametrize(
    ("typed", "account", "person"),
    [
        ("Acme Oy", "acme", None),
        ("acme", "acme", None),
        ("ACME", "acme", None),
        ("Bildning", "education", None),
        ("Tom Korhonen", "acme", "tom"),
        ("tom korhonen", "acme", "tom"),
        ("Aino Salo", None, "aino"),
        ("Maya Virtanen", None, None),
        ("Somebody Else", None, None),
        ("nobody@example.org", None, None),
        ("", None, None),
    ],
)
def test_the_customer_is_an_account_or_a_person_or_only_a_name(
    desk: Desk, typed: str, account: str | None, person: str | None
) -> None:
    desk.hear(FeedbackLogged, "sanna", words="So it was.", customer=typed)
    feedback = desk.only(Feedback)
    assert feedback.account == account
    assert feedback.said_by_id == (desk.person(person).id if person else None)
    assert (feedback.said_by_name or "") == typed
    assert feedback.logged_by_id == desk.person("sanna").id


def test_of_two_customers_of_one_name_neither_is_meant(desk: Desk) -> None:
    desk.encounter(customer="other@example.org", customer_name="Aino Salo")
    desk.hear(FeedbackLogged, "sanna", words="So it was.", customer="Aino Salo")
    assert desk.only(Feedback).said_by_id is None


@pytest.mark.parametrize("said", ["helpdesk", "HELPDESK", "IT-tuki", "it help desk", " IT-stöd "])
def test_a_service_is_a_key_or_a_name_in_any_language(desk: Desk, said: str) -> None:
    desk.hear(FeedbackLogged, "sanna", words="So it was.", service=said)
    feedback = desk.only(Feedback)
    assert (feedback.service, feedback.team) == ("helpdesk", "city-it")


def test_what_cannot_be_kept_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownService):
        desk.hear(FeedbackLogged, "sanna", words="x", service="moon")
    with pytest.raises(WordsMissing):
        desk.hear(FeedbackLogged, "sanna", words="\x00 \n")
    with pytest.raises(WordsTooLong):
        desk.hear(FeedbackLogged, "sanna", words="x" * 20_001)
    assert desk.rows(Feedback) == []


def test_words_and_logger_are_kept_as_they_are(desk: Desk) -> None:
    desk.hear(
        FeedbackLogged,
        "olli",
        words="  =SUM(A1)\nquoth\x00 he ",
        source=FeedbackSource.THIRD_PARTY,
        category="signs",
        came_by="visit",
    )
    feedback = desk.only(Feedback)
    assert feedback.words == "=SUM(A1)\nquoth he"
    assert (feedback.source, feedback.category, feedback.came_by) == ("third party", "signs", "visit")


def test_colleagues_who_write_to_the_bot_speak_for_the_organisation(desk: Desk) -> None:
    desk.hear(WordsReceived, "sanna", words="The form is too long for everybody.")
    assert desk.only(Feedback).source == FeedbackSource.ORGANISATION


def test_everything_said_has_a_reader_who_answers(desk: Desk) -> None:
    reply = desk.hear(WordsReceived, "somebody-new", words="Where is the lobby?")
    assert isinstance(reply, Say)
    case = desk.only(Case)
    assert (case.reason, case.owner_id) == (CaseReason.WISH, desk.person("liisa").id)


def test_the_form_offers_services_by_name_in_the_readers_language(desk: Desk) -> None:
    reply = desk.hear(FormAsked, "maya", action=Action(Verb.LOG))
    assert isinstance(reply, OpenForm)
    [services] = [f for f in reply.form.fields if isinstance(f, ChoiceField) and f.key == "service"]
    names = [name for _, name in services.options]
    assert names == sorted(names, key=str.casefold)
    assert ("helpdesk", "IT help desk") in services.options


def test_a_stranger_is_remembered_with_what_they_said(desk: Desk) -> None:
    desk.hear(WordsReceived, "stranger", words="Hello")
    desk.hear(WordsReceived, "stranger", words="Anybody there?")
    first, second = desk.rows(Feedback)
    assert first.said_by_id == second.said_by_id is not None
