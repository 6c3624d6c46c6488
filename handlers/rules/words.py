"""What people write, kept as typed, without what no person types."""

import re

MOST = 20_000
"""Characters kept of one comment: more than any platform sends in one message."""

_LINE_ENDS = re.compile(r"\r\n?|[\u2028\u2029]")
_ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, halves of characters, and what turns whatever stands after it: Hebrew and Arabic are written without."""
_LONGEST_NAME = 200
_UNTRUSTED = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What acts and is not seen, but the line feed, and the joiners of emoji and of Persian."""


def clean(text: str) -> str:
    """The words without control characters, which PostgreSQL and terminals cannot take, or overrides of direction.

    Emoji, right-to-left marks and every script stay as typed; line ends become `\\n`.
    """
    return _ACTING.sub("", _LINE_ENDS.sub("\n", text)).strip()


def clean_name(text: str) -> str:
    """A name: the same in one line, of at most 200 characters."""
    return " ".join(clean(text).split())[:_LONGEST_NAME]


def harmless(text: str) -> str:
    """The text for a terminal, in which it does nothing but stand: no cursor moves, nothing after it turns round."""
    return _UNTRUSTED.sub("", text)


_THANKS = re.compile(r"^\W*(kiitos|kiitti|kiitän|tack|thanks|thank you|thx|ok|okei|okej)\b", re.IGNORECASE)
_BUT = re.compile(r"\b(mutta|ei|vielä|men|inte|but|not|still|yet)\b|\?", re.IGNORECASE)


def only_thanks(text: str) -> bool:
    """Whether a short answer only says thanks, in three languages: nothing in it asks for anything."""
    return len(text) <= 60 and bool(_THANKS.match(text)) and not _BUT.search(text)
