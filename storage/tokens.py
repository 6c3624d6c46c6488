"""Random names that leave the house instead of row numbers."""

import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letters that are taken for another when read aloud."""


NAMELESS = "0"
"""How the token of an anonymous request begins, and no other: whatever comes with it is not written down."""


def new_token() -> str:
    """A fresh opaque token: 12 characters, 59 bits, safe in a button, a link and a phone call."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def new_nameless_token() -> str:
    """A fresh token for an anonymous request."""
    return NAMELESS + new_token()[1:]


def is_nameless(token: str) -> bool:
    """Whether it is the token of an anonymous request, as far as it can be seen."""
    return token.startswith(NAMELESS)
