"""Chromium of the operating system, driven by Playwright."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from tests.peers import chromium


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Start a browser without a window that knows no address but this machine's."""
    options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost", "--disable-dev-shm-usage"]
    # Chromium refuses its own sandbox to root, which is who runs tests in a container.
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium(), args=options, chromium_sandbox=os.geteuid() != 0
        )
        try:
            yield started
        finally:
            await started.close()
