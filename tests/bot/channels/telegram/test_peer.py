"""The loop through the real library against a Bot API that nobody here wrote: npm's telegram-test-api."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.channels import Destination
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings
from handlers.events import CaseClosed, CommandGiven, RatingGiven, WordsReceived
from handlers.messages import EditInPlace, Message, Paragraph
from storage.database import Database
from tests.channels.contract import House
from tests.helpers.samples import ALERT, PROMPT
from tests.helpers.telegram_server import TOKEN
from tests.peers.telegram import telegram_server

pytestmark = pytest.mark.peer

TOM = 4242
USER = {"id": TOM, "is_bot": False, "first_name": "Tom", "last_name": "Guest", "username": "tom"}
CHAT = {"id": TOM, "first_name": "Tom", "type": "private"}


class Tom:
    """Somebody at a telephone, as the peer plays them."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def writes(self, text: str) -> None:
        """Send a message, or a command."""
        told = {"botToken": TOKEN, "from": USER, "chat": CHAT, "date": 1795500000, "text": text}
        command = text.startswith("/")
        if command:
            told["entities"] = [
                {"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}
            ]
        await self._post("sendCommand" if command else "sendMessage", told)

    async def presses(self, label: str) -> None:
        """Press the newest button of that label."""
        for update in reversed(await self.history()):
            message = update["message"]
            for row in message.get("reply_markup", {}).get("inline_keyboard", []):
                for key in row:
                    if key["text"] == label:
                        await self._press(update["messageId"], key["callback_data"])
                        return
        raise AssertionError(f"Tom sees no button {label!r}")

    async def reads(self, words: str) -> None:
        """Wait until words stand in a message of the bot."""
        read = False
        async with asyncio.timeout(10):
            while not read:
                await asyncio.sleep(0.05)
                read = any(words in update["message"].get("text", "") for update in await self.history())

    async def history(self) -> list[dict[str, Any]]:
        """What the bot said that still stands, oldest first."""
        answer = await self._post("getUpdatesHistory", {"token": TOKEN})
        return [update for update in answer["result"] if "chat_id" in update.get("message", {})]

    async def _press(self, message: int, value: str) -> None:
        pressed = {"message_id": message, "date": 1795500000, "chat": CHAT, "text": "?"}
        await self._post("sendCallback", {"botToken": TOKEN, "from": USER, "message": pressed, "data": value})

    async def _post(self, what: str, body: dict[str, Any]) -> Any:
        async with self._session.post(f"{self._url}/{what}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with telegram_server() as running:
        yield running


@pytest.fixture
async def tom(url: str) -> AsyncIterator[Tom]:
    async with aiohttp.ClientSession() as session:
        yield Tom(url, session)


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def channel(url: str, database: Database, house: House) -> AsyncIterator[TelegramChannel]:
    settings = Settings(_env_file=None, telegram_bot_token=SecretStr(TOKEN), telegram_api_url=url)
    opened = TelegramChannel(settings, Clock(), database, draw=lambda chart: chart.title.encode())
    opened.wait = 0.0
    await opened.start(house.receive)
    yield opened
    await opened.stop()


async def heard(house: House, met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


async def test_a_prompt_is_sent_tapped_and_changed_in_place(
    channel: TelegramChannel, house: House, tom: Tom
) -> None:
    house.reply = EditInPlace(Message((Paragraph("Thank you, Tom."),), "Thank you, Tom."))
    sent = await channel.send(Destination(person=str(TOM)), PROMPT, "prompt:1")
    await tom.presses("2")
    await heard(house, lambda: bool(house.events))
    await tom.reads("Thank you, Tom.")

    (rating,) = house.events
    assert isinstance(rating, RatingGiven)
    assert (rating.score, rating.message) == (2, sent.message)
    assert (rating.by.external_id, rating.by.name) == (str(TOM), "Tom Guest")


async def test_an_alert_is_closed_by_questions(channel: TelegramChannel, house: House, tom: Tom) -> None:
    await channel.send(Destination(person=str(TOM)), ALERT, "alert:1")
    await tom.presses("Not ours")
    await tom.reads("How did it end?")
    await tom.presses("Resolved")
    await tom.reads("What was agreed")
    await tom.writes("They were called back.")
    await heard(house, lambda: isinstance(house.events[-1], CaseClosed))

    closed = house.events[-1]
    assert isinstance(closed, CaseClosed)
    assert (closed.outcome, closed.words) == ("resolved", "They were called back.")


async def test_words_and_commands_come_in(channel: TelegramChannel, house: House, tom: Tom) -> None:
    await tom.writes("Nobody <b>answered</b> & that's it.")
    await tom.writes("/palaute apua")
    await heard(house, lambda: len(house.events) == 2)

    words, command = sorted(house.events, key=lambda event: int(event.delivery_id))
    assert isinstance(words, WordsReceived)
    assert words.words == "Nobody <b>answered</b> & that's it."
    assert isinstance(command, CommandGiven)
    assert command.words == "apua"


async def test_an_alert_is_edited_and_taken_back(channel: TelegramChannel, tom: Tom) -> None:
    sent = await channel.send(Destination(person=str(TOM)), ALERT, "alert:2")
    await channel.edit(sent, Message((*ALERT.parts, Paragraph("Now with a comment.")), "x"))
    await tom.reads("Now with a comment.")
    await channel.remove(sent)
    assert all("Now with a comment." not in update["message"]["text"] for update in await tom.history())
