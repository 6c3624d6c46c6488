"""The sandbox of a real application, with a clock that skips and a browser that is only a client."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from bot.app import App
from bot.channels.sandbox.pages import routes
from bot.channels.sandbox.sender import SandboxChannel
from bot.demo.house import clock_at, example, settings_for
from bot.wiring import build
from handlers.events import EncounterHappened, Sender
from handlers.invite import record_encounter
from storage.schema import migrate
from tests.helpers.town import TUESDAY_TEN

HERE = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Sandbox:
    """The application, its pages, and what a browser would send."""

    app: App
    browser: AsyncClient
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    def channel(self) -> SandboxChannel:
        channel = self.app.channels["sandbox"]
        assert isinstance(channel, SandboxChannel)
        return channel

    async def post(self, path: str, **body: Any) -> Response:
        """Do something, under a name of its own unless one is given."""
        deed = {"nonce": f"a-deed-{next(self.numbers)}", **body}
        return await self.browser.post(f"/sandbox/{path}", json=deed, headers=HERE)

    async def pane(self, seat: str, language: str = "en") -> str:
        """What stands in the pane of a seat."""
        return (
            await self.browser.get("/sandbox/panes/customer", params={"seat": seat, "language": language})
        ).text

    async def omar_is_asked(self) -> None:
        """Omar, who reads English, was on the phone and is asked at once."""
        now = self.app.clock.now()
        event = EncounterHappened(
            by=Sender("sandbox", ""),
            at=now,
            delivery_id="",
            source="test",
            touchpoint="phone",
            customer="omar",
            happened_at=now,
            service="pension-advice",
            ask_at_once=True,
        )
        await self.app.write(lambda ctx: record_encounter(event, ctx))
        await self.app.tick()


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    settings = settings_for(tmp_path)
    migrate(settings.database_url)
    app = build(settings, clock_at(TUESDAY_TEN))
    app.open()
    app.apply(example(), "a test")
    for channel in app.channels.values():
        await channel.start(app.receive)
    async with browser_of(app) as browser:
        yield Sandbox(app, browser)
    await app.channels["sandbox"].stop()
    app.close()


def browser_of(app: App) -> AsyncClient:
    site = FastAPI()
    site.include_router(routes(app))
    return AsyncClient(transport=ASGITransport(app=site), base_url="http://localhost:8080")


@pytest.fixture
def another_browser() -> Callable[[App], AsyncClient]:
    """A browser for an application that differs from the usual one."""
    return browser_of
