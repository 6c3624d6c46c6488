"""The homeserver, through matrix-nio; every failure as a `DeliveryError`."""

import io
import json
import logging
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import aiohttp
from nio import (
    AsyncClient,
    AsyncClientConfig,
    ErrorResponse,
    JoinResponse,
    MessageDirection,
    ProfileGetDisplayNameResponse,
    Response,
    RoomCreateResponse,
    RoomLeaveResponse,
    RoomMessagesResponse,
    RoomPreset,
    RoomRedactResponse,
    RoomSendResponse,
    SyncResponse,
    UploadResponse,
)

from bot.channels.errors import DeliveryError
from bot.channels.halves import mended
from bot.channels.matrix.payloads import KINDS
from bot.channels.matrix.render import POLL
from bot.outside import straight

log = logging.getLogger(__name__)

R = TypeVar("R", bound=Response)
Json = dict[str, Any]

TIMEOUT = 20
LONG_POLL = 25_000
"""Milliseconds that the server may keep us waiting for something new."""
PARKED = 900.0
"""Seconds until the next try when our token is refused. Only a person can help; no message may be lost."""
TOKEN = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"})
GONE = frozenset({"M_FORBIDDEN"})
"""We are not in the room, or may not invite this person."""
PASSING = frozenset({"M_UNKNOWN", "M_RESOURCE_LIMIT_EXCEEDED"})
"""Of our making or not, it may go better next time."""
MOST_HEARD = 50
"""Events of one room in one answer; what was said beyond that is asked for page by page."""
_API = "/_matrix/client/v3"


class Homeserver:
    """Calls the client-server API as the bot's account."""

    def __init__(self, address: str, user: str, token: str) -> None:
        self.user = user
        config = AsyncClientConfig(
            max_limit_exceeded=0, max_timeouts=0, request_timeout=TIMEOUT, encryption_enabled=False
        )
        self._client = AsyncClient(address, user, config=config)
        self._client.user_id, self._client.access_token = user, token
        self._heard = _filter(user)

    async def close(self) -> None:
        """Hang up."""
        await self._client.close()

    async def sync(self, since: str, *, patience: int = LONG_POLL) -> SyncResponse:
        """What is new since a token; an empty one asks how things stand. Raises `DeliveryError`."""
        # The client would go on from its own last token, which may be ahead of what we have stored.
        self._client.next_batch = ""
        return await self._told(
            self._client.sync(timeout=patience, sync_filter=self._heard, since=since or None), SyncResponse
        )

    async def history(self, room: str, start: str, end: str) -> tuple[list[Json], str]:
        """One page of a room's past, newest first, back from `start` and not beyond `end`; and where it goes on."""
        page = await self._told(
            self._client.room_messages(
                room, start, end, limit=MOST_HEARD, message_filter=self._heard["room"]["timeline"]
            ),
            RoomMessagesResponse,
        )
        return [event.source for event in page.chunk], page.end or ""

    async def ours(self, room: str) -> list[Json]:
        """The bot's newest messages in a room, newest first, each with its latest edit. Raises `DeliveryError`."""
        own = {"senders": [self.user], "types": ["m.room.message"]}
        page = await self._told(
            self._client.room_messages(room, direction=MessageDirection.back, limit=30, message_filter=own),
            RoomMessagesResponse,
        )
        return [event.source for event in page.chunk]

    async def event(self, room: str, event: str) -> Json:
        """One event, with its latest edit. Raises `DeliveryError`."""
        return await self._request("GET", f"/rooms/{quote(room)}/event/{quote(event)}")

    async def related(self, room: str, event: str, relation: str, kind: str) -> list[Json]:
        """The events that refer to another: edits or reactions, newest first. Raises `DeliveryError`."""
        where = "/".join(map(quote, (room, "relations", event, relation, kind)))
        path = f"/_matrix/client/v1/rooms/{where}?{urlencode({'limit': 100})}"
        return list((await self._request("GET", path)).get("chunk", []))

    async def say(self, room: str, content: Json, key: str | None) -> str:
        """Send a message and return its id; the server takes one `key` only once. Raises `DeliveryError`."""
        return await self._put_event(room, "m.room.message", content, key)

    async def react(self, room: str, event: str, reaction: str) -> None:
        """React to a message. Raises `DeliveryError`."""
        relation = {"rel_type": "m.annotation", "event_id": event, "key": reaction}
        await self._put_event(room, "m.reaction", {"m.relates_to": relation}, None)

    async def ask(self, room: str, poll: Json) -> None:
        """Put up a poll. Raises `DeliveryError`."""
        await self._put_event(room, POLL, poll, None)

    async def redact(self, room: str, event: str) -> None:
        """Take an event back. Raises `DeliveryError`."""
        await self._told(self._client.room_redact(room, event), RoomRedactResponse)

    async def open_direct(self, person: str) -> str:
        """A new direct conversation, to which the person is invited. Raises `DeliveryError`."""
        made = await self._told(
            self._client.room_create(is_direct=True, preset=RoomPreset.private_chat, invite=[person]),
            RoomCreateResponse,
        )
        return str(made.room_id)

    async def join(self, room: str) -> None:
        """Accept an invitation. Raises `DeliveryError`."""
        await self._told(self._client.join(room), JoinResponse)

    async def leave(self, room: str) -> None:
        """Leave a room, or decline an invitation. Raises `DeliveryError`."""
        await self._told(self._client.room_leave(room), RoomLeaveResponse)

    async def members(self, room: str) -> dict[str, str]:
        """Everybody who was ever in a room, and their membership. Raises `DeliveryError`."""
        told = await self._request("GET", f"/rooms/{quote(room)}/members")
        return {member["state_key"]: member["content"].get("membership", "") for member in told["chunk"]}

    async def direct_rooms(self) -> dict[str, list[str]]:
        """Each person and the conversations marked as direct with them. Raises `DeliveryError`."""
        try:
            rooms: dict[str, list[str]] = await self._request("GET", self._direct_list)
        except DeliveryError as failure:
            if failure.reason.startswith("M_NOT_FOUND"):
                return {}
            raise
        return rooms

    async def mark_direct(self, rooms: Mapping[str, list[str]]) -> None:
        """Keep on the server which conversations are direct. Raises `DeliveryError`."""
        await self._request("PUT", self._direct_list, dict(rooms))

    async def name_of(self, person: str) -> str:
        """What a person calls themselves; may be empty. Raises `DeliveryError`."""
        profile = await self._told(self._client.get_displayname(person), ProfileGetDisplayNameResponse)
        return mended(str(profile.displayname or ""))

    async def whoami(self) -> str:
        """Whose token it is. Raises `DeliveryError`."""
        return str((await self._request("GET", "/account/whoami"))["user_id"])

    async def upload(self, name: str, content: bytes, media_type: str = "image/png") -> str:
        """Upload a picture or a sound; its `mxc://` address. Raises `DeliveryError`."""
        done, _ = await self._reached(
            self._client.upload(io.BytesIO(content), media_type, filename=name, filesize=len(content))
        )
        return str(_right(done, UploadResponse).content_uri)

    @property
    def _direct_list(self) -> str:
        return f"/user/{quote(self.user)}/account_data/m.direct"

    async def _put_event(self, room: str, kind: str, content: Json, key: str | None) -> str:
        sent = await self._told(self._client.room_send(room, kind, content, tx_id=key), RoomSendResponse)
        return str(sent.event_id)

    async def _request(self, method: str, path: str, body: Json | None = None) -> Json:
        """What matrix-nio has no call for, or hides the half of."""
        whole = path if path.startswith("/_matrix") else _API + path
        headers = {"Authorization": f"Bearer {self._client.access_token}"}
        answer = await self._reached(
            self._client.send(method, whole, None if body is None else json.dumps(body), headers)
        )
        async with answer:
            told: Json = mended(await self._reached(self._client.parse_body(answer)))
            if answer.status == 200:
                return told
            raise delivery_error(str(told.get("errcode", "")), answer.status, told.get("retry_after_ms"))

    async def _told(self, call: Awaitable[object], wanted: type[R]) -> R:
        return _right(await self._reached(call), wanted)

    async def _reached(self, call: Awaitable[Any]) -> Any:
        if not self._client.client_session:
            # matrix-nio's own session would follow wherever the server points.
            self._client.client_session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT), trace_configs=[straight()]
            )
        try:
            return await call
        except (aiohttp.ClientError, TimeoutError, OSError) as failure:
            raise DeliveryError(f"the homeserver could not be reached: {type(failure).__name__}") from failure


