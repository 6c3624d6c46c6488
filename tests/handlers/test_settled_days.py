"""What is counted already and what is counted row by row are together what a count from scratch finds."""

import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlmodel import Session, select

from handlers import erasing, retention
from handlers.events import CommentGiven, InvitationDeclined, QuestionSkipped, RatingGiven, Sender
from handlers.found import found
from handlers.receive import receive
from handlers.settling import settle_days
from storage import counts
from storage.scope import Only, Scope
from storage.settling import settle_more
from storage.tables import Answer, Person, Response
from storage.vocabulary import DeclineReason, Metric, Stream
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
    found = counts.score_counts(session, scope, start, end, by=DIMENSIONS, with_excluded=with_excluded)
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


NAMES = {
    "services": st.frozensets(st.sampled_from(SERVICES), max_size=2),
    "teams": st.frozensets(st.sampled_from(("advice", "city-it")), max_size=1),
    "accounts": st.frozensets(st.sampled_from(("acme", "education")), max_size=1),
}
CHOSEN = st.builds(Only, **NAMES, touchpoints=st.frozensets(st.sampled_from(("phone", "ticket")), max_size=1))
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

    @rule(one=asked, score=st.integers(1, 5), question=st.sampled_from(("ease", "satisfied")))
    def rates(self, one: tuple[str, str], score: int, question: str) -> None:
        """One more question, or another mind."""
        self.desk.hear(RatingGiven, one[0], invitation=one[1], question=question, score=score)

    @rule(one=asked)
    def writes(self, one: tuple[str, str]) -> None:
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
        self.desk.hear(InvitationDeclined, one[0], invitation=one[1], reason=reason)

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

        self.desk.database.read_now(compare)

    @rule(scope=SCOPES, instants=st.lists(INSTANTS, min_size=3, max_size=3))
    def two_windows_are_as_good_as_one(self, scope: Scope, instants: list[datetime]) -> None:
        start, middle, end = sorted(instants)

        def compare(session: Session) -> None:
            first, second = _scores(session, scope, start, middle), _scores(session, scope, middle, end)
            assert _scores(session, scope, start, end) == first + second

        self.desk.database.read_now(compare)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
