"""What a homeserver tells of a room, tamed. Pure.

Only what people do is heard: our own events are left out where the events are asked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

NAME = "matrix"
COMMANDS = ("!feedback", "!palaute", "!respons")
DONE = ("✅", "☑", "✔")
"""Reactions that ask the author of a message for feedback."""
GONE = ("leave", "ban")


@dataclass(frozen=True)
class Heard:
    """One event of a room: its id, who did it, and when, in milliseconds of the server's clock."""

    room: str
    event: str
    person: str
    at: int


@dataclass(frozen=True)
class Said(Heard):
    """Words, with `<@id>` for a mention in a command. `reply_to` is the event they reply to."""

    words: str
    reply_to: str = ""


@dataclass(frozen=True)
class Reacted(Heard):
    """A reaction to a message."""

    message: str
    reaction: str


@dataclass(frozen=True)
class Voted(Heard):
    """A vote in a poll, by the answer's id."""

    poll: str
    answer: str


@dataclass(frozen=True)
class Moved(Heard):
    """Somebody's membership changed: `invite`, `join`, `leave`, `ban`."""

    member: str
    membership: str


@dataclass(frozen=True)
class Sealed(Heard):
    """Something encrypted, which we cannot read."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Event(_Shape):
    event_id: str
    sender: str
    origin_server_ts: int
    type: str
    state_key: str | None = None
    content: dict[str, Any]


class _Reply(_Shape):
    event_id: str


class _Relation(_Shape):
    rel_type: str = ""
    event_id: str = ""
    key: str = ""
    in_reply_to: _Reply | None = Field(default=None, alias="m.in_reply_to")
    is_falling_back: bool = False


class _Votes(_Shape):
    answers: list[str] = Field(default_factory=list)


class _Content(_Shape):
    msgtype: str = ""
    body: str = ""
    formatted_body: str = ""
    relates_to: _Relation = Field(default=_Relation(), alias="m.relates_to")
    membership: str = ""
    votes: _Votes = Field(default=_Votes(), alias="org.matrix.msc3381.poll.response")
    selections: list[str] = Field(default_factory=list, alias="m.selections")


def tame(room: str, source: Mapping[str, Any]) -> Heard | None:
    """What happened; none when it is nothing for us. Raises `ValueError` for a shape that is not known."""
    try:
        event = _Event.model_validate(source)
        known = _KNOWN.get(event.type)
        content = _Content.model_validate(event.content) if known else _Content()
    except ValidationError as misfit:
        # Where it does not fit, but not what it says: this goes into the log.
        raise ValueError(", ".join(f"{e['loc']}: {e['type']}" for e in misfit.errors())) from None
    return known(room, event, content) if known else None


def command_in(words: str) -> str | None:
    """What follows a command of ours; none when the words are none."""
    first, _, rest = words.strip().partition(" ")
    return rest.strip() if first.casefold() in COMMANDS else None


# One function for each kind of event.


def _message(room: str, event: _Event, content: _Content) -> Heard | None:
    relation = content.relates_to
    if content.msgtype not in ("m.text", "m.emote") or relation.rel_type == "m.replace":
        return None
    # In a thread every message replies to some earlier one, whoever wrote it.
    replied = relation.in_reply_to if not relation.is_falling_back else None
    return Said(*_who(room, event), words=_as_typed(content), reply_to=replied.event_id if replied else "")


def _reaction(room: str, event: _Event, content: _Content) -> Heard | None:
    relation = content.relates_to
    if relation.rel_type != "m.annotation" or not relation.event_id:
        return None
    return Reacted(*_who(room, event), message=relation.event_id, reaction=relation.key)


def _vote(room: str, event: _Event, content: _Content) -> Heard | None:
    """Of a vote with several answers the first counts; one without any takes the vote back, which asks nothing."""
    relation, chosen = content.relates_to, content.selections or content.votes.answers
    if relation.rel_type != "m.reference" or not relation.event_id or not chosen:
        return None
    return Voted(*_who(room, event), poll=relation.event_id, answer=chosen[0])


def _member(room: str, event: _Event, content: _Content) -> Heard | None:
    return Moved(*_who(room, event), member=event.state_key or "", membership=content.membership)


def _sealed(room: str, event: _Event, _: _Content) -> Heard | None:
    return Sealed(*_who(room, event))


_KNOWN: Mapping[str, Callable[[str, _Event, _Content], Heard | None]] = {
    "m.room.message": _message,
    "m.reaction": _reaction,
    "m.poll.response": _vote,
    "org.matrix.msc3381.poll.response": _vote,
    "m.room.member": _member,
    "m.room.encrypted": _sealed,
}
KINDS = tuple(_KNOWN)
"""Every kind of event we ask for."""


def _who(room: str, event: _Event) -> tuple[str, str, str, int]:
    return room, event.event_id, event.sender, event.origin_server_ts


# Words as they were typed.

_FALLBACK = re.compile(r"\A(?:> [^\n]*\n)+\n")
"""How older clients quote what they reply to."""
_PILL = re.compile(r'<a href="https://matrix\.to/#/(@[^"]+)">([^<]*)</a>')
_TYPED_ID = re.compile(r"(?<![\w<@])@[\w.=/+-]+:[\w.-]+(?::\d+)?")


def _as_typed(content: _Content) -> str:
    """The words; in a command a mention is `<@id>`, whether it was picked from a list or typed whole."""
    words = _FALLBACK.sub("", content.body) if content.relates_to.in_reply_to else content.body
    if command_in(words) is None:
        return words
    for person, shown in _PILL.findall(content.formatted_body):
        words = words.replace(unescape(shown), f"<@{unescape(person)}>", 1)
    return _TYPED_ID.sub(lambda found: f"<@{found[0]}>", words)
