"""The loop through the real library against a Bot API that nobody here wrote: npm's telegram-test-api."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

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
from tests.helpers.telegram_phone import Tom
from tests.helpers.telegram_server import TOKEN, TOM
from tests.peers.telegram import telegram_server

pytestmark = pytest.mark.peer


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
