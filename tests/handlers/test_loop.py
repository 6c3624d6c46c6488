"""Closing the loop: words go to the customer and come back, or somebody is told that they cannot."""

import pytest

from handlers.errors import CustomerDoesNotWishContact, CustomerUnreachable, WordsMissing
from handlers.events import (
    CaseClosed,
    CaseReplied,
    FeedbackLogged,
    PersonLost,
    RatingGiven,
    Sender,
    WordsReceived,
)
from handlers.messages import Say
from handlers.people import actor
from handlers.rules.scales import NO
from storage.tables import Case, CaseEvent, Feedback, Identity, OutboxMessage
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind, Outcome, Tone
from tests.helpers.desk import Desk


def _written(desk: Desk) -> Case:
    """Aino said something, and Liisa wrote to her."""
    desk.hear(WordsReceived, "aino", words="Ovi narisee.")
    desk.hear(CaseReplied, "liisa", case=desk.only(Case).token, words="Mikä ovi?")
    return desk.only(Case)


def _kinds(desk: Desk) -> list[str]:
    return [row.kind for row in desk.rows(OutboxMessage)]


def test_the_owners_words_are_a_contact_and_take_the_case(desk: Desk) -> None:
    case = _written(desk)
    assert (case.state, case.claimed_by_id) == (CaseState.CONTACTED, desk.person("liisa").id)
    assert case.contacted_at == desk.now
    assert OutboxKind.OWNER_WORDS in _kinds(desk)


def test_the_answer_comes_back_to_the_case_and_to_whoever_has_it(desk: Desk) -> None:
    _written(desk)
    reply = desk.hear(WordsReceived, "aino", words="Aulan ovi.")
    assert isinstance(reply, Say)
    assert "Liisa Heino" in reply.message.summary
    event = desk.rows(CaseEvent)[-1]
    assert (event.kind, event.words) == (CaseEventKind.CUSTOMER_REPLIED, "Aulan ovi.")
    assert len(desk.rows(Feedback)) == 1, "an answer is no new feedback"


def test_after_two_weeks_words_are_feedback_again(desk: Desk) -> None:
    _written(desk)
    desk.later(days=15)
    desk.hear(WordsReceived, "aino", words="Nyt narisee hissi.")
    assert len(desk.rows(Feedback)) == 2


@pytest.mark.parametrize(
    ("said", "reopened"),
    [
        ("Kiitos!", False),
        ("Tack så mycket", False),
        ("ok, thanks", False),
        ("Kiitos, mutta ovi narisee yhä.", True),
        ("Thanks, but it still squeaks", True),
        ("Tack, när då?", True),
        ("Narisee yhä.", True),
        ("Kiitos " + "paljon " * 12, True),
    ],
)
def test_an_answer_opens_a_closed_case_unless_it_only_says_thanks(
    desk: Desk, said: str, reopened: bool
) -> None:
    case = _written(desk)
    desk.hear(CaseClosed, "liisa", case=case.token, outcome=Outcome.RESOLVED)
    desk.hear(WordsReceived, "aino", words=said)
    assert (desk.only(Case).state == CaseState.REOPENED) is reopened
    assert OutboxKind.CUSTOMER_WORDS in _kinds(desk), "they are read in any case"


def test_no_consent_no_contact(desk: Desk) -> None:
    invitation = desk.ask(service="pension-advice")
    desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=1)
    desk.hear(RatingGiven, "omar", invitation=invitation, question="contact", score=NO)
    case = desk.only(Case)
    with pytest.raises(CustomerDoesNotWishContact):
        desk.hear(CaseReplied, "maya", case=case.token, words="Hello")
    desk.hear(CaseClosed, "maya", case=case.token, outcome=Outcome.RESOLVED)
    assert OutboxKind.OUTCOME not in _kinds(desk)


def test_who_is_known_only_by_name_cannot_be_written_to(desk: Desk) -> None:
    desk.hear(
        FeedbackLogged, "sanna", words="Slow.", customer="Somebody", tone=Tone.NEGATIVE, service="lobby"
    )
    with pytest.raises(CustomerUnreachable):
        desk.hear(CaseReplied, "maya", case=desk.only(Case).token, words="Hello")


def test_nothing_is_not_sent(desk: Desk) -> None:
    desk.hear(WordsReceived, "aino", words="Ovi narisee.")
    with pytest.raises(WordsMissing):
        desk.hear(CaseReplied, "liisa", case=desk.only(Case).token, words=" \n")
    assert OutboxKind.OWNER_WORDS not in _kinds(desk)


def _lose(desk: Desk, identity: str) -> None:
    gone = Sender("sandbox", identity)
    desk.hear(PersonLost, identity, person=gone, reason="left the workspace")


def test_somebody_lost_is_remembered_as_such_once(desk: Desk) -> None:
    for _ in range(2):
        _lose(desk, "aino")
        desk.later(hours=1)
    [identity] = [row for row in desk.rows(Identity) if row.external_id == "aino"]
    assert identity.unreachable_because == "left the workspace"
    assert identity.unreachable_at is not None
    assert identity.unreachable_at < desk.now


def test_somebody_we_never_met_may_be_lost_too(desk: Desk) -> None:
    identities = len(desk.rows(Identity))
    _lose(desk, "stranger")
    assert len(desk.rows(Identity)) == identities


def test_who_has_the_case_is_told_and_cannot_write_any_more(desk: Desk) -> None:
    case = _written(desk)
    _lose(desk, "aino")
    assert _kinds(desk).count(OutboxKind.CASE_UNREACHABLE) == 1
    with pytest.raises(CustomerUnreachable):
        desk.hear(CaseReplied, "liisa", case=case.token, words="Hello")


def test_a_customer_lost_in_one_channel_and_reached_in_another_is_no_news(desk: Desk) -> None:
    _written(desk)
    desk.change_person("aino", email="aino@example.org")
    by = Sender("slack", "U1", email="aino@example.org")
    desk.do(lambda ctx: actor(by, ctx).id)
    _lose(desk, "aino")
    assert OutboxKind.CASE_UNREACHABLE not in _kinds(desk)


def test_nobody_is_told_of_a_case_that_has_ended(desk: Desk) -> None:
    case = _written(desk)
    desk.hear(CaseClosed, "liisa", case=case.token, outcome=Outcome.RESOLVED)
    _lose(desk, "aino")
    assert OutboxKind.CASE_UNREACHABLE not in _kinds(desk)
