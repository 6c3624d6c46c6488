"""Answers: whatever is pressed in whatever order, one response tells the truth, and history keeps the rest."""

import itertools
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from handlers.context import Context
from handlers.errors import (
    EditWindowClosed,
    FeedbackError,
    InvitationExpired,
    NotOnTheScale,
    NotYourInvitation,
    UnknownInvitation,
    WordsMissing,
    WordsTooLong,
)
from handlers.events import (
    CommentGiven,
    Event,
    FormAsked,
    InvitationDeclined,
    PersonWanted,
    QuestionReopened,
    QuestionSkipped,
    RatingGiven,
    ReasonToggled,
    Sender,
    WordsReceived,
)
from handlers.invite import prompt_sent
from handlers.messages import Action, EditInPlace, Message, OpenForm, Reply, Say, Verb
from storage.tables import Answer, AnswerChange, Case, Invitation, Person, Response
from storage.vocabulary import DeclineReason, InvitationState
from tests.helpers.desk import Desk

QUESTIONS = ("ease", "satisfied", "handled", "contact")
CHIPS = ("waiting", "unclear", "other", "quick", "friendly")


@dataclass
class Deed:
    """One thing a customer does to an invitation."""

    kind: type[Event]
    facts: dict[str, object] = field(default_factory=dict)


def _deed(kind: type[Event], **facts: st.SearchStrategy[object]) -> st.SearchStrategy[Deed]:
    return st.fixed_dictionaries(facts).map(lambda chosen: Deed(kind, chosen))


DEEDS = st.one_of(
    _deed(RatingGiven, question=st.sampled_from(QUESTIONS), score=st.integers(0, 6)),
    _deed(ReasonToggled, question=st.just("words"), reason=st.sampled_from(CHIPS)),
    _deed(CommentGiven, question=st.just("words"), words=st.text(max_size=30)),
    _deed(QuestionSkipped, question=st.sampled_from((*QUESTIONS, "words"))),
    _deed(QuestionReopened, question=st.sampled_from((*QUESTIONS, "words"))),
    _deed(InvitationDeclined, reason=st.sampled_from(DeclineReason)),
    _deed(PersonWanted),
)
_NUMBERS = itertools.count()


