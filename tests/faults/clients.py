"""Customers and owners in Slack who tap and write until they are told that it is stored, whatever happens to Kaiku."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from tests.faults.checker import waiting
from tests.faults.journal import Journal
from tests.helpers.busy_house import Prompt
from tests.helpers.slack_payloads import as_form, as_json, direct_message, signed, slash_command


@dataclass(frozen=True)
class Tap:
    """One tap on one prompt."""

    invitation: str
    question: str
    score: int
    body: bytes

    @classmethod
    def of(cls, prompt: Prompt, question: str, score: int) -> "Tap":
        """That question of that prompt answered with that score."""
        return cls(prompt.invitation, question, score, prompt.tap(question, score))


@dataclass(frozen=True)
class Sentence:
    """A message to the bot, or a command that logs what a customer said."""

    words: str
    body: bytes

    @classmethod
    def written(cls, number: int) -> "Sentence":
        """By a customer, to the bot."""
        words = f"Sentence {number} of somebody who writes"
        user = f"U9{number:07}"
        message = direct_message(words, user=user, conversation=f"D{user}", event_id=f"Ev{number:08}")
        return cls(words, as_json(message))

    @classmethod
    def logged(cls, number: int) -> "Sentence":
        """By a manager, with `/feedback log`."""
        words = f"Sentence {number} that was logged"
        user, trigger = f"U0OWNER{number % 40}", f"133.7384.{number:08}"
        command = slash_command(f"log + Firm {number}: {words}", user=user, trigger=trigger)
        return cls(words, as_form(command))


Deed = Tap | Sentence


class Hand:
    """Taps one prompt after another, and notes what was acknowledged."""

    def __init__(self, url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.journal = Journal()
        self._url, self._now = url, now

    async def taps(
        self, prompt: Prompt, score: int, question: str = "ease", *, nonce: str = "1795500060.123456"
    ) -> int:
        """Tap a score once: the status that answers it, 0 when the connection was lost."""
        attempt = self.journal.sends(prompt.invitation, question, score)
        status = await self.sends(prompt.tap(question, score, nonce))
        if status == 200:
            self.journal.hears(attempt)
        return status

    async def sends(self, body: bytes) -> int:
        """Anything, signed as Slack signs it: the status, 0 when the connection was lost."""
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(self._url, data=body, headers=signed(body, self._now())) as answer,
            ):
                return answer.status
        except (aiohttp.ClientError, ConnectionError):
            return 0


async def everything_said(url: str, seconds: float = 60) -> None:
    """Wait until the outbox is empty."""
    async with asyncio.timeout(seconds):
        while waiting(url):  # noqa: ASYNC110 -- another process empties it
            await asyncio.sleep(0.1)


class Customers:
    """Several connections that send deeds in turn, those of one person one after another."""

    def __init__(
        self,
        url: str,
        everybody: list[list[Deed]],
        dice: random.Random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.journal = Journal()
        self.acknowledged: list[Deed] = []
        self.refused = 0
        self.lost = 0
        """Requests of which nobody knows whether they arrived."""
        self._url = url
        self._waiting = deque(everybody)
        self._dice = dice
        self._now = now
        self._heard = asyncio.Condition()

    @property
    def waiting(self) -> int:
        """How many people have done nothing yet."""
        return len(self._waiting)

    async def go_on(self, connections: int, pause: float) -> None:
        """Go on until cancelled; every connection rests up to `pause` seconds between two deeds."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._one_after_another(session, pause))

    async def acknowledge(self, more: int) -> None:
        """Wait until so many more deeds were acknowledged."""
        wanted = len(self.acknowledged) + more
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.acknowledged) >= wanted)

    async def everybody_heard(self) -> None:
        """Wait until nobody has anything left to do for the first time."""
        async with self._heard:
            await self._heard.wait_for(lambda: not self._waiting)

    async def _one_after_another(self, session: aiohttp.ClientSession, pause: float) -> None:
        while True:
            person = self._waiting[0] if self._waiting else None
            if person is None or (self.acknowledged and self._dice.random() < 0.1):
                await self._again(session)
            else:
                self._waiting.popleft()
                for deed in person:
                    await self._insist(session, deed)
                    await asyncio.sleep(self._dice.uniform(0, pause))
            await asyncio.sleep(self._dice.uniform(0, pause))

    async def _again(self, session: aiohttp.ClientSession) -> None:
        """The platform delivers something a second time."""
        if self.acknowledged:
            await self._send(session, self._dice.choice(self.acknowledged).body)

    async def _insist(self, session: aiohttp.ClientSession, deed: Deed) -> None:
        """The same deed again, soon, until it is acknowledged."""
        attempt = None
        if isinstance(deed, Tap):
            attempt = self.journal.sends(deed.invitation, deed.question, deed.score)
        else:
            self.journal.said.add(deed.words)
        while not await self._send(session, deed.body):  # noqa: ASYNC110 -- people try again by themselves
            await asyncio.sleep(self._dice.uniform(0.02, 0.1))
        if attempt is not None:
            self.journal.hears(attempt)
        elif isinstance(deed, Sentence):
            self.journal.heard.add(deed.words)
        async with self._heard:
            self.acknowledged.append(deed)
            self._heard.notify_all()

    async def _send(self, session: aiohttp.ClientSession, body: bytes) -> bool:
        """Send it as Slack does, the same bytes every time; whether it was acknowledged."""
        try:
            answer = await session.post(self._url, data=body, headers=signed(body, self._now()))
        except (aiohttp.ClientError, ConnectionError):
            self.lost += 1
            return False
        answer.release()
        self.refused += answer.status != 200
        return answer.status == 200
