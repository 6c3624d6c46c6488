"""Slack's voice, and the channel as the house knows it."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from bot.alone import Alone
from bot.channels import Destination, Limit, Pace, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.slack import render
from bot.channels.slack.door import Door
from bot.channels.slack.listener import Listener
from bot.channels.slack.payloads import NAME
from bot.channels.slack.replies import QUIETLY, Replies
from bot.channels.slack.socket_mode import Socket
from bot.channels.slack.web_api import WebApi
from bot.channels.slack.workspaces import OneWorkspace, Workspaces
from bot.clock import Clock
from bot.settings import Settings
from handlers.messages import Chart, Message, Picture, Sound
from storage.database import Database

log = logging.getLogger(__name__)

Draw = Callable[[Chart], bytes]
"""A chart as a PNG."""

SHORT = 3000
"""Room for the text of a message that Slack found too long."""
UNDRAWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"})
"""Slack did not take the blocks; the words must arrive all the same."""
MARK = "kaiku_message"
FAREWELL = 1.0
"""Seconds that stopping waits for replies under way: with the rest it must end within five."""


@dataclass(frozen=True)
class _Spot:
    """A conversation, and the voice we have there."""

    api: WebApi
    conversation: str
    workspace: str


class SlackChannel:
    """Slack: one workspace by bot token, or many that installed us.

    One is heard over a socket with an app token, else over signed HTTP; many over signed HTTP only.

    A crash after Slack took a message and before that was recorded sends it a second time: the Web API
    promises no idempotency (`client_msg_id` is for Slack's own clients). Both carry the same `key` in their
    metadata.
    """

    name = NAME
    pace = Pace(per_conversation=(Limit(1),), overall=(Limit(50),))
    most_direct = 20_000
    """Direct conversations kept in memory; Slack tells us again those that fell out."""
    settling = (1.0, 3.0)
    """Seconds to wait for an uploaded picture: Slack is not always done with it when it says so."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        draw: Draw | None = None,
        workspaces: Workspaces | None = None,
        database: Database | None = None,
    ) -> None:
        self._app_token = settings.slack_app_token.get_secret_value()
        self.workspaces = workspaces or OneWorkspace(
            WebApi(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        )
        self._clock = clock
        self._draw = draw or _drawn
        self._replies = Replies(self.workspaces)
        self._direct: dict[tuple[str, str], str] = {}
        self._listener: Listener | None = None
        self._socket: Socket | None = None
        self._listening = Alone(database, f"{NAME} socket", self._open_socket, self._close_socket)
        self.http_app: Door | None = None
        """The ASGI application for exactly `/slack/events`, a route rather than a mount; none in Socket Mode."""
        if not self._app_token:
            self.http_app = Door(settings.slack_signing_secret.get_secret_value(), self._hear, clock)

    async def start(self, receive: Receive) -> None:
        """Begin to listen. A Slack out of reach does not keep the house from starting."""
        await self.workspaces.start()
        self._listener = Listener(self.workspaces, self._replies, receive, self._clock)
        if self._app_token:
            await self._listening.start()

    async def stop(self) -> None:
        """Stop listening, finish what is being said, hang up."""
        await self._listening.stop()
        await self._replies.finish(within=FAREWELL)
        await self.workspaces.stop()

    async def _open_socket(self) -> None:
        self._socket = Socket(self._app_token, self.workspaces.of("").client, self._hear)
        await self._socket.start()

    async def _close_socket(self) -> None:
        if self._socket:
            await self._socket.stop()

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Post a new message, to a person in the direct conversation. Raises `DeliveryError`."""
        marked = {"event_type": MARK, "event_payload": {"key": key}}
        spot = self._spot(to.conversation, to.workspace)
        if not spot.conversation:
            spot = replace(spot, conversation=await self._conversation_with(to.person, spot))
        said = await self._say("chat.postMessage", message, spot, metadata=marked)
        for part in message.parts:
            if isinstance(part, Sound):
                await self._play(part, spot)
        return said

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Replace a message in place. Raises `DeliveryError`."""
        spot = self._spot(sent.conversation, workspace)
        return await self._say("chat.update", message, spot, ts=sent.message)

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Delete a message of ours. Raises `DeliveryError`."""
        spot = self._spot(sent.conversation, workspace)
        await spot.api.call("chat.delete", channel=spot.conversation, ts=sent.message)

    async def _hear(self, body: dict[str, Any]) -> BoltResponse:
        return await self._listener.hear(body) if self._listener else BoltResponse(status=503)

    def _spot(self, conversation: str, workspace: str) -> _Spot:
        """Where it is in Slack: the conversation's name may begin with its workspace. Raises `DeliveryError`."""
        named, slash, alone = conversation.rpartition("/")
        workspace = named if slash else workspace
        return _Spot(self.workspaces.of(workspace), alone, workspace)

    async def _conversation_with(self, person: str, spot: _Spot) -> str:
        who = (spot.workspace, person)
        if who not in self._direct:
            opened = await spot.api.call("conversations.open", users=person)
            if len(self._direct) >= self.most_direct:
                self._direct.pop(next(iter(self._direct)))
            self._direct[who] = str(opened["channel"]["id"])
        return self._direct[who]

    async def _say(self, method: str, message: Message, spot: _Spot, **more: Any) -> Sent:
        """In the best way that Slack takes: with pictures, in blocks, in short, and as bare words at last."""
        pictures = await self._upload(message, spot.api)
        for wait, said in self._ways(message, pictures):
            await asyncio.sleep(wait)
            try:
                answer = await spot.api.call(method, channel=spot.conversation, **said, **more, **QUIETLY)
            except DeliveryError as failure:
                if failure.reason not in UNDRAWABLE:
                    raise
                log.warning("Slack refused a message's blocks: %s. Trying a plainer way.", failure.reason)
                refused = failure
            else:
                place = self.workspaces.named(str(answer["channel"]), spot.workspace)
                return Sent(conversation=place, message=str(answer["ts"]))
        raise refused

    async def _upload(self, message: Message, api: WebApi) -> dict[Picture, str]:
        """The message's pictures as files in Slack. One that cannot be uploaded is told in words instead."""
        uploaded = {}
        for part in message.parts:
            if isinstance(part, Picture):
                try:
                    image = await asyncio.to_thread(self._draw, part.chart)
                    uploaded[part] = await api.upload("chart.png", image)
                except DeliveryError as failure:
                    log.warning("A picture was not uploaded to Slack: %s", failure.reason)
                except Exception:
                    log.exception("A picture could not be drawn")
        return uploaded

    async def _play(self, sound: Sound, spot: _Spot) -> None:
        """Beneath its message, as a file that Slack plays. The message is sent: nothing here says otherwise."""
        try:
            await spot.api.client.files_upload_v2(
                channel=spot.conversation, filename=sound.file_name, file=sound.content, title=sound.alt
            )
        except (SlackClientError, aiohttp.ClientError, TimeoutError) as failure:
            log.warning("A voice message was not uploaded to Slack: %s", type(failure).__name__)
            with suppress(DeliveryError):
                text = sound.elsewhere
                await spot.api.call("chat.postMessage", channel=spot.conversation, text=text, **QUIETLY)

    def _ways(
        self, message: Message, pictures: Mapping[Picture, str]
    ) -> Iterator[tuple[float, dict[str, Any]]]:
        """Ways to say a message, best first, each with the seconds to wait before it."""
        text = render.text(message)
        if pictures:
            said = {"text": text, "blocks": render.blocks(message, pictures)}
            yield from ((wait, said) for wait in (0.0, *self.settling))
        yield 0.0, {"text": text, "blocks": render.blocks(message)}
        yield 0.0, {"text": text, "blocks": render.blocks(message, room=SHORT)}
        yield 0.0, {"text": render.words(message), "blocks": []}


def _drawn(chart: Chart) -> bytes:
    # matplotlib is heavy, and most messages have no picture
    from bot.pictures import draw

    return draw(chart)
