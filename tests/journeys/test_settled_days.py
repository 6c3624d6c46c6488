"""Days that are over are counted once, and nobody who reads figures can tell."""

from datetime import date

import pytest

from handlers.context import Context
from handlers.digests.audiences import audience_called
from handlers.digests.view import digest_view
from handlers.erasing import erase
from handlers.settling import settle_days
from handlers.wording.digests import digest
from handlers.wording.plain import as_text
from storage.counts import asked_and_answered
from storage.people import person_by_identity
from storage.scope import Scope
from storage.settling import settle_more
from storage.tables import SettledDays
from storage.vocabulary import Line
from tests.helpers.town import Town, helsinki
from tests.journeys.conftest import BuildTown

SATURDAY = helsinki("2026-11-28 09:00")
PATIENT = {"edit_window": "10 d"}


async def _digest(town: Town) -> str:
    """The week's digest of the team, as it is now."""

    def work(ctx: Context) -> str:
        team = audience_called("advice", ctx)
        return as_text(digest(digest_view(team, team.rhythm.latest(ctx.now), ctx), "en"))

    return await town.ask(work)


async def _settle(town: Town) -> None:
    while await town.app.write(settle_days):
        pass


async def _settled(town: Town, line: Line = Line.RESPONSES) -> list[date]:
    """Days that are counted, of answers unless said otherwise."""
    days = [row for row in await town.rows(SettledDays) if row.settled and row.days == 1]
    return sorted(row.day for row in days if row.line == line)


async def _a_week(town: Town) -> None:
    for scores in ([5, 5, 4], [2, 5, 5, 4], [1]):
        await town.heard(scores, "satisfied", "phone", service="pension-advice")
        await town.later(days=1)
    await town.until(SATURDAY)


async def test_a_digest_reads_the_same_before_and_after_its_days_are_settled(town: Town) -> None:
    await _a_week(town)
    counted = await _digest(town)
    assert "n = 8" in counted
    await _settle(town)
    assert await _settled(town) == [date(2026, 11, day) for day in (24, 25, 26, 27)]
    assert await _digest(town) == counted


async def test_a_changed_mind_is_in_the_figures_though_its_day_was_settled(build_town: BuildTown) -> None:
    town = await build_town(asking=PATIENT)
    tuesday = date(2026, 11, 24)
    await town.heard([5, 5, 5, 5], "ease", "phone", service="pension-advice")
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("4")
    await town.later(days=1)
    await _settle(town)
    assert tuesday in await _settled(town)

    await town.omar.taps("Change 1")
    await town.omar.taps("1")
    assert tuesday not in await _settled(town), "until it is settled again, it is counted row by row"
    await town.until(SATURDAY)
    counted = await _digest(town)
    assert "80% good · n = 5" in counted
    await _settle(town)
    assert tuesday in await _settled(town)
    assert await _digest(town) == counted


async def test_a_crash_while_a_day_is_counted_changes_no_figure(town: Town) -> None:
    await _a_week(town)
    counted = await _digest(town)

    def crash(ctx: Context) -> None:
        settle_more(ctx.session, ctx.now, 1)
        raise OSError("the power failed")

    for _ in range(3):
        await town.app.write(lambda ctx: settle_more(ctx.session, ctx.now, 1))
        with pytest.raises(OSError, match="the power failed"):
            await town.app.write(crash)
        assert await _digest(town) == counted
    await _settle(town)
    assert await _digest(town) == counted


async def _asked_and_answered(town: Town) -> tuple[int, int]:
    """Of everybody, and the same of the service alone, which is added up of other counts."""

    def work(ctx: Context) -> tuple[int, int]:
        found = {
            asked_and_answered(ctx.session, scope, helsinki("2026-11-23 00:00"), ctx.now)
            for scope in (Scope(everything=True), Scope(frozenset({"pension-advice"})))
        }
        assert len(found) == 1
        return found.pop()

    return await town.ask(work)


async def test_who_answers_days_later_is_counted_and_the_day_of_the_request_stays_settled(
    build_town: BuildTown,
) -> None:
    town = await build_town(asking=PATIENT)
    await town.heard([5, 4], "ease", "phone", service="pension-advice")
    await town.asked("phone", "omar", service="pension-advice")
    await town.later(days=2)
    await _settle(town)
    assert await _asked_and_answered(town) == (3, 2)

    await town.omar.taps("4")
    assert await _asked_and_answered(town) == (3, 3)
    assert date(2026, 11, 24) in await _settled(town, Line.REQUESTS), "it was put right where it stood"
    await town.omar.taps("Change 1")
    await town.omar.taps("1")
    assert await _asked_and_answered(town) == (3, 3)


def _erase_zeb(ctx: Context) -> None:
    zeb = person_by_identity(ctx.session, "sandbox", "zeb")
    assert zeb is not None
    erase(zeb, ctx, by=None)


async def test_who_is_erased_before_they_answer_was_not_asked(town: Town) -> None:
    await town.heard([5, 4], "ease", "phone", service="pension-advice")
    await town.asked("phone", "zeb", service="pension-advice")
    await town.later(days=2)
    await _settle(town)
    await town.app.write(_erase_zeb)
    assert await _asked_and_answered(town) == (2, 2)
    await _settle(town)
    assert await _asked_and_answered(town) == (2, 2)
