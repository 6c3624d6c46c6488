"""The dashboard in a real browser: in by a link, from the wheel to the words, without script, by keyboard, in print."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from sqlmodel import select

from bot.app import App
from bot.channels.sandbox.listener import Listener, Place
from bot.channels.sandbox.sender import SandboxChannel
from handlers.encounters import record_encounter
from handlers.events import CommentGiven, EncounterHappened, RatingGiven, Sender
from storage import chat
from storage.tables import Invitation
from tests.browser.axe import violations
from tests.helpers.sandbox import served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Open = Callable[..., AbstractAsyncContextManager[Page]]

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}
WORDS = "Laskun eräpäivä oli mennyt."
PAGES = ("", "/touchpoints/phone", "/services/pension-advice", "/own", "/comments", "/cases", "/accounts",
         "/accounts/acme", "/wishes", "/ledger", "/happened")  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def dashboard(app: App, chromium: Browser) -> AsyncIterator[Open]:
    """Opens the dashboard as somebody, by a link from the chat; whatever the page complains of fails the test."""
    async with served(app) as sandbox:
        base = sandbox.removesuffix("/sandbox")
        await _omar_was_poorly_served(app)

        @asynccontextmanager
        async def open_page(who: str, path: str = "", **options: Any) -> AsyncIterator[Page]:
            async with await chromium.new_context(
                **{"locale": "en-GB", "java_script_enabled": True, **options}
            ) as context:
                page = await context.new_page()
                complaints: list[str] = []
                page.on("pageerror", lambda error: complaints.append(str(error)))
                page.on(
                    "console", lambda said: complaints.append(said.text) if said.type == "error" else None
                )
                page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith(base) else None)
                await page.goto(f"{base}/dashboard{path}")
                await page.goto(base + await _link_of(app, who))
                await page.locator("button.primary").click()
                yield page
                assert [said for said in complaints if "403" not in said] == []

        yield open_page


async def _link_of(app: App, who: str) -> str:
    channel = app.channels["sandbox"]
    assert isinstance(channel, SandboxChannel)
    await Listener(channel).write(Place(who, who, "", f"login-{who}"), "login")
    rows = await app.database.read(lambda session: chat.latest(session, who, 10))
    return str(re.findall(r"/dashboard/login/[\w-]+", rows[-1].body)[-1])


async def _omar_was_poorly_served(app: App) -> None:
    now, omar = app.clock.now(), Sender("sandbox", "omar")
    about = {"source": "api:test", "touchpoint": "phone", "service": "pension-advice", "ask_at_once": True}
    event = EncounterHappened(
        customer=omar,
        happened_at=now,
        by=Sender("api", "test"),
        at=now,
        delivery_id="",
        **about,  # type: ignore[arg-type]
    )
    await app.write(lambda ctx: record_encounter(event, ctx))
    await app.tick()
    token = await app.database.read(lambda s: s.exec(select(Invitation.token)).one())
    for question, score in (("ease", 2), ("satisfied", 2)):
        await app.receive(
            RatingGiven(
                invitation=token, question=question, score=score, by=omar, at=now, delivery_id=question
            )
        )
    await app.receive(
        CommentGiven(invitation=token, question="words", words=WORDS, by=omar, at=now, delivery_id="words")
    )
    await app.tick()


async def test_from_the_wheel_to_the_words_by_keyboard_alone(dashboard: Open) -> None:
    async with dashboard("maya", java_script_enabled=False) as page:
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="To the content")).to_be_focused()
        await page.locator("svg.wheel a").first.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Phone call")).to_be_visible()
        await page.get_by_role("link", name="Pension advice by phone").press("Enter")
        await page.get_by_role("link", name="Read the comments").press("Enter")
        await expect(page.get_by_text(WORDS)).to_be_visible()


async def test_what_is_chosen_is_shared_by_its_address_and_survives_the_login(dashboard: Open) -> None:
    async with dashboard("maya", "/comments?words=lasku&band=poor") as page:
        assert page.url.endswith("/dashboard/comments?words=lasku&band=poor")
        await expect(page.get_by_text(WORDS)).to_be_visible()
        await page.get_by_label("Words, in whatever form").fill("kuitti")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("Nothing was said that fits.")).to_be_visible()
        await page.get_by_role("link", name="Show everything").click()
        await expect(page.get_by_text(WORDS)).to_be_visible()


async def test_another_teams_page_is_refused_calmly(dashboard: Open) -> None:
    async with dashboard("maya", "/comments?service=helpdesk") as page:
        await expect(page.get_by_role("heading", name="This cannot be shown")).to_be_visible()
        assert await violations(page) == []
        await page.get_by_role("link", name="To the overview").click()
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()


async def test_the_language_is_switched_on_the_spot(dashboard: Open) -> None:
    async with dashboard("maya", "/comments?words=lasku") as page:
        for button, heading in (("Suomi", "Kommentit"), ("Svenska", "Kommentarer"), ("English", "Comments")):
            await page.get_by_role("button", name=button).click()
            await expect(page.get_by_role("heading", name=heading)).to_be_visible()
            assert page.url.endswith("/dashboard/comments?words=lasku")


@pytest.mark.parametrize("look", [{"color_scheme": "light"}, {"color_scheme": "dark", **PHONE}])
async def test_every_page_is_usable_by_everybody(dashboard: Open, look: dict[str, Any]) -> None:
    async with dashboard("maya", **look) as page:
        for path in PAGES:
            await page.goto(re.sub(r"/dashboard.*", f"/dashboard{path}", page.url))
            assert await violations(page) == [], path
            sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(sideways) <= 0, path


async def test_a_case_is_read_as_its_alert_shows_it(dashboard: Open) -> None:
    async with dashboard("maya", "/cases") as page:
        await page.get_by_role("link", name="Omar Hassan").click()
        await expect(page.get_by_text(WORDS)).to_be_visible()
        assert await violations(page) == []


async def test_what_is_printed_is_the_page_without_its_controls(dashboard: Open) -> None:
    async with dashboard("maya") as page:
        await page.emulate_media(media="print")
        await expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        for control in (page.locator("nav"), page.locator(".filters"), page.locator(".you")):
            await expect(control.first).to_be_hidden()


async def test_logging_out_ends_it(dashboard: Open) -> None:
    async with dashboard("maya") as page:
        await page.get_by_role("button", name="Log out").click()
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        await page.goto(page.url.replace("/login", ""))
        await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert await violations(page) == []
