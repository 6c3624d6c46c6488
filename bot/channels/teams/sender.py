"""Teams' voice, and the channel as the house knows it."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import Callable
from typing import Any

from bot.channels import Destination, Limit, Pace, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.teams.cloud import Attachment, MessageActivityInput
from bot.channels.teams.connector import Connector
from bot.channels.teams.door import Answer, Door
from bot.channels.teams.listener import Listener
from bot.channels.teams.payloads import NAME
from bot.channels.teams.places import Place
from bot.channels.teams.references import References
from bot.channels.teams.replies import Replies, activity
from bot.clock import Clock
from bot.settings import Settings
from handlers.messages import Chart, Message, Picture
from storage.database import Database

log = logging.getLogger(__name__)

Draw = Callable[[Chart], bytes]
"""A chart as a PNG."""

PICTURES = 42_000
"""Bytes of pictures in one message, as PNG; Teams refuses a message beyond 80 KB, and base64 makes them longer."""
FAREWELL = 4.0
"""Seconds that stopping waits for replies under way."""


class TeamsChannel:
    """One bot in Teams: personal chats, group chats and the channels of teams.

    A crash after Teams took a message and before that was recorded sends it a second time: the Bot
    Connector promises no idempotency.
    """

    name = NAME
    pace = Pace(
        per_conversation=(Limit(7), Limit(8, 2), Limit(60, 30), Limit(1800, 3600)), overall=(Limit(50),)
    )

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, draw: Draw | None = None
    ) -> None:
        self._connector = Connector(settings)
        self._references = References(database)
        self._replies = Replies(self._connector)
        self._clock = clock
        self._draw = draw or _drawn
        self._listener: Listener | None = None
        self.http_app = Door(settings, self._hear)
        """The ASGI application for exactly `/api/messages`."""

    async def start(self, receive: Receive) -> None:
        """Begin to listen. A Microsoft out of reach does not keep the house from starting."""
        await self._connector.open()
        self._listener = Listener(self._connector, self._replies, self._references, receive, self._clock)

    async def stop(self) -> None:
        """Stop listening, finish what is being said, hang up."""
        self._listener = None
        await self._replies.finish(within=FAREWELL)
        await self._connector.close()

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Post a new message, to a person in the direct conversation. Raises `DeliveryError`."""
        place = Place.read(to.conversation) if to.conversation else await self._conversation_with(to)
        return await self._connector.post(place, await self._activity(message))

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Replace a message in place. Raises `DeliveryError`."""
        place = Place.read(sent.conversation)
        return await self._connector.update(place, sent.message, await self._activity(message))

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Delete a message of ours. Raises `DeliveryError`."""
        await self._connector.delete(Place.read(sent.conversation), sent.message)

    async def _hear(self, body: dict[str, Any]) -> Answer:
        return await self._listener.hear(body) if self._listener else (503, None)

    async def _conversation_with(self, to: Destination) -> Place:
        """Opened for the first time: it works for whoever the app is installed for."""
        try:
            return await self._connector.create(to.person, to.workspace)
        except DeliveryError as failure:
            if failure.permanent:
                raise DeliveryError(failure.reason, unreachable=True) from failure
            raise

    async def _activity(self, message: Message) -> MessageActivityInput:
        said = activity(message)
        room = PICTURES
        for part in message.parts:
            if isinstance(part, Picture) and (image := await self._image(part)) and len(image) <= room:
                room -= len(image)
                said.attachments = [*(said.attachments or []), _attached(image)]
        return said

    async def _image(self, part: Picture) -> bytes:
        """The picture, or nothing: its finding is in the card in words anyway."""
        try:
            return await asyncio.to_thread(self._draw, part.chart)
        except Exception:
            log.exception("A picture could not be drawn")
            return b""


def _attached(image: bytes) -> Attachment:
    url = f"data:image/png;base64,{b64encode(image).decode()}"
    return Attachment(content_type="image/png", content_url=url, name="chart.png")


def _drawn(chart: Chart) -> bytes:
    # matplotlib is heavy, and most messages have no picture
    from bot.pictures import draw

    return draw(chart)
