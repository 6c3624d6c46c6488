"""A small Telegram to speak with over real sockets: it answers the Bot API, remembers what stands, and
hands out updates by offset as Telegram does. Every call is held against Telegram's own description.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from aiohttp import web

from tests.helpers.telegram_api import complaints, travelled

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Kaiku", "username": "KaikuTestBot"}
TOM, MAYA, GROUP = 4242, 4343, -1001234567890
Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call that Telegram received."""

    method: str
    arguments: Json


@dataclass
class Refusal:
    """An answer other than success."""

    status: int
    description: str
    parameters: Json = field(default_factory=dict)


BLOCKED = Refusal(403, "Forbidden: bot was blocked by the user")
NOT_MODIFIED = Refusal(400, "Bad Request: message is not modified: specified new message content is the same")
NO_MESSAGE = Refusal(400, "Bad Request: message to edit not found")


def flood(seconds: int) -> Refusal:
    """Telegram asks for patience."""
    return Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


class TelegramServer:
    """What was said to Telegram, what stands there, and what happens next."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.scripted: dict[str, deque[Refusal]] = defaultdict(deque)
        self.messages: dict[tuple[int, int], Json] = {}
        """What stands, by chat and number."""
        self.files: dict[str, bytes] = {}
        """What people sent, by its file id."""
        self.updates: list[Json] = []
        self.offset = 0
        """Everything before it was acknowledged."""
        self.webhook: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        self.wrong: list[str] = []
        """What Telegram's own description finds wrong with the calls."""
        self.url = ""
        self._numbers = count(100)
        self._news = asyncio.Condition()

    def to(self, method: str) -> list[Json]:
        """What one method was called with, call by call."""
        return [call.arguments for call in self.calls if call.method == method]

    async def told(self, method: str, times: int = 1) -> Json:
        """Wait until a method was called so many times; what it was last called with."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: len(self.to(method)) >= times)
        return self.to(method)[-1]

    async def acknowledged(self, update: int) -> None:
        """Wait until an update is known to be taken in."""
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: self.offset > update)

    async def happens(self, update: Json) -> None:
        """Something happened: whoever asks is told."""
        async with self._news:
            self.updates.append(update)
            self._news.notify_all()

    async def answer(self, request: web.Request) -> web.Response:
        """One call of the Bot API."""
        if request.match_info["token"] != TOKEN:
            return _refused(Refusal(401, "Unauthorized"))
        method = request.match_info["method"]
        call = Call(method, await _arguments(request))
        async with self._news:
            self.calls.append(call)
            self._news.notify_all()
        self.wrong += complaints(method, call.arguments)
        if self.scripted[method]:
            return _refused(self.scripted[method].popleft())
        if method == "getUpdates":
            return await self._updates(call.arguments)
        result = (self._file if method == "getFile" else partial(self._done, method))(call.arguments)
        if isinstance(result, Refusal):
            return _refused(result)
        return web.json_response({"ok": True, "result": result})

    async def file(self, request: web.Request) -> web.Response:
        """What somebody sent, for who knows the token and its path."""
        name = request.match_info["name"]
        if request.match_info["token"] != TOKEN or name not in self.files:
            raise web.HTTPNotFound
        return web.Response(body=self.files[name])

    async def _updates(self, asked: Json) -> web.Response:
        async with self._news:
            self.offset = max(self.offset, asked.get("offset", 0))
            self._news.notify_all()
            try:
                async with asyncio.timeout(min(asked.get("timeout", 0), 0.2)):
                    await self._news.wait_for(self._waiting)
            except TimeoutError:
                pass
        return web.json_response({"ok": True, "result": self._waiting()})

    def _waiting(self) -> list[Json]:
        return [update for update in self.updates if update["update_id"] >= self.offset]

    def _done(self, method: str, given: Json) -> Any:
        place = (given.get("chat_id", 0), given.get("message_id", 0))
        match method:
            case "getMe":
                return BOT
            case "getWebhookInfo":
                return self.webhook
            case "sendMessage" | "sendPhoto" | "sendVoice" | "sendAudio" | "sendDocument":
                place = (int(given["chat_id"]), next(self._numbers))
                self.messages[place] = given
                return _message(place, given)
            case "editMessageText":
                return self._edited(place, given)
            case "deleteMessage":
                gone = self.messages.pop(place, None)
                return True if gone else Refusal(400, "Bad Request: message to delete not found")
            case _:
                return True

    def _file(self, given: Json) -> Json | Refusal:
        name = given["file_id"]
        if name not in self.files:
            return Refusal(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        told = {"file_size": len(self.files[name]), "file_path": name}
        return {"file_id": name, "file_unique_id": name, **told}

    def _edited(self, place: tuple[int, int], given: Json) -> Any:
        before = self.messages.get(place)
        if before is None:
            return NO_MESSAGE
        same = all(before.get(key) == given.get(key) for key in ("text", "entities", "reply_markup"))
        self.messages[place] = given
        return NOT_MODIFIED if same else _message(place, given)


def _message(place: tuple[int, int], given: Json) -> Json:
    chat = {"id": place[0], "type": "private" if place[0] > 0 else "supergroup"}
    said = {"text": given["text"]} if "text" in given else {}
    return {"message_id": place[1], "date": 1795500000, "chat": chat, "from": BOT, **said}


async def _arguments(request: web.Request) -> Json:
    posted = await request.post()
    given: Json = dict(request.query)
    for name, value in posted.items():
        given[name] = value.file.read() if isinstance(value, web.FileField) else value
    # The library sends a file as an attachment that its field names.
    for name, value in list(given.items()):
        if isinstance(value, str) and value.startswith("attach://"):
            given[name] = given.pop(value.removeprefix("attach://"))
    return travelled(given)


def _refused(refusal: Refusal) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.status)


@asynccontextmanager
async def telegram_server() -> AsyncIterator[TelegramServer]:
    """Run it on 127.0.0.1, on a free port; afterwards, no call may have been wrong."""
    telegram = TelegramServer()
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", telegram.answer)
    app.router.add_get("/file/bot{token}/{name}", telegram.file)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    telegram.url = f"http://{host}:{port}"
    try:
        yield telegram
    finally:
        await runner.cleanup()
    assert telegram.wrong == []
