"""What an adapter gives, so that the contract can be held against its channel.

A stage is one real channel between two stand-ins: before it a platform (the smallest that tells the
truth), behind it a `House` that takes events in. Tom and Maya sit on the platform. Every deed of theirs
goes the way it would go in life, through the platform's own payloads and the channel's own ears, and
returns once everything it led to is said.

`tests/channels/adapters/<channel>.py` holds a function `stage(house, folder)`, an asynchronous context
manager that yields a `Stage`. `folder` is empty, for a database of the channel's own.
"""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from bot.channels import Channel, Destination, Sent
from handlers.events import Event, FormAsked
from handlers.messages import Form, Nothing, OpenForm, Reply
from tests.helpers.samples import CLOSING


class House:
    """Takes events in as Kaiku does: opens the form it is asked for, replies as it is told to, or fails."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reply: Reply = Nothing()
        self.form: Form = CLOSING
        self.broken = False
        """Nothing can be stored: the disk is full."""

    async def receive(self, event: Event) -> Reply:
        """Behave as `bot.channels.Receive` asks."""
        if self.broken:
            raise OSError("no space left on device")
        self.events.append(event)
        return OpenForm(self.form) if isinstance(event, FormAsked) else self.reply


@dataclass(frozen=True)
class Standing:
    """One message of the bot as its reader has it before them."""

    text: str
    """Every word of it, without the labels of its buttons."""
    labels: tuple[str, ...] = ()
    """What can be chosen, in order; on a platform without buttons, what the message offers instead."""
    pictures: int = 0


class Trouble(StrEnum):
    """What the platform may do to the next message."""

    GONE = "the person blocked the bot, or left"
    KICKED = "the bot was thrown out of the conversation"
    REVOKED = "our token is good for nothing any more"
    BUSY = "the platform asks for seven seconds of patience"
    DOWN = "the platform cannot be reached, or answers with an error of its own"


PATIENCE = 7.0
"""Seconds that a `BUSY` platform asks for."""


class Stage(Protocol):
    """One channel with a platform before it and the house behind it."""

    channel: Channel
    tom: Destination
    cannot: Mapping[str, str]
    """What the platform has no notion of: the name of a trouble, or of a deed below → why, in a sentence."""

    async def standing(self) -> list[Standing]:
        """What stands in Tom's conversation with the bot, oldest first."""
        ...

    async def press(self, sent: Sent, label: str, *, by: str = "tom") -> bool:
        """Somebody presses a button of a message; whether the platform was told that it is taken in."""
        ...

    async def forge(self, sent: Sent, value: str) -> bool:
        """Tom presses a button whose value somebody edited by hand, or that another version of the bot wrote."""
        ...

    async def again(self) -> bool:
        """The platform delivers the last deed once more, as it does when it heard no acknowledgement."""
        ...

    async def opens(self, sent: Sent, label: str) -> str:
        """Tom presses a button that opens a form; every word he sees of it, or of its first question."""
        ...

    async def fill(self, sent: Sent, label: str, fields: Mapping[str, str]) -> str:
        """Tom presses a button that opens a form, enters the fields and submits; what he is told about it."""
        ...

    async def write(self, words: str) -> bool:
        """Tom writes to the bot."""
        ...

    async def command(self, words: str) -> bool:
        """Tom gives the feedback command with these words."""
        ...

    def trouble(self, what: Trouble) -> None:
        """The next call to the platform fails like that."""
        ...


class OpenStage(Protocol):
    """What an adapter is."""

    def __call__(self, house: House, folder: Path) -> AbstractAsyncContextManager[Stage]:
        """Open the stage."""
        ...
