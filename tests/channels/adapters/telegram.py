"""Telegram on stage: updates at the channel's own door, and a Bot API that remembers what stands."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from bot.channels import Destination, Sent
from bot.channels.telegram.render import JOINER
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from bot.settings import Settings
from storage.database import Database
from tests.channels.contract import PATIENCE, House, Standing, Trouble
from tests.helpers import telegram_payloads as telegram
from tests.helpers.telegram_server import (
    BLOCKED,
    MAYA,
    TOKEN,
    TOM,
    Refusal,
    TelegramServer,
    flood,
    telegram_server,
)
from tests.helpers.town import fresh_database

IDS = {"tom": TOM, "maya": MAYA}
SECRET = "a-secret-that-nobody-can-guess-in-time"
TROUBLES = {
    Trouble.GONE: BLOCKED,
    Trouble.KICKED: Refusal(403, "Forbidden: bot was kicked from the supergroup chat"),
    Trouble.REVOKED: Refusal(401, "Unauthorized"),
    Trouble.BUSY: flood(int(PATIENCE)),
    Trouble.DOWN: Refusal(502, "Bad Gateway"),
}
Json = dict[str, Any]


class TelegramStage:
    tom = Destination(person=str(TOM))
    cannot: Mapping[str, str] = {}

    def __init__(self, channel: TelegramChannel, server: TelegramServer) -> None:
        assert channel.http_app
        self.channel = channel
        self._server = server
        self._last: Json = {}
        transport = httpx.ASGITransport(channel.http_app)
        self._client = httpx.AsyncClient(transport=transport, base_url="http://kaiku")

    async def standing(self) -> list[Standing]:
        return [_standing(message) for message in self._server.messages.values()]

    async def press(self, sent: Sent, label: str, *, by: str = "tom") -> bool:
        return await self._post(self._pressed(sent, label, by))

    async def forge(self, sent: Sent, value: str) -> bool:
        return await self._post(telegram.press(value, int(sent.message), where=int(sent.conversation)))

    async def again(self) -> bool:
        return await self._post(self._last)

    async def opens(self, sent: Sent, label: str) -> str:
        assert await self.press(sent, label)
        return _standing(self._newest()[1]).text

    async def fill(self, sent: Sent, label: str, fields: Mapping[str, str]) -> str:
        """One question after the other, until nothing is asked any more or a question comes a second time."""
        assert await self.press(sent, label)
        unasked = dict(fields)
        while unasked:
            number, question = self._newest()
            key = "outcome" if _labels(question) else "words"
            if key not in unasked:
                break
            if key == "outcome":
                option = {"resolved": "Resolved", "explained": "Explained"}[unasked.pop(key)]
                chosen = next(text for text in _labels(question) if text.endswith(option))
                assert await self.press(Sent(sent.conversation, str(number)), chosen)
            else:
                assert await self._post(telegram.words(unasked.pop(key)))
        return _standing(self._newest()[1]).text

    async def write(self, words: str) -> bool:
        return await self._post(telegram.words(words))

    async def command(self, words: str) -> bool:
        return await self._post(telegram.words(f"/feedback {words}"))

    def trouble(self, what: Trouble) -> None:
        self._server.scripted["sendMessage"].append(TROUBLES[what])

    async def close(self) -> None:
        await self._client.aclose()

    def _newest(self) -> tuple[int, Json]:
        (_, number), message = list(self._server.messages.items())[-1]
        return number, message

    def _pressed(self, sent: Sent, label: str, by: str) -> Json:
        message = self._server.messages[int(sent.conversation), int(sent.message)]
        keys = [key for row in message["reply_markup"]["inline_keyboard"] for key in row]
        value = next(key["callback_data"] for key in keys if key["text"] == label)
        return telegram.press(value, int(sent.message), by=IDS[by], where=int(sent.conversation))

    async def _post(self, update: Json) -> bool:
        self._last = update
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answer = await self._client.post("/telegram/webhook", json=update, headers=headers)
        await self.channel._replies.finish(within=5)
        return answer.status_code == 200


def _standing(message: Json) -> Standing:
    text: str = message["text"] if "text" in message else message["caption"]
    return Standing(text.replace(JOINER, ""), tuple(_labels(message)), int("photo" in message))


def _labels(message: Json) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [key["text"] for row in rows for key in row]


@asynccontextmanager
async def stage(house: House, folder: Path) -> AsyncIterator[TelegramStage]:
    """One bot over its webhook, with a database for forms; pictures are not drawn but sent all the same."""
    async with telegram_server() as server:
        settings = Settings(
            telegram_bot_token=SecretStr(TOKEN),
            telegram_webhook_secret=SecretStr(SECRET),
            telegram_api_url=server.url,
            public_url="https://kaiku.example.org",
        )
        with Database(fresh_database(folder)) as database:
            channel = TelegramChannel(settings, Clock(), database, draw=lambda chart: chart.title.encode())
            await channel.start(house.receive)
            opened = TelegramStage(channel, server)
            yield opened
            await opened.close()
            await channel.stop()
