"""Somebody's browser before the dashboard, without drawing: cookies, links, forms."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html import unescape
from typing import Any

import httpx

from bot.web.site import create_pages
from handlers.login import PATH
from storage import chat
from tests.helpers.html import text_of
from tests.helpers.town import Town, Townsperson

SITE = "http://127.0.0.1:8080"


class Browser:
    """One browser of one person. It follows redirects as browsers do."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.page = httpx.Response(200, text="")

    @property
    def text(self) -> str:
        """What the page says."""
        return text_of(re.sub(r"<(title|style|select)[^>]*>.*?</\1>", "", self.page.text, flags=re.DOTALL))

    @property
    def at(self) -> str:
        """Where the browser is: path and query."""
        return self.page.request.url.raw_path.decode()

    async def open(self, address: str) -> int:
        """Go to an address; the status it answers with."""
        self.page = await self._client.get(address)
        return self.page.status_code

    async def leave(self, address: str) -> str:
        """Go to an address that leads away from our pages; where to."""
        answer = await self._client.get(address, follow_redirects=False)
        return str(answer.headers["location"])

    async def follow(self, label: str) -> int:
        """Follow the link of that label."""
        for address, inner in re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.page.text, re.DOTALL):
            if " ".join(unescape(re.sub(r"<[^>]+>", "", inner)).split()).startswith(label):
                return await self.open(str(self.page.request.url.join(unescape(address))))
        raise AssertionError(f"there is no link {label!r} in:\n{self.text}")

    async def press(self, label: str, **typed: str | list[str]) -> int:
        """Press the button of that label, with its form filled in."""
        for head, inner in re.findall(r"<form([^>]*)>(.*?)</form>", self.page.text, re.DOTALL):
            for attributes, words in re.findall(r"<button([^>]*)>(.*?)</button>", inner, re.DOTALL):
                if unescape(re.sub(r"<[^>]+>", "", words)).strip() == label:
                    return await self._send(head, attributes, inner, typed)
        raise AssertionError(f"there is no button {label!r} in:\n{self.text}")

    async def post(self, address: str, **fields: str) -> int:
        """Send a form that no page showed."""
        self.page = await self._client.post(address, data=fields)
        return self.page.status_code

    async def _send(self, head: str, button: str, inner: str, typed: Mapping[str, Any]) -> int:
        fields: dict[str, Any] = {
            name: unescape(value)
            for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', inner)
        }
        for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', inner, re.DOTALL):
            fields.setdefault(name, []).extend(re.findall(r'value="([^"]*)" selected', options))
        fields |= {**dict(re.findall(r'name="([^"]+)" value="([^"]*)"', button)), **typed}
        action = re.search(r'action="([^"]*)"', head)
        address = self.page.request.url.join(unescape(action[1]) if action else "")
        if 'method="post"' in head:
            self.page = await self._client.post(address, data=fields)
        else:
            self.page = await self._client.get(address, params=fields)
        return self.page.status_code


@asynccontextmanager
async def browser(town: Town, **headers: str) -> AsyncIterator[Browser]:
    """A fresh browser at the town's pages."""
    transport = httpx.ASGITransport(create_pages(town.app))
    async with httpx.AsyncClient(
        transport=transport, base_url=SITE, follow_redirects=True, headers=headers
    ) as client:
        yield Browser(client)


async def login_link(town: Town, person: Townsperson) -> str:
    """The newest link that somebody was sent in chat, after asking for it."""
    await person.writes("login")
    return await newest_link(town, person)


async def newest_link(town: Town, person: Townsperson) -> str:
    """The newest link that somebody was sent."""
    written = await town.look(lambda session: chat.latest(session, person.identity, 10))
    links = [link for row in written for link in re.findall(rf"{SITE}({PATH}/login/[\w-]+)", row.body)]
    return str(links[-1])


@asynccontextmanager
async def logged_in(town: Town, identity: str) -> AsyncIterator[Browser]:
    """A browser in which somebody has logged in by a link."""
    async with browser(town) as pages:
        await pages.open(await login_link(town, town.person(identity)))
        form = re.search(r"<button[^>]*>(.*?)</button>", pages.page.text)
        await pages.press(form[1] if form else "")
        yield pages
