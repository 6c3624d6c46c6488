"""Kaiku in this process, with a clock that is moved by hand, before a Slack that holds it to its limits.

For faults that kill nobody: the application, its site and its delivery are real, the network is loopback.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import httpx
from pydantic import SecretStr

from bot.app import App
from bot.channels import Channel
from bot.channels.sandbox.sender import SandboxChannel
from bot.channels.slack.sender import SlackChannel
from bot.clock import Clock
from bot.settings import Settings
from bot.web.site import create_site
from storage.database import Database
from tests.faults.checker import Books, asked, check
from tests.faults.journal import Journal
from tests.faults.platform import Slack
from tests.helpers.busy_house import Prompt
from tests.helpers.slack_payloads import SECRET, signed
from tests.helpers.town import HandClock

IMPATIENT = aiohttp.ClientTimeout(total=0.5)
"""A test waits for no answer as long as the product does."""


@dataclass
class Office:
    """Everything in one hand."""

    app: App
    clock: HandClock
    slack: Slack
    prompts: list[Prompt]
    dice: random.Random
    journal: Journal = field(default_factory=Journal)
    door: Any = None
    """The site, as ASGI."""

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.app.settings.database_url

    async def taps(
        self, prompt: Prompt, score: int, question: str = "ease", *, nonce: str = "1795500060.123456"
    ) -> int:
        """Somebody taps a score: the status that answers it."""
        attempt = self.journal.sends(prompt.invitation, question, score)
        status = await self.sends(prompt.tap(question, score, nonce))
        if status == 200:
            self.journal.hears(attempt)
        return status

    async def sends(self, body: bytes, headers: dict[str, str] | None = None) -> int:
        """Slack sends something, signed unless said otherwise: the status that answers it."""
        headers = signed(body, self.app.clock.now()) if headers is None else headers
        return await self.posts("/slack/events", body, headers)

    async def posts(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Anything, to any door of the site: the status."""
        transport = httpx.ASGITransport(self.door)
        async with httpx.AsyncClient(transport=transport, base_url="http://kaiku") as client:
            return (await client.post(path, content=body, headers=headers)).status_code

    async def settle(self, seconds: float = 20) -> None:
        """Do and say what is due, and wait for whoever must wait."""
        async with asyncio.timeout(seconds):
            await self.app.tick()
            while self.due():
                await asyncio.sleep(0.05)
                await self.app.tick()

    def due(self) -> int:
        """How many messages are due."""
        now = f"{self.clock.at:%Y-%m-%d %H:%M:%S.%f}+00"
        query = f"SELECT count(*) AS n FROM outbox WHERE state = 'queued' AND not_before <= '{now}'"  # noqa: S608
        (found,) = asked(self.url, query)
        return int(found.n)

    async def later(self, **by: float) -> None:
        """Time passes, and what falls due meanwhile is done."""
        self.clock.at += timedelta(**by)
        await self.settle()

    def check(self) -> Books:
        """The checker has no complaint."""
        return check(self.url, self.journal, self.slack)

    async def is_impatient(self) -> None:
        """It waits half a second for an answer of Slack's."""
        channel = self.app.channels["slack"]
        assert isinstance(channel, SlackChannel)
        client = channel.workspaces.of("").client
        assert client.session is not None
        client.session._timeout = IMPATIENT


@asynccontextmanager
async def office_of(
    url: str,
    slack: Slack,
    prompts: list[Prompt],
    dice: random.Random,
    at: datetime,
    *,
    sandbox: bool = False,
    serving: bool = False,
) -> AsyncIterator[Office]:
    """Open it; on the way out everything is closed. While `serving`, time is real and all goes by itself."""
    settings = Settings(
        _env_file=None,
        database_url=url,
        slack_bot_token=SecretStr("xoxb-test"),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=slack.api,
    )
    standing, database = HandClock(at), Database(url)
    clock = Clock() if serving else standing
    channels: dict[str, Channel] = {"slack": SlackChannel(settings, clock, draw=lambda _: b"a chart")}
    if sandbox:
        channels["sandbox"] = SandboxChannel(clock, database)
    app = App(settings, clock, database, channels)
    async with _started(app) if serving else _opened(app):
        yield Office(app, standing, slack, prompts, dice, door=create_site(app))


@asynccontextmanager
async def _started(app: App) -> AsyncIterator[None]:
    await app.start()
    try:
        yield
    finally:
        await app.stop()


@asynccontextmanager
async def _opened(app: App) -> AsyncIterator[None]:
    app.open()
    for channel in app.channels.values():
        await channel.start(app.receive)
    try:
        yield
    finally:
        for channel in app.channels.values():
            await channel.stop()
        await app.delivery.stop()
        app.close()
