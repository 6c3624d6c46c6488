"""What is counted already and what is counted row by row are together what a count from scratch finds."""

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlmodel import Session, select

from handlers import erasing, retention
from handlers.context import Context
from handlers.errors import EditWindowClosed, InvitationExpired
from handlers.events import CommentGiven, InvitationDeclined, QuestionSkipped, RatingGiven, Sender
from handlers.found import found
from handlers.invite import expire_due, prompt_sent
from handlers.receive import receive
from handlers.settling import settle_days
from storage import counts
from storage.scope import Only, Scope
from storage.settling import settle_more
from storage.tables import Answer, Invitation, Person, Response
from storage.tokens import NAMELESS, is_nameless
from storage.vocabulary import DeclineReason, InvitationState, Metric, Stream
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import TUESDAY_TEN, example

DIMENSIONS: tuple[counts.Dimension, ...] = ("service", "team", "touchpoint")
PATIENT = {"cool_down": "0 d", "cool_down_any": "0 d", "edit_window": "60 d", "expires_after": "90 d"}
SERVICES = ("lobby", "helpdesk", "varaus")
ZONES = ("UTC", "Europe/Helsinki", "America/St_Johns", "Pacific/Kiritimati")


def _given(
    session: Session, scope: Scope, start: datetime, end: datetime
) -> list[tuple[Response, list[Answer]]]:
    """Whatever was given in a window, found by looking at everything."""

    def within(response: Response) -> bool:
        named = (
            response.service in scope.services,
            response.team in scope.teams,
            response.account in scope.accounts,
        )
        chosen = all(
            value in names
            for value, names in (
                (response.service, scope.only.services),
                (response.team, scope.only.teams),
                (response.touchpoint, scope.only.touchpoints),
                (response.account, scope.only.accounts),
            )
            if names
        )
        return (scope.everything or any(named)) and chosen and start <= response.first_at < end

    answers = session.exec(select(Answer)).all()
    return [
        (response, [answer for answer in answers if answer.response_id == response.id])
        for response in session.exec(select(Response)).all()
        if within(response)
    ]


def _scores_from_scratch(
    session: Session, scope: Scope, start: datetime, end: datetime, *, with_excluded: bool
) -> Counter[Any]:
    return Counter(
        (r.survey_version_id, a.question, a.score, r.service, r.team, r.touchpoint)
        for r, answers in _given(session, scope, start, end)
        for a in answers
        if r.stream == Stream.CUSTOMER
        and (with_excluded or r.excluded_because is None)
        and a.score is not None
        and a.metric != Metric.CONSENT
    )


def _scores(
    session: Session, scope: Scope, start: datetime, end: datetime, *, with_excluded: bool = False
) -> Counter[Any]:
    """Between the windows before and after it, with which it has the rows of two days in common."""
    length = abs(end - start)
    windows = [(start - length, start), (start, end), (end, end + length)]
    _, found, _ = counts.score_counts_of_each(
        session, scope, windows, by=DIMENSIONS, with_excluded=with_excluded
    )
    assert found == counts.score_counts(
        session, scope, start, end, by=DIMENSIONS, with_excluded=with_excluded
    )
    return Counter(
        {(c.survey_version_id, c.question, c.score, c.service, c.team, c.touchpoint): c.count for c in found}
    )


def _responses_from_scratch(session: Session, scope: Scope, start: datetime, end: datetime) -> Counter[Any]:
    found = Counter[Any]()
    for response, answers in _given(session, scope, start, end):
        place = (response.stream, response.service, response.team, response.touchpoint)
        said = any(answer.score is not None or answer.words is not None for answer in answers)
        found["answered", *place] += said
        found["excluded", *place] += response.excluded_because is not None
    return +found


def _responses(session: Session, scope: Scope, start: datetime, end: datetime) -> Counter[Any]:
    found = Counter[Any]()
    for c in counts.response_counts(session, scope, start, end, by=DIMENSIONS):
        place = (c.stream, c.service, c.team, c.touchpoint)
        found["answered", *place], found["excluded", *place] = c.responses, c.excluded
    return +found


def _requests_from_scratch(session: Session, scope: Scope, start: datetime, end: datetime) -> Counter[Any]:
    found, only = Counter[Any](), scope.only
    for row in session.exec(select(Invitation)).all():
        chosen = all(
            value in names
            for value, names, wanted in (
                (row.service, only.services, only.services),
                (row.service, only.team_services, only.teams),
                (row.touchpoint, only.touchpoints, only.touchpoints),
                (row.account, only.accounts, only.accounts),
            )
            if wanted
        )
        within = scope.everything or row.service in scope.services or row.account in scope.accounts
        counts_at_all = row.stream == Stream.CUSTOMER and row.state != InvitationState.SUPPRESSED
        if chosen and within and counts_at_all and row.sent_at and start <= row.sent_at < end:
            named = not is_nameless(row.token)
            found["asked" if named else "asked namelessly", row.service, row.touchpoint] += 1
            found["answered", row.service, row.touchpoint] += named and row.answered_at is not None
    return +found


