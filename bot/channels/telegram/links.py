"""Deep links: a bot cannot speak first, so a link opens the conversation and says whose it is.

The payload carries an encounter's token, until when it may be used, and a signature with a key made
of the bot's own token. Nothing is stored: it is used up once somebody else is known to be that customer.
"""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta

VALID = timedelta(days=14)
"""How long a link may be used."""
UNKNOWN = "?"
"""What a payload means that we did not write, or wrote too long ago."""

_HOUR = 3600


def address(bot: str, payload: str) -> str:
    """The link that opens the conversation with a bot by its user name."""
    return f"https://t.me/{bot}?start={payload}"


def payload(encounter: str, token: str, now: datetime) -> str:
    """What the link of an encounter carries: at most 64 of `A-Za-z0-9_-`, as Telegram wants it."""
    until = int((now + VALID).timestamp()) // _HOUR
    said = f"{encounter}-{until:x}"
    return f"{said}-{_signature(said, token)}"


def read(payload: str, token: str, now: datetime) -> str:
    """The encounter's token; `UNKNOWN` for what is not ours, was changed, or is over."""
    parts = payload.split("-", 2)
    if len(parts) != 3 or not payload.isascii():
        return UNKNOWN
    said, signature = f"{parts[0]}-{parts[1]}", parts[2]
    if not hmac.compare_digest(_signature(said, token).encode(), signature.encode()):
        return UNKNOWN
    return parts[0] if int(parts[1], 16) * _HOUR > now.timestamp() else UNKNOWN


def _signature(said: str, token: str) -> str:
    key = hashlib.sha256(f"deep link {token}".encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(key, said.encode(), "sha256")[:16]).decode().rstrip("=")
