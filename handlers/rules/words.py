"""What people write, kept as typed, without what no person types."""

import re

MOST = 20_000
"""Characters kept of one comment: more than any platform sends in one message."""

_KEPT_CONTROLS = frozenset("\n\t")


def clean(text: str) -> str:
    """The words without NUL and other control characters, which PostgreSQL and terminals cannot take.

    Emoji, right-to-left marks and every script stay as typed; line ends become `\\n`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in _KEPT_CONTROLS or not _is_control(c)).strip()


_THANKS = re.compile(r"^\W*(kiitos|kiitti|kiitän|tack|thanks|thank you|thx|ok|okei|okej)\b", re.IGNORECASE)
_BUT = re.compile(r"\b(mutta|ei|vielä|men|inte|but|not|still|yet)\b|\?", re.IGNORECASE)


def only_thanks(text: str) -> bool:
    """Whether a short answer only says thanks, in three languages: nothing in it asks for anything."""
    return len(text) <= 60 and bool(_THANKS.match(text)) and not _BUT.search(text)


def _is_control(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
