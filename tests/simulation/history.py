"""What the world outside saw: everything that reached a platform or was acknowledged to one.

The checker compares it with what is stored. Its digest is the trace: the same seed has the same.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from handlers.events import Event
from handlers.messages import Message


@dataclass
class Shown:
    """A message of ours as it stands on a platform."""

    channel: str
    where: str
    name: str
    """The platform's id of the message."""
    person: str
    """Whom it is before; empty in a shared conversation."""
    message: Message
    key: str
    at: datetime
    gone: bool = False
    unknown: bool = False
    """We never heard, or lost before we wrote it down, that it stands there."""


@dataclass
class Posted:
    """One delivery of a platform to us: the same however often it is sent."""

    number: int
    event: Event
    began: int
    """The step at which it was first sent."""
    acknowledged: int | None = None
    """The step at which the platform heard that it was taken in."""
    at: datetime | None = None
    refused: bool = False


@dataclass
class History:
    """Append only; `note` writes the trace."""

    posted: list[Posted] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    """New messages, each time one was placed."""
    beyond: list[str] = field(default_factory=list)
    """Calls beyond what a platform has written down."""
    excused: dict[str, int] = field(default_factory=dict)
    """By key of an outbox message: how often it may stand a second time, because nobody can have known of the first."""
    encounters: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    """References of encounters whose report was acknowledged: their customers, and when they happened."""
    troubles: list[str] = field(default_factory=list)
    """What was logged as an error: our bug, whatever the world did."""
    deaths: int = 0
    steps: int = 0
    out: TextIO | None = None
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def step(self) -> int:
        """The next number in the order of everything."""
        self.steps += 1
        return self.steps

    def note(self, at: datetime, line: str) -> None:
        """One line of the trace; tokens, which are chance, have no place in it."""
        text = f"{at:%Y-%m-%d %H:%M:%S.%f} {line}\n"
        self._digest.update(text.encode())
        if self.out:
            self.out.write(text)

    def excuse(self, shown: Shown) -> None:
        """We do not know of it, so it may come once more."""
        shown.unknown = True
        self.excused[shown.key] = self.excused.get(shown.key, 0) + 1

    @property
    def trace(self) -> str:
        """The digest of all that happened, in order."""
        return self._digest.hexdigest()[:16]
