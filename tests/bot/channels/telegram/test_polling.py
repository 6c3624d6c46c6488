"""Asking Telegram: the offset moves once everything before it is stored, and not before."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from handlers.events import RatingGiven
from handlers.messages import Action, Verb
from storage.database import Database
from tests.bot.channels.telegram.conftest import Telegram, settings_for
from tests.helpers import telegram_payloads as sends
from tests.helpers.telegram_server import MAYA, Refusal, TelegramServer

TAP = Action(Verb.RATE, "x7Gk", "ease=2").encode()


@pytest.fixture
async def asking(
    server: TelegramServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Telegram]:
    """Without a secret, Telegram is asked; it never rests for long here."""
    monkeypatch.setattr("bot.channels.telegram.polling.Polling.longest_rest", 0.02)
    here = Telegram(server, database, settings_for(server, telegram_webhook_secret=SecretStr("")))
    await here.channel.start(here.house.receive)
    yield here
    await here.channel.stop()


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not met():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def test_the_webhook_is_taken_away_and_updates_come_in(asking: Telegram) -> None:
    update = sends.press(TAP, 100)
    await asking.server.happens(update)
    await asking.server.acknowledged(update["update_id"])

    assert asking.server.to("deleteWebhook")
    (rating,) = asking.house.events
    assert isinstance(rating, RatingGiven)


async def test_what_could_not_be_stored_comes_again(asking: Telegram) -> None:
    first, second = sends.press(TAP, 100), sends.press(TAP, 101)
    asking.house.broken = True
    await asking.server.happens(first)
    await asking.server.happens(second)
    await until(lambda: len(asking.server.to("getUpdates")) > 3)
    assert asking.server.offset <= first["update_id"]

    asking.house.broken = False
    await asking.server.acknowledged(second["update_id"])
    assert [event.delivery_id for event in asking.house.events] == [
        str(first["update_id"]),
        str(second["update_id"]),
    ]


async def test_one_chat_keeps_no_other_waiting(asking: Telegram) -> None:
    tom, maya = sends.press(TAP, 100), sends.press(TAP, 100, by=MAYA)
    await asking.server.happens(tom)
    await asking.server.happens(maya)
    await asking.server.acknowledged(maya["update_id"])
    assert {event.by.external_id for event in asking.house.events} == {"4242", str(MAYA)}


async def test_what_nobody_understands_does_not_stop_the_others(asking: Telegram) -> None:
    good = sends.press(TAP, 100)
    await asking.server.happens({"update_id": good["update_id"] - 1, "message": {"date": []}})
    await asking.server.happens(good)
    await asking.server.acknowledged(good["update_id"])
    assert len(asking.house.events) == 1


async def test_after_an_outage_or_a_second_bot_it_goes_on(asking: Telegram) -> None:
    asking.server.scripted["getUpdates"].extend(
        [
            Refusal(502, "Bad Gateway"),
            Refusal(409, "Conflict: terminated by other getUpdates request"),
            Refusal(500, "Internal Server Error"),
        ]
    )
    update = sends.press(TAP, 100)
    await asking.server.happens(update)
    await asking.server.acknowledged(update["update_id"])
    assert len(asking.house.events) == 1


async def test_stopping_does_not_wait_for_telegram(asking: Telegram) -> None:
    async with asyncio.timeout(1):
        await asking.channel.stop()
