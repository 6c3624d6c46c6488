"""The sandbox of a real application, with a clock that skips and a browser that is only a client."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import uvicorn
from httpx import ASGITransport, AsyncClient, Response

from bot.app import App
from bot.channels.sandbox.sender import SandboxChannel
from bot.demo.house import clock_at, example, settings_for
from bot.web.site import create_pages, create_site
from bot.wiring import build
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.organisation import Organisation
from tests.helpers.town import TUESDAY_TEN, settled_database

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


def house(folder: Path, organisation: Organisation, **settings: Any) -> App:
    """The demo's application on a Tuesday at ten, not started yet."""
    given = {"database_url": settled_database(folder, organisation), **settings}
    return build(settings_for(folder).model_copy(update=given), clock_at(TUESDAY_TEN))


@asynccontextmanager
async def sandbox_in(folder: Path) -> AsyncIterator[Sandbox]:
    """The application on a Tuesday at ten, in which nothing happens by itself; and its pages."""
    app = house(folder, example())
    app.open()
    for channel in app.channels.values():
        await channel.start(app.receive)
    async with browser_of(app) as browser:
        yield Sandbox(app, browser)
    await app.channels["sandbox"].stop()
    app.close()


def browser_of(app: App) -> AsyncClient:
    """A client of the pages, without a socket."""
    return AsyncClient(transport=ASGITransport(app=create_pages(app)), base_url="http://localhost:8080")


@asynccontextmanager
async def served(app: App) -> AsyncIterator[str]:
    """The application's whole site on a free port of this machine, with everything that happens by itself."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(create_site(app), lifespan="off", log_config=None, timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    await app.start()
    serving = asyncio.create_task(server.serve([listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    try:
        yield f"http://localhost:{listening.getsockname()[1]}/sandbox"
    finally:
        server.should_exit = True
        channel = app.channels["sandbox"]
        assert isinstance(channel, SandboxChannel)
        channel.let_go()
        await serving
        await app.stop()
