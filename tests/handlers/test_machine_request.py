"""The life of a request in any order of what people and platforms may do, beside a model of a few dictionaries."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule
from sqlmodel import select

from handlers import erasing, invite
from handlers.context import Context
from handlers.errors import (
    EditWindowClosed,
    FeedbackError,
    InvitationExpired,
    NotOnTheScale,
    NotYourInvitation,
    UnknownInvitation,
)
from handlers.events import (
    CommandGiven,
    CommentGiven,
    Event,
    InvitationDeclined,
    PersonWanted,
    QuestionSkipped,
    RatingGiven,
    Sender,
)
from handlers.found import found
from handlers.receive import receive
from storage import people
from storage.tables import Answer, AnswerChange, Case, Invitation, OutboxMessage, Person, Response
from storage.vocabulary import DeclineReason, OutboxKind
from tests.helpers.machine import SHORT, Machine

pytestmark = pytest.mark.timeout(600)

SCALES = {"ease": 5, "satisfied": 5, "handled": 3}
ALERTS = {"ease": {1, 2}, "satisfied": {1, 2}, "handled": {3}}
DAY, EXPIRES, COOL_DOWN = timedelta(days=1), timedelta(days=14), timedelta(days=30)
REMINDED_AFTER = timedelta(days=2)
Given = tuple[int | None, str | None]


@dataclass
class Asked:
    """A request, as anybody would keep it on a sheet of paper."""

    token: str
    customer: str
    at: datetime
    state: str = "sent"
    began: datetime | None = None
    answers: dict[str, Given] = field(default_factory=dict)
    changes: int = 0
    excluded: str | None = None
    reminded: bool = False
    looked_after: bool = False
    """Whether somebody has looked since the reminder was due; that is done once."""
    case: bool = False
    erased: bool = False

    def answered(self) -> bool:
        """Whether anything was said at all."""
        return any(answer != (None, None) for answer in self.answers.values())


class Request(Machine):
    """Customers of their own service each, so that no case is another's."""

    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Asked] = []
        self.opted_out: set[str] = set()
        self.taken_in: list[Event] = []

    # What is done, and what the model makes of it.

    @rule(target=requests)
    def somebody_new_is_asked(self) -> Asked:
        customer = f"guest-{self.number()}"
        token = self._ask(customer)
        asked = Asked(token, customer, self.desk.now)
        self.known.append(asked)
        return asked

    @rule(before=requests)
    def they_come_again(self, before: Asked) -> None:
        theirs = [asked for asked in self.known if asked.customer == before.customer]
        if before.erased:
            return
        rested = self.desk.now - max(asked.at for asked in theirs) >= COOL_DOWN
        requests = len(self.desk.rows(Invitation))
        token = self._ask(before.customer)
        new = len(self.desk.rows(Invitation)) > requests
        assert new == (rested and before.customer not in self.opted_out)
        if new:
            self.known.append(Asked(token, before.customer, self.desk.now))

    @rule(asked=requests, question=st.sampled_from(sorted(SCALES)), score=st.integers(1, 5))
    def they_tap(self, asked: Asked, question: str, score: int) -> None:
        refusal: type[FeedbackError] | None = self._late(asked)
        if refusal is None and score > SCALES[question]:
            refusal = NotOnTheScale
        self._does(asked, RatingGiven, refusal, question, (score, None), question=question, score=score)
        if asked.answers.get(question) == (score, None) and score in ALERTS[question] and self.changed:
            asked.case = True

    @rule(asked=requests, words=st.sampled_from(["It took long.", "Thank you!", "Kiitos."]))
    def they_write(self, asked: Asked, words: str) -> None:
        self._does(
            asked, CommentGiven, self._late(asked), "words", (None, words), question="words", words=words
        )

    @rule(asked=requests, question=st.sampled_from(["ease", "words"]))
    def they_skip(self, asked: Asked, question: str) -> None:
        given = asked.answers.get(question, (None, None))
        self._does(asked, QuestionSkipped, self._late(asked), question, given, question=question)

    @rule(asked=requests, reason=st.sampled_from(DeclineReason))
    def they_decline(self, asked: Asked, reason: DeclineReason) -> None:
        if not self._hears(asked, InvitationDeclined, self._late(asked), reason=reason):
            return
        if reason is DeclineReason.OPT_OUT:
            self.opted_out.add(asked.customer)
        if asked.began is None:
            asked.state = "declined"
        elif not asked.answers or reason not in (DeclineReason.NO_THANKS, DeclineReason.OPT_OUT):
            asked.excluded = reason.value

    @rule(asked=requests)
    def they_want_a_person(self, asked: Asked) -> None:
        if self._hears(asked, PersonWanted, self._late(asked)):
            asked.began = asked.began or self.desk.now
            asked.case = True

    @rule(asked=requests)
    def they_stop_and_start(self, asked: Asked) -> None:
        if not asked.erased:
            words = "start" if asked.customer in self.opted_out else "stop"
            self.desk.hear(CommandGiven, asked.customer, words=words)
            self.opted_out ^= {asked.customer}

    @rule(asked=requests)
    def somebody_else_taps(self, asked: Asked) -> None:
        wanted = UnknownInvitation if asked.erased else NotYourInvitation
        event = self._event(RatingGiven, "tom", asked, question="ease", score=1)
        self.does(lambda ctx: receive(event, ctx), wanted)

    @rule(asked=requests)
    def they_are_erased(self, asked: Asked) -> None:
        if asked.erased:
            return

        def work(ctx: Context) -> None:
            person = found(people.person_by_identity(ctx.session, "sandbox", asked.customer))
            erasing.erase(person, ctx, by=None)

        self.desk.do(work)
        for theirs in self.known:
            if theirs.customer == asked.customer:
                theirs.erased = True

    @rule(which=st.integers(0, 1000))
    def a_platform_says_it_again(self, which: int) -> None:
        """What was taken in once changes nothing; what is erased or expired meanwhile is only told to be gone."""
        if self.taken_in:
            event = self.taken_in[which % len(self.taken_in)]
            late = self._late(self._named(event))
            with suppress(*[late] if late else []):
                self.desk.do(lambda ctx: receive(event, ctx))

    @rule(hours=st.sampled_from([1, 12, 30, 24 * 13, 24 * 20]))
    def time_passes(self, hours: int) -> None:
        self.desk.later(hours=hours)

    @rule()
    def what_is_due_expires(self) -> None:
        self.desk.do(lambda ctx: invite.expire_due(ctx, 1000))
        for asked in self.known:
            if asked.state == "sent" and self._is_over(asked):
                asked.state = "suppressed" if asked.erased else "expired"

    @rule()
    def what_is_due_is_reminded_of(self) -> None:
        self.desk.do(lambda ctx: invite.remind_due(ctx, 1000))
        for asked in self.known:
            due = not asked.looked_after and self.desk.now >= asked.at + REMINDED_AFTER
            if asked.state == "sent" and not asked.erased and due:
                asked.looked_after = True
                willing = asked.customer not in self.opted_out
                asked.reminded = willing and self.desk.now < asked.at + EXPIRES

    # What must be so.

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        stored = {row.token: row for row in self.desk.rows(Invitation)}
        responses = {row.invitation_id: row for row in self.desk.rows(Response)}
        cases = [row.response_id for row in self.desk.rows(Case)]
        assert len(responses) == len(self.desk.rows(Response)), "two responses to one request"
        for asked in self.known:
            if asked.erased:
                assert asked.token not in stored
                continue
            invitation, response = stored[asked.token], responses.get(stored[asked.token].id or 0)
            assert invitation.state == asked.state
            assert (response is None) == (asked.began is None)
            if response is not None:
                assert response.excluded_because == asked.excluded
                assert self._answers_of(response) == asked.answers
                assert cases.count(response.id) == asked.case

    @invariant()
    def reminders_are_said_once_to_those_who_did_not_answer(self) -> None:
        said = Counter(
            row.subject_id for row in self.desk.rows(OutboxMessage) if row.kind == OutboxKind.REMINDER
        )
        numbers = {row.token: row.id for row in self.desk.rows(Invitation)}
        wanted = [numbers[asked.token] for asked in self.known if asked.reminded and not asked.erased]
        assert said == Counter(wanted)

    @invariant()
    def every_change_is_kept(self) -> None:
        assert len(self.desk.rows(AnswerChange)) == sum(asked.changes for asked in self.known)

    @invariant()
    def wishes_not_to_be_asked_are_kept(self) -> None:
        gone = {asked.customer for asked in self.known if asked.erased}

        def out(ctx: Context) -> set[str]:
            return {row.name for row in ctx.session.exec(select(Person)) if row.opted_out_at}

        assert self.desk.do(out) == self.opted_out - gone

    # How.

    def _ask(self, customer: str) -> str:
        """Ask, and have it sent; the token of the newest request, which is an old one when nobody was asked."""
        token = self.desk.ask(customer=Sender("sandbox", customer, name=customer), service="")

        def send(ctx: Context) -> None:
            invite.prompt_sent(
                ctx.session.exec(select(Invitation).where(Invitation.token == token)).one(), ctx
            )

        self.desk.do(send)
        return token

    def _is_over(self, asked: Asked) -> bool:
        return asked.state == "expired" or self.desk.now >= asked.at + EXPIRES

    def _late(self, asked: Asked) -> type[FeedbackError] | None:
        if asked.erased:
            return UnknownInvitation
        return InvitationExpired if asked.began is None and self._is_over(asked) else None

    def _does(
        self,
        asked: Asked,
        kind: type[Event],
        refusal: type[FeedbackError] | None,
        about: str,
        given: Given,
        **facts: Any,
    ) -> None:
        """An answer: the first, the same again, or another within the day in which it may be changed."""
        before = asked.answers.get(about)
        self.changed = before != given
        if (
            before is not None
            and self.changed
            and refusal is None
            and self.desk.now - found(asked.began) > DAY
        ):
            refusal = EditWindowClosed
        if not self._hears(asked, kind, refusal, **facts) or not self.changed:
            return
        asked.changes += before is not None
        if asked.began is not None and given[0] is not None:
            asked.excluded = None
        asked.began = asked.began or self.desk.now
        asked.answers[about] = given
        if asked.answered():
            asked.state = "answered"

    def _hears(
        self, asked: Asked, kind: type[Event], refusal: type[FeedbackError] | None, **facts: Any
    ) -> bool:
        event = self._event(kind, asked.customer, asked, **facts)
        if not self.does(lambda ctx: receive(event, ctx), refusal):
            return False
        self.taken_in.append(event)
        return True

    def _event(self, kind: type[Event], by: str, asked: Asked, **facts: Any) -> Event:
        delivery = f"delivery-{self.number()}"
        sender = Sender("sandbox", by, name=by)
        return kind(by=sender, at=self.desk.now, delivery_id=delivery, invitation=asked.token, **facts)  # type: ignore[call-arg]

    def _named(self, event: Event) -> Asked:
        return next(asked for asked in self.known if asked.token == getattr(event, "invitation", ""))

    def _answers_of(self, response: Response) -> dict[str, Given]:
        rows = [row for row in self.desk.rows(Answer) if row.response_id == response.id]
        return {row.question: (row.score, row.words) for row in rows}


TestRequest = Request.TestCase
TestRequest.settings = SHORT
