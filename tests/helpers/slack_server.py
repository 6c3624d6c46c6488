"""A small Slack to speak with over real sockets: it answers the Web API, records what it was told, and
offers a Socket Mode websocket. What it answers can be scripted, failures included.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
from aiohttp import WSMsgType, web


@dataclass(frozen=True)
class Call:
    """One call that Slack received."""

    method: str
    arguments: dict[str, Any]
    token: str = ""
    """With which it was called."""


@dataclass
class Refusal:
    """An answer other than success."""

    error: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class SlackServer:
    """What was said to Slack, and what Slack says next."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.scripted: dict[str, deque[Refusal | dict[str, Any]]] = defaultdict(deque)
        self.slow: dict[str, float] = {}
        self.scopes = "chat:write"
        self.sockets: list[web.WebSocketResponse] = []
        self.acks: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.deaf = False
        self.url = ""
        self._stamps = count(1)
        self._heard = asyncio.Condition()

    @property
    def api(self) -> str:
        """The `base_url` for clients."""
        return f"{self.url}/api/"

    def to(self, method: str) -> list[dict[str, Any]]:
        """What one method was called with, call by call."""
        return [call.arguments for call in self.calls if call.method == method]

    async def told(self, method: str, times: int = 1) -> dict[str, Any]:
        """Wait until a method was called so many times; what it was last called with."""
        async with asyncio.timeout(5), self._heard:
            await self._heard.wait_for(lambda: len(self.to(method)) >= times)
        return self.to(method)[-1]

    async def connected(self, times: int = 1) -> None:
        """Wait until so many sockets were opened."""
        async with asyncio.timeout(5), self._heard:
            await self._heard.wait_for(lambda: len(self.sockets) >= times)

    async def push(self, payload: dict[str, Any], envelope: str = "e1", kind: str = "interactive") -> None:
        """Send a payload over the newest socket."""
        await self.sockets[-1].send_json(
            {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": True}
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call of the Web API."""
        method = request.match_info["method"]
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        await self._record(method, await _arguments(request), token)
        await asyncio.sleep(self.slow.get(method, 0))
        scripted = self.scripted[method].popleft() if self.scripted[method] else {}
        if isinstance(scripted, Refusal):
            body = {"ok": False, "error": scripted.error}
            return web.json_response(body, status=scripted.status, headers=scripted.headers)
        answer = {"ok": True, **self._success(method), **scripted}
        return web.json_response(answer, headers={"x-oauth-scopes": self.scopes})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """The websocket; while `deaf`, it stays open and says nothing, not even pongs."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        async with self._heard:
            self.sockets.append(socket)
            self._heard.notify_all()
        async for frame in socket:
            if frame.type is WSMsgType.PING and not self.deaf:
                await socket.pong(frame.data)
            elif frame.type is WSMsgType.TEXT:
                await self.acks.put(orjson.loads(frame.data))
        return socket

    async def hook(self, request: web.Request) -> web.StreamResponse:
        """A `response_url`, or where a file is uploaded to; the path says which."""
        body = await request.read()
        told = orjson.loads(body) if request.content_type == "application/json" else {"bytes": body}
        await self._record(request.path, told)
        if request.path.endswith("elsewhere"):
            return web.Response(status=302, headers={"location": f"{self.url}/hooks/trap"})
        return web.Response(text="ok")

    async def _record(self, method: str, arguments: dict[str, Any], token: str = "") -> None:
        async with self._heard:
            self.calls.append(Call(method, arguments, token))
            self._heard.notify_all()

    def _success(self, method: str) -> dict[str, Any]:
        profile = {"real_name": "Tom Guest", "email": "tom@example.com"}
        answers: dict[str, dict[str, Any]] = {
            "auth.test": {"user_id": "U0KAIKU", "bot_id": "B0KAIKU", "user": "kaiku", "team": "Clinic"},
            "users.info": {"user": {"id": "U0TOM", "locale": "fi-FI", "profile": profile}},
            "conversations.open": {"channel": {"id": "D0OPENED"}},
            "apps.connections.open": {"url": self.url.replace("http", "ws") + "/socket"},
            "files.getUploadURLExternal": {"file_id": "F0PICTURE1", "upload_url": f"{self.url}/hooks/upload"},
            "files.completeUploadExternal": {"files": [{"id": "F0PICTURE1"}]},
        }
        posted = {"channel": "D0OPENED", "ts": f"1795500000.{next(self._stamps):06}"}
        return answers.get(method, posted)


async def _arguments(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    if request.content_type == "application/json":
        return dict(orjson.loads(body))
    return {**request.query, **await request.post()}


@asynccontextmanager
async def slack_server(slack: SlackServer | None = None) -> AsyncIterator[SlackServer]:
    """Run it, or one of a richer kind, on 127.0.0.1, on a free port."""
    slack = slack or SlackServer()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", slack.answer)
    app.router.add_get("/socket", slack.socket)
    app.router.add_post("/hooks/{which}", slack.hook)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    slack.url = f"http://{host}:{port}"
    try:
        yield slack
    finally:
        for socket in slack.sockets:
            await socket.close()
        await runner.cleanup()
