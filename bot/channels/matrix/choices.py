"""What can be chosen under a message, and what somebody's answer means. Pure.

Matrix has no buttons: every button gets a key, which is typed or reacted with. Where a message asks
for a score the keys of the scale are its own digits, and everything else gets a letter, so that a
number never means two things.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from handlers.messages import Action, Button, Buttons, Chips, Message, Part, Scale, Verb
from handlers.rules.scales import NO, YES

LABEL = 60
"""Characters of a label that are kept for recognising it; nobody types more."""
MARKED = 5
"""The longest scale that we put our own reactions under; a longer one would be a crowd, and gets a poll."""
POLLED = 20
"""The most answers of a poll, by Matrix's own rule."""

_KEYCAP = "\N{COMBINING ENCLOSING KEYCAP}"
_VARIATION = "\N{VARIATION SELECTOR-16}"
_TEN = "\N{KEYCAP TEN}"
_FIRST_FLAG = 0x1F1E6
"""The regional indicator symbol of A."""
_THUMBS = {"👍": YES, "👎": NO}

_SPOKEN = {
    Verb.TAKE: ("take", "otan", "jag tar", "tar"),
    Verb.HAND_OVER: ("hand over", "siirrä", "lämna över"),
    Verb.CONTACTED: ("called", "soitin", "ringde"),
    Verb.REPLY: ("write", "kirjoita", "skriv"),
    Verb.EXPERT: ("expert", "asiantuntija"),
    Verb.NOT_OURS: ("not ours", "ei meidän", "inte vår"),
    Verb.CLOSE: ("close", "sulje", "stäng"),
    Verb.REOPEN: ("reopen", "avaa uudelleen", "öppna igen"),
    Verb.SKIP: ("skip", "ohita", "hoppa över"),
    Verb.PERSON: ("human", "ihminen", "människa"),
}
_YES_NO = {YES: ("yes", "kyllä", "joo", "ja"), NO: ("no", "ei", "nej")}
_YES_NO_LABELS = frozenset(word for words in _YES_NO.values() for word in words)


@dataclass(frozen=True)
class Choice:
    """One thing that can be chosen: the key to type, the label beside it, and what it means."""

    key: str
    label: str
    action: str
    """Encoded; for a form's field, the key of the option."""


def numbered(message: Message) -> dict[Button, str]:
    """Each button of a message and its key, in the order of the message."""
    scale = [button for part in message.parts if isinstance(part, Scale) for button in part.points]
    others = [button for part in message.parts for button in _beside(part)]
    keys = dict(zip(scale, _points(scale), strict=True))
    spare = _letters() if scale else map(str, range(1, len(others) + 1))
    return keys | dict(zip(others, spare, strict=False))


def offered(message: Message) -> tuple[Choice, ...]:
    """What a message offers to choose from."""
    return tuple(
        Choice(key, button.label[:LABEL], button.action.encode()) for button, key in numbered(message).items()
    )


def marks(message: Message) -> tuple[str, ...]:
    """The reactions to put under a message so that a score is one tap; none under a long scale."""
    points = [
        key for button, key in numbered(message).items() if button.action.verb in (Verb.RATE, Verb.RATE_AGAIN)
    ]
    return tuple(f"{key}{_VARIATION}{_KEYCAP}" for key in points) if len(points) <= MARKED else ()


def polled(message: Message) -> tuple[Choice, ...]:
    """The points of a scale too long for reactions, to be voted for; what both ends mean stands beside them."""
    keys = numbered(message)
    for part in message.parts:
        if isinstance(part, Scale) and MARKED < len(part.points) <= POLLED:
            ends = {part.points[0]: part.low_anchor, part.points[-1]: part.high_anchor}
            return tuple(
                Choice(
                    keys[point],
                    " – ".join(filter(None, (point.label, ends.get(point, "")))),
                    point.action.encode(),
                )
                for point in part.points
            )
    return ()


def chosen(choices: Iterable[Choice], words: str) -> Choice | None:
    """The choice that an answer means; none when it means none of them."""
    said = _plain(words)
    for choice in choices:
        if said in (choice.key.casefold(), _plain(choice.label)) or said in _synonyms(choice):
            return choice
    return None


def key_of(reaction: str) -> str:
    """The key or word that a reaction stands for: *2* for 2️⃣, *a* for 🇦, *yes* for 👍."""
    bare = reaction.replace(_VARIATION, "")
    if bare == _TEN:
        return "10"
    if bare.endswith(_KEYCAP):
        return bare.removesuffix(_KEYCAP)
    if bare[:1] in _THUMBS:
        return _YES_NO[_THUMBS[bare[:1]]][0]
    letter = ord(bare) - _FIRST_FLAG if len(bare) == 1 else -1
    return ascii_uppercase[letter] if 0 <= letter < len(ascii_uppercase) else bare


def as_json(choices: Iterable[Choice]) -> list[dict[str, str]]:
    """Choices as they travel in an event."""
    return [{"key": choice.key, "label": choice.label, "action": choice.action} for choice in choices]


def from_json(travelled: Any) -> tuple[Choice, ...]:
    """Choices read back; what does not look like ours is left out."""
    entries = travelled if isinstance(travelled, list) else []
    return tuple(Choice(**entry) for entry in entries if _is_choice(entry))


def _is_choice(entry: Any) -> bool:
    return (
        isinstance(entry, Mapping)
        and entry.keys() == {"key", "label", "action"}
        and all(isinstance(value, str) for value in entry.values())
    )


def _beside(part: Part) -> tuple[Button, ...]:
    match part:
        case Chips(options=row) | Buttons(buttons=row):
            return row
        case _:
            return ()


def _points(scale: list[Button]) -> Iterator[str]:
    """The points' own digits, where they have some; else their places."""
    own = all(button.label.isdecimal() for button in scale)
    return (button.label if own else str(place) for place, button in enumerate(scale, 1))


def _letters() -> Iterator[str]:
    yield from ascii_uppercase
    yield from (first + second for first in ascii_uppercase for second in ascii_uppercase)


def _plain(words: str) -> str:
    return words.strip().rstrip("….!?").strip().casefold()


def _synonyms(choice: Choice) -> tuple[str, ...]:
    try:
        action = Action.decode(choice.action)
    except ValueError:
        return ()
    if action.verb is Verb.RATE and _plain(choice.label) in _YES_NO_LABELS:
        return _YES_NO.get(int(action.value.rpartition("=")[2]), ())
    return _SPOKEN.get(action.verb, ())
