"""Kaiku and some people on one real homeserver: everything but the clock's date is as in life."""

import asyncio
import html
import itertools
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr
from sqlmodel import SQLModel

from bot.app import App
from bot.channels.matrix.sender import MatrixChannel
from bot.clock import Clock
from bot.settings import Settings
from bot.wiring import build
from tests.helpers.databases import all_of
from tests.helpers.town import TUESDAY_TEN, example, fresh_database
from tests.peers.synapse import Account, Json, Synapse

T = TypeVar("T")
Row = TypeVar("Row", bound=SQLModel)
SOON = 15.0
"""Seconds within which what must happen has happened."""
_towns = itertools.count(1)


class RunningClock(Clock):
    """The time of day that a journey wants, running on from there."""

    def __init__(self, at: datetime) -> None:
        self._at, self._began = at, time.monotonic()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=time.monotonic() - self._began)


class Resident:
    """Somebody with an account, and their conversation with the bot."""

    def __init__(self, account: Account, bot: Account) -> None:
        self.account, self._bot = account, bot
        self.user = account.user
        self.room = ""

    async def does(self, deed: Callable[..., T], *details: Any, **more: Any) -> T:
        """Something a client does."""
        return await asyncio.to_thread(partial(deed, *details, **more))

    async def meets(self) -> None:
        """Open a direct conversation with the bot, and wait until it has come."""
        self.room = await self.does(self.account.invite_to_direct, self._bot.user)
        await self.until(lambda: self.room in self._bot.rooms())

    async def comes(self) -> None:
        """Accept the bot's invitation to a direct conversation."""
        (self.room,) = await self.until(self.account.invitations)
        await self.does(self.account.join, self.room)

    async def says(self, words: str, **content: Any) -> str:
        """Write in the conversation."""
        return await self.does(self.account.say, self.room, words, **content)

    async def reacts(self, words: str, key: str) -> str:
        """React to the newest message of the bot that holds these words."""
        standing = await self.reads(words)
        return await self.does(self.account.react, self.room, standing["event_id"], key)

    async def reads(self, words: str) -> Json:
        """Wait until a message of the bot holds these words; the newest such message."""
        return (await self.until(partial(self._holding, words), words))[-1]

    async def messages(self) -> list[Json]:
        """The bot's messages that stand in the conversation, oldest first, each as it reads now."""
        return await asyncio.to_thread(self._standing)

    async def until(self, look: Callable[[], T], what: str = "") -> T:
        """Look again and again until there is something to see."""
        deadline = time.monotonic() + SOON
        while not (seen := await asyncio.to_thread(look)):
            if time.monotonic() > deadline:
                texts = [text_of(message) for message in await self.messages()] if self.room else []
                raise AssertionError(f"{self.user} never sees {what!r}, but:\n" + "\n---\n".join(texts))
            await asyncio.sleep(0.1)
        return seen

    def _holding(self, words: str) -> list[Json]:
        return [message for message in self._standing() if words in text_of(message)]

    def _standing(self) -> list[Json]:
        said = [event for event in self.account.events(self.room) if event["type"] == "m.room.message"]
        return [event for event in said if event["sender"] == self._bot.user and _stands(event)]


def content_of(message: Json) -> Json:
    """A message's content as it reads now."""
    edit = message.get("unsigned", {}).get("m.relations", {}).get("m.replace")
    return dict(edit["content"]["m.new_content"] if edit else message["content"])


def text_of(message: Json) -> str:
    """A message as a reader sees it: its HTML without the tags."""
    drawn = content_of(message)["formatted_body"].replace("<br/>", "\n").replace("</p>", "\n")
    return html.unescape(re.sub(r"<[^>]+>", "", drawn))


def _stands(event: Json) -> bool:
    edits = event["content"].get("m.relates_to", {}).get("rel_type") == "m.replace"
    return bool(event["content"]) and not edits


class MatrixTown:
    """A Kaiku that can be stopped and started again on its database, and the people it serves."""

    def __init__(self, server: Synapse, folder: Path) -> None:
        number = next(_towns)
        self.server = server
        self.bot = server.register(f"kaiku-{number}")
        self.tom = Resident(server.register(f"tom-{number}"), self.bot)
        self.maya = Resident(server.register(f"maya-{number}"), self.bot)
        self.clock = RunningClock(TUESDAY_TEN)
        self.settings = Settings(
            _env_file=None,
            database_url=fresh_database(folder),
            matrix_homeserver=server.url,
            matrix_user_id=self.bot.user,
            matrix_access_token=SecretStr(self.bot.token),
        )
        self.app = self._built()

    async def start(self) -> None:
        """Start Kaiku."""
        await self.app.start()

    async def stop(self) -> None:
        """Stop Kaiku."""
        await self.app.stop()

    async def start_again(self) -> None:
        """Another process takes over the database."""
        self.app = self._built()
        await self.app.start()

    def organise(self) -> None:
        """Tell the organisation who Tom and Maya are."""
        people = {"tom": self.tom.user, "maya": self.maya.user}
        known = {name: {"identities": {"matrix": user}} for name, user in people.items()}
        self.app.open()
        self.app.apply(example(people=known), "a test")
        self.app.close()

    async def asks(self) -> None:
        """Maya asks, and Tom comes to read the question."""
        await self.maya.says(f"!feedback ask {self.tom.user} phone #pension-advice")
        await self.tom.comes()
        await self.tom.reads("Asiani hoitaminen oli minulle helppoa.")

    async def rows(self, noun: type[Row], at_least: int = 0) -> list[Row]:
        """Every row of a noun, once there are so many."""
        deadline = time.monotonic() + SOON
        while True:
            found = await self.app.read(lambda ctx: list(ctx.session.exec(all_of(noun)).all()))
            if len(found) >= at_least:
                return found
            if time.monotonic() > deadline:
                raise AssertionError(f"there are {len(found)} {noun.__name__}, never {at_least}")
            await asyncio.sleep(0.1)

    def _built(self) -> App:
        app = build(self.settings, self.clock)
        channel = app.channels["matrix"]
        assert isinstance(channel, MatrixChannel)
        channel.listener.backoff = 0.1
        return app


@asynccontextmanager
async def matrix_town(server: Synapse, folder: Path) -> AsyncIterator[MatrixTown]:
    """A town on a homeserver, where the bot has met Maya."""
    town = await asyncio.to_thread(MatrixTown, server, folder)
    town.organise()
    await town.start()
    try:
        await town.maya.meets()
        yield town
    finally:
        await town.stop()
