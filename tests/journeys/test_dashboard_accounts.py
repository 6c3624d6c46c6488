"""Accounts, own figures, and what happened beside them."""

import re
from datetime import date

from storage.tables import Annotation, AuditEntry
from tests.helpers.dashboard import Browser, logged_in
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown


async def test_the_page_of_an_account_tells_scores_matters_plan_people_and_the_next_meeting(
    build_town: BuildTown,
) -> None:
    meetings = [date(2026, 11, 3), date(2026, 12, 15)]
    town = await build_town(accounts={"acme": {"meetings": meetings, "targets": {"ease": 85}}})
    await town.heard([5] * 7 + [1] * 3, "ease", "phone", service="pension-advice", account="acme")
    await town.asked("phone", "tom", service="pension-advice")
    await town.tom.answers("2")
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard/accounts")
        assert "15 Dec 2026" in maya.text
        await maya.follow("Acme Oy")
        for said in (
            "3 Nov 2026",
            "15 Dec 2026",
            "Liisa Heino",
            "n = 11",
            "target 85%",
            "Tom Korhonen",
            "Low score",
        ):
            assert said in maya.text, said
        assert await maya.open("/dashboard/accounts/acme/trend.png") == 200
        await maya.open("/dashboard/accounts/acme")
        assert await maya.follow("Meeting pack") == 200
        assert "Acme Oy" in maya.text
    assert ("read", "account") in [(row.did, row.subject) for row in await town.rows(AuditEntry)]


async def test_an_account_is_shown_only_to_whom_it_concerns(town: Town) -> None:
    async with logged_in(town, "ville") as ville, logged_in(town, "liisa") as liisa:
        await ville.open("/dashboard/accounts")
        assert "Acme" not in ville.text
        for path in ("acme", "acme/trend.png", "acme/pack", "nothing"):
            assert await ville.open(f"/dashboard/accounts/{path}") == 403
        assert await liisa.open("/dashboard/accounts/acme") == 200
        assert await liisa.open("/dashboard/accounts/nothing") == 404


async def test_own_figures_stand_against_what_they_are_to_reach(build_town: BuildTown) -> None:
    town = await build_town(teams={"advice": {"targets": {"ease": 95}}})
    await town.heard([5] * 14 + [1] * 6, "ease", "phone", service="pension-advice")
    async with (
        logged_in(town, "maya") as maya,
        logged_in(town, "sanna") as sanna,
        logged_in(town, "liisa") as liisa,
    ):
        await maya.open("/dashboard/own")
        assert "70% good" in maya.text
        assert "below target" in maya.text
        await sanna.open("/dashboard/own")
        assert "n = 20" in sanna.text
        assert await liisa.open("/dashboard/own") == 200


async def test_what_happened_is_noted_stands_beside_the_trend_and_is_taken_back(town: Town) -> None:
    await town.heard([5] * 6, "ease", "phone", service="pension-advice")
    async with logged_in(town, "maya") as maya, logged_in(town, "sanna") as sanna:
        await maya.open("/dashboard/happened")
        await maya.press("Save", on="2026-11-20", words="<b>Strike</b>", service="pension-advice")
        assert "<b>Strike</b>" in maya.text
        await sanna.open("/dashboard/services/pension-advice")
        assert "<b>Strike</b>" in sanna.text
        assert "<b>" not in sanna.page.text
        await sanna.open("/dashboard/services/helpdesk")
        assert "Strike" not in sanna.text
        await sanna.open("/dashboard/happened")
        assert '<button class="primary">' not in sanna.page.text
        await maya.press("Take back")
        assert "Strike" not in maya.text
    assert await town.rows(Annotation) == []


async def test_nobody_notes_what_is_anothers_or_without_a_day(town: Town) -> None:
    async with logged_in(town, "maya") as maya, logged_in(town, "ville") as ville:
        await maya.open("/dashboard/happened")
        for wrong in ({"on": "soon"}, {"words": " "}, {"service": "nothing"}):
            await maya.open("/dashboard/happened")
            fields = {"on": "2026-11-20", "words": "Strike", "service": ""} | wrong
            assert await maya.press("Save", **fields) == 422
        await maya.open("/dashboard/happened")
        assert await maya.press("Save", on="2026-11-20", words="Strike", service="helpdesk") == 403
        await maya.open("/dashboard/happened")
        await maya.press("Save", on="2026-11-20", words="Strike", service="")
        [strike] = await town.rows(Annotation)
        csrf = await _csrf(ville)
        assert await ville.post("/dashboard/happened", csrf=csrf, take_back=strike.token) == 403
        assert await ville.post("/dashboard/happened", csrf=csrf, take_back="x") == 404
    assert len(await town.rows(Annotation)) == 1


async def _csrf(pages: Browser) -> str:
    await pages.open("/dashboard/happened")
    return str(re.findall(r'name="csrf" value="([^"]+)"', pages.page.text)[0])
