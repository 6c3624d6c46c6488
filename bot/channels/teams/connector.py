"""Microsoft's Bot Connector: one shared HTTP client, and every failure as a `DeliveryError`."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from bot.channels import Sent
from bot.channels.errors import DeliveryError
from bot.channels.teams.cloud import (
    Account,
    Client,
    ClientOptions,
    ConversationClient,
    CreateConversationParams,
    MessageActivityInput,
    TeamsChannelAccount,
    cloud_of,
)
from bot.channels.teams.places import SERVICE, Place, is_microsofts
from bot.settings import Settings

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds; the SDK's own client would wait for ever."""
PARKED = 900.0
"""Seconds until the next try when we are not let in. Only a person can help; no message may be lost."""
MARGIN = 300.0
"""Seconds that a token is given up before it expires."""
PASSING = frozenset({408, 412, 425, 429, 500, 502, 503, 504})
"""It may go better next time."""
BUSY = 5.0
"""Seconds to wait when Teams asks for patience and does not say how long."""
ACTIVITY_GONE = frozenset({"ActivityNotFoundInConversation", "ActivityNotFound", "MessageNotFound"})
"""The message is gone, not the conversation."""
SAFE = ":@;=,"


class Connector:
    """Speaks with Teams as the bot. Open it inside the event loop that uses it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cloud = cloud_of(settings)
        self._service = settings.teams_stand_in or SERVICE
        self._token, self._good_until = "", 0.0

    async def open(self) -> None:
        """Open the clients that all calls share."""
        self._asking = asyncio.Lock()
        self._login = Client(ClientOptions(timeout=TIMEOUT))
        self._http = Client(ClientOptions(timeout=TIMEOUT, token=self.token))

    async def close(self) -> None:
        """Close the clients."""
        for client in (self._login, self._http):
            await client.http.aclose()

    async def create(self, person: str, tenant: str) -> Place:
        """The direct conversation with a person, by their id in the directory. Raises `DeliveryError`."""
        tenant = tenant or self._settings.teams_tenant
        params = CreateConversationParams(
            members=[Account(id=person)], tenant_id=tenant, channel_data={"tenant": {"id": tenant}}
        )
        with self._as_delivery_error():
            opened = await self._at("").create(params)
        return Place(opened.id, self._service)

    async def post(self, place: Place, activity: MessageActivityInput) -> Sent:
        """Say something new in a conversation. Raises `DeliveryError`."""
        with self._as_delivery_error():
            sent = await self._at(place.service).create_activity(_path(place.conversation), activity)
        return Sent(str(place), sent.id)

    async def update(self, place: Place, message: str, activity: MessageActivityInput) -> Sent:
        """Replace something of ours. Raises `DeliveryError`."""
        with self._as_delivery_error():
            await self._at(place.service).update_activity(_path(place.conversation), _path(message), activity)
        return Sent(str(place), message)

    async def delete(self, place: Place, message: str) -> None:
        """Take something of ours back. Raises `DeliveryError`."""
        with self._as_delivery_error():
            await self._at(place.service).delete_activity(_path(place.conversation), _path(message))

    async def member(self, place: Place, account: str) -> TeamsChannelAccount:
        """What Teams knows of somebody in a conversation. Raises `DeliveryError`."""
        with self._as_delivery_error():
            members = self._at(place.service).members_client
            return await members.get_by_id(_path(place.conversation), _path(account))

    async def token(self) -> str:
        """A token of ours, asked for once in its lifetime. Raises `DeliveryError`."""
        async with self._asking:
            now = asyncio.get_running_loop().time()
            if now >= self._good_until:
                granted = await self._ask_for_token()
                self._token = str(granted["access_token"])
                self._good_until = now + float(granted["expires_in"]) - MARGIN
            return self._token

    def _at(self, service: str) -> ConversationClient:
        """Raises `DeliveryError` for an address that our token must not go to."""
        address = service or self._service
        if not is_microsofts(address, self._settings.teams_stand_in):
            raise DeliveryError("the conversation is not at an address of Microsoft's", permanent=True)
        return ConversationClient(address, self._http)

    async def _ask_for_token(self) -> dict[str, Any]:
        tenant = self._settings.teams_tenant or self._cloud.login_tenant
        asked = {
            "grant_type": "client_credentials",
            "client_id": self._settings.teams_app_id,
            "client_secret": self._settings.teams_app_password.get_secret_value(),
            "scope": self._cloud.bot_scope,
        }
        login = f"{self._cloud.login_endpoint}/{_path(tenant)}/oauth2/v2.0/token"
        with self._as_delivery_error():
            try:
                return dict((await self._login.post(login, data=asked)).json())
            except httpx.HTTPStatusError as failure:
                if failure.response.status_code in PASSING:
                    raise
                reason = delivery_error(failure.response).reason
                log.warning("Microsoft gives us no token: %s. `python -m bot doctor` tells more.", reason)
                raise DeliveryError(f"token: {reason}", retry_after=PARKED) from failure

    @contextmanager
    def _as_delivery_error(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPStatusError as failure:
            if failure.response.status_code == 401:
                self._good_until = 0.0
            raise delivery_error(failure.response) from failure
        except (httpx.HTTPError, ValidationError, KeyError, ValueError) as failure:
            raise DeliveryError(f"Teams could not be reached: {type(failure).__name__}") from failure


def delivery_error(answer: httpx.Response) -> DeliveryError:
    """What a refusal means for the message it was about."""
    status, code = answer.status_code, _code(answer)
    reason = f"{status} {code}".strip()
    if status in PASSING:
        return DeliveryError(reason, retry_after=_seconds(answer.headers.get("retry-after")))
    if status == 401:
        return DeliveryError(reason, retry_after=BUSY)
    gone = status == 403 or (status == 404 and code not in ACTIVITY_GONE)
    return DeliveryError(reason, permanent=True, unreachable=gone)


def _code(answer: httpx.Response) -> str:
    """The name Microsoft has for what is wrong."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    code = error.get("code") if isinstance(error, dict) else error
    return str(code or "")[:60]


def _seconds(header: str | None) -> float:
    return float(header) if header and header.isdecimal() else BUSY


def _path(part: str) -> str:
    """As one part of a path: an id may hold anything, and leads nowhere else."""
    return quote(part, safe=SAFE)
