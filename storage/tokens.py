"""Random names that leave the house instead of row numbers."""

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letters that are taken for another when read aloud."""


def new_token() -> str:
    """A fresh opaque token: 12 characters, 59 bits, safe in a button, a link and a phone call."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))
