"""The main loop in Slack: the whole application behind a real socket, signed clicks in, Web API calls out.

The Slack that is called is npm's emulator, which nobody here wrote. It neither clicks nor types: those
requests are built to Slack's own types and signed as Slack signs them.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn

from bot.app import App
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import channels
from handlers.messages import Action
from storage.database import Database
from storage.schema import migrate
from tests.helpers import slack_payloads as slack
from tests.helpers.town import HandClock, Town, example, helsinki
from tests.peers.slack import BOT_TOKEN, SIGNING_SECRET, SlackEmulator, slack_emulator

pytestmark = pytest.mark.peer
TUESDAY_TEN = helsinki("2026-11-24 10:00")


class Slack:
    """A workspace with a tom and a maya, and Kaiku behind a real port."""

    def __init__(self, app: App, clock: HandClock, port: int, people: dict[str, str], api: aiohttp.ClientSession):
        self.app, self.clock, self.people = app, clock, people
        self._address = f"http://127.0.0.1:{port}/slack/events"
        self._api = api
        self._count = 0

    async def sends(self, payload: dict[str, Any], secret: str = SIGNING_SECRET) -> int:
        """Slack posts something signed; the status it gets."""
        body = slack.as_json(payload) if payload.get("type") == "event_callback" else slack.as_form(payload)
        headers = slack.signed(body, self.clock.at, secret)
        async with self._api.post(self._address, data=body, headers=headers) as answer:
            status = answer.status
        await self.settled()
        return status

    async def settled(self) -> None:
        """What is due is done, and what Slack was to be told is told."""
        await self.app.tick()
        await self.app.channels["slack"].settled()

    async def conversation(self, person: str) -> list[dict[str, Any]]:
        """What stands in a person's conversation with the bot, oldest first."""
        opened = await self._call("conversations.open", users=self.people[person])
        history = await self._call("conversations.history", channel=opened["channel"]["id"])
        return list(reversed(history["messages"]))

    async def taps(self, person: str, label: str) -> int:
        """Press the newest button of that label in one's conversation."""
        opened = await self._call("conversations.open", users=self.people[person])
        for message in reversed(await self.conversation(person)):
            for button in _buttons(message):
                if label in (button["text"]["text"], button.get("accessibility_label")):
                    self._count += 1
                    return await self.sends(
                        slack.block_action(
                            Action.decode(button["value"]),
                            user=self.people[person],
                            conversation=opened["channel"]["id"],
                            message=message["ts"],
                            at=f"1795500060.{self._count:06}",
                            action_id=button["action_id"],
                        )
                    )
        raise AssertionError(f"{person} sees no button {label!r}")

    async def _call(self, method: str, **fields: str) -> dict[str, Any]:
        async with self._api.post(f"{self._base}{method}", data=fields, headers=_BOT) as answer:
            told = await answer.json()
        assert told["ok"], told
        return dict(told)

    _base = ""


_BOT = {"Authorization": f"Bearer {BOT_TOKEN}"}


def _buttons(message: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = message.get("blocks") or []
    return [e for b in blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "button"]
