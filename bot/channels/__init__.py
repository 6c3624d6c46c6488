"""The port every channel implements, and the values that pass through it.

A channel is a way to reach people. It has ears (`start`, which tames what it hears into events and
says the reply) and a voice (`send`, `edit`, `remove`). One contract suite runs over all channels.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from handlers.events import Event
from handlers.messages import Message, Reply

Receive = Callable[[Event], Awaitable[Reply]]
"""What a listener calls: it returns once the effect is durable, with what to say. It does not raise
`FeedbackError` (its sentence is already the reply); anything it raises means that nothing was stored
and the platform must not be told otherwise."""


@dataclass(frozen=True)
class Destination:
    """Where to speak: a person's id on the channel, or a conversation. `workspace` where there are many."""

    person: str = ""
    conversation: str = ""
    workspace: str = ""


@dataclass(frozen=True)
class Sent:
    """Where a message stands, as the platform names it."""

    conversation: str
    message: str
    beneath: tuple[str, ...] = ()
    """Further messages said beneath it: pictures, words that did not fit. Each can be removed; platforms count them."""


@dataclass(frozen=True)
class Limit:
    """So many messages in any so many seconds."""

    messages: int
    seconds: float = 1.0


@dataclass(frozen=True)
class Pace:
    """What a platform allows: in one conversation, and over all. Of several limits each holds.

    A platform that counts in another way overrides the methods.
    """

    per_conversation: tuple[Limit, ...]
    overall: tuple[Limit, ...]
    refused_everywhere: bool = False
    """Whether a platform that asks for patience means every conversation, and not only the one it was asked in."""

    def place(self, conversation: str) -> str:
        """What the platform counts messages to a conversation by: a topic of a group counts as the group."""
        return conversation

    def limits(self, place: str) -> tuple[Limit, ...]:
        """What it allows at a place."""
        return self.per_conversation


class Channel(Protocol):
    """A way to reach people."""

    name: str
    pace: Pace

    async def start(self, receive: Receive) -> None:
        """Begin to listen; returns once ready to hear."""

    async def stop(self) -> None:
        """Stop listening and close connections, within a few seconds."""

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Deliver a new message. `key` is unique to it, for platforms that refuse to say a thing twice.

        Raises `DeliveryError`.
        """

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Replace a message in place. Raises `DeliveryError`."""

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Take a message back where the platform lets us. Raises `DeliveryError`."""
