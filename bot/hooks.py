"""Telling other programs what happened, signed as Standard Webhooks say."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from bot.channels.errors import DeliveryError
from bot.clock import Clock
from bot.settings import Settings, hosts_inside, read_hook_secrets, variable
from handlers.hooks import Calling

if TYPE_CHECKING:
    from bot.outside import Outside

PATIENCE = 15.0
"""Seconds in which a receiver must have answered."""
LONGEST_REST = 300.0
"""Seconds for which a receiver that does not answer is left in peace at most."""


class Hooks:
    """Calls other programs, and remembers which of them do not answer."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._secrets = read_hook_secrets(settings.webhook_secrets.get_secret_value())
        self._inside = hosts_inside(settings)
        self._clock = clock
        self._in_vain: dict[str, int] = {}
        """How often in a row each webhook was called in vain."""
        self._outside: Outside | None = None

    async def call(self, calling: Calling, key: str) -> None:
        """Tell one thing; `key` is the same whenever it is told again.

        Raises `DeliveryError`, with how long the receiver is best left in peace.
        """
        try:
            await self._call(calling, key)
        except DeliveryError as problem:
            self._in_vain[calling.hook] = self._in_vain.get(calling.hook, 0) + 1
            rest = max(2.0 ** min(self._in_vain[calling.hook], 10), problem.retry_after or 0.0)
            wait = min(rest, LONGEST_REST)
            raise DeliveryError(problem.reason, permanent=problem.permanent, retry_after=wait) from problem
        self._in_vain.pop(calling.hook, None)

    async def close(self) -> None:
        """Let go of every connection."""
        if self._outside is not None:
            await self._outside.close()
            self._outside = None

    async def _call(self, calling: Calling, key: str) -> None:
        secrets = self._secrets.get(calling.hook)
        if not secrets:
            raise DeliveryError(f"{variable('webhook_secrets')} has no secret named {calling.hook}")
        now = int(self._clock.now().timestamp())
        signed = headers(secrets, message_id(key), now, calling.body)
        await self._opened().post(calling.url, calling.body, signed)

    def _opened(self) -> "Outside":
        """The way out; what it takes is imported when there is a webhook."""
        if self._outside is None:
            from bot.outside import Outside

            self._outside = Outside(self._inside, PATIENCE)
        return self._outside


# Signing.


def message_id(key: str) -> str:
    """What a message is called, each time it is told."""
    return f"msg_{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def headers(secrets: Iterable[bytes], message: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """The three headers of Standard Webhooks 1.0: id, time in seconds since 1970, and a signature by each secret."""
    signed = f"{message}.{timestamp}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(secret, signed, "sha256")).decode() for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
