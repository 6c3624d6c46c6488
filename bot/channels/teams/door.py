"""The door for what Microsoft sends to `/api/messages`: an ASGI application of our own.

The body is counted before it is read, and its token checked before anybody acts on it: signed by
Microsoft for this bot, not expired, and for the very address that the activity wants its answers at.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import jwt
import orjson

from bot.channels.teams.cloud import TokenValidator, cloud_of
from bot.channels.teams.payloads import tenant_of
from bot.channels.teams.places import is_microsofts
from bot.channels.webhook import Receive, Refused, Scope, Send, read_body, read_object
from bot.settings import Settings

log = logging.getLogger(__name__)

# What it says of refused tokens holds parts of them, and anybody can make it say so.
logging.getLogger("microsoft_teams.apps.auth").setLevel(logging.CRITICAL)

Answer = tuple[int, dict[str, Any] | None]
Hear = Callable[[dict[str, Any]], Awaitable[Answer]]

LONGEST_TOKEN = 8192
SCHEME = b"Bearer "


class Door:
    """Lets in what Microsoft signed for this bot, once parsed, to `hear`."""

    def __init__(self, settings: Settings, hear: Hear) -> None:
        self._validator = TokenValidator.for_service(settings.teams_app_id, cloud=cloud_of(settings))
        self._stand_in = settings.teams_stand_in
        self._tenant = settings.teams_tenant
        self._hear = hear

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 200; 400, 401, 403, 405 or 413 for what is refused; 503 for what could not be stored."""
        try:
            status, body = await self._answer(scope, receive)
        except Refused as refused:
            status, body = refused.status, None
        await _respond(send, status, body)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["method"] != "POST":
            raise Refused(405)
        headers: dict[bytes, bytes] = dict(scope["headers"])
        token = _token(headers)
        activity = read_object(await read_body(headers, receive))
        await self._verify(token, activity)
        return await self._hear(activity)

    async def _verify(self, token: str, activity: dict[str, Any]) -> None:
        """Refuse with 401 what Microsoft did not sign for us, and with 403 another organisation's people."""
        service = activity.get("serviceUrl")
        if not (isinstance(service, str) and is_microsofts(service, self._stand_in)):
            raise Refused(401)
        try:
            # Off the loop: it may fetch Microsoft's keys, and waits for them in place.
            await asyncio.to_thread(asyncio.run, self._validator.validate_token(token, service))
        except jwt.PyJWKClientConnectionError as unknown:
            log.warning("Microsoft's keys could not be fetched; nothing from Teams can be verified.")
            raise Refused(503) from unknown
        except Exception as untrue:
            # Whatever a foreign token makes it raise, the token did not pass.
            raise Refused(401) from untrue
        if self._tenant and tenant_of(activity) != self._tenant:
            raise Refused(403)


def keys_of(settings: Settings) -> str:
    """Where Microsoft publishes the keys that it signs with."""
    return TokenValidator.for_service(settings.teams_app_id, cloud=cloud_of(settings)).options.jwks_uri


def _token(headers: dict[bytes, bytes]) -> str:
    said = headers.get(b"authorization", b"")
    if not said.startswith(SCHEME) or len(said) > LONGEST_TOKEN:
        raise Refused(401)
    try:
        return said.removeprefix(SCHEME).decode("ascii")
    except UnicodeDecodeError as untrue:
        raise Refused(401) from untrue


async def _respond(send: Send, status: int, said: dict[str, Any] | None) -> None:
    body = b"" if said is None else orjson.dumps(said)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
