"""Words are found when they are said: what is no longer true is not said any more."""

from collections.abc import Collection
from typing import Any

from sqlmodel import select

from handlers.compose import Composed, NobodyThere, Obsolete, Outgoing, Resting, Standing, compose
from handlers.context import Context
from handlers.deadlines import escalate_due
from handlers.deadlines import remind_due as remind_owners
from handlers.delivered import record_dead, record_failure, record_resting, record_sent, send_again
from handlers.erasing import erase
from handlers.events import (
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseReopened,
    CommandGiven,
    InvitationDeclined,
    RatingGiven,
    Sender,
    WordsReceived,
)
from handlers.found import found
from handlers.invite import expire_due, prompt_sent, remind_due
from storage.outbox import claim
from storage.tables import Case, Identity, Invitation, OutboxMessage, Person, SentMessage
from storage.vocabulary import DeclineReason, OutboxKind, OutboxState, Outcome
from tests.helpers.desk import Desk
from tests.helpers.town import helsinki


def _say(desk: Desk, kind: OutboxKind, channels: Collection[str] = ("sandbox",)) -> Composed:
    """What would be said now for the newest outbox row of a kind."""
    return desk.do(lambda ctx: compose(_row(ctx, kind), channels, ctx))


def _row(ctx: Context, kind: OutboxKind) -> Any:
    rows = ctx.session.exec(select(OutboxMessage).where(OutboxMessage.kind == kind)).all()
    return max(rows, key=lambda row: row.id or 0)


def _rate(desk: Desk, invitation: str, score: int, by: str = "omar") -> None:
    desk.hear(RatingGiven, by, invitation=invitation, question="ease", score=score)


def _sent(desk: Desk, kind: OutboxKind, *messages: str) -> None:
    """The newest row of a kind was said, and stands."""

    def work(ctx: Context) -> None:
        row, outgoing = _row(ctx, kind), compose(_row(ctx, kind), ["sandbox"], ctx)
        assert isinstance(outgoing, Outgoing)
        record_sent(row, outgoing, "their chat", messages or ["m-1"], ctx)

    desk.do(work)


def test_what_stands_beneath_an_alert_is_taken_back_and_the_alert_is_edited(desk: Desk) -> None:
    """Long words that did not fit stand beneath it. The alert itself stays, with what is left."""
    _rate(desk, desk.ask(customer=Sender("sandbox", "rita")), 1, by="rita")
    _sent(desk, OutboxKind.CASE_NOTICE, "alert", "its words", "more of them")
    customer = desk.only(Case).customer_id
    desk.do(lambda ctx: erase(found(ctx.session.get(Person, customer)), ctx, by=None))

    places = {row.id: row.message for row in desk.rows(SentMessage)}
    due = [row for row in desk.rows(OutboxMessage) if row.kind == OutboxKind.TAKE_BACK]
    assert [places[row.subject_id] for row in due] == ["its words", "more of them"]
    edit = _say(desk, OutboxKind.CASE_NOTICE)
    assert isinstance(edit, Outgoing)
    assert edit.standing == Standing("their chat", "alert")


def test_a_prompt_goes_to_the_person_in_their_channel(desk: Desk) -> None:
    desk.ask()
    outgoing = _say(desk, OutboxKind.PROMPT)
    assert isinstance(outgoing, Outgoing)
    assert (outgoing.channel, outgoing.person, outgoing.standing) == ("sandbox", "omar", None)
    assert _say(desk, OutboxKind.PROMPT, channels=["teams"]) == NobodyThere()


def test_a_prompt_is_obsolete_once_answered_declined_opted_out_or_expired(desk: Desk) -> None:
    _rate(desk, desk.ask(), 5)
    assert _say(desk, OutboxKind.PROMPT) == Obsolete()
    declined = desk.ask(customer=Sender("sandbox", "aino"))
    desk.hear(InvitationDeclined, "aino", invitation=declined, reason=DeclineReason.NO_THANKS)
    assert _say(desk, OutboxKind.PROMPT) == Obsolete()
    desk.ask(customer=Sender("sandbox", "linnea"))
    desk.hear(CommandGiven, "linnea", words="stop")
    assert _say(desk, OutboxKind.PROMPT) == Obsolete()
    desk.ask(customer=Sender("sandbox", "tom"))
    desk.later(days=15)
    assert _say(desk, OutboxKind.PROMPT) == Obsolete()


def _all_sent(ctx: Context) -> None:
    for row in ctx.session.exec(select(Invitation)):
        prompt_sent(row, ctx)


def test_a_reminder_is_one_and_none_for_who_has_answered(desk: Desk) -> None:
    invitation = desk.ask()
    desk.do(_all_sent)
    desk.later(days=2)
    assert desk.do(remind_due) == 1
    assert desk.do(remind_due) == 0
    assert isinstance(_say(desk, OutboxKind.REMINDER), Outgoing)
    _rate(desk, invitation, 5)
    assert _say(desk, OutboxKind.REMINDER) == Obsolete()


def test_what_expires_takes_its_messages_along(desk: Desk) -> None:
    desk.ask()
    desk.later(days=15)
    assert desk.do(expire_due) == 1
    assert [row.state for row in desk.rows(OutboxMessage)] == [OutboxState.DROPPED]


def test_an_alert_tells_the_newest_state_and_edits_what_stands(desk: Desk) -> None:
    invitation = desk.ask(service="pension-advice")
    _rate(desk, invitation, 1)
    _sent(desk, OutboxKind.CASE_NOTICE)
    assert _say(desk, OutboxKind.CASE_NOTICE) == Obsolete(), "it stands in this very revision"
    _rate(desk, invitation, 2)
    edit = _say(desk, OutboxKind.CASE_NOTICE)
    assert isinstance(edit, Outgoing)
    assert edit.standing is not None
    assert (edit.standing.conversation, edit.standing.message, edit.revision) == ("their chat", "m-1", 2)
    _sent(desk, OutboxKind.CASE_NOTICE)
    assert [row.revision for row in desk.rows(SentMessage)] == [2]


