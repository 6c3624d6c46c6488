"""How touchpoints and services are doing: for everybody who works here, and no more than that."""

from storage.tables import AuditEntry
from tests.helpers.dashboard import logged_in
from tests.helpers.town import Town

EASE = "ease"


async def heard(town: Town) -> None:
    """Twelve were asked about phone calls, six of tickets; what the calls were about belongs to Maya's team."""
    await town.heard([5] * 9 + [1] * 3, EASE, "phone", service="pension-advice")
    await town.heard([4] * 3, EASE, "ticket", service="helpdesk")


async def test_the_wheel_leads_to_a_touchpoint_its_services_and_their_figures(town: Town) -> None:
    await heard(town)
    async with logged_in(town, "maya") as maya:
        assert "75% good · n = 12, interval 47–91%" in maya.text
        assert "n = 3, too few for a percentage" in maya.text
        assert "a little below target, which may be chance" in maya.text
        assert "fewer than 5 answers: too few to say" in maya.text
        assert await maya.follow("Phone call") == 200
        assert "Pension advice by phone" in maya.text
        assert "IT help desk" not in maya.text
        assert await maya.follow("Pension advice by phone") == 200
        assert "Owner: Maya Virtanen" in maya.text
        assert "75% good" in maya.text


async def test_whoever_works_here_reads_figures_of_others_and_not_their_words(town: Town) -> None:
    await heard(town)
    async with logged_in(town, "maya") as maya:
        assert await maya.open("/dashboard/services/helpdesk") == 200
        assert "n = 3, too few for a percentage" in maya.text
        assert "Full words are read by those whom they concern" in maya.text
        assert "Read the comments" not in maya.text


async def test_what_is_shown_stands_in_the_address(town: Town) -> None:
    await heard(town)
    async with logged_in(town, "maya") as maya, logged_in(town, "ville") as ville:
        await maya.press("Show", since="2026-10-01", until="2026-10-31")
        assert "75% good" not in maya.text
        await maya.press("Show", since="2026-11-01", until="2026-11-30", service="pension-advice")
        assert "75% good" in maya.text
        await ville.open(maya.at)
        assert "n = 12" in ville.text
        await ville.follow("Puhelu")
        assert "since=2026-11-01" in ville.at


async def test_pages_that_there_are_not_and_days_that_are_none_are_told_calmly(town: Town) -> None:
    async with logged_in(town, "maya") as maya:
        for path in ("/services/nothing", "/touchpoints/nothing", "/services/nothing/trend.png"):
            assert await maya.open(f"/dashboard{path}") == 404
            assert "There is no such page" in maya.text
        for query in (
            "since=31.2.2026",
            "since=2026-02-31",
            "service=nothing",
            "since=2026-12-01&until=2026-11-01",
        ):
            assert await maya.open(f"/dashboard?{query}") == 422
            assert "This cannot be shown" in maya.text
        assert await maya.open("/dashboard?since=0001-01-01") == 422
        assert await maya.open("/dashboard?until=1970-01-01") == 200


async def test_an_account_is_chosen_only_by_whom_it_concerns(town: Town) -> None:
    account = next(iter(town.app.organisation.accounts))
    manager = town.app.organisation.accounts[account].manager
    others = [who for who in ("maya", "ville") if who != manager]
    async with logged_in(town, others[0]) as other:
        for wanted in (account, "nothing"):
            assert await other.open(f"/dashboard?account={wanted}") == 403
            assert "Liisa Heino" in other.text
            assert account not in other.text
    assert ("was refused", "page") in [(row.did, row.subject) for row in await town.rows(AuditEntry)]


async def test_pictures_are_drawn_for_those_who_are_logged_in(town: Town) -> None:
    await heard(town)
    async with logged_in(town, "maya") as maya:
        for name in ("trend", "distribution"):
            assert await maya.open(f"/dashboard/services/pension-advice/{name}.png?dark=1") == 200
            assert maya.page.content.startswith(b"\x89PNG")
        assert await maya.open("/dashboard/services/lobby/trend.png") == 404


async def test_a_service_that_moves_to_another_team_takes_its_figures_along(town: Town) -> None:
    await town.heard([5] * 6, EASE, "ticket", service="helpdesk")
    town.reorganise(teams={"advice": {"name": "Advice and help"}}, services={"helpdesk": {"team": "advice"}})
    await town.heard([5] * 5, EASE, "ticket", service="helpdesk")
    async with logged_in(town, "maya") as maya:
        for query, n in (("", 11), ("?service=helpdesk", 11), ("?team=advice", 5), ("?team=city-it", 6)):
            assert await maya.open(f"/dashboard{query}") == 200
            assert f"n = {n}," in maya.text, "a team is told what it provided itself"
        assert await maya.open("/dashboard/services/helpdesk") == 200
        assert "Advice and help" in maya.text
        assert "n = 11," in maya.text
        assert await maya.open("/dashboard/comments?service=helpdesk") == 200, "it concerns her now"
        assert await maya.open("/dashboard?team=dissolved") == 422
        assert "dissolved" in maya.text
