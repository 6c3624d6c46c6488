"""A Telegram, a channel that speaks with it, and a house that takes in what it hears."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings
from storage.database import Database
from tests.channels.contract import House
from tests.helpers.telegram_server import TOKEN, TelegramServer, telegram_server
from tests.helpers.town import fresh_database

SECRET = "a-secret-that-nobody-can-guess-in-time"


def settings_for(server: TelegramServer, **more: Any) -> Settings:
    """A bot whose webhook is called."""
    given = {
        "telegram_bot_token": SecretStr(TOKEN),
        "telegram_webhook_secret": SecretStr(SECRET),
        "telegram_api_url": server.url,
        "public_url": "https://kaiku.example.org",
        **more,
    }
    return Settings(_env_file=None, **given)


class Telegram:
    """The channel between Telegram and the house."""

    def __init__(self, server: TelegramServer, database: Database, settings: Settings) -> None:
        self.server = server
        self.house = House()
        self.settings = settings
        self.channel = TelegramChannel(
            settings, Clock(), database, draw=lambda chart: b"PNG" + chart.title.encode()
        )

    async def hear(self, update: dict[str, Any]) -> bool:
        """Telegram tells of something; returns once all is said that follows."""
        taken = await self.channel._hear(update)
        await self.channel._replies.finish(within=5)
        return taken

    def said(self) -> list[str]:
        """Every text that was sent, oldest first."""
        return [call["text"] for call in self.server.to("sendMessage")]

    def labels(self) -> list[str]:
        """The buttons of the newest message."""
        rows = self.server.to("sendMessage")[-1].get("reply_markup", {}).get("inline_keyboard", [])
        return [key["text"] for row in rows for key in row]

    def value(self, label: str) -> str:
        """What the button of the newest message carries whose label ends so."""
        rows = self.server.to("sendMessage")[-1]["reply_markup"]["inline_keyboard"]
        return str(next(key["callback_data"] for row in rows for key in row if key["text"].endswith(label)))


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with telegram_server() as running:
        yield running


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(fresh_database(tmp_path)) as opened:
        yield opened


@pytest.fixture
async def telegram(server: TelegramServer, database: Database) -> AsyncIterator[Telegram]:
    """Called by webhook, and started."""
    here = Telegram(server, database, settings_for(server))
    await here.channel.start(here.house.receive)
    server.calls.clear()
    yield here
    await here.channel.stop()
