"""Addresses that nobody can make up: a name, a dot, and its signature."""

import base64
import hmac
from dataclasses import dataclass
from typing import Literal

from bot.settings import Settings, variable
from handlers.errors import LinksAreOff

Purpose = Literal["link", "kiosk"]

_BYTES = 16
"""128 bits of the HMAC-SHA256: enough that guessing is hopeless, short enough for an SMS."""


@dataclass(frozen=True)
class Signer:
    """Signs names for one purpose. Each purpose has a key of its own, derived from the secret."""

    key: bytes
    base: str
    """The public address up to the signed name."""

    def address(self, name: str) -> str:
        """The whole address of what has this name."""
        return f"{self.base}/{self.signed(name)}"

    def signed(self, name: str) -> str:
        """The name with its signature, as it stands in an address."""
        mac = hmac.digest(self.key, name.encode(), "sha256")[:_BYTES]
        return f"{name}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def name_in(self, signed: str) -> str | None:
        """The name, if its signature is ours to the last character; compared in constant time."""
        name = signed.rpartition(".")[0]
        # As text: in base64 the last character has bits to spare, and a changed one would pass.
        return name if hmac.compare_digest(self.signed(name).encode(), signed.encode()) else None


def signer(settings: Settings, purpose: Purpose) -> Signer:
    """The signer for one purpose. Raises `LinksAreOff` without a secret."""
    secret = settings.link_secret.get_secret_value()
    if not secret:
        raise LinksAreOff(settings=variable("link_secret"))
    key = hmac.digest(secret.encode(), f"kaiku {purpose} v1".encode(), "sha256")
    return Signer(key, f"{settings.public_url}/{'s' if purpose == 'link' else 'kiosk'}")


def address_of(settings: Settings, purpose: Purpose, name: str) -> str:
    """The public address of what has this name. Raises `LinksAreOff` unless both settings are there."""
    signing = signer(settings, purpose)
    if not settings.public_url:
        raise LinksAreOff(settings=variable("public_url"))
    return signing.address(name)