def test_where_a_person_is_spoken_with_is_remembered(desk: Desk) -> None:
    desk.ask()
    _sent(desk, OutboxKind.PROMPT)
    [omar] = [row for row in desk.rows(Identity) if row.external_id == "omar"]
    assert omar.conversation == "their chat"
    assert desk.only(Invitation).sent_at == desk.now


def test_nobody_is_reminded_of_a_case_that_is_in_hand(desk: Desk) -> None:
    _rate(desk, desk.ask(service="pension-advice"), 1)
    desk.later(hours=3)
    assert desk.do(remind_owners) == 1
    desk.later(hours=1)
    assert desk.do(escalate_due) == 1
    assert isinstance(_say(desk, OutboxKind.CASE_REMINDER), Outgoing)
    assert isinstance(_say(desk, OutboxKind.CASE_ESCALATION), Outgoing)
    desk.hear(CaseContacted, "maya", case=_case(desk), words="")
    assert _say(desk, OutboxKind.CASE_REMINDER) == Obsolete()
    assert _say(desk, OutboxKind.CASE_ESCALATION) == Obsolete()


def _case(desk: Desk) -> str:
    return desk.only(Case).token


def test_an_outcome_is_not_told_once_the_case_is_open_again(desk: Desk) -> None:
    desk.hear(WordsReceived, "aino", words="Ovi narisee.")
    desk.hear(CaseClosed, "liisa", case=_case(desk), outcome=Outcome.RESOLVED, words="Öljytty.")
    assert isinstance(_say(desk, OutboxKind.OUTCOME), Outgoing)
    desk.hear(CaseReopened, "liisa", case=_case(desk))
    assert _say(desk, OutboxKind.OUTCOME) == Obsolete()


def test_a_forwarding_that_was_overtaken_is_not_told(desk: Desk) -> None:
    desk.hear(WordsReceived, "aino", words="Ovi narisee.")
    desk.hear(CaseHandedOver, "liisa", case=_case(desk), to="ville", reason="x")
    assert isinstance(_say(desk, OutboxKind.FORWARDED), Outgoing)
    desk.hear(CaseHandedOver, "ville", case=_case(desk), to="maya", reason="x")
    first = min(
        (row for row in desk.rows(OutboxMessage) if row.kind == OutboxKind.FORWARDED),
        key=lambda row: row.id or 0,
    )
    assert desk.do(lambda ctx: compose(first, ["sandbox"], ctx)) == Obsolete()  # type: ignore[arg-type]


def test_praise_waits_for_the_whole_answer_and_is_not_said_of_a_mixed_one(desk: Desk) -> None:
    invitation = desk.ask(handler="sanna", service="pension-advice")
    _rate(desk, invitation, 5)
    assert isinstance(_say(desk, OutboxKind.PRAISE), Outgoing)
    desk.hear(RatingGiven, "omar", invitation=invitation, question="satisfied", score=1)
    assert _say(desk, OutboxKind.PRAISE) == Obsolete()


def test_whoever_would_be_asked_late_in_their_quiet_hours_is_asked_the_next_morning(desk: Desk) -> None:
    """Kaiku was down since the afternoon, or the platform was: at nine in the evening nobody is asked."""
    desk.ask()
    desk.later(hours=11)
    resting = _say(desk, OutboxKind.PROMPT)
    assert resting == Resting(helsinki("2026-11-25 08:00"))
    desk.do(lambda ctx: record_resting(_row(ctx, OutboxKind.PROMPT), resting.until, ctx))
    row = desk.only(OutboxMessage)
    assert (row.state, row.not_before, row.claimed_at) == (OutboxState.QUEUED, resting.until, None)
    desk.now = resting.until
    assert isinstance(_say(desk, OutboxKind.PROMPT), Outgoing)


def test_an_alert_that_is_late_waits_for_no_morning(desk: Desk) -> None:
    _rate(desk, desk.ask(), 1)
    desk.later(hours=11)
    assert isinstance(_say(desk, OutboxKind.CASE_NOTICE), Outgoing)


# What became of it.


def test_patience_with_a_message_begins_when_it_first_fails_not_when_it_was_written(desk: Desk) -> None:
    """A prompt of Friday evening, an alert that waits for the office, a weekend in which Kaiku was down."""
    desk.ask()

    def fail(ctx: Context) -> None:
        record_failure(_row(ctx, OutboxKind.PROMPT), "no route", ctx)

    desk.later(days=3)
    desk.do(fail)
    for minutes in 1, 60 * 23:
        desk.later(minutes=minutes)
        desk.do(fail)
        assert desk.only(OutboxMessage).state == OutboxState.QUEUED
    desk.later(hours=1)
    desk.do(fail)
    assert desk.only(OutboxMessage).state == OutboxState.DEAD


def test_a_dead_letter_can_be_sent_again(desk: Desk) -> None:
    desk.ask()
    desk.do(_kill)
    assert desk.only(OutboxMessage).state == OutboxState.DEAD
    assert desk.do(send_again) == 1
    row = desk.only(OutboxMessage)
    assert (row.state, row.attempts, row.error) == (OutboxState.QUEUED, 0, None)
    assert isinstance(_say(desk, OutboxKind.PROMPT), Outgoing), "and its invitation is open again"


def _kill(ctx: Context) -> None:
    [row] = claim(ctx.session, ctx.now, "me", 10)
    record_dead(row, "refused", ctx)
