"""The least that passes for Slack's Web API: everybody has a conversation of their own, and all goes well.

`python -m tests.helpers.slack_stand_in` serves it in a process of its own and tells its address; what was called can be
had from it as `/api/calls`. With a number of seconds it asks for so much patience instead, at every call.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import orjson
from aiohttp import web


class StandIn:
    """Keeps what was posted anew; edits and the rest are only noted and answered."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        """Every method that was called."""
        self.calls: list[tuple[float, str, dict[str, Any]]] = []
        """The same, when by `time.perf_counter()`, and with what."""
        self.posted: list[dict[str, Any]] = []
        self.seconds = 0.0
        """How long each answer takes."""
        self.patience = ""
        """Seconds for which every call is refused; none when it is taken."""
        self.refuses = ""
        """The error that answers every new message; none when all goes well."""
        self._stamps = count(1)
        self._heard = asyncio.Condition()

    @property
    def api(self) -> str:
        """The `base_url` for clients."""
        return f"{self.url}/api/"

    async def called(self, times: int) -> None:
        """Wait until so many calls have come."""
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.asked) >= times)

    async def answer(self, request: web.Request) -> web.Response:
        """One call of the Web API."""
        body = await request.read()
        method = request.match_info["method"]
        told = orjson.loads(body) if body.startswith(b"{") else {}
        async with self._heard:
            self.asked.append(method)
            self.calls.append((time.perf_counter(), method, told))
            self._heard.notify_all()
        await asyncio.sleep(self.seconds)
        if self.patience:
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": self.patience}
            )
        if method == "conversations.open":
            return _json({"ok": True, "channel": {"id": f"D{told['users']}"}})
        if method == "chat.postMessage" and self.refuses:
            return _json({"ok": False, "error": self.refuses})
        if method == "chat.postMessage":
            self.posted.append(told)
            return _json(
                {"ok": True, "channel": told["channel"], "ts": f"1795600000.{next(self._stamps):06}"}
            )
        return _json({"ok": True, "channel": told.get("channel"), "ts": told.get("ts")})

    async def tell(self, _: web.Request) -> web.Response:
        """What was called so far, for another process."""
        return _json(self.calls)


def _json(answer: dict[str, Any] | list[Any]) -> web.Response:
    return web.Response(body=orjson.dumps(answer), content_type="application/json")


@asynccontextmanager
async def slack_stand_in() -> AsyncIterator[StandIn]:
    """Run it on 127.0.0.1, on a free port."""
    slack, app = StandIn(), web.Application()
    app.router.add_post("/api/{method}", slack.answer)
    app.router.add_get("/api/calls", slack.tell)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.url = "http://{}:{}".format(*runner.addresses[0][:2])
    try:
        yield slack
    finally:
        await runner.cleanup()


async def _serve() -> None:
    async with slack_stand_in() as slack:
        slack.patience = "".join(sys.argv[1:])
        print(slack.api, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve())
