"""The kiosk in a real browser: visitors come and go, the connection too, and only staff get out."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.demo.house import example
from bot.web.survey.signing import address_of
from handlers.organisation import Kiosk
from storage.tables import Answer
from tests.browser.axe import violations
from tests.helpers.sandbox import house, served
from tests.helpers.town import TUESDAY_TEN

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Open = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The example with a kiosk in its lobby."""
    lobby = Kiosk(key="lobby", name="Lobby", touchpoint="phone", service="pension-advice", pin="2580")
    declared = example().model_copy(update={"kiosks": {"lobby": lobby}})
    return house(tmp_path, declared, link_secret=SecretStr("s" * 32), public_url="https://kaiku.test")


@pytest_asyncio.fixture(loop_scope="session")
async def kiosk(app: App, chromium: Browser) -> AsyncIterator[Open]:
    """Opens the kiosk on a tablet whose clock is that of the house, and stands still."""
    async with served(app) as sandbox:
        path = address_of(app.settings, "kiosk", "lobby").removeprefix("https://kaiku.test")

        @asynccontextmanager
        async def open_page(*, start: bool = True, **options: Any) -> AsyncIterator[Page]:
            async with await chromium.new_context(
                viewport={"width": 1024, "height": 768}, **options
            ) as context:
                page = await context.new_page()
                complaints: list[str] = []
                page.on("pageerror", lambda error: complaints.append(str(error)))
                await page.clock.install(time=TUESDAY_TEN)
                await page.goto(sandbox.removesuffix("/sandbox") + path)
                if start:
                    await page.get_by_role("button", name="Käynnistä").click()
                yield page
                assert complaints == []

        yield open_page


async def answers(app: App) -> list[int | str | None]:
    rows = await app.database.read(lambda s: list(s.exec(select(Answer)).all()))
    return [row.words if row.score is None else row.score for row in rows]


def screen(page: Page, name: str) -> Any:
    return page.locator(f'[data-screen="{name}"]')


async def test_a_visitor_taps_writes_and_is_forgotten(app: App, kiosk: Open) -> None:
    async with kiosk() as page:
        await page.get_by_role("button", name="English").click()
        async with page.expect_response("**/answers"):
            await page.get_by_role("button", name="Very good").click()
        async with page.expect_response("**/answers"):
            await page.get_by_role("textbox").fill("Friendly people.")
            await page.get_by_role("button", name="Send").click()
        await expect(screen(page, "thanks")).to_be_visible()
        await page.clock.fast_forward(10_000)
        await expect(screen(page, "ask")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "fi")
        await expect(page.locator("#words")).to_have_value("")
        assert sorted(map(str, await answers(app))) == ["5", "Friendly people."]


async def test_who_walks_away_is_counted_and_the_next_one_finds_smileys(app: App, kiosk: Open) -> None:
    async with kiosk() as page:
        async with page.expect_response("**/answers"):
            await page.locator('[data-score="2"]').click()
        await page.locator("#words").fill("half a sen")
        await page.clock.fast_forward(10_000)
        await expect(screen(page, "ask")).to_be_visible()
        assert await answers(app) == [2]


async def test_without_a_connection_answers_wait_on_the_tablet(app: App, kiosk: Open) -> None:
    async with kiosk() as page:
        await page.context.set_offline(True)
        for score in (1, 4):
            await page.locator(f'[data-score="{score}"]').click()
            await page.get_by_role("button", name="Ei kiitos").click()
            await page.clock.fast_forward(10_000)
            await expect(screen(page, "ask")).to_be_visible()
        await expect(page.get_by_text("Odottaa lähetystä: 2")).to_be_visible()
        assert await answers(app) == []
        await page.context.set_offline(False)
        await page.clock.fast_forward(15_000)
        await expect(page.locator("[data-waiting]")).to_be_hidden()
        assert await answers(app) == [1, 4]


async def test_only_the_pin_leads_out(kiosk: Open) -> None:
    async with kiosk() as page:
        await page.locator('footer [data-do="leave"]').click()
        await page.locator("#pin").fill("0000")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("PIN-koodi ei ole oikea.")).to_be_visible()
        await page.clock.fast_forward(10_000)
        await expect(screen(page, "ask")).to_be_visible()
        await page.locator('footer [data-do="leave"]').click()
        await page.locator("#pin").fill("2580")
        await page.keyboard.press("Enter")
        await expect(screen(page, "start")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nobody_is_shut_out(kiosk: Open, scheme: str) -> None:
    async with kiosk(start=False, color_scheme=scheme) as page:
        assert await violations(page) == []
        await page.get_by_role("button", name="Käynnistä").click()
        for language in ("Svenska", "English", "Suomi"):
            await page.get_by_role("button", name=language).click()
            assert await violations(page) == []
        await page.locator('[data-score="2"]').click()
        assert await violations(page) == []
        await page.locator("[data-do=thanks]").click()
        assert await violations(page) == []
