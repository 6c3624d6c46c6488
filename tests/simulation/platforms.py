"""Platforms in their own weather: they enforce their limits, lose replies, answer late, refuse, and forget us."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Protocol

from bot.channels import Channel, Destination, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.matrix.sender import MatrixChannel
from bot.channels.slack.sender import SlackChannel
from bot.channels.teams.sender import TeamsChannel
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import Clock
from handlers.messages import Message
from tests.helpers.limits import PLATFORMS, Windows
from tests.simulation.history import History, Shown

CHANNELS: dict[str, type[Channel]] = {
    "slack": SlackChannel,
    "teams": TeamsChannel,
    "telegram": TelegramChannel,
    "matrix": MatrixChannel,
}


@dataclass(frozen=True)
class Weather:
    """How often a call meets what, from 0 to 1."""

    lost: float = 0.01
    """It arrives, and the answer does not."""
    late: float = 0.02
    """The answer takes its time."""
    patience: float = 0.01
    """429 with a time, though no limit was touched …"""
    refused: float = 0.005
    """… and without."""
    broken: float = 0.01
    """500 to 504, a reset connection, no route: it does not arrive."""


CALM = Weather(0, 0, 0, 0, 0)


@dataclass(frozen=True)
class Outage:
    """A time in which a platform takes nothing, or does not know our token."""

    channel: str
    begins: datetime
    ends: datetime
    revoked: bool = False


class Reader(Protocol):
    """Whoever looks at the screens of a platform."""

    def __call__(self, shown: Shown, *, edited: bool) -> None:
        """Something new stands there."""


class Platform:
    """See `bot.channels.Channel`."""

    def __init__(self, name: str, dice: Random, history: History, tell: Reader) -> None:
        self.name, self.pace = name, CHANNELS[name].pace
        self.clock = Clock()
        self.weather = Weather()
        self.outages: list[Outage] = []
        self.blocked_by: set[str] = set()
        """People who do not let us in, and shared conversations that were archived."""
        self.doom: Callable[[], None] = lambda: None
        self.receive: Receive | None = None
        self.standing: dict[tuple[str, str], Shown] = {}
        self._by_key: dict[str, Shown] = {}
        self._dice, self._history, self._tell = dice, history, tell
        self._rules = PLATFORMS[name]()

    async def start(self, receive: Receive) -> None:
        """Listen. A new process knows nothing of what was called lately, and takes longer to start than any window."""
        self.receive = receive
        self._rules = PLATFORMS[self.name]()

    async def stop(self) -> None:
        """Listen no more."""
        self.receive = None

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Place a message, if the weather lets it through."""
        where = to.conversation or f"with {to.person}"
        await self._reach(where)
        if to.person in self.blocked_by or where in self.blocked_by:
            raise DeliveryError("blocked", unreachable=True)
        shown = self._known(key) or self._place(where, to.person, message, key)
        await self._answer(lambda: self._history.excuse(shown))
        return Sent(where, shown.name)

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Replace a message."""
        await self._reach(sent.conversation)
        shown = self._standing(sent)
        shown.message = message
        self._note("edits", shown)
        self._tell(shown, edited=True)
        await self._answer(lambda: None)
        return sent

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Take a message away."""
        await self._reach(sent.conversation)
        shown = self._standing(sent)
        shown.gone = True
        self._note("removes", shown)
        await self._answer(lambda: None)

    def shows(self, where: str, name: str, message: Message) -> Shown | None:
        """A reply puts something else in the place of what was acted on."""
        shown = self.standing.get((where, name))
        if shown is not None:
            shown.message = message
        return shown

    def _known(self, key: str) -> Shown | None:
        """Matrix knows a transaction again; nobody else does."""
        return self._by_key.get(key) if self.name == "matrix" else None

    def _place(self, where: str, person: str, message: Message, key: str) -> Shown:
        name = f"m{len(self.standing)}"
        shown = Shown(self.name, where, name, person, message, key, self.clock.now())
        self.standing[where, name] = self._by_key[key] = shown
        self._history.shown.append(shown)
        self._note("shows", shown)
        self._tell(shown, edited=False)
        self.doom()
        return shown

    def _standing(self, sent: Sent) -> Shown:
        shown = self.standing.get((sent.conversation, sent.message))
        if shown is None or shown.gone or sent.conversation in self.blocked_by:
            raise DeliveryError("message not found", permanent=True)
        return shown

    def _note(self, does: str, shown: Shown) -> None:
        line = f"{self.name} {does} {shown.where} {shown.name} {shown.key} {shown.message.summary!r}"
        self._history.note(self.clock.now(), line)

    async def _reach(self, where: str) -> None:
        """The way there; limits are counted by when we call."""
        self._demand_within_limits(where)
        now, w = self.clock.now(), self.weather
        await asyncio.sleep(self._dice.uniform(0.02, 0.2))
        for outage in self.outages:
            if outage.begins <= now < outage.ends:
                reason = "token revoked" if outage.revoked else "service unavailable"
                raise DeliveryError(reason, retry_after=900.0 if outage.revoked else None)
        drawn = self._dice.random()
        if drawn < w.broken:
            raise DeliveryError("connection reset")
        if drawn < w.broken + w.refused:
            raise DeliveryError("too many requests")
        if drawn < w.broken + w.refused + w.patience:
            raise DeliveryError("too many requests", retry_after=float(self._dice.randrange(1, 90)))

    def _demand_within_limits(self, where: str) -> None:
        now = asyncio.get_running_loop().time()
        wait = self._rules.opens(where, now) - now
        if wait > 1e-6:
            if isinstance(self._rules, Windows):
                self._history.beyond.append(
                    f"{self.name} {where} at {self.clock.now()}: {wait:.3f} s too soon"
                )
            raise DeliveryError("too many messages", retry_after=math.ceil(wait))
        self._rules.let_in(where, now)

    async def _answer(self, lost: Callable[[], None]) -> None:
        """The way back."""
        drawn = self._dice.random()
        if drawn < self.weather.lost:
            lost()
            await asyncio.sleep(10)
            raise DeliveryError("timed out")
        late = drawn < self.weather.lost + self.weather.late
        await asyncio.sleep(self._dice.uniform(2, 9) if late else self._dice.uniform(0.02, 0.2))
