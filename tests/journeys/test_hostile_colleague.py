"""A colleague with a login who tries everything: addresses of others, markup in names, figures less figures."""

import re
from base64 import b64encode
from itertools import pairwise
from pathlib import Path

from storage.tables import Annotation, AuditEntry, Case, Wish
from tests.helpers.dashboard import Browser, logged_in
from tests.helpers.town import Town, example, town_of
from tests.journeys.conftest import BuildTown

MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
QUERIES = (
    "",
    "?service=pension-advice",
    "?team=advice",
    "?since=2026-11-01&until=2026-11-30",
    "?account=acme",
)
PATHS = ("", "/comments", "/cases", "/ledger", "/own", "/happened", "/accounts", "/wishes")


async def _a_matter_of_maya(town: Town) -> tuple[Case, Wish, Annotation]:
    """Of the team *advice* and the account Acme: none of Ville's business."""
    await town.asked("phone", "tom", service="pension-advice", account="acme")
    await town.tom.answers("2", "2", "Ei", "Ohita", "Kyllä")
    await town.maya.writes("/feedback log = Acme: Please open on Saturdays. #pension-advice #idea")
    await town.maya.writes("/feedback note 2026-11-20 Strike #pension-advice")
    await town.settle()
    case = next(row for row in await town.rows(Case) if row.response_id)
    return case, (await town.rows(Wish))[0], (await town.rows(Annotation))[0]


async def test_no_address_opens_what_is_anothers_and_each_refusal_is_written_down(town: Town) -> None:
    case, wish, _ = await _a_matter_of_maya(town)
    barred = [f"/cases/{case.token}", "/accounts/acme", "/accounts/acme/pack", "/accounts/acme/trend.png"]
    barred += [
        "/comments?service=pension-advice",
        "/comments?team=advice&team=city-it",
        "/comments?account=acme",
    ]
    barred += ["?account=acme", "/ledger?account=acme&account=education", "/own?account=acme"]
    async with logged_in(town, "ville") as ville, logged_in(town, "pekka") as pekka:
        for path in barred:
            for pages in (ville, pekka):
                assert await pages.open(f"/dashboard{path}") == 403, path
                _tells_nothing(pages)
        for path in (f"/wishes/{wish.token}", "/ledger"):
            assert await pekka.open(f"/dashboard{path}") == 403, path
        await pekka.open("/dashboard/cases")
        _tells_nothing(pekka)
        for query in QUERIES[:-1]:
            for path in ("/comments", "/ledger", "/cases"):
                await ville.open(f"/dashboard{path}{query}")
                _tells_nothing(ville)
    refused = [row for row in await town.rows(AuditEntry) if row.did == "was refused"]
    assert len([row for row in refused if row.subject == "page"]) >= 2 * len(barred) + 2


def _tells_nothing(pages: Browser) -> None:
    assert "Tom" not in pages.page.text
    assert "Saturdays" not in pages.page.text


async def test_nobody_takes_back_what_another_noted_not_even_under_the_same_name(
    build_town: BuildTown,
) -> None:
    town = await build_town(people={"ville": {"name": "Maya Virtanen"}})
    _, _, strike = await _a_matter_of_maya(town)
    async with logged_in(town, "ville") as ville:
        await ville.open("/dashboard/happened")
        assert "Strike" in ville.text
        assert strike.token not in ville.page.text
        csrf = re.findall(r'name="csrf" value="([^"]+)"', ville.page.text)[0]
        assert await ville.post("/dashboard/happened", csrf=csrf, take_back=strike.token) == 403
        note = {"on": "2026-11-20", "words": "Not ours", "service": "pension-advice"}
        assert await ville.post("/dashboard/happened", csrf=csrf, **note) == 403
    assert "Et ole merkinnyt mitään" in await town.ville.writes("/feedback note peru")
    assert [row.words for row in await town.rows(Annotation)] == ["Strike"]


