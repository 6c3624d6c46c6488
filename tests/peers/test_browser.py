"""The browser itself: it starts, runs a script, and reaches nobody outside."""

import pytest
from playwright.async_api import Error

from tests.peers.browser import browser

pytestmark = pytest.mark.browser


async def test_chromium_runs_a_page() -> None:
    async with browser() as chromium:
        page = await chromium.new_page()
        await page.set_content("<button onclick=\"this.textContent = 'Thank you'\">Rate</button>")
        await page.get_by_role("button").click()
        assert await page.get_by_role("button").inner_text() == "Thank you"


async def test_chromium_stays_at_home() -> None:
    async with browser() as chromium:
        page = await chromium.new_page()
        with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            await page.goto("http://example.com/")
