"""What the bot's messages offered, and when: read back from the server, where it is kept in the events.

Nothing of it is kept here, so that a restart forgets nothing; each lookup costs one request, and one
more where the message has changed since the moment asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.channels.errors import DeliveryError
from bot.channels.matrix.choices import Choice, from_json
from bot.channels.matrix.homeserver import Homeserver, Json
from bot.channels.matrix.render import ACTIONS, POLL

FORM = "io.kaiku.form"
"""The field of a form that a message asks for, and what has been filled in so far."""
ANSWERED = "io.kaiku.answered"
"""The event that answered such a message."""
PATIENCE = 60 * 60 * 1000
"""Milliseconds that a field of a form waits for an answer; words written later are just words."""


@dataclass(frozen=True)
class Offer:
    """What one message offered at one moment."""

    message: str
    author: str
    choices: tuple[Choice, ...] = ()
    form: Mapping[str, Any] = field(default_factory=dict)
    answered: str = ""


class Memory:
    """Asks the server what stands in its rooms."""

    def __init__(self, home: Homeserver) -> None:
        self._home = home

    async def offer(self, room: str, message: str, at: int) -> Offer:
        """What a message offered at a moment, in milliseconds of the server's clock. Raises `DeliveryError`."""
        try:
            source = await self._home.event(room, message)
        except DeliveryError as failure:
            if failure.permanent:
                return Offer(message, "")
            raise
        return await self._offer(room, source, at)

    async def newest(self, room: str, at: int, answer: str) -> Offer | None:
        """The newest message that offered or asked for something then; the one that `answer` answered already.

        Raises `DeliveryError`.
        """
        for source in await self._home.ours(room):
            if source["origin_server_ts"] <= at and not _is_edit(source):
                offer = await self._offer(room, source, at)
                if offer.choices or offer.form or offer.answered == answer:
                    return offer
        return None

    async def _offer(self, room: str, source: Json, at: int) -> Offer:
        message, author = source["event_id"], source["sender"]
        if author != self._home.user:
            return Offer(message, author)
        if source["type"] == POLL:
            return _poll(source)
        current = _current(source)
        if FORM in source["content"]:
            return self._question(source, current, at)
        then = current if _changed_at(source) <= at else await self._as_of(room, source, at)
        return Offer(message, author, from_json(then.get(ACTIONS)))

    def _question(self, source: Json, current: Json, at: int) -> Offer:
        """A question is answered once: what counts is how it stands now."""
        late = at - source["origin_server_ts"] > PATIENCE
        form = {} if late else current.get(FORM) or {}
        choices = from_json(current.get(ACTIONS))
        return Offer(source["event_id"], source["sender"], choices, form, answered=current.get(ANSWERED, ""))

    async def _as_of(self, room: str, source: Json, at: int) -> Json:
        """The content as it was: a tap means what stood there when it was made, not what stands there now."""
        edits = await self._home.related(room, source["event_id"], "m.replace", "m.room.message")
        before = [edit for edit in edits if edit["origin_server_ts"] <= at]
        newest = max(before, key=lambda edit: int(edit["origin_server_ts"]), default=None)
        return _new_content(newest) if newest else dict(source["content"])


def _poll(source: Json) -> Offer:
    """A poll asks for the message above it. Taken back, it offers nothing."""
    content = source["content"]
    above = str((content.get("m.relates_to") or {}).get("event_id", source["event_id"]))
    return Offer(above, source["sender"], from_json(content.get(ACTIONS)))


def _edit(source: Json) -> Json | None:
    edit = source.get("unsigned", {}).get("m.relations", {}).get("m.replace")
    return edit if isinstance(edit, dict) and "content" in edit else None


def _current(source: Json) -> Json:
    edit = _edit(source)
    return _new_content(edit) if edit else dict(source["content"])


def _new_content(edit: Json) -> Json:
    return dict(edit["content"].get("m.new_content") or {})


def _changed_at(source: Json) -> int:
    edit = _edit(source)
    return int(edit["origin_server_ts"] if edit else source["origin_server_ts"])


def _is_edit(source: Json) -> bool:
    relation = source["content"].get("m.relates_to") or {}
    return relation.get("rel_type") == "m.replace"