def _requests(session: Session, scope: Scope, start: datetime, end: datetime) -> Counter[Any]:
    found = Counter[Any]()
    for c in counts.request_counts(session, scope, start, end, by=("service", "touchpoint")):
        found["asked", c.service, c.touchpoint] += c.asked
        found["answered", c.service, c.touchpoint] += c.answered
    for c in counts.nameless_counts(session, scope, start, end, by=("service", "touchpoint")):
        found["asked namelessly", c.service, c.touchpoint] += c.asked
    return +found


def _by_touchpoint(counted: Counter[Any]) -> Counter[Any]:
    found = Counter[Any]()
    for (what, _, touchpoint), n in counted.items():
        found[what, touchpoint] += n
    return found


def _totals(session: Session, scope: Scope, start: datetime, end: datetime) -> Counter[Any]:
    """The same requests by touchpoint alone, as whoever looks at everything counts them."""
    found = Counter[Any]()
    for c in counts.request_counts(session, scope, start, end, by=["touchpoint"]):
        found["asked", c.touchpoint], found["answered", c.touchpoint] = c.asked, c.answered
    for c in counts.nameless_counts(session, scope, start, end, by=["touchpoint"]):
        found["asked namelessly", c.touchpoint] = c.asked
    return +found


NAMES = {
    "services": st.frozensets(st.sampled_from(SERVICES), max_size=2),
    "teams": st.frozensets(st.sampled_from(("advice", "city-it")), max_size=1),
    "accounts": st.frozensets(st.sampled_from(("acme", "education")), max_size=1),
}
CHOSEN = st.builds(
    Only,
    **NAMES,
    team_services=NAMES["services"],
    touchpoints=st.frozensets(st.sampled_from(("phone", "ticket")), max_size=1),
)
SCOPES = st.one_of(
    st.builds(Scope, everything=st.just(value=True), only=CHOSEN),
    st.builds(Scope, **NAMES, only=st.one_of(st.just(Only()), CHOSEN)),
)
INSTANTS = st.builds(
    lambda days, hour, zone: (
        (TUESDAY_TEN + timedelta(days=days)).astimezone(ZoneInfo(zone)).replace(hour=hour, minute=0)
    ),
    st.integers(-20, 20),
    st.integers(0, 23),
    st.sampled_from(ZONES),
)


def _invitation(token: str, ctx: Context) -> Invitation:
    return ctx.session.exec(select(Invitation).where(Invitation.token == token)).one()


