"""What is said back beside the answer to a request: in tasks of its own, so that no answer waits for it.

Everything here is about courtesy, not about memory: what was done is stored already. A reply that is
lost costs nothing, because the next press hears the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bot.channels import Sent
from bot.channels.errors import DeliveryError
from bot.channels.teams.cloud import Attachment, MessageActivityInput
from bot.channels.teams.connector import Connector
from bot.channels.teams.payloads import Where
from bot.channels.teams.render import CARD, SUMMARY, Card, card, clean, text
from handlers.messages import Message

log = logging.getLogger(__name__)

MOST = 1000
"""Replies under way at once; a further one is left unsaid rather than kept in memory."""
TRIES = 3
LONGEST_WAIT = 30.0


def activity(message: Message) -> MessageActivityInput:
    """The message as Teams takes it."""
    return carrying(card(message), text(message))


def carrying(drawn: Card, summary: str) -> MessageActivityInput:
    """A card, with the line that a notification shows of it."""
    attached = Attachment(content_type=CARD, content=drawn)
    return MessageActivityInput.model_validate(
        {"attachments": [attached], "summary": clean(summary, SUMMARY)}
    )


class Replies:
    """Says replies as soon as may be."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._tasks: set[asyncio.Task[None]] = set()
        self._newest: dict[tuple[str, str], MessageActivityInput] = {}

    def edit(self, where: Where, said: MessageActivityInput) -> None:
        """Replace what was acted on. Of two edits under way the older could land last: only the newest goes next."""
        key = (str(where.place), where.message)
        waiting = key in self._newest
        self._newest[key] = said
        if not waiting:
            self._soon(self._edit(where, key))

    def whisper(self, where: Where, said: MessageActivityInput) -> None:
        """Say it to whoever acted, in their direct conversation."""
        self._soon(self._whisper(where, said))

    async def finish(self, within: float) -> None:
        """Let what is being said be said, for at most so many seconds, then break off."""
        if self._tasks:
            _, unsaid = await asyncio.wait(self._tasks, timeout=within)
            for task in unsaid:
                task.cancel()
            await asyncio.gather(*unsaid, return_exceptions=True)

    def _soon(self, speech: Coroutine[Any, Any, None]) -> None:
        if len(self._tasks) >= MOST:
            speech.close()
            log.warning("Teams is too slow: a reply is left unsaid.")
            return
        task = asyncio.create_task(_politely(speech))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _edit(self, where: Where, key: tuple[str, str]) -> None:
        said = None
        try:
            while (newest := self._newest[key]) is not said:
                await self._replace(where, newest)
                said = newest
        finally:
            del self._newest[key]

    async def _replace(self, where: Where, said: MessageActivityInput) -> None:
        try:
            await _persistently(lambda: self._connector.update(where.place, where.message, said))
        except DeliveryError as failure:
            if not failure.permanent:
                raise
            await self._whisper(where, said)

    async def _whisper(self, where: Where, said: MessageActivityInput) -> None:
        place = where.place
        if not where.private:
            place = await self._connector.create(where.person, where.tenant)
        await _persistently(lambda: self._connector.post(place, said))


async def _persistently(call: Callable[[], Awaitable[Sent]]) -> Sent:
    for _ in range(TRIES - 1):
        try:
            return await call()
        except DeliveryError as failure:
            if failure.permanent:
                raise
            await asyncio.sleep(min(failure.retry_after or 1.0, LONGEST_WAIT))
    return await call()


async def _politely(speech: Coroutine[Any, Any, None]) -> None:
    try:
        await speech
    except DeliveryError as failure:
        log.warning("A reply in Teams was left unsaid: %s", failure.reason)
