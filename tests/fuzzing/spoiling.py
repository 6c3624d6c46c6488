"""Hostile bytes made of honest ones: JSON is spoiled in its places, anything else in its words.

The same number spoils the same bytes in the same way.
"""

import json
import re
from copy import deepcopy
from random import Random
from typing import Any

NASTY_TEXTS = (
    "", " ", "\x00", "\n", "\r\n", "\u202e", "\u2028", "\ud800", "\ufeff", "\U0010ffff", "İ", "ß", "٣", "²",
    "-1", "0", "9" * 400, "1e999", "NaN", "1_0", "null", "true", "[]", "{}", "..", "../../etc/passwd", "%00", "%",
    "%zz", "=", "&", "#", "?", "|", "~|", ":", "@", "<@>", "<@U0TOM|", "<!channel>", "&lt;", "&#x0;", "&#99999999999;",
    "https://127.0.0.1/", "//[", "http://[::1", "2026-02-30", "0000-00-00", "9999-12-31", "31.2.", "29.2.2027",
    "99999999-01-01", "24:00", "a" * 3000, "ä" * 11000, "'", '"', "\\", "<b>", "=1+1", "\x1b[31m", "+", "-", "#a #b",
)  # fmt: skip
NASTY_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**18, 10**30, -0.0, 1e308, [], {}, [[]],
    [None], {"": None}, "x", {"id": 1}, {"type": []}, [{}] * 3,
)  # fmt: skip
MOST = 20_000
"""What is longer is not made longer still: that is the business of the limits."""
_WORDS = re.compile(rb"[\w.-]+|\s+|[^\w\s]")


def spoil(data: bytes, number: int) -> bytes:
    """The bytes with a few things changed."""
    random = Random(number)
    changed = _as_json(data, random) if random.random() < 0.8 else None
    return changed if changed is not None else _as_words(data, random)


def _as_json(data: bytes, random: Random) -> bytes | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict | list):
        return None
    box = [value]
    for _ in range(random.choice((1, 1, 2, 3, 5))):
        _change(box, random)
    try:
        return json.dumps(box[0]).encode()
    except (ValueError, RecursionError):
        return None


def _change(box: Any, random: Random) -> None:
    """Change something somewhere within a list or an object."""
    holder, key = _place(box, random)
    kind = random.randrange(6)
    if kind == 0:
        # A copy: what is put in may itself be changed a moment later, or be put into itself.
        holder[key] = deepcopy(random.choice(NASTY_VALUES))
    elif kind == 1 and isinstance(holder, dict):
        del holder[key]
    elif kind == 2 and isinstance(holder[key], str):
        holder[key] = _text(holder[key], random)
    elif kind == 3:
        other, elsewhere = _place(box, random)
        holder[key] = deepcopy(other[elsewhere])
    elif kind == 4:
        holder[key] = [holder[key]] if random.random() < 0.5 else {random.choice(NASTY_TEXTS): holder[key]}
    else:
        holder[key] = random.choice(NASTY_TEXTS)


def _place(box: Any, random: Random) -> tuple[Any, Any]:
    """One place of all there are, in a list or an object."""
    places: list[tuple[Any, Any]] = []
    waiting = [box]
    while waiting:
        holder = waiting.pop()
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        places += [(holder, key) for key in keys]
        waiting += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    return random.choice(places)


def _text(text: str, random: Random) -> str:
    nasty = random.choice(NASTY_TEXTS)
    cut = random.randint(0, len(text))
    longer = text * min(50, MOST // (len(text) + 1))
    return random.choice((nasty, text[:cut] + nasty + text[cut:], text[:cut], text + nasty, longer))


def _as_words(data: bytes, random: Random) -> bytes:
    words = _WORDS.findall(data) or [b""]
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(words))
        nasty = random.choice(NASTY_TEXTS).encode("utf-8", "surrogatepass")
        word, often = words[at], random.choice((2, 300))
        longer = word * min(often, MOST // (len(word) + 1))
        words[at] = random.choice(
            (nasty, b"", longer, word + nasty, random.choice(words), random.randbytes(4))
        )
    return b"".join(words)
