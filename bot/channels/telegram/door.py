"""The door for Telegram's webhook: an ASGI application of our own.

Telegram does not sign what it sends; it repeats a secret that we gave it. It is compared before a single
byte of the body is read.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.channels.webhook import Receive, Refused, Scope, Send, read_body, read_object

Hear = Callable[[Mapping[str, Any]], Awaitable[bool]]

PATH = "/telegram/webhook"
SHORTEST = 32
"""Characters of a secret that cannot be guessed."""


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
        return read_object(await read_body(headers, receive))
