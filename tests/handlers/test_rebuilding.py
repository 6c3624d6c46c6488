"""The file is written anew in the night after something was erased, and left alone otherwise."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from handlers import rebuilding, retention
from handlers.events import FeedbackLogged
from handlers.rebuilding import is_due, rebuilt, waits_since
from storage.erasing import overwritten
from storage.vocabulary import FeedbackType
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example, helsinki

pytestmark = pytest.mark.sqlite("PostgreSQL clears its pages itself")


def _is_due(desk: Desk, wall: str) -> bool:
    """Whether it is, at an instant in Helsinki."""
    desk.now = helsinki(wall)
    return desk.do(is_due)


def test_it_is_due_in_the_night_after_an_erasure_and_then_no_more(tmp_path: Path) -> None:
    with desk_of(example(), tmp_path) as desk:
        assert not _is_due(desk, "2026-11-24 03:00"), "nothing was erased"
        desk.do(lambda ctx: overwritten(ctx.session, helsinki("2026-11-24 10:00")))
        by_day = ("24 10:00", "24 23:59", "25 05:00")
        assert [_is_due(desk, f"2026-11-{hour}") for hour in by_day] == [False] * 3
        assert [_is_due(desk, f"2026-11-25 {hour}") for hour in ("00:00", "04:59")] == [True] * 2
        desk.do(partial(rebuilt, desk.now))
        assert not _is_due(desk, "2026-11-26 03:00")


def test_a_night_rebuilds_it_once(tmp_path: Path) -> None:
    with desk_of(example(), tmp_path) as desk:
        desk.do(lambda ctx: overwritten(ctx.session, helsinki("2026-11-25 00:10")))
        assert _is_due(desk, "2026-11-25 00:30")
        desk.do(partial(rebuilt, desk.now))
        desk.do(lambda ctx: overwritten(ctx.session, helsinki("2026-11-25 01:30")))
        assert not _is_due(desk, "2026-11-25 02:00"), "what came meanwhile waits"
        assert _is_due(desk, "2026-11-26 00:00")


def test_a_clock_that_was_ahead_keeps_no_night_from_it(tmp_path: Path) -> None:
    with desk_of(example(), tmp_path) as desk:
        ahead = helsinki("2026-12-04 10:00")
        desk.do(lambda ctx: overwritten(ctx.session, ahead))
        desk.do(partial(rebuilt, ahead))
        desk.do(lambda ctx: overwritten(ctx.session, helsinki("2026-11-24 12:00")))
        assert _is_due(desk, "2026-11-25 03:00")


def test_what_was_erased_while_it_ran_waits_for_the_next_night(tmp_path: Path) -> None:
    with desk_of(example(), tmp_path) as desk:
        first, began_at, meanwhile = (helsinki(f"2026-11-24 {hour}") for hour in ("01:00", "03:00", "03:01"))
        desk.do(lambda ctx: overwritten(ctx.session, first))
        desk.do(lambda ctx: overwritten(ctx.session, meanwhile))
        assert desk.do(waits_since) == first
        desk.do(partial(rebuilt, began_at))
        assert desk.do(waits_since) == began_at
        desk.do(partial(rebuilt, meanwhile))
        assert desk.do(waits_since) is None


def test_a_large_file_is_left_to_its_administrator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with desk_of(example(), tmp_path) as desk:
        desk.do(lambda ctx: overwritten(ctx.session, ctx.now))
        monkeypatch.setattr(rebuilding, "LARGEST", 4096)
        assert not _is_due(desk, "2026-11-25 03:00")
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