async def test_names_are_never_markup(build_town: BuildTown) -> None:
    named = {"name": {"fi": MARKUP, "sv": MARKUP, "en": MARKUP}}
    town = await build_town(
        people={"tom": {"name": MARKUP, "title": MARKUP}, "maya": {"name": f"Maya {MARKUP}"}},
        services={"pension-advice": named},
        touchpoints={"phone": named},
        teams={"advice": named},
        accounts={"acme": {"name": MARKUP}},
        annotations=[{"on": "2026-11-23", "words": MARKUP}],
    )
    case, wish, _ = await _a_matter_of_maya(town)
    await town.tom.writes(MARKUP)
    places = [f"{path}{query}" for path in PATHS for query in QUERIES]
    places += [f"/cases/{case.token}", f"/wishes/{wish.token}", "/accounts/acme", "/accounts/acme/pack"]
    places += ["/services/pension-advice", "/touchpoints/phone", f"/comments?words={MARKUP[:20]}"]
    async with logged_in(town, "maya") as maya:
        for place in places:
            assert await maya.open(f"/dashboard{place}") == 200, place
            assert "<script>alert" not in maya.page.text, place
            assert "<img src=x" not in maya.page.text, place
            assert "49" not in re.findall(r"alert\(2\)&gt;(\S+)", maya.page.text), place


async def test_no_address_breaks_a_page(town: Town) -> None:
    await _a_matter_of_maya(town)
    every_day = "since=1970-01-01&until=9998-12-31"
    many = "&".join(["service=lobby"] * 2000)
    async with logged_in(town, "maya") as maya:
        chosen = [path for path in PATHS if path not in ("/accounts", "/wishes")]
        for path in (*chosen, "/services/lobby", "/touchpoints/phone", "/accounts/acme", "/comments.csv"):
            assert await maya.open(f"/dashboard{path}?{every_day}") == 200, path
            assert await maya.open(f"/dashboard{path}?since=2026-02-31") == 422, path
            assert await maya.open(f"/dashboard{path}?service=moon%00") == 422, path
        for path in (
            "/services/%00",
            "/services/%2e%2e/cases",
            "/touchpoints/%F0",
            "/cases/%27",
            "/ledger?before=1e9",
        ):
            assert await maya.open(f"/dashboard{path}") == 404, path
        assert await maya.open(f"/dashboard/services/lobby/trend.png?{every_day}") in (200, 404)
        assert await maya.open(f"/dashboard/comments?{many}") == 200


async def test_figures_less_figures_tell_no_answer_of_an_anonymous_survey(tmp_path: Path) -> None:
    survey = {"open": {"privacy": "anonymous", "questions": ["satisfied"]}}
    key = b64encode(b"k" * 32).decode()
    changes = {"surveys": survey, "touchpoints": {"phone": {"survey": "open"}}}
    async with town_of(example(**changes), tmp_path / "secret", key=key) as town:
        for service in ("pension-advice", "lobby"):
            for number in range(5 if service == "lobby" else 7):
                await town.asked("phone", f"{service}{number}", service=service)
                await town.person(f"{service}{number}").taps(str(1 + number % 5))
        await town.later(days=3)
        async with logged_in(town, "ville") as ville:
            seen = [await _count(ville, f"since=2026-11-01&until=2026-11-{day}") for day in range(24, 28)]
            seen += [await _count(ville, f"service={one}") for one in ("lobby", "pension-advice")]
            both = await _count(ville, "service=lobby&service=pension-advice")
    assert {later - earlier for earlier, later in pairwise(seen[:4])} <= {0, 5, 7, 12}
    assert sorted(seen[4:]) == [5, 7]
    assert both == 12


async def _count(pages: Browser, query: str) -> int:
    """How many answers stand behind the figure of the telephone."""
    await pages.open(f"/dashboard/touchpoints/phone?{query}")
    found = re.findall(r"n = (\d+)", pages.text)
    return int(found[0]) if found else 0
