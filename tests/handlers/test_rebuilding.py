"""The file is written anew in the night after something was erased, and left alone otherwise."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from handlers import rebuilding, retention
from handlers.events import FeedbackLogged
from handlers.rebuilding import due_since, rebuilt, waits_since
from storage.erasing import overwritten
from storage.vocabulary import FeedbackType
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example, helsinki

pytestmark = pytest.mark.sqlite("PostgreSQL clears its pages itself")


def _at(desk: Desk, wall: str) -> datetime | None:
    """Since when it is due at an instant in Helsinki."""
    desk.now = helsinki(wall)
    return desk.do(due_since)


def test_it_is_due_in_the_night_after_an_erasure_and_then_no_more(tmp_path: Path) -> None:
    with desk_of(example(), tmp_path) as desk:
        assert _at(desk, "2026-11-24 03:00") is None, "nothing was erased"
        erased = helsinki("2026-11-24 10:00")
        desk.do(lambda ctx: overwritten(ctx.session, erased))
        assert [_at(desk, f"2026-11-{hour}") for hour in ("24 10:00", "24 23:59", "25 05:00")] == [None] * 3
        assert [_at(desk, f"2026-11-25 {hour}") for hour in ("00:00", "04:59")] == [erased] * 2
        desk.do(lambda ctx: rebuilt(erased, ctx))
        assert _at(desk, "2026-11-25 03:00") is None


def test_what_was_erased_while_it_ran_waits_for_the_next_night(tmp_path: Path) -> None:
    with desk_of(example(), tmp_path) as desk:
        first, second = helsinki("2026-11-24 10:00"), helsinki("2026-11-25 03:00")
        desk.do(lambda ctx: overwritten(ctx.session, second))
        desk.do(lambda ctx: rebuilt(first, ctx))
        assert desk.do(waits_since) == second


def test_a_large_file_is_left_to_its_administrator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk_of(example(), tmp_path) as desk:
        desk.do(lambda ctx: overwritten(ctx.session, ctx.now))
        monkeypatch.setattr(rebuilding, "LARGEST", 4096)
        assert _at(desk, "2026-11-25 03:00") is None
        assert desk.do(waits_since) is not None


def test_what_is_too_old_to_be_kept_leaves_the_file_too(tmp_path: Path) -> None:
    with desk_of(example(retention={"words": "60 d"}), tmp_path) as desk:
        desk.hear(FeedbackLogged, "sanna", type=FeedbackType.THANKS, words="It was all very pleasant.")
        desk.later(days=30)
        desk.do(retention.forget_words)
        assert desk.do(waits_since) is None
        desk.now += timedelta(days=31)
        desk.do(retention.forget_words)
        assert desk.do(waits_since) == desk.now
