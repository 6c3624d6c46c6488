"""How much may come in: bytes of a body, requests of a client; and the id each request is logged under."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.following import following, new
from bot.web.problems import Problem

KB = 1024
ONE = 256 * KB
"""Bytes of a body with one thing in it."""
MANY = 2 * 1024 * KB
"""Bytes of a body with a batch in it."""


def protect(site: FastAPI) -> None:
    """Put the general limits before everything the site serves."""
    site.add_middleware(BodyLimit, most=MANY)
    site.add_middleware(RequestIds)


def too_large(most: int) -> Problem:
    """The refusal of a body of more than `most` bytes; the connection ends, the rest is not read."""
    detail = f"The body is larger than {most // KB} KB. Send less at once; nothing was stored."
    return Problem(413, "too-large", detail, headers={"Connection": "close"})


async def read_body(request: Request, most: Callable[[bytes], int]) -> bytes:
    """The whole body, if it has no more bytes than `most` allows for one that begins so. Raises `Problem`."""
    body = bytearray()
    if _declared(request.headers) > MANY:
        raise too_large(MANY)
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > (allowed := most(bytes(body[:64]))):
                raise too_large(allowed)
    except ClientDisconnect:
        raise Problem(
            400, "cut-off", "The connection ended before the body did. Nothing was stored."
        ) from None
    return bytes(body)


def _declared(headers: Headers) -> int:
    """The length a body is said to have; 0 when nothing is said that can be believed."""
    said = headers.get("content-length", "")
    # Twelve digits are too many already, and Python refuses to read more than some thousand.
    return int(said[:12]) if said.isdecimal() else 0


class BodyLimit:
    """Refuses bodies of more than `most` bytes, whoever reads them, without reading them whole."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer 413."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared(Headers(scope=scope)) > self._most:
            await too_large(self._most).response()(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._most:
                # Starlette turns it into the answer wherever the body is read.
                raise HTTPException(413, str(too_large(self._most)), {"Connection": "close"})
            return message

        return receive_counted


class RequestIds:
    """Gives each request an id, the caller's own if it has a decent one, for the log and the answer."""

    _DECENT = re.compile(r"[0-9a-fA-F-]{16,64}")
    """A UUID or the id of a trace. It is kept beside what is said, so it must not be able to spell a name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id to everything logged meanwhile and send it back as `X-Request-Id`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("x-request-id", "")
        request_id = said if self._DECENT.fullmatch(said) else new()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        with following(request_id):
            await self._app(scope, receive, send_with_id)


@dataclass
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """A token bucket per client: a minute's worth at once, then as many as flow in.

    It lives in memory, so each process counts for itself. `now` is in seconds and need not be of any epoch.
    """

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._per_minute, self._now = per_minute, now
        self._buckets: dict[str, _Bucket] = {}

    def take(self, client: str) -> float:
        """Take one token; the seconds to wait if there was none, else 0."""
        now = self._now()
        bucket = self._buckets.setdefault(client, _Bucket(self._per_minute, now))
        flowed = max(now - bucket.at, 0.0) * self._per_minute / 60
        bucket.tokens, bucket.at = min(bucket.tokens + flowed, self._per_minute), now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * 60 / self._per_minute
        bucket.tokens -= 1
        return 0.0
