"""The sandbox on stage: the browser is played by its own JSON, the platform by its own rows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

from bot.channels import Destination, Sent
from bot.channels.sandbox.entries import Drawn
from bot.channels.sandbox.listener import Listener, Place, Told
from bot.channels.sandbox.sender import SandboxChannel
from bot.clock import Clock
from handlers.messages import Action
from storage import chat
from storage.database import Database
from storage.tables import ChatMessage
from tests.channels.contract import House, Standing, Trouble
from tests.helpers.html import buttons_of, text_of
from tests.helpers.town import fresh_database

AT_HOME = "The sandbox lives in this process: it has no limits of its own and is never out of reach."


class SandboxStage:
    tom = Destination(person="tom")
    cannot: Mapping[str, str] = {
        **dict.fromkeys(
            (Trouble.BUSY.name, Trouble.DOWN.name, Trouble.KICKED.name, Trouble.REVOKED.name), AT_HOME
        ),
        "forge": "The sandbox has one page, and what that page does not send is refused with a status.",
    }

    def __init__(self, channel: SandboxChannel, database: Database) -> None:
        self.channel = channel
        self._database = database
        self._listener = Listener(channel)
        self._numbers = count(1)
        self._last: Callable[[], Awaitable[Told]] | None = None
        self._left = False

    async def standing(self) -> list[Standing]:
        return [_standing(row) for row in await self._rows() if row.author == chat.BOT]

    async def press(self, sent: Sent, label: str, *, by: str = "tom") -> bool:
        action = await self._action(sent, label)
        place = self._place(sent, by)
        return await self._do(lambda: self._listener.press(place, action)) is not None

    async def forge(self, sent: Sent, value: str) -> bool:
        raise NotImplementedError(self.cannot["forge"])

    async def again(self) -> bool:
        assert self._last
        return await self._do(self._last) is not None

    async def opens(self, sent: Sent, label: str) -> str:
        opened = await self._listener.press(self._place(sent), await self._action(sent, label))
        return text_of(opened.form)

    async def fill(self, sent: Sent, label: str, fields: Mapping[str, str]) -> str:
        opened = await self._listener.press(self._place(sent), await self._action(sent, label))
        ((_, action),) = buttons_of(opened.form, tag="form").items()
        told = await self._listener.submit(self._place(sent), Action.decode(action), fields)
        return " ".join(told.errors.values())

    async def write(self, words: str) -> bool:
        place = self._place()
        return await self._do(lambda: self._listener.write(place, words)) is not None

    async def command(self, words: str) -> bool:
        return await self.write(f"/feedback {words}")

    def trouble(self, what: Trouble) -> None:
        assert what is Trouble.GONE
        self._database.write_now(lambda s: chat.post(s, "tom", chat.BOT, chat.LEFT, at=Clock().now()))

    async def _do(self, deed: Callable[[], Awaitable[Told]]) -> Told | None:
        self._last = deed
        try:
            return await deed()
        except OSError:
            return None

    def _place(self, sent: Sent | None = None, by: str = "tom") -> Place:
        return Place(
            by, sent.conversation if sent else by, sent.message if sent else "", f"n{next(self._numbers)}"
        )

    async def _action(self, sent: Sent, label: str) -> Action:
        row = next(row for row in await self._rows() if str(row.id) == sent.message)
        drawn = Drawn.of_row(row)
        assert drawn
        return Action.decode(buttons_of(drawn.html)[label])

    async def _rows(self) -> list[ChatMessage]:
        return await self._database.read(lambda s: list(chat.latest(s, "tom", 100)))


def _standing(row: ChatMessage) -> Standing:
    drawn = Drawn.of_row(row)
    assert drawn
    return Standing(text_of(drawn.html), tuple(buttons_of(drawn.html)), len(drawn.charts))


@asynccontextmanager
async def stage(house: House, folder: Path) -> AsyncIterator[SandboxStage]:
    """The sandbox with a database of its own."""
    with Database(fresh_database(folder)) as database:
        channel = SandboxChannel(Clock(), database)
        await channel.start(house.receive)
        yield SandboxStage(channel, database)
        await channel.stop()
