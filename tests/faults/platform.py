"""A Slack over real sockets that holds us to its limits, misbehaves as it is told, and forgets nothing.

What it took is the second of the books that are compared at the end.
"""

import asyncio
import math
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

import orjson
from aiohttp import web

BREATH = 0.9
"""Seconds between two messages to one conversation. Slack says one; a second loses some of itself on the way."""
SPOKEN = ("chat.postMessage", "chat.postEphemeral")


@dataclass
class Heard:
    """One call of the Web API."""

    at: float
    """Seconds, by a clock that never steps back."""
    life: int
    """In which of our lives we said it: there is another after each crash."""
    method: str
    told: dict[str, Any]
    taken: bool
    """Whether it had an effect; whether we ever heard so is another matter."""
    answered: str = ""
    """What went wrong, in a word."""
    over_at: float = math.inf
    """When the answer had been handed over."""

    @property
    def key(self) -> str:
        """The key of a message of the outbox; empty for whatever else is said."""
        return str(self.told.get("metadata", {}).get("event_payload", {}).get("key", ""))

    @property
    def place(self) -> str:
        """The conversation."""
        return str(self.told.get("channel", ""))


@dataclass(frozen=True)
class Trouble:
    """How a call is answered instead of well."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    seconds: float = 0.0
    """It takes so long."""
    took_it: bool = False
    """The message was taken all the same: the answer lies, or is lost."""
    cut: bool = False
    """The connection ends in the middle of the answer."""


class Slack:
    """What was said to it, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.history: list[Heard] = []
        self.life = 0
        self.deaths: dict[int, float] = {}
        """When each life ended that was ended by force, by the same clock."""
        self.connections: Callable[[], int] = lambda: 0
        """How many are open."""
        self.strict = True
        """Refuse what comes too fast, as Slack does."""
        self.before_answering: Callable[[str, dict[str, Any]], None] = lambda _method, _told: None
        """Called once a message was taken and before we hear of it."""
        self._next: dict[str, deque[Trouble]] = defaultdict(deque)
        self._always: dict[str, Trouble] = {}
        self._last: dict[str, float] = {}
        self._stamps = count(1)
        self._heard = asyncio.Condition()

    @property
    def api(self) -> str:
        """The `base_url` for clients."""
        return f"{self.url}/api/"

    def troubles(self, what: str, *troubles: Trouble) -> None:
        """The next calls of a method, or to a conversation, meet these, one each."""
        self._next[what].extend(troubles)

    def is_broken(self, what: str, trouble: Trouble) -> None:
        """Every call of a method, or to a conversation, meets this trouble until `is_whole`."""
        self._always[what] = trouble

    def is_whole(self, what: str) -> None:
        """Calls meet it no more."""
        self._always.pop(what, None)

    def died(self) -> None:
        """Who spoke with it until now is no more; whoever speaks next remembers nothing."""
        self.deaths[self.life] = time.monotonic()
        self.life += 1

    async def is_left(self, seconds: float = 5) -> None:
        """The same, once what they had still said was heard: until their connections are closed."""
        at, left = time.monotonic(), asyncio.get_running_loop().time() + seconds
        while self.connections() and asyncio.get_running_loop().time() < left:  # noqa: ASYNC110 -- aiohttp does not tell
            await asyncio.sleep(0.01)
        self.deaths[self.life] = at
        self.life += 1

    @property
    def posted(self) -> list[Heard]:
        """The messages of the outbox that were newly taken, in order."""
        return [heard for heard in self.history if heard.taken and heard.key]

    def to(self, place: str) -> list[Heard]:
        """The messages of the outbox that a conversation has seen."""
        return [heard for heard in self.posted if heard.place == place]

    async def hears(self, enough: Callable[["Slack"], bool], seconds: float = 20) -> None:
        """Wait until enough was said."""
        async with asyncio.timeout(seconds), self._heard:
            await self._heard.wait_for(lambda: enough(self))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        body = await request.read()
        method = request.match_info["method"]
        told = orjson.loads(body) if body.startswith(b"{") else {}
        trouble = self._trouble(method, told)
        taken = trouble is None or trouble.took_it
        heard = Heard(time.monotonic(), self.life, method, told, taken, trouble.error if trouble else "")
        async with self._heard:
            self.history.append(heard)
            self._heard.notify_all()
        if taken:
            self.before_answering(method, told)
        if trouble is not None:
            answer = await self._badly(trouble, method, told, request)
        else:
            answer = _json(self._well(method, told))
        with suppress(ConnectionError):
            await answer.prepare(request)
            await answer.write_eof()
        if request.transport is None or request.transport.is_closing():
            heard.answered = heard.answered or "nobody waited any more"
        heard.over_at = time.monotonic()
        return answer

    def _trouble(self, method: str, told: dict[str, Any]) -> Trouble | None:
        place = str(told.get("channel", ""))
        for what in (method, place):
            if self._next[what]:
                return self._next[what].popleft()
        if (trouble := self._always.get(method) or self._always.get(place)) is not None:
            return trouble
        if any(len(block.get("text", {}).get("text", "")) > 3000 for block in told.get("blocks", ())):
            return Trouble(error="invalid_blocks")
        return self._too_fast(place) if self.strict and method in SPOKEN else None

    def _too_fast(self, place: str) -> Trouble | None:
        now = time.monotonic()
        if now - self._last.get(place, 0.0) < BREATH:
            return Trouble(status=429, error="too fast", retry_after=1)
        self._last[place] = now
        return None

    async def _badly(
        self, trouble: Trouble, method: str, told: dict[str, Any], request: web.Request
    ) -> web.StreamResponse:
        await asyncio.sleep(trouble.seconds)
        if trouble.cut:
            return await _cut(request)
        if trouble.status == 200 and not trouble.error:
            return _json(self._well(method, told))
        headers = {"Retry-After": str(trouble.retry_after)} if trouble.retry_after is not None else {}
        return _json({"ok": False, "error": trouble.error}, trouble.status, headers)

    def _well(self, method: str, told: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "conversations.open":
                return {"ok": True, "channel": {"id": f"D{told['users']}"}}
            case "chat.postMessage":
                stamp = f"1795600000.{next(self._stamps):06}"
                return {"ok": True, "channel": told["channel"], "ts": stamp}
            case "files.getUploadURLExternal":
                return {"ok": True, "file_id": "F0PICTURE", "upload_url": f"{self.url}/upload"}
            case "files.completeUploadExternal":
                return {"ok": True, "files": [{"id": "F0PICTURE"}]}
            case "auth.test":
                return {"ok": True, "user_id": "U0KAIKU", "bot_id": "B0KAIKU", "team_id": "T0CLINIC"}
            case _:
                return {"ok": True, "channel": told.get("channel"), "ts": told.get("ts")}


async def _uploaded(request: web.Request) -> web.StreamResponse:
    await request.read()
    return web.Response(text="OK")


def _json(
    answer: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None
) -> web.StreamResponse:
    return web.Response(
        body=orjson.dumps(answer), status=status, headers=headers, content_type="application/json"
    )


async def _cut(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"content-length": "400", "content-type": "application/json"})
    await answer.prepare(request)
    await answer.write(b'{"ok": true, "chan')
    if request.transport is not None:
        request.transport.abort()
    return answer


@asynccontextmanager
async def strict_slack() -> AsyncIterator[Slack]:
    """Run it on 127.0.0.1, on a free port."""
    slack, app = Slack(), web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    app.router.add_post("/upload", _uploaded)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.url = "http://{}:{}".format(*runner.addresses[0][:2])
    slack.connections = lambda: len(runner.server.connections) if runner.server else 0
    try:
        yield slack
    finally:
        await runner.cleanup()
