"""What can be traced to a person goes when its time is over, and what was counted stays."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from handlers import retention
from handlers.context import Context
from handlers.events import CaseClosed, CommentGiven, FeedbackLogged, RatingGiven, Sender, WordsReceived
from handlers.mistakes.retention import too_short
from storage.tables import (
    Answer,
    AuditEntry,
    Case,
    Encounter,
    Feedback,
    Identity,
    InboundDelivery,
    Person,
    Response,
    VoiceMessage,
)
from storage.vocabulary import FeedbackType, Outcome, VoiceState
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example

KEPT = {"words": "60 d", "voice": "20 d", "customers": "120 d", "deliveries": "3 d", "audit": "90 d"}
JOBS = (
    retention.forget_words,
    retention.forget_voices,
    retention.forget_customers,
    retention.forget_audit,
    retention.forget_deliveries,
)


def _night(desk: Desk) -> None:
    """The jobs of a night, each until nothing is left."""
    for job in JOBS:
        while desk.do(job):
            pass


def _a_customer_speaks(desk: Desk, number: int) -> None:
    """A new customer gives a good score with words, which opens no case, and says it aloud too."""
    who = f"guest-{number}"
    invitation = desk.ask(customer=Sender("sandbox", who, name=f"Guest {number}"))
    desk.hear(RatingGiven, who, invitation=invitation, question="ease", score=5)
    desk.hear(CommentGiven, who, invitation=invitation, question="words", words=f"Words of guest {number}.")

    def aloud(ctx: Context) -> None:
        response = ctx.session.scalars(select(Response).order_by(Response.id.desc())).first()  # type: ignore[union-attr]
        assert response is not None
        ctx.session.add(
            VoiceMessage(
                token=who,
                response_id=response.id,
                said_by_id=response.person_id,
                channel="sandbox",
                source=who,
                media_type="audio/ogg",
                seconds=3,
                state=VoiceState.KEPT,
                content=b"sound",
                at=ctx.now,
            )
        )
        ctx.session.add(InboundDelivery(channel="sandbox", delivery_id=who, at=ctx.now))
        ctx.session.add(AuditEntry(at=ctx.now, did="listened", subject="voice_message", subject_id=who))

    desk.do(aloud)


def test_over_a_simulated_year_nothing_is_kept_longer_than_was_declared(tmp_path: Path) -> None:
    with desk_of(example(retention=KEPT), tmp_path) as desk:
        for day in range(365):
            if day % 14 == 0:
                _a_customer_speaks(desk, day)
            _night(desk)
            if day % 30 == 29:
                _nothing_is_too_old(desk)
            desk.later(days=1)
        given = 365 // 14 + 1
        assert len(desk.rows(Response)) == given, "statistics survive"
        scores = [a for a in desk.rows(Answer) if a.question == "ease" and a.score == 5]
        assert len(scores) == given
        assert len([a for a in desk.rows(Answer) if a.question == "words"]) == given, (
            "also that words were given"
        )


def _nothing_is_too_old(desk: Desk) -> None:
    def younger(days: int) -> datetime:
        return desk.now - timedelta(days=days)

    assert all(a.at >= younger(60) for a in desk.rows(Answer) if a.question == "words" and a.words)
    assert all(v.at >= younger(20) for v in desk.rows(VoiceMessage))
    assert all(e.at >= younger(90) for e in desk.rows(AuditEntry))
    assert all(d.at >= younger(3) for d in desk.rows(InboundDelivery))
    named = {p.id for p in desk.rows(Person) if p.name.startswith("Guest")}
    heard = {e.customer_id: e.happened_at for e in desk.rows(Encounter)}
    assert named
    assert all(heard[person] >= younger(120) for person in named if person in heard)
    guests = [i for i in desk.rows(Identity) if i.external_id.startswith("guest")]
    assert {i.person_id for i in guests} == named


def test_the_words_of_an_open_case_and_its_customer_stay_until_it_is_closed(tmp_path: Path) -> None:
    with desk_of(example(retention=KEPT), tmp_path) as desk:
        desk.hear(WordsReceived, "passer-by", words="The printer smells of smoke.")
        desk.later(days=200)
        _night(desk)
        [case] = desk.rows(Case)
        assert [f.words for f in desk.rows(Feedback)] == ["The printer smells of smoke."]
        assert case.customer_id is not None
        desk.hear(CaseClosed, "liisa", case=case.token, outcome=Outcome.RESOLVED)
        _night(desk)
        assert [f.words for f in desk.rows(Feedback)] == [""]
        assert desk.only(Case).customer_id is None, "nothing was heard of them for so long"


def test_a_name_as_it_was_typed_goes_with_the_customers_unless_its_case_is_open(tmp_path: Path) -> None:
    with desk_of(example(retention=KEPT), tmp_path) as desk:
        for name, said in ("Mr Brown", FeedbackType.THANKS), ("Ms Green", FeedbackType.COMPLAINT):
            desk.hear(FeedbackLogged, "sanna", customer=name, type=said, words=f"{name} said so.")
        desk.later(days=119)
        _night(desk)
        assert [f.said_by_name for f in desk.rows(Feedback)] == ["Mr Brown", "Ms Green"]
        desk.later(days=2)
        _night(desk)
        assert [f.said_by_name for f in desk.rows(Feedback)] == [None, "Ms Green"]
        desk.hear(CaseClosed, "liisa", case=desk.only(Case).token, outcome=Outcome.RESOLVED)
        _night(desk)
        assert [f.said_by_name for f in desk.rows(Feedback)] == [None, None]


def test_null_keeps_without_end(tmp_path: Path) -> None:
    forever = dict.fromkeys(("words", "voice", "customers", "audit"))
    with desk_of(example(retention=forever), tmp_path) as desk:
        _a_customer_speaks(desk, 1)
        desk.later(days=10_000)
        _night(desk)
        assert len(desk.rows(VoiceMessage)) == 1
        assert any(a.words == "Words of guest 1." for a in desk.rows(Answer))


def test_much_is_forgotten_in_chunks(tmp_path: Path) -> None:
    with desk_of(example(retention=KEPT), tmp_path) as desk:

        def many(ctx: Context) -> None:
            for number in range(1200):
                ctx.session.add(AuditEntry(at=ctx.now, did="listened", subject="x", subject_id=str(number)))

        desk.do(many)
        desk.later(days=91)
        assert [desk.do(retention.forget_audit) for _ in range(4)] == [500, 500, 200, 0]
        left = desk.do(lambda ctx: ctx.session.scalar(select(func.count()).select_from(AuditEntry)))
        assert left == 0


@pytest.mark.parametrize(
    ("word", "time"),
    [("words", "1 d"), ("customers", "7 d"), ("deliveries", "1 h"), ("audit", "1 d"), ("voice", "1 h")],
)
def test_what_would_be_gone_while_it_is_needed_is_a_mistake(word: str, time: str) -> None:
    [mistake] = too_short(example(retention={word: time}))
    assert mistake.path == ("retention", word)
    assert f"`{word}`" in mistake.sentence
    assert mistake.advice.startswith("Keep it for ")


def test_the_shipped_times_are_no_mistake() -> None:
    assert list(too_short(example())) == []
