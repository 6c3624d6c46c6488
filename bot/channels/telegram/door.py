"""The door for Telegram's webhook: an ASGI application of our own.

Telegram does not sign what it sends; it repeats a secret that we gave it. It is compared before a single
byte of the body is read.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Hear = Callable[[Mapping[str, Any]], Awaitable[bool]]

PATH = "/telegram/webhook"
LARGEST = 256 * 1024
"""Bytes; Telegram's own largest updates are a tenth of it."""
SHORTEST = 32
"""Characters of a secret that cannot be guessed."""


class Refused(Exception):
    """A request that goes no further, with the HTTP status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Door:
    """Lets in what carries our secret, once parsed, to `hear`."""

    def __init__(self, secret: str, hear: Hear) -> None:
        if len(secret) < SHORTEST:
            raise ValueError(
                f"Anybody who guesses the webhook's secret could speak as Telegram: "
                f"KAIKU_TELEGRAM_WEBHOOK_SECRET must have at least {SHORTEST} characters."
            )
        self._secret = secret.encode()
        self._hear = hear

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 200; 400, 401, 405 or 413 for what is refused; 503 for what was not stored."""
        try:
            status = 200 if await self._hear(await self._update(scope, receive)) else 503
        except Refused as refused:
            status = refused.status
        headers = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _update(self, scope: Scope, receive: Receive) -> Mapping[str, Any]:
        if scope["method"] != "POST":
            raise Refused(405)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        told = headers.get(b"x-telegram-bot-api-secret-token", b"")
        if not hmac.compare_digest(self._secret, told):
            raise Refused(401)
        return _parsed(await _read(headers, receive))


def _parsed(body: bytes) -> Mapping[str, Any]:
    """Refuses with 400 what is not an object in JSON."""
    try:
        update = orjson.loads(body)
    except ValueError as unreadable:
        raise Refused(400) from unreadable
    if not isinstance(update, dict):
        raise Refused(400)
    return update


async def _read(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    """The whole body. Refuses with 413 one that says it is too large, or turns out to be."""
    said = headers.get(b"content-length", b"0")
    if not said.isdigit() or int(said[:12]) > LARGEST:
        raise Refused(413)
    body = bytearray()
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > LARGEST:
            raise Refused(413)
        if not event.get("more_body"):
            return bytes(body)
