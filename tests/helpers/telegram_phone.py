"""Tom at a telephone, as npm's telegram-test-api plays him."""

import asyncio
from typing import Any

import aiohttp

from tests.helpers.telegram_server import TOKEN, TOM

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
