"""Asking Telegram what happened. The offset of the next question is the acknowledgement.

It moves past an update only once that update is taken in, so that what a crash or a full disk kept
from being stored is delivered again. Chats do not wait for each other; within one, order is kept.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from bot.channels.errors import DeliveryError
from bot.channels.telegram.bot_api import BotApi
from bot.channels.telegram.payloads import number_of
from bot.following import following, new

log = logging.getLogger(__name__)

Hear = Callable[[Mapping[str, Any]], Awaitable[bool]]


class Polling:
    """The task that asks."""

    longest_rest = 60.0
    """Seconds between two questions while Telegram cannot be reached."""

    def __init__(self, api: BotApi, hear: Hear, wait: float = 50.0) -> None:
        self._api = api
        self._hear = hear
        self._wait = wait
        self._offset = 0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._task = asyncio.create_task(self._run(), name="telegram polling")

    async def stop(self) -> None:
        """Ask no more. What was delivered and not taken in comes again."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        rest = 0.0
        while True:
            try:
                rest = 0.0 if await self._round() else min(self.longest_rest, rest * 2 or 0.5)
            except DeliveryError as failure:
                rest = failure.retry_after or min(self.longest_rest, rest * 2 or 0.5)
                log.warning("Telegram was asked in vain: %s; next in %.0f s", failure.reason, rest)
            except Exception:
                rest = self.longest_rest
                log.exception("Asking Telegram failed")
            await asyncio.sleep(rest)

    async def _round(self) -> bool:
        """Ask once and take in what came; whether all of it was."""
        updates = [
            update for update in await self._api.updates(self._offset, self._wait) if _numbered(update)
        ]
        taken = await asyncio.gather(*map(self._in_order, _by_chat(updates).values()))
        missed = [number for numbers in taken for number in numbers]
        newest = max(map(number_of, updates), default=self._offset - 1)
        self._offset = min([*missed, newest + 1])
        return not missed

    async def _in_order(self, updates: list[Mapping[str, Any]]) -> list[int]:
        """Hear what happened in one chat; the numbers from the first on that could not be taken in."""
        for place, update in enumerate(updates):
            with following(new()):
                taken = await self._hear(update)
            if not taken:
                return [number_of(missed) for missed in updates[place:]]
        return []


def _numbered(update: object) -> bool:
    """Whether it has a number; what has none cannot be acknowledged, nor can it come again by itself."""
    with suppress(ValueError):
        return isinstance(update, dict) and number_of(update) >= 0
    return False


def _by_chat(updates: list[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    sorted_out: dict[str, list[Mapping[str, Any]]] = {}
    for update in sorted(updates, key=number_of):
        sorted_out.setdefault(_chat_of(update), []).append(update)
    return sorted_out


def _chat_of(update: Mapping[str, Any]) -> str:
    """Which chat an update is about, read from foreign JSON of any shape."""
    for kind, told in update.items():
        if kind != "update_id" and isinstance(told, dict):
            message = told.get("message", told)
            chat = message.get("chat") if isinstance(message, dict) else None
            return str(chat.get("id")) if isinstance(chat, dict) else ""
    return ""
