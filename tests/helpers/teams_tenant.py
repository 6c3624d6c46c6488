"""People in Teams: what they write and press reaches Kaiku as Microsoft would tell of it, over a real port."""

import asyncio
from typing import Any

import aiohttp
import orjson

from bot.app import App
from tests.helpers.teams_server import Json, Somebody, TeamsServer, actions, chat_of, words


class Tenant:
    """A tom and a maya in Teams, and Kaiku behind a real port."""

    def __init__(self, app: App, port: int, server: TeamsServer, web: aiohttp.ClientSession) -> None:
        self.app, self.server = app, server
        self._address = f"http://127.0.0.1:{port}/api/messages"
        self._web = web

    async def sends(self, activity: Json, token: str = "") -> tuple[int, Json]:
        """Microsoft posts something; the status and what it is answered."""
        headers = {"authorization": f"Bearer {token or self.server.token()}"}
        async with self._web.post(self._address, data=orjson.dumps(activity), headers=headers) as answer:
            body = await answer.read()
        await self.app.tick()
        return answer.status, orjson.loads(body or b"{}")

    async def writes(self, by: Somebody, text: str, **rest: Any) -> None:
        """Somebody writes to the bot."""
        status, _ = await self.sends(self.server.activity("message", by, text=text, **rest))
        assert status == 200

    async def taps(self, by: Somebody, label: str) -> Json:
        """Press the newest button of that label; what is answered."""
        message, button = await self._button(by, label)
        status, answer = await self.sends(self.server.press(message, button, by))
        assert status == 200
        return answer

    async def fills(self, by: Somebody, label: str, **fields: str) -> Json:
        """Open the dialog of a button, fill it in and submit it."""
        opened = await self.taps(by, label)
        card = opened["task"]["value"]["card"]["content"]
        entered = {f"field.{key}": value for key, value in fields.items()}
        _, answer = await self.sends(self.server.submit(card, by, entered))
        return answer

    async def reads(self, who: Somebody, expected: str) -> list[str]:
        """Wait until somebody reads these words; the ids of the messages that hold them."""
        for _ in range(100):
            standing = self.server.standing(chat_of(who))
            if found := [message for message, activity in standing if expected in words(card_of(activity))]:
                return found
            await asyncio.sleep(0.05)
            await self.app.tick()
        raise AssertionError(f"{who.name} never reads {expected!r}")

    async def _button(self, who: Somebody, label: str) -> tuple[str, Json]:
        """Messages are updated beside the answer, so a button may take a moment to appear."""
        for _ in range(100):
            for message, activity in reversed(self.server.standing(chat_of(who))):
                for button in actions(card_of(activity)):
                    if label == button["title"]:
                        return message, button
            await asyncio.sleep(0.05)
        raise AssertionError(f"{who.name} sees no button {label!r}")


def card_of(activity: Json) -> Json:
    """The card of a message; empty where it has none."""
    return next((a["content"] for a in activity.get("attachments", []) if "content" in a), {})
