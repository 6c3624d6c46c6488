"""Customers in Slack who tap until they are told that it is stored, whatever happens to Kaiku meanwhile."""

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from tests.helpers.busy_house import Prompt
from tests.helpers.slack_payloads import signed


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


class Customers:
    """Several connections that send taps in turn, the questions of one prompt one after another."""

    def __init__(self, url: str, surveys: list[list[Tap]], dice: random.Random) -> None:
        self.acknowledged: list[Tap] = []
        self.refused = 0
        self.lost = 0
        """Requests of which nobody knows whether they arrived."""
        self._url = url
        self._waiting = deque(surveys)
        self._dice = dice
        self._heard = asyncio.Condition()

    async def tap_on(self, connections: int, pause: float) -> None:
        """Go on until cancelled; every connection rests up to `pause` seconds between two taps."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._one_after_another(session, pause))

    async def acknowledge(self, more: int) -> None:
        """Wait until so many more taps were acknowledged."""
        wanted = len(self.acknowledged) + more
        async with self._heard:
            await self._heard.wait_for(lambda: len(self.acknowledged) >= wanted)

    async def everybody_answered(self) -> None:
        """Wait until nobody has anything left to tap for the first time."""
        async with self._heard:
            await self._heard.wait_for(lambda: not self._waiting)

    async def _one_after_another(self, session: aiohttp.ClientSession, pause: float) -> None:
        while True:
            survey = self._waiting[0] if self._waiting else None
            if survey is None or (self.acknowledged and self._dice.random() < 0.1):
                await self._send(session, self._dice.choice(self.acknowledged))
            else:
                self._waiting.popleft()
                await self._answer(session, survey, pause)
            await asyncio.sleep(self._dice.uniform(0, pause))

    async def _answer(self, session: aiohttp.ClientSession, survey: list[Tap], pause: float) -> None:
        for tap in survey:
            await self._insist(session, tap)
            async with self._heard:
                self.acknowledged.append(tap)
                self._heard.notify_all()
            await asyncio.sleep(self._dice.uniform(0, pause))

    async def _insist(self, session: aiohttp.ClientSession, tap: Tap) -> None:
        """The same tap again, soon, until it is acknowledged."""
        while True:
            if await self._send(session, tap):
                return
            await asyncio.sleep(self._dice.uniform(0.02, 0.1))

    async def _send(self, session: aiohttp.ClientSession, tap: Tap) -> bool:
        """Send it as Slack does, the same bytes every time; whether it was acknowledged."""
        try:
            answer = await session.post(self._url, data=tap.body, headers=signed(tap.body, datetime.now(UTC)))
        except aiohttp.ClientError:
            self.lost += 1
            return False
        answer.release()
        self.refused += answer.status != 200
        return answer.status == 200
