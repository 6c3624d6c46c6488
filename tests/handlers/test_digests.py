"""Whom a digest is for, which week it tells of, and what it counts."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from handlers.context import Context
from handlers.digests.audiences import Audience, audience_called, audiences
from handlers.digests.due import compose_due
from handlers.digests.view import digest_view
from handlers.errors import UnknownAudience
from handlers.events import FeedbackLogged, RatingGiven, Sender
from handlers.views import DigestView
from storage.tables import DigestRun, OutboxMessage
from storage.vocabulary import DigestAudience, Tone
from tests.helpers.desk import Desk
from tests.helpers.town import helsinki

FRIDAY = helsinki("2026-11-27 15:00")


def _audiences(desk: Desk) -> Sequence[Audience]:
    return desk.do(audiences)


def _view(desk: Desk, key: str, week: str = "2026-W48") -> DigestView:
    def work(ctx: Context) -> DigestView:
        audience = audience_called(key, ctx)
        return digest_view(audience, audience.rhythm.called(week), ctx)

    return desk.do(work)


def test_managers_with_something_to_answer_for_and_teams_with_a_channel_get_one(desk: Desk) -> None:
    found = [(a.kind, a.key, a.conversation) for a in _audiences(desk)]
    assert found == [
        (DigestAudience.MANAGER, "maya", None),
        (DigestAudience.MANAGER, "ville", None),
        (DigestAudience.TEAM, "advice", "sandbox:#advice"),
        (DigestAudience.TEAM, "city-it", "sandbox:#city-it"),
    ]


def test_anybodys_digest_can_be_looked_at_and_nobodys_is_said_to_be_unknown(desk: Desk) -> None:
    assert _view(desk, "advice").responses == 0
    assert _view(desk, "sanna").responses == 0
    with pytest.raises(UnknownAudience) as refused:
        _view(desk, "moon")
    assert "advice" in refused.value.facts["known"]


def test_each_window_is_queued_once(desk: Desk) -> None:
    desk.now = FRIDAY
    assert desk.do(compose_due) == 4
    assert desk.do(compose_due) == 0
    desk.later(days=7)
    assert desk.do(compose_due) == 4
    assert len(desk.rows(OutboxMessage)) == len(desk.rows(DigestRun)) == 8


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (60, False), (61, True), (60 * 24 * 6, True)])
def test_a_digest_is_late_when_it_comes_more_than_an_hour_after_its_week(
    desk: Desk, minutes: int, late: bool
) -> None:
    desk.now = FRIDAY + timedelta(minutes=minutes)
    view = desk.do(
        lambda ctx: digest_view(
            audience_called("maya", ctx), audience_called("maya", ctx).rhythm.latest(ctx.now), ctx
        )
    )
    assert (view.late, view.ends_at) == (late, FRIDAY)


def _answer(desk: Desk, customer: str, score: int, **facts: str) -> None:
    invitation = desk.ask(customer=Sender("sandbox", customer), **facts)
    desk.hear(RatingGiven, customer, invitation=invitation, question="satisfied", score=score)


def test_it_counts_what_its_reader_answers_for_and_nothing_else(desk: Desk) -> None:
    _answer(desk, "ella", 5, service="lobby")
    _answer(desk, "emil", 5, service="helpdesk")
    _answer(desk, "elias", 5, account="acme")
    assert _view(desk, "maya").responses == 2, "her service, and her account without a service"
    assert _view(desk, "ville").responses == 1
    assert _view(desk, "advice").responses == 1
    assert _view(desk, "city-it").responses == 1


def test_an_answer_at_the_stroke_of_three_belongs_to_the_next_week(desk: Desk) -> None:
    desk.now = FRIDAY - timedelta(seconds=1)
    _answer(desk, "ella", 5, service="lobby")
    desk.now = FRIDAY
    _answer(desk, "emil", 5, service="lobby")
    assert [_view(desk, "maya", week).responses for week in ("2026-W48", "2026-W49")] == [1, 1]


def test_words_that_were_logged_stand_beside_those_that_were_written(desk: Desk) -> None:
    desk.hear(FeedbackLogged, "sanna", words="Splendid.", tone=Tone.POSITIVE, service="lobby")
    desk.hear(FeedbackLogged, "sanna", words="Dreadful.", tone=Tone.NEGATIVE, service="lobby")
    desk.hear(FeedbackLogged, "sanna", words="Middling.", service="lobby")
    view = _view(desk, "maya")
    assert [voice.words for voice in view.best] == ["Splendid."]
    assert [voice.words for voice in view.worst] == ["Dreadful."]
    assert view.feedback_count == 3
    assert view.opened == 1


def test_the_trend_has_a_gap_where_there_were_too_few_answers(desk: Desk) -> None:
    for number in range(5):
        _answer(desk, f"customer-{number}", 5, service="lobby")
    desk.later(days=7)
    _answer(desk, "ella", 1, service="lobby")
    trend = _view(desk, "maya", "2026-W49").trend
    assert trend is not None
    assert [(point.label, point.n, point.value) for point in trend.points[-2:]] == [
        ("W48", 5, 1.0),
        ("W49", 1, None),
    ]


def test_the_trend_begins_with_the_first_answer(desk: Desk) -> None:
    for number in range(5):
        _answer(desk, f"customer-{number}", 1, service="lobby")
    trend = _view(desk, "maya").trend
    assert trend is not None
    assert [(point.label, point.value) for point in trend.points] == [("W48", 0.0)]


def test_a_week_that_is_none_is_said_to_be_none(desk: Desk) -> None:
    for week in ("2026-W54", "last week", "2026-48"):
        with pytest.raises(ValueError, match="week"):
            _view(desk, "maya", week)
