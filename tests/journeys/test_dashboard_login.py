"""Into the dashboard by a link from the chat: once, soon, for one person; and out again."""

from datetime import timedelta

from handlers.login import IDLE, LONGEST
from storage.tables import AuditEntry, LoginLink, WebSession
from tests.helpers.dashboard import browser, logged_in, login_link, newest_link
from tests.helpers.town import Town, example, helsinki

OVERVIEW = "/dashboard"


async def audited(town: Town) -> list[tuple[str, str]]:
    return [(row.did, row.subject) for row in await town.rows(AuditEntry)]


async def test_a_link_from_the_chat_opens_the_dashboard_for_whoever_asked(town: Town) -> None:
    link = await login_link(town, town.maya)
    async with browser(town) as maya:
        assert await maya.open(link) == 200
        assert "Log in as Maya Virtanen" in maya.text
        assert await maya.press("Log in") == 200
        assert maya.at == OVERVIEW
        assert "Overview" in maya.text
    assert await audited(town) == [("was given", "login link"), ("logged in", "by link")]


async def test_the_digest_opens_the_dashboard_for_whoever_presses(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("2")
    await town.until(helsinki("2026-11-27 15:00"))
    await town.maya.taps("Open the dashboard")
    async with browser(town) as maya:
        assert await maya.open(await newest_link(town, town.maya)) == 200
        assert "Log in as Maya Virtanen" in maya.text
        await maya.press("Log in")
        assert maya.at == OVERVIEW


async def test_a_scanner_that_follows_links_spends_nothing(town: Town) -> None:
    link = await login_link(town, town.maya)
    async with browser(town) as scanner, browser(town) as maya:
        for _ in range(50):
            assert await scanner.open(link) == 200
        assert await town.rows(WebSession) == []
        await maya.open(link)
        await maya.press("Log in")
        assert maya.at == OVERVIEW


async def test_a_link_used_twice_is_refused_kindly_and_written_down(town: Town) -> None:
    link = await login_link(town, town.maya)
    async with browser(town) as maya, browser(town) as thief:
        await maya.open(link)
        await maya.press("Log in")
        assert await thief.open(link) == 403
        assert "has been used, or its ten minutes are over" in thief.text
        assert await thief.post(link) == 403
        assert await thief.open(OVERVIEW) == 200
        assert thief.at == "/dashboard/login"
    assert (await audited(town)).count(("was refused", "login")) == 2


async def test_a_link_is_over_after_ten_minutes(town: Town) -> None:
    link = await login_link(town, town.maya)
    await town.later(minutes=10)
    async with browser(town) as maya:
        assert await maya.open(link) == 403
        assert "Write “login” to me in the chat to get a new one." in maya.text


async def test_a_new_link_takes_the_place_of_the_one_before(town: Town) -> None:
    first = await login_link(town, town.maya)
    second = await login_link(town, town.maya)
    async with browser(town) as maya:
        assert await maya.open(first) == 403
        assert await maya.open(second) == 200


async def test_where_somebody_else_is_logged_in_a_link_lets_nobody_in(town: Town) -> None:
    link = await login_link(town, town.maya)
    async with logged_in(town, "ville") as ville, browser(town) as maya:
        assert await ville.open(link) == 403
        assert "Ville" in ville.text
        assert await ville.post(link) == 403
        assert await maya.open(link) == 200
    refused = [row for row in await town.rows(AuditEntry) if row.subject_id == "LinkOfAnother"]
    assert len(refused) == 2


async def test_customers_and_outside_staff_get_no_link(town: Town) -> None:
    for somebody in (town.omar, town.olli):
        told = await somebody.writes("/feedback login")
        assert "Liisa Heino" in told
    assert await town.rows(LoginLink) == []


async def test_what_somebody_wanted_to_see_opens_after_they_logged_in(town: Town) -> None:
    link = await login_link(town, town.maya)
    async with browser(town) as maya:
        wanted = "/dashboard/services/k%C3%A4ynti-%E2%82%AC?since=2026-11-01"
        await maya.open(wanted)
        assert maya.at == "/dashboard/login"
        await maya.open(link)
        await maya.press("Log in")
        assert maya.at == wanted


async def test_only_a_hash_of_a_secret_is_kept(town: Town) -> None:
    link = await login_link(town, town.maya)
    secret = link.rpartition("/")[2]
    async with logged_in(town, "ville"):
        rows = [*await town.rows(LoginLink), *await town.rows(WebSession)]
    assert len(rows) == 3
    assert not [row for row in rows if secret in str(row.model_dump())]


async def test_a_session_ends_when_nobody_looks_and_however_busy_it_is(town: Town) -> None:
    async with logged_in(town, "maya") as maya:
        for _ in range(int(LONGEST / (IDLE / 2)) - 1):
            town.clock.at += IDLE / 2
            await maya.open(OVERVIEW)
            assert maya.at == OVERVIEW
        town.clock.at += IDLE / 2
        await maya.open(OVERVIEW)
        assert maya.at == "/dashboard/login"
    async with logged_in(town, "ville") as ville:
        town.clock.at += IDLE
        await ville.open(OVERVIEW)
        assert ville.at == "/dashboard/login"


async def test_logging_out_ends_this_browser_or_every_one(town: Town) -> None:
    async with logged_in(town, "maya") as desk, logged_in(town, "maya") as phone:
        await desk.press("Log out")
        await desk.open(OVERVIEW)
        assert desk.at == "/dashboard/login"
        await phone.open(OVERVIEW)
        assert phone.at == OVERVIEW
        assert "logged out in one browser" in await town.maya.writes("logout everywhere")
        await phone.open(OVERVIEW)
        assert phone.at == "/dashboard/login"


async def test_whoever_leaves_the_house_sees_nothing_any_more_even_coming_back(town: Town) -> None:
    async with logged_in(town, "ville") as ville:
        people = {k: v for k, v in example().people.items() if k != "ville"}
        town.app.apply(example().model_copy(update={"people": people}), "a test")
        await ville.open(OVERVIEW)
        assert ville.at == "/dashboard/login"
        town.reorganise()
        await ville.open(OVERVIEW)
        assert ville.at == "/dashboard/login"
    assert await town.rows(WebSession) == []


async def test_a_form_from_elsewhere_changes_nothing(town: Town) -> None:
    async with logged_in(town, "maya") as maya:
        for forged in ({}, {"csrf": "x" * 64}):
            assert await maya.post("/dashboard/language", language="sv", **forged) == 403
            assert "Nothing was changed" in maya.text
        await maya.open(OVERVIEW)
        assert "Overview" in maya.text


async def test_the_language_is_switched_where_one_is(town: Town) -> None:
    async with logged_in(town, "maya") as maya:
        await maya.open("/dashboard?since=2026-11-01")
        await maya.press("Suomi")
        assert maya.at == "/dashboard?since=2026-11-01"
        assert "Yleiskuva" in maya.text
        await maya.press("Svenska")
        assert "Översikt" in maya.text


async def test_forged_and_endless_cookies_open_nothing(town: Town) -> None:
    for cookie in ("kaiku_session=" + "x" * 6000, "kaiku_session=%00' OR 1=1 --", "kaiku_session="):
        async with browser(town, cookie=cookie) as stranger:
            await stranger.open(OVERVIEW)
            assert stranger.at == "/dashboard/login"


async def test_old_links_and_sessions_are_forgotten(town: Town) -> None:
    async with logged_in(town, "maya"):
        pass
    town.clock.at += max(LONGEST, timedelta(days=1)) + timedelta(minutes=11)
    from handlers.login import forget_old

    assert await town.app.write(forget_old) == 2
    assert await town.rows(LoginLink) == []
