"""A survey link in the hand of somebody who is in no chat, and a browser without JavaScript."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from html import unescape
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from httpx import ASGITransport, AsyncClient, Response
from sqlmodel import SQLModel, select

from bot.app import App
from bot.web.site import create_site
from bot.web.survey.signing import address_of
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.organisation import Kiosk, Organisation
from handlers.survey_links import Carried, NotCarried, carry
from tests.helpers.databases import everything_in
from tests.helpers.small_house import ORGANISATION, SetClock, small_house

Row = TypeVar("Row", bound=SQLModel)

SECRET = "a secret of the tests, of more than 32 characters"


def house_with_links(
    folder: Path, clock: SetClock, organisation: Organisation, **settings: str
) -> AbstractContextManager[App]:
    """A small house that signs links."""
    return small_house(
        folder, clock, organisation, link_secret=SECRET, public_url="https://kaiku.test", **settings
    )


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def app(tmp_path: Path, clock: SetClock) -> Iterator[App]:
    """The small house with survey links, and a kiosk in its lobby."""
    lobby = Kiosk(key="lobby", name="Lobby", touchpoint="phone", service="pensions", pin="2580")
    declared = ORGANISATION.model_copy(update={"kiosks": {"lobby": lobby}})
    with house_with_links(tmp_path, clock, declared) as app:
        yield app


class Reader:
    """Somebody who got a link by SMS; the browser fills in forms and follows redirects, and runs no script."""

    def __init__(self, app: App, client: AsyncClient) -> None:
        self.app, self.client = app, client

    async def called(self, reference: str = "CALL-1", **facts: Any) -> None:
        """Liisa, who is in no chat, was on the phone."""
        now = self.app.clock.now()
        told = {
            "customer": "liisa@example.org",
            "customer_name": "Liisa Lahti",
            "service": "pensions",
            **facts,
        }
        event = EncounterHappened(
            by=Sender("api", "desk"),
            at=now,
            delivery_id="",
            source="api:desk",
            touchpoint="phone",
            happened_at=now,
            external_reference=reference,
            **told,
        )
        await self.app.write(lambda ctx: record_encounter(event, ctx))

    async def carry(self, reference: str = "CALL-1") -> Carried | NotCarried:
        return await self.app.write(partial(carry, reference))

    async def link(self, reference: str = "CALL-1", **facts: Any) -> str:
        """The path of a fresh link."""
        await self.called(reference, **facts)
        carried = await self.carry(reference)
        assert isinstance(carried, Carried)
        address = address_of(self.app.settings, "link", carried.invitation)
        return address.removeprefix("https://kaiku.test")

    async def look(self, path: str, **headers: str) -> Response:
        return await self.client.get(path, headers=headers)

    async def send(self, path: str, *, nonce: str = "", **fields: Any) -> Response:
        """Fill in the form that stands there and send it; `nonce` sends an earlier form again."""
        shown = await self.look(path)
        data = {**hidden(shown.text), **fields} | ({"nonce": nonce} if nonce else {})
        return await self.client.post(path.partition("?")[0], data=data, follow_redirects=True)

    async def rows(self, noun: type[Row]) -> list[Row]:
        return await self.app.database.read(lambda s: list(s.exec(select(noun)).all()))


@pytest.fixture
async def reader(app: App) -> AsyncIterator[Reader]:
    transport = ASGITransport(create_site(app))
    async with httpx.AsyncClient(
        transport=transport, base_url="https://kaiku.test", headers={"Accept-Language": "en"}
    ) as client:
        yield Reader(app, client)


def hidden(html: str) -> dict[str, str]:
    """The hidden fields of the first form."""
    form = html.partition("<form")[2].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def text_of(html: str) -> str:
    """What is read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("<body>")[2])).split())


Everything = Callable[[], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def everything(app: App) -> Everything:
    """All that is stored, table by table."""

    return lambda: app.database.read_now(everything_in)
