"""A team with five thousand open cases, and matters that were another organisation's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from handlers.context import Context
from handlers.digests.audiences import audience_called
from handlers.digests.view import digest_view
from handlers.messages import Action, Verb
from handlers.views import DigestView
from storage.people import person_by_key
from storage.tables import Case, core
from storage.vocabulary import CaseReason, CaseState, OwnerRule
from tests.helpers.town import Town, helsinki

MANY = 5_000


async def _five_thousand(town: Town) -> None:
    """Written straight into their table: all overdue, all Maya's."""

    def work(ctx: Context) -> None:
        maya = person_by_key(ctx.session, "maya")
        values = [_case(number, maya.id if maya else None, ctx.now) for number in range(MANY)]
        ctx.session.connection().execute(core(Case).insert(), values)

    await town.app.write(work)


def _case(number: int, owner_id: int | None, at: Any) -> dict[str, Any]:
    return {
        "token": f"case{number:08}",
        "reason": CaseReason.LOW_SCORE,
        "state": CaseState.RECEIVED,
        "urgent": False,
        "service": "pension-advice",
        "team": "advice",
        "owner_id": owner_id,
        "owner_rule": OwnerRule.SERVICE_OWNER,
        "opened_at": at,
        "due_at": at,
        "revision": 1,
    }


async def test_five_thousand_open_cases_are_turned_page_by_page_and_the_digest_stays_one_screen(
    town: Town,
) -> None:
    await _five_thousand(town)
    with _within_a_second("the first page"):
        told = await town.maya.writes("/feedback cases")
    assert "5000 open cases" in told
    assert "10. " in told
    assert "11. " not in told
    assert "and 4990 more" in told
    await town.maya.taps("Show the next ones")
    page = await town.maya.latest()
    assert "\n11. " in page
    assert "and 4980 more" in page
    with _within_a_second("the last page"):
        await town.maya.presses(Action(Verb.MY_CASES, value="4990"))
    assert "\n5000. " in await town.maya.latest()
    await town.maya.presses(Action(Verb.MY_CASES, value="-7"))
    assert "\n1. " in await town.maya.latest(), "a value edited by hand is the first page"
    await town.maya.presses(Action(Verb.MY_CASES, value="999999"))
    assert "No open cases." in await town.maya.latest()

    await town.until(helsinki("2026-11-25 08:30"))
    morning = await town.maya.latest()
    assert "5000 overdue cases" in morning
    assert len(morning.splitlines()) < 40
    await town.until(helsinki("2026-11-27 15:01"))
    digest = next(e.text for e in await town.maya.conversation() if "5000 open cases, 5000 overdue" in e.text)
    assert len(digest.splitlines()) < 40
    with _within_a_second("the digest"):
        await town.ask(_mayas_digest)


@contextmanager
def _within_a_second(what: str) -> Iterator[None]:
    """Far more than it takes, and far less than reading five thousand cases one by one would."""
    began = time.perf_counter()
    yield
    took = time.perf_counter() - began
    assert took < 1, f"{what} took {took:.1f} s"


def _mayas_digest(ctx: Context) -> DigestView:
    reader = audience_called("maya", ctx)
    return digest_view(reader, reader.rhythm.latest(ctx.now), ctx)


async def test_what_was_another_organisations_matter_is_collected(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("1")
    assert "No case was the matter" in await town.maya.writes("/feedback third-party")
    await town.maya.fills("Close", outcome="third party", words="The tax office sent the wrong form.")
    told = await town.maya.writes("/feedback third-party")
    assert "1 matter of another organisation" in told
    assert "Omar Hassan" in told
    await town.maya.taps("Show 1")
    assert "The tax office sent the wrong form." in await town.maya.latest()

    assert "Omar Hassan" in await town.liisa.writes("ulkopuoliset"), "who leads sees every team's"
    assert "Omar Hassan" not in await town.ville.writes("ulkopuoliset")
    await town.sanna.writes("/feedback third-party")
    assert "Omar Hassan" not in await town.sanna.reads()
    await town.until(helsinki("2026-11-27 15:01"))
    assert "Matter of another organisation 1" in await town.maya.reads()
