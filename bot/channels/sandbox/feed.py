"""News for open browsers: what changed, in the order in which it changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.channels.sandbox.entries import Entry

QUIET_SECONDS = 15.0
"""How long the feed is silent before it says that it still lives."""


@dataclass(frozen=True)
class Removed:
    """A message was taken back."""

    conversation: str
    name: str


@dataclass(frozen=True)
class ClockMoved:
    """The clock was skipped ahead: times and the ledger are to be read anew."""


@dataclass(frozen=True)
class StillHere:
    """Nothing happened for a while. Writing it is how a closed browser is noticed."""


News = Entry | Removed | ClockMoved | StillHere


class Feed:
    """Tells every open browser what changed, once it is durable; a browser that missed it reads anew."""

    def __init__(self, quiet_seconds: float = QUIET_SECONDS) -> None:
        self._quiet_seconds = quiet_seconds
        self._browsers: set[asyncio.Queue[News | None]] = set()
        self._closed = False

    def tell(self, news: News) -> None:
        """Hand the news to every open browser. Called on the event loop."""
        for browser in self._browsers:
            browser.put_nowait(news)

    async def listen(self) -> AsyncIterator[News]:
        """The news from now on, until the feed is closed."""
        if self._closed:
            return
        with self._browser() as browser:
            while True:
                try:
                    async with asyncio.timeout(self._quiet_seconds):
                        news = await browser.get()
                except TimeoutError:
                    news = StillHere()
                if news is None:
                    return
                yield news

    def close(self) -> None:
        """Let every browser go."""
        self._closed = True
        for browser in self._browsers:
            browser.put_nowait(None)

    @contextmanager
    def _browser(self) -> Iterator[asyncio.Queue[News | None]]:
        browser: asyncio.Queue[News | None] = asyncio.Queue()
        self._browsers.add(browser)
        try:
            yield browser
        finally:
            self._browsers.discard(browser)
