"""A real browser before a real server. The browser is started once, so all of this runs on one event loop."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from bot.app import App
from bot.demo.house import example
from tests.helpers.sandbox import house, served
from tests.peers.browser import browser

Open = Callable[..., AbstractAsyncContextManager[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Started once; a test opens a context of its own in it, which shares nothing with another's."""
    expect.set_options(timeout=10_000)
    async with browser() as chromium:
        yield chromium


@pytest.fixture
def app(tmp_path: Path) -> App:
    """The example."""
    return house(tmp_path, example())


@pytest_asyncio.fixture(loop_scope="session")
async def sandbox(app: App, chromium: Browser) -> AsyncIterator[Open]:
    """Opens the sandbox in a browser; whatever the page complains of fails the test."""
    async with served(app) as address:

        @asynccontextmanager
        async def open_page(seats: str = "", **options: Any) -> AsyncIterator[Page]:
            async with await chromium.new_context(locale="en-GB", **options) as context:
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

        yield open_page


def _is_complaint(said: ConsoleMessage) -> bool:
    """Errors of the page; that something was not kept (503) is said to the person."""
    return said.type == "error" and "503" not in said.text
