"""The site as programs meet it: over ASGI, on a real database, with keys."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from httpx import ASGITransport

from bot.app import App
from bot.web.site import create_site
from handlers import keys
from handlers.context import Context
from storage.vocabulary import Scope
from tests.helpers.small_house import SetClock, small_house


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def app(tmp_path: Path, clock: SetClock) -> Iterator[App]:
    with small_house(tmp_path, clock) as app:
        yield app


@pytest.fixture
def key(app: App, clock: SetClock) -> Callable[..., dict[str, str]]:
    """The header of a client with these scopes, all of them when none is named."""

    def made(*scopes: Scope, name: str = "desk") -> dict[str, str]:
        secret = app.database.write_now(
            lambda s: keys.create_key(name, scopes or list(Scope), Context(s, app.organisation, clock.now()))
        )
        return {"Authorization": f"Bearer {secret}"}

    return made


@pytest.fixture
async def stranger(app: App) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key."""
    async with httpx.AsyncClient(
        transport=ASGITransport(create_site(app)), base_url="http://kaiku"
    ) as client:
        yield client


@pytest.fixture
async def client(stranger: httpx.AsyncClient, key: Callable[..., dict[str, str]]) -> httpx.AsyncClient:
    """A client whose key opens everything."""
    stranger.headers.update(key())
    return stranger
