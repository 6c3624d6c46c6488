"""Where a conversation is: at which of Microsoft's addresses, and its id there.

The address comes with every activity and may change; whoever sends to an address that an activity
named must be sure that it is Microsoft's, because our token goes with it.
"""

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

SERVICE = "https://smba.trafficmanager.net/teams"
"""Reaches every conversation of the public cloud, for those of which no activity has told us."""
HOSTS = frozenset({"smba.trafficmanager.net"})
DOMAINS = (".botframework.com",)


@dataclass(frozen=True)
class Place:
    """A conversation of Teams."""

    conversation: str
    service: str = ""
    """Address of the service, without a slash at its end; empty where none is known yet."""

    def __str__(self) -> str:
        """As it is remembered: `19:…@thread.tacv2 https://…`."""
        return f"{self.conversation} {self.service}".strip()

    @classmethod
    def read(cls, remembered: str) -> Self:
        """A place as it was remembered, or a bare conversation id as somebody typed it."""
        conversation, _, service = remembered.partition(" ")
        return cls(conversation, service)


def is_microsofts(url: str, stand_in: str = "") -> bool:
    """Whether our token may go to this address. `stand_in` is the address tests use instead."""
    if stand_in:
        return url == stand_in or url.startswith(f"{stand_in}/")
    try:
        address = urlsplit(url)
        plain = address.scheme == "https" and address.port in (None, 443) and "@" not in address.netloc
    except ValueError:
        return False
    host = address.hostname or ""
    return plain and (host in HOSTS or host.endswith(DOMAINS))
