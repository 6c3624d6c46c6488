"""A real browser before a real server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import ConsoleMessage, Page, expect

from bot.app import App
from bot.demo.house import clock_at, example, settings_for
from bot.wiring import build
from storage.schema import migrate
from tests.helpers.sandbox import served
from tests.helpers.town import TUESDAY_TEN
from tests.peers.browser import browser

Open = Callable[..., AbstractAsyncContextManager[Page]]


@pytest.fixture
async def app(tmp_path: Path) -> App:
    """The application on a Tuesday at ten, not started yet."""
    settings = settings_for(tmp_path)
    migrate(settings.database_url)
    app = build(settings, clock_at(TUESDAY_TEN))
    app.open()
    app.apply(example(), "a test")
    app.close()
    return app


@pytest.fixture
async def sandbox(app: App) -> AsyncIterator[Open]:
    """Opens the sandbox in a browser; whatever the page complains of fails the test."""
    expect.set_options(timeout=10_000)
    async with served(app) as address, browser() as chromium:

        @asynccontextmanager
        async def open_page(seats: str = "", **options: Any) -> AsyncIterator[Page]:
            context = await chromium.new_context(locale="en-GB", **options)
            page = await context.new_page()
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
            await page.goto(f"{address}?{seats}")
            # A page that is loaded anew forgets this.
            await page.evaluate("window.loadedOnce = true")
            yield page
            assert await page.evaluate("window.loadedOnce"), "the page was loaded anew"
            assert complaints == []
            await context.close()

        yield open_page


def _is_complaint(said: ConsoleMessage) -> bool:
    """Errors of the page; that something was not kept (503) is said to the person."""
    return said.type == "error" and "503" not in said.text
