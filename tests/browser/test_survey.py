"""The survey page in a real browser: with and without script, by keyboard, on a small telephone, in light and dark."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from bot.app import App
from bot.demo.house import example
from tests.browser.axe import violations
from tests.helpers.links import PUBLIC, survey_link
from tests.helpers.sandbox import house, served

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Open = Callable[..., AbstractAsyncContextManager[Page]]

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The example with links on."""
    return house(tmp_path, example(), link_secret=SecretStr("s" * 32), public_url=PUBLIC)


@pytest_asyncio.fixture(loop_scope="session")
async def link(app: App, chromium: Browser) -> AsyncIterator[Open]:
    """Opens a fresh survey link in a browser; whatever the page complains of fails the test."""
    async with served(app) as sandbox:
        base = sandbox.removesuffix("/sandbox")
        numbers = iter(range(1, 100))

        @asynccontextmanager
        async def open_page(path: str = "", **options: Any) -> AsyncIterator[Page]:
            async with await chromium.new_context(**{"locale": "en-GB", **options}) as context:
                page = await context.new_page()
                complaints: list[str] = []
                page.on("pageerror", lambda error: complaints.append(str(error)))
                page.on(
                    "console", lambda said: complaints.append(said.text) if said.type == "error" else None
                )
                page.on("request", lambda r: complaints.append(r.url) if not r.url.startswith(base) else None)
                await page.goto(base + (path or await survey_link(app, next(numbers))))
                yield page
                assert [said for said in complaints if "422" not in said and "404" not in said] == []
                assert await context.cookies() == []

        yield open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_nobody_is_shut_out(link: Open, language: str, scheme: str) -> None:
    async with link(locale=language, color_scheme=scheme) as page:
        assert await page.locator("html").get_attribute("lang") == language
        assert await violations(page) == []
        await page.locator(".send button").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        assert await violations(page) == []
        await page.locator('input[name="q-ease"][value="1"]').check(force=True)
        await page.locator(".send button").click()
        await expect(page.locator("h1")).to_be_visible()
        await expect(page.locator('input[name="reasons"]').first).to_be_attached()
        assert await violations(page) == []
        await page.goto(page.url.partition("/s/")[0] + "/s/no.link")
        assert await violations(page) == []


@pytest.mark.parametrize("script", [True, False])
async def test_a_customer_answers_with_or_without_script(link: Open, script: bool) -> None:
    async with link(java_script_enabled=script) as page:
        await page.locator('label:has([name="q-ease"])').first.click()
        await page.get_by_role("textbox").fill("I waited.")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            "Thank you, your answer has been recorded."
        )
        await page.locator("label.chip").first.click()
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("button", name="Send")).to_have_count(0)
        await page.get_by_role("link", name="Change the answer").click()
        await expect(page.get_by_role("textbox")).to_have_value("I waited.")
        await expect(page.locator('[name="q-ease"]').first).to_be_checked()
        await expect(page.locator('[name="reasons"]:checked')).to_have_count(1)


async def test_by_keyboard_alone_and_one_sees_where_one_is(link: Open) -> None:
    async with link() as page:
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.locator('[name="q-ease"]:focus').count():
                break
        await page.keyboard.press("Space")
        await page.keyboard.press("ArrowRight")
        await expect(page.locator('[name="q-ease"]').nth(1)).to_be_checked()
        outline = "e => getComputedStyle(e.nextElementSibling).outlineStyle"
        assert await page.locator('[name="q-ease"]:focus').evaluate(outline) == "solid"
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await page.locator("textarea:focus").count():
                break
        await page.keyboard.type("Typed, not tapped.")
        while not await page.locator(".send button:focus").count():
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")


async def test_a_small_telephone_shows_everything_without_scrolling_sideways(link: Open) -> None:
    async with link(**PHONE) as page:
        assert await page.evaluate("document.documentElement.scrollWidth") == 320
        sizes = await page.locator("label.point, label.chip, .button, nav a").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(b => [b.width, b.height])"
        )
        assert sizes
        assert [size for size in sizes if min(size) < 44] == []


async def test_a_draft_outlives_the_page_until_it_is_sent(link: Open) -> None:
    async with link() as page:
        await page.get_by_role("textbox").fill("A long story")
        await page.locator('[name="q-satisfied"][value="2"]').check(force=True)
        await expect(page.get_by_role("status")).to_have_text("2 of 5 answered")
        await page.get_by_role("link", name="Suomi").click()
        await expect(page.locator("html")).to_have_attribute("lang", "fi")
        await expect(page.get_by_role("textbox")).to_have_value("A long story")
        await expect(page.locator('[name="q-satisfied"][value="2"]')).to_be_checked()
        await page.locator(".send button").click()
        await expect(page.locator("[data-forget]")).to_be_visible()
        for _ in range(100):  # Playwright waits for a function by `eval`, which our pages do not allow.
            if not (kept := await page.evaluate("localStorage.length")):
                break
            await asyncio.sleep(0.05)
        assert kept == 0


async def test_nothing_moves_for_those_who_asked_for_less_motion(link: Open) -> None:
    async with link(reduced_motion="reduce") as page:
        moving = "all => all.filter(e => !['0s', ''].includes(getComputedStyle(e).transitionDuration)).length"
        assert await page.locator("*").evaluate_all(moving) == 0