@given(st.lists(st.tuples(DEEDS, st.integers(0, 10)), max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_pressed_in_whatever_order_one_response_tells_the_truth(
    desk: Desk, deeds: list[tuple[Deed, int]]
) -> None:
    customer = f"customer-{next(_NUMBERS)}"
    invitation = desk.ask(customer=Sender("sandbox", customer), service="pension-advice")
    revision = 0
    for deed, hours in deeds:
        desk.now += timedelta(hours=hours)
        before = desk.answers(invitation)
        try:
            _demand_a_reply(desk.hear(deed.kind, customer, invitation=invitation, **deed.facts))
        except FeedbackError:
            assert desk.answers(invitation) == before, "what is refused changes nothing"
        revision = _demand_one_of_each(desk, invitation, revision)


def _demand_a_reply(reply: Reply) -> None:
    assert isinstance(reply, EditInPlace | Say)
    assert isinstance(reply.message, Message)
    assert reply.message.summary


def _demand_one_of_each(desk: Desk, invitation: str, revision: int) -> int:
    """At most one response, one answer a question, one case; the revision never falls. The revision now."""
    row = next(row for row in desk.rows(Invitation) if row.token == invitation)
    responses = [r for r in desk.rows(Response) if r.invitation_id == row.id]
    assert len(responses) <= 1
    answers = [a for a in desk.rows(Answer) if responses and a.response_id == responses[0].id]
    assert len({a.question for a in answers}) == len(answers)
    if any(a.score is not None or a.words is not None for a in answers):
        assert row.state == InvitationState.ANSWERED
    changes = [c for c in desk.rows(AnswerChange) if c.answer_id in {a.id for a in answers}]
    assert all(c.given_at <= c.replaced_at for c in changes)
    cases = [c for c in desk.rows(Case) if responses and c.response_id == responses[0].id]
    assert len(cases) <= 1
    now = cases[0].revision if cases else 0
    assert now >= revision
    return now


# Each refusal.


@pytest.mark.parametrize(
    ("kind", "facts", "problem"),
    [
        (RatingGiven, {"question": "ease", "score": 0}, NotOnTheScale),
        (RatingGiven, {"question": "ease", "score": 99}, NotOnTheScale),
        (RatingGiven, {"question": "ease", "score": -1}, NotOnTheScale),
        (RatingGiven, {"question": "words", "score": 3}, UnknownInvitation),
        (RatingGiven, {"question": "nonsense", "score": 3}, UnknownInvitation),
        (ReasonToggled, {"question": "words", "reason": "waiting"}, UnknownInvitation),
        (ReasonToggled, {"question": "nonsense", "reason": "waiting"}, UnknownInvitation),
        (CommentGiven, {"question": "ease", "words": "hello"}, UnknownInvitation),
        (CommentGiven, {"question": "words", "words": " \x00\n "}, WordsMissing),
        (CommentGiven, {"question": "words", "words": "x" * 20_001}, WordsTooLong),
        (QuestionSkipped, {"question": "nonsense"}, UnknownInvitation),
        (QuestionReopened, {"question": "nonsense"}, UnknownInvitation),
        (FormAsked, {"action": Action(Verb.WRITE, "", "nonsense")}, UnknownInvitation),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    desk: Desk, kind: type[Event], facts: dict[str, object], problem: type[FeedbackError]
) -> None:
    invitation = desk.ask()
    if kind is FormAsked:
        facts = {"action": Action(Verb.WRITE, invitation, "nonsense")}
    else:
        facts = {**facts, "invitation": invitation}
    with pytest.raises(problem):
        desk.hear(kind, "omar", **facts)
    assert desk.rows(Response) == []


def test_an_unknown_or_foreign_request_is_refused(desk: Desk) -> None:
    invitation = desk.ask()
    with pytest.raises(UnknownInvitation):
        desk.hear(RatingGiven, "omar", invitation="none", question="ease", score=5)
    for stranger in ("aino", "maya", "somebody-new"):
        with pytest.raises(NotYourInvitation):
            desk.hear(RatingGiven, stranger, invitation=invitation, question="ease", score=5)
    assert desk.rows(Response) == []


def test_an_expired_request_is_refused_and_a_begun_one_is_not(desk: Desk) -> None:
    late = desk.ask()
    begun = desk.ask(customer=Sender("sandbox", "aino"))
    desk.hear(RatingGiven, "aino", invitation=begun, question="ease", score=5)
    desk.later(days=15)
    with pytest.raises(InvitationExpired):
        desk.hear(RatingGiven, "omar", invitation=late, question="ease", score=5)
    desk.hear(RatingGiven, "aino", invitation=begun, question="satisfied", score=5)
    assert len(desk.rows(Answer)) == 2


def test_the_edit_window_ends_to_the_second(desk: Desk) -> None:
    invitation = desk.ask()
    desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=5)
    desk.later(hours=24)
    desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=4)
    desk.later(seconds=1)
    with pytest.raises(EditWindowClosed):
        desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=3)
    with pytest.raises(EditWindowClosed):
        desk.hear(QuestionReopened, "omar", invitation=invitation, question="ease")
    desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=4)
    assert [a.score for a in desk.rows(Answer)] == [4], "the same again is no change"


def test_the_same_score_again_leaves_the_alert_alone(desk: Desk) -> None:
    invitation = desk.ask(service="pension-advice")
    for _ in range(3):
        desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=1)
    assert desk.only(Case).revision == 1


def test_the_form_for_words_holds_what_was_written(desk: Desk) -> None:
    invitation = desk.ask()
    desk.hear(CommentGiven, "omar", invitation=invitation, question="words", words="Slow <b>but</b> kind")
    reply = desk.hear(FormAsked, "omar", action=Action(Verb.WRITE, invitation, "words"))
    assert isinstance(reply, OpenForm)
    assert [form_field.value for form_field in reply.form.fields] == ["Slow <b>but</b> kind"]


def test_words_go_to_the_newest_request_that_is_still_open(desk: Desk) -> None:
    desk.ask()
    desk.do(_sent)
    desk.hear(WordsReceived, "omar", words="It was slow.")
    assert [a.words for a in desk.rows(Answer)] == ["It was slow."]
    desk.later(days=2)
    desk.hear(WordsReceived, "omar", words="Another thing.")
    assert [a.words for a in desk.rows(Answer)] == ["It was slow."], "by then it is feedback of its own"


def _sent(ctx: Context) -> None:
    for row in ctx.session.exec(select(Invitation)):
        prompt_sent(row, ctx)


def test_opting_out_by_button_is_for_good(desk: Desk) -> None:
    invitation = desk.ask()
    desk.hear(InvitationDeclined, "omar", invitation=invitation, reason=DeclineReason.OPT_OUT)
    assert desk.person("omar").opted_out_at == desk.now
    assert desk.only(Invitation).state == InvitationState.DECLINED
    assert [row.key for row in desk.rows(Person) if row.opted_out_at] == ["omar"]
