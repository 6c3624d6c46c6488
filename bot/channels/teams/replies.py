"""What is said back beside the answer to a request: in tasks of its own, so that no answer waits for it.

Everything here is about courtesy, not about memory: what was done is stored already. A reply that is
lost costs nothing, because the next press hears the same.
"""

import logging
from functools import partial

from bot.channels.courtesies import Courtesies, persistently
from bot.channels.errors import DeliveryError
from bot.channels.teams.cloud import Attachment, MessageActivityInput
from bot.channels.teams.connector import Connector
from bot.channels.teams.payloads import Where
from bot.channels.teams.render import CARD, SUMMARY, Card, card, clean, text
from handlers.messages import Message

log = logging.getLogger(__name__)


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
        self._courtesies = Courtesies("Teams")
        self.finish = self._courtesies.finish
        """Let what is under way be done; for at most so many seconds."""
        self._newest: dict[tuple[str, str], MessageActivityInput] = {}

    def edit(self, where: Where, said: MessageActivityInput) -> None:
        """Replace what was acted on. Of two edits under way the older could land last: only the newest goes next."""
        key = (str(where.place), where.message)
        if key in self._newest or self._courtesies.soon(partial(self._edit, where, key)):
            self._newest[key] = said

    def whisper(self, where: Where, said: MessageActivityInput) -> None:
        """Say it to whoever acted, in their direct conversation."""
        self._courtesies.soon(partial(self._whisper, where, said))

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
            await persistently(lambda: self._connector.update(where.place, where.message, said))
        except DeliveryError as failure:
            if not failure.permanent:
                raise
            await self._whisper(where, said)

    async def _whisper(self, where: Where, said: MessageActivityInput) -> None:
        place = where.place
        if not where.private:
            place = await self._connector.create(where.person, where.tenant)
        await persistently(lambda: self._connector.post(place, said))
