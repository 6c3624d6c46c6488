"""Socket Mode: Slack's payloads over a websocket that we open, so that no public address is needed.

The SDK's client reconnects by itself, but a dead connection can look alive to it. So the last frame
that came in is watched, pongs included, and a connection that fell silent is abandoned for a new one.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import orjson
from aiohttp import WSMessage
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels.halves import mended
from bot.following import following, new

log = logging.getLogger(__name__)

Hear = Callable[[dict[str, Any]], Awaitable[BoltResponse]]

PING = 5.0
"""Seconds between pings; each pong is a sign of life."""
SILENCE = 30.0
"""Seconds without any frame after which a connection counts as dead."""
FIRST_WAIT = 10.0
"""Seconds that starting waits for the first connection; later it is tried in the background."""
TEARDOWN = 3.0


class Socket:
    """Keeps one connection to Slack alive and hands what comes in to `hear`."""

    def __init__(
        self,
        app_token: str,
        web: AsyncWebClient,
        hear: Hear,
        *,
        ping: float = PING,
        silence: float = SILENCE,
    ) -> None:
        self._app_token = app_token
        self._web = web
        self._hear = hear
        self._ping = ping
        self._silence = silence
        self._last_frame = 0.0
        self.client: SocketModeClient | None = None
        """The SDK's client that holds the connection now."""
        self._keeper: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    async def start(self) -> None:
        """Connect; returns once connected, or after ten seconds with the trying going on."""
        self._keeper = asyncio.create_task(self._keep())
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_WAIT):
                await self._connected.wait()

    async def stop(self) -> None:
        """Hang up, within a few seconds."""
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper

    async def _keep(self) -> None:
        while True:
            client = self.client = self._new_client()
            try:
                await client.connect()  # type: ignore[no-untyped-call]
                self._alive()
                self._connected.set()
                await self._until_silent(client)
                log.warning("Slack's socket fell silent; a new one is opened.")
            finally:
                await _abandon(client)

    def _new_client(self) -> SocketModeClient:
        client = SocketModeClient(
            self._app_token,
            web_client=self._web,
            ping_interval=self._ping,
            on_message_listeners=[self._on_frame],
        )
        client.socket_mode_request_listeners.append(self._on_request)
        return client

    async def _until_silent(self, client: SocketModeClient) -> None:
        pong = client.last_ping_pong_time
        while asyncio.get_running_loop().time() - self._last_frame < self._silence:
            await asyncio.sleep(self._ping)
            if client.last_ping_pong_time != pong:
                pong = client.last_ping_pong_time
                self._alive()

    def _alive(self) -> None:
        self._last_frame = asyncio.get_running_loop().time()

    async def _on_frame(self, frame: WSMessage) -> None:
        self._alive()

    async def _on_request(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        with following(new()):
            answer = await self._hear(mended(request.payload))
        if answer.status == 200:
            said = orjson.loads(answer.body) if answer.body.startswith("{") else None
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, said))


async def _abandon(client: SocketModeClient) -> None:
    """Close it, but do not wait for a peer that may be gone."""
    client.closed = True
    with suppress(TimeoutError):
        async with asyncio.timeout(TEARDOWN):
            await client.close()  # type: ignore[no-untyped-call]
    tasks = [
        t for t in (client.message_processor, client.current_session_monitor, client.message_receiver) if t
    ]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await client.aiohttp_client_session.close()