def _filter(user: str) -> Json:
    """Of everything the server could tell, what we listen to."""
    nothing: Json = {"types": []}
    heard = {"limit": MOST_HEARD, "types": list(KINDS), "not_senders": [user]}
    return {
        "presence": nothing,
        "account_data": nothing,
        "room": {
            "timeline": heard,
            "state": nothing,
            "ephemeral": nothing,
            "account_data": nothing,
        },
    }


def _right(answer: object, wanted: type[R]) -> R:
    if isinstance(answer, wanted):
        return answer
    if isinstance(answer, ErrorResponse):
        status = getattr(answer.transport_response, "status", 0)
        raise delivery_error(answer.status_code or "", status, answer.retry_after_ms)
    raise DeliveryError(f"the homeserver answered {type(answer).__name__}")


def delivery_error(error: str, status: int, retry_after_ms: int | None = None) -> DeliveryError:
    """What a refusal means for the message it was about. `error` is Matrix's code, empty where there is none."""
    if error == "M_LIMIT_EXCEEDED" or status == 429:
        return DeliveryError(error, retry_after=(retry_after_ms or 5000) / 1000)
    if error in TOKEN:
        log.error(
            "Matrix refuses our token: %s. Messages wait; `python -m bot doctor` says what to do.", error
        )
        return DeliveryError(f"token: {error}", retry_after=PARKED)
    if error in GONE:
        return DeliveryError(error, unreachable=True)
    refused = bool(error) and error not in PASSING and 400 <= status < 500
    return DeliveryError(error or f"HTTP {status}", permanent=refused)