class Life(RuleBasedStateMachine):
    """Weeks of an organisation, in any order of what may happen to an answer."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.opened = desk_of(example(asking=PATIENT), Path(self.folder.name))
        self.desk: Desk = self.opened.__enter__()
        self.customers = 0

    def teardown(self) -> None:
        self.opened.__exit__(None, None, None)
        self.folder.cleanup()

    @rule(
        target=asked,
        service=st.sampled_from(SERVICES),
        touchpoint=st.sampled_from(("phone", "ticket")),
        account=st.sampled_from(("", "acme", "education")),
        score=st.integers(1, 5),
        days_late=st.sampled_from((0.0, 0.0, 0.02, 1.0, 6.5)),
    )
    def answers(
        self, service: str, touchpoint: str, account: str, score: int, days_late: float
    ) -> tuple[str, str]:
        """Somebody answers, and it reaches us now or, kept on paper or by a platform, days later."""
        self.customers += 1
        who = f"guest-{self.customers}"
        sender = Sender("sandbox", who, name=who)
        invitation = self.desk.ask(customer=sender, service=service, touchpoint=touchpoint, account=account)
        at = self.desk.now - timedelta(days=days_late)
        event = RatingGiven(
            by=sender, at=at, delivery_id="", invitation=invitation, question="ease", score=score
        )
        self.desk.do(lambda ctx: receive(event, ctx))
        return who, invitation

    @rule(
        target=asked,
        service=st.sampled_from(SERVICES),
        touchpoint=st.sampled_from(("phone", "ticket")),
        account=st.sampled_from(("", "acme", "education")),
    )
    def is_asked(self, service: str, touchpoint: str, account: str) -> tuple[str, str]:
        """Somebody who answers later, or never."""
        self.customers += 1
        who = f"asked-{self.customers}"
        sender = Sender("sandbox", who, name=who)
        token = self.desk.ask(customer=sender, service=service, touchpoint=touchpoint, account=account)
        self.desk.do(lambda ctx: prompt_sent(_invitation(token, ctx), ctx))
        return who, token

    @rule(service=st.sampled_from(SERVICES))
    def is_asked_namelessly(self, service: str) -> None:
        def nameless(ctx: Context) -> None:
            row = _invitation(token, ctx)
            row.token = NAMELESS + row.token[1:]
            prompt_sent(row, ctx)

        self.customers += 1
        token = self.desk.ask(customer=Sender("sandbox", f"nobody-{self.customers}"), service=service)
        self.desk.do(nameless)

    @rule(one=asked, score=st.integers(1, 5), question=st.sampled_from(("ease", "satisfied")))
    def rates(self, one: tuple[str, str], score: int, question: str) -> None:
        """One more question, or another mind."""
        with suppress(InvitationExpired, EditWindowClosed):
            self.desk.hear(RatingGiven, one[0], invitation=one[1], question=question, score=score)

    @rule(one=asked)
    def writes(self, one: tuple[str, str]) -> None:
        with suppress(InvitationExpired, EditWindowClosed):
            self.desk.hear(CommentGiven, one[0], invitation=one[1], question="words", words="It took long.")

    @rule(service=st.sampled_from(SERVICES))
    def leaves_a_question_out(self, service: str) -> None:
        """A response that holds no answer."""
        self.customers += 1
        sender = Sender("sandbox", f"silent-{self.customers}", name="Silent")
        invitation = self.desk.ask(customer=sender, service=service)
        self.desk.hear(QuestionSkipped, sender.external_id, invitation=invitation, question="ease")

    @rule(one=asked)
    def says_it_is_not_theirs(self, one: tuple[str, str]) -> None:
        reason = DeclineReason.NOT_MY_MATTER
        with suppress(InvitationExpired):
            self.desk.hear(InvitationDeclined, one[0], invitation=one[1], reason=reason)

    @rule()
    def time_is_over(self) -> None:
        self.desk.do(expire_due)

    @rule(one=consumes(asked))
    def is_erased(self, one: tuple[str, str]) -> None:
        def work(ctx: Any) -> None:
            person = ctx.session.exec(select(Person).where(Person.name == one[0])).one()
            erasing.erase(found(person), ctx, by=None)

        self.desk.do(work)

    @rule()
    def old_words_are_forgotten(self) -> None:
        self.desk.do(retention.forget_words)

    @rule(
        days=st.sampled_from((0, 1, 3, 12)), steps=st.sampled_from((1, 5, 20, 1000)), chunk=st.integers(1, 3)
    )
    def days_are_settled(self, days: int, steps: int, chunk: int) -> None:
        """All of them, or as many as there was time for."""
        self.desk.later(days=days)
        for _ in range(steps):
            if not self.desk.do(lambda ctx: settle_more(ctx.session, ctx.now, chunk)):
                break

    @rule()
    def days_are_settled_by_a_wrong_clock(self) -> None:
        """A machine that woke up ten days ahead, until its clock was put right."""
        ahead = self.desk.now + timedelta(days=10)
        while self.desk.do(lambda ctx: settle_more(ctx.session, ahead)):
            pass
        self.desk.do(settle_days)

    @rule(hours=st.sampled_from((-2, -1, 1, 5, 24)))
    def the_clock_moves(self, hours: int) -> None:
        self.desk.later(hours=hours)

    @invariant()
    def everything_is_counted_rightly(self) -> None:
        now, everything = self.desk.now, Scope(everything=True)
        ever = (TUESDAY_TEN - timedelta(days=40), TUESDAY_TEN + timedelta(days=400))
        lately = (now - timedelta(days=9.3), now - timedelta(days=4.4))
        lobby_and_acme = Scope(frozenset({"lobby"}), accounts=frozenset({"acme"}))
        for scope, window in ((everything, ever), (lobby_and_acme, ever), (everything, lately)):
            self.counts_as_from_scratch(scope, *window, with_excluded=False)

    @rule(scope=SCOPES, start=INSTANTS, end=INSTANTS, with_excluded=st.booleans())
    def any_window_is_counted_rightly(
        self, scope: Scope, start: datetime, end: datetime, with_excluded: bool
    ) -> None:
        self.counts_as_from_scratch(scope, start, end, with_excluded=with_excluded)

    def counts_as_from_scratch(
        self, scope: Scope, start: datetime, end: datetime, *, with_excluded: bool
    ) -> None:
        def compare(session: Session) -> None:
            window = (session, scope, start, end)
            from_scratch = _scores_from_scratch(*window, with_excluded=with_excluded)
            assert _scores(*window, with_excluded=with_excluded) == from_scratch
            assert _responses(*window) == _responses_from_scratch(*window)
            requests = _requests_from_scratch(*window)
            assert _requests(*window) == requests
            assert _totals(*window) == _by_touchpoint(requests)

        self.desk.database.read_now(compare)

    @rule(scope=SCOPES, instants=st.lists(INSTANTS, min_size=3, max_size=3))
    def two_windows_are_as_good_as_one(self, scope: Scope, instants: list[datetime]) -> None:
        start, middle, end = sorted(instants)

        def compare(session: Session) -> None:
            first, second = _scores(session, scope, start, middle), _scores(session, scope, middle, end)
            assert _scores(session, scope, start, end) == first + second

        self.desk.database.read_now(compare)


TestLife = pytest.mark.timeout(600)(Life.TestCase)
TestLife.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)
