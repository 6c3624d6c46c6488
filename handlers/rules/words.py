"""What people write, kept as typed, without what no person types."""

MOST = 20_000
"""Characters kept of one comment: more than any platform sends in one message."""

_KEPT_CONTROLS = frozenset("\n\t")


def clean(text: str) -> str:
    """The words without NUL and other control characters, which PostgreSQL and terminals cannot take.

    Emoji, right-to-left marks and every script stay as typed; line ends become `\\n`.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c in _KEPT_CONTROLS or not _is_control(c)).strip()


def _is_control(character: str) -> bool:
    code = ord(character)
    return code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code < 0xE000
