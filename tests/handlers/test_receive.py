"""The one way in: every event has its verb, every refusal its sentence."""

from typing import Any

import pytest

from handlers import events, receive
from handlers.errors import FeedbackError, NotAllowed, NotYourInvitation, UnknownCase, WordsMissing
from handlers.events import (
    CaseClosed,
    CaseTaken,
    CommandGiven,
    CommentGiven,
    Event,
    FeedbackLogged,
    RatingGiven,
    Sender,
    WordsReceived,
)
from handlers.messages import EditInPlace, FormErrors, Nothing, Paragraph, Reply, Say
from storage.tables import Answer, AuditEntry, Feedback, InboundDelivery
from tests.helpers.desk import Desk

HEARD = {
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
REPORTED = {events.EncounterHappened, events.EncounterReopened, events.EncounterCancelled}
"""Programs report these, and hear back in another way."""


def test_every_event_has_its_verb() -> None:
    assert set(receive._VERBS) == HEARD - REPORTED


def test_every_verb_is_documented() -> None:
    assert all(verb.__doc__ for verb in receive._VERBS.values())


def _again(desk: Desk, event: Event) -> Reply:
    return desk.do(lambda ctx: receive.receive(event, ctx))


def test_a_tap_that_comes_again_shows_how_things_stand(desk: Desk) -> None:
    invitation = desk.ask()
    by, at = Sender("sandbox", "omar"), desk.now
    two = RatingGiven(invitation=invitation, question="ease", score=2, by=by, at=at, delivery_id="1")
    four = RatingGiven(invitation=invitation, question="ease", score=4, by=by, at=at, delivery_id="2")
    _again(desk, two)
    stands = _again(desk, four)
    assert isinstance(stands, EditInPlace)
    again = _again(desk, two)
    assert isinstance(again, EditInPlace)
    assert again.message == stands.message
    assert [answer.score for answer in desk.rows(Answer)] == [4]


@pytest.mark.parametrize(
    ("by", "kind", "words"),
    [
        ("omar", WordsReceived, "Hello"),
        ("sanna", CommandGiven, "log Acme: hello"),
        ("sanna", FeedbackLogged, "Hello"),
    ],
)
def test_anything_else_that_comes_again_is_silent(desk: Desk, by: str, kind: Any, words: str) -> None:
    event = kind(words=words, by=Sender("sandbox", by), at=desk.now, delivery_id="1")
    assert isinstance(_again(desk, event), Say)
    assert _again(desk, event) == Nothing()
    assert len(desk.rows(Feedback)) == 1


def test_a_delivery_without_a_number_is_never_taken_for_another(desk: Desk) -> None:
    for _ in range(2):
        assert isinstance(desk.hear(WordsReceived, "omar", words="Hello"), Say)
    assert len(desk.rows(Feedback)) == 2
    assert desk.rows(InboundDelivery) == []


def test_what_was_refused_may_come_again(desk: Desk) -> None:
    event = WordsReceived(words=" ", by=Sender("sandbox", "omar"), at=desk.now, delivery_id="1")
    for _ in range(2):
        with pytest.raises(WordsMissing):
            _again(desk, event)
    assert desk.rows(InboundDelivery) == []


# Refusals.


def _refusal(desk: Desk, problem: FeedbackError, event: Event) -> Reply:
    return desk.do(lambda ctx: receive.refusal(problem, event, ctx))


def test_a_refusal_is_said_in_the_persons_language(desk: Desk) -> None:
    for person, words in (("maya", "do not know this case"), ("liisa", "tapausta"), ("linnea", "ärende")):
        event = CaseTaken(case="x", by=Sender("sandbox", person), at=desk.now, delivery_id="")
        reply = _refusal(desk, UnknownCase(), event)
        assert isinstance(reply, Say)
        [part] = reply.message.parts
        assert isinstance(part, Paragraph)
        assert words in part.text


def test_what_is_wrong_in_a_form_is_said_in_the_form(desk: Desk) -> None:
    by = Sender("sandbox", "maya")
    for event in (
        CommentGiven(invitation="x", question="words", words="", by=by, at=desk.now, delivery_id=""),
        CaseClosed(case="x", outcome=None, words="", by=by, at=desk.now, delivery_id=""),
    ):
        assert _refusal(desk, WordsMissing(), event) == FormErrors({"words": "Please write something first."})
    typed = WordsReceived(words="", by=by, at=desk.now, delivery_id="")
    assert isinstance(_refusal(desk, WordsMissing(), typed), Say), "there is no form to say it in"


@pytest.mark.parametrize("problem", [NotAllowed(who="Liisa"), NotYourInvitation()])
def test_trespass_is_written_down_with_who_and_what(desk: Desk, problem: FeedbackError) -> None:
    event = CaseTaken(case="the-token", by=Sender("sandbox", "sanna"), at=desk.now, delivery_id="")
    _refusal(desk, problem, event)
    entry = desk.only(AuditEntry)
    assert (entry.person_id, entry.did) == (desk.person("sanna").id, "was refused")
    assert (entry.subject, entry.subject_id, entry.at) == ("CaseTaken", "the-token", desk.now)


def test_a_slip_is_no_trespass(desk: Desk) -> None:
    event = CaseTaken(case="x", by=Sender("sandbox", "maya"), at=desk.now, delivery_id="")
    _refusal(desk, UnknownCase(), event)
    assert desk.rows(AuditEntry) == []
