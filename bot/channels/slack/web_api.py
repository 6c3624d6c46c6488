"""Slack's Web API: one shared HTTP session, and every failure as a `DeliveryError`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import orjson
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.errors import DeliveryError
from bot.outside import straight

log = logging.getLogger(__name__)
SDK_LOG = logging.getLogger("bot.channels.slack.sdk")
"""What the SDK and Bolt log to. A logger without a level of its own counts as below DEBUG with them: they then
put every request and every answer, whole, into sentences that nobody logs, a third of what a call costs."""
SDK_LOG.setLevel(logging.INFO)

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
HOOKS = "https://hooks.slack.com/"
PARKED = 900.0
"""Seconds until the next try when our token is refused. Only a person can help; no message may be lost."""

GONE = frozenset({
    "user_not_found", "users_not_found", "user_disabled", "user_not_visible", "cannot_dm_bot",
    "channel_not_found", "is_archived", "not_in_channel", "messages_tab_disabled",
})  # fmt: skip
"""The person or the conversation cannot be reached here any more."""
TOKEN = frozenset({
    "token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive", "missing_scope",
    "org_login_required", "ekm_access_denied", "not_allowed_token_type", "access_denied",
})  # fmt: skip
"""It is we who are not let in. `account_inactive` is about the token's account, not the reader's."""
PASSING = frozenset({
    "ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error",
    "service_unavailable", "request_timeout", "team_added_to_org",
})  # fmt: skip
"""It may go better next time."""


class WebApi:
    """Calls methods of the Web API as the bot. Open it inside the event loop that uses it."""

    def __init__(
        self, token: str, url: str, hooks: str = HOOKS, session: aiohttp.ClientSession | None = None
    ) -> None:
        self.client = AsyncWebClient(
            token=token, base_url=url, retry_handlers=[], session=session, logger=SDK_LOG
        )
        self._hooks = hooks

    def with_token(self, token: str) -> "WebApi":
        """The same connection, spoken through as another bot; only this one closes it."""
        return WebApi(token, self.client.base_url, self._hooks, self.client.session)

    async def open(self) -> None:
        """Open the session that all calls share."""
        # The SDK hands its JSON to the session: a third of what a reply cost went into the standard library's.
        self.client.session = aiohttp.ClientSession(
            timeout=TIMEOUT, json_serialize_bytes=orjson.dumps, trace_configs=[straight()]
        )

    async def close(self) -> None:
        """Close the session."""
        if self.client.session:
            await self.client.session.close()

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call one method and return its answer. Raises `DeliveryError`."""
        with _as_delivery_error():
            answer = await self.client.api_call(method, json=arguments)
        return _data(answer)

    async def exchange(self, **arguments: str) -> dict[str, Any]:
        """Trade what Slack sent somebody back with for what it stands for. Raises `DeliveryError`.

        Not through the SDK, which writes a new token into its debug log.
        """
        url = f"{self.client.base_url}oauth.v2.access"
        with _as_delivery_error():
            async with self._session().post(url, data=arguments, allow_redirects=False) as answer:
                told = _read(await answer.read())
        if told.get("ok") is not True:
            raise DeliveryError(str(told.get("error") or f"HTTP {answer.status}"))
        return told

    async def person(self, user: str) -> dict[str, Any]:
        """What Slack knows of a person. Raises `DeliveryError`."""
        with _as_delivery_error():
            answer = await self.client.users_info(user=user, include_locale=True)
        return dict(_data(answer).get("user") or {})

    async def upload(self, name: str, content: bytes) -> str:
        """Upload a picture that no conversation has yet; returns the file's id. Raises `DeliveryError`."""
        with _as_delivery_error():
            answer = await self.client.files_upload_v2(filename=name, file=content)
        return str(answer["files"][0]["id"])

    async def respond(self, url: str, **message: Any) -> None:
        """Answer through a `response_url`. Raises `DeliveryError`, also for an address not of Slack's."""
        if not url.startswith(self._hooks):
            raise DeliveryError("the response_url is not an address of Slack's", permanent=True)
        headers = {"content-type": "application/json; charset=utf-8"}
        with _as_delivery_error():
            answer = await self._session().post(
                url, data=orjson.dumps(message), headers=headers, allow_redirects=False
            )
            answer.release()
        if answer.status != 200:
            raise DeliveryError(f"response_url answered {answer.status}", permanent=answer.status < 500)

    def _session(self) -> aiohttp.ClientSession:
        if self.client.session is None:
            raise DeliveryError("not connected")
        return self.client.session


@contextmanager
def _as_delivery_error() -> Iterator[None]:
    try:
        yield
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as failure:
        raise delivery_error(failure) from failure


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _data(answer: AsyncSlackResponse) -> dict[str, Any]:
    return answer.data if isinstance(answer.data, dict) else {}


def delivery_error(failure: Exception) -> DeliveryError:
    """What a failed call means for the message it carried."""
    if not isinstance(failure, SlackApiError):
        return DeliveryError(f"Slack could not be reached: {type(failure).__name__}")
    answer = failure.response
    status = int(getattr(answer, "status_code", 0) or getattr(answer, "status", 0))
    data = getattr(answer, "data", None)
    error = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or error in PASSING:
        return DeliveryError(error or "ratelimited", retry_after=_seconds(answer.headers.get("Retry-After")))
    if error in TOKEN:
        log.error(
            "Slack refuses our token: %s. Messages wait; `python -m bot doctor` says what to do.", error
        )
        return DeliveryError(f"token: {error}", retry_after=PARKED)
    if error in GONE:
        return DeliveryError(error, unreachable=True)
    return DeliveryError(error or f"HTTP {status}", permanent=bool(error) and status < 500)


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdecimal() else None
