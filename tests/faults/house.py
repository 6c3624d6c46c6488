"""One Kaiku in a process, and everybody it meets: what a fault happens to."""

import asyncio
import random
import signal
from dataclasses import dataclass

from tests.faults.checker import Books, check
from tests.faults.clients import Hand, everything_said
from tests.faults.platform import Slack
from tests.faults.processes import Forked
from tests.helpers.busy_house import Prompt


@dataclass
class House:
    """Not started yet; sixty customers were just asked."""

    url: str
    kaiku: Forked
    slack: Slack
    hand: Hand
    prompts: list[Prompt]
    dice: random.Random

    async def lives(self, *, dies: str = "", of: str = "") -> None:
        """Start, perhaps to die by itself: see `processes.Fate`."""
        await asyncio.to_thread(self.kaiku.start, dies=dies, of=of)

    async def dies(self) -> None:
        """Wait until it has."""
        assert await asyncio.to_thread(self.kaiku.ended) == -signal.SIGKILL
        await self.slack.is_left()

    async def is_killed(self) -> None:
        """It ends as by a power cut."""
        await asyncio.to_thread(self.kaiku.kill)
        await self.slack.is_left()

    async def stops(self) -> None:
        """It is asked to, and does so without a word."""
        _, status, errors = await asyncio.to_thread(self.kaiku.stop)
        assert (status, errors) == (0, ""), f"it ended with {status} and said: {errors}"
        self.slack.life += 1

    async def ends_well(self, *, quietly: bool = True) -> Books:
        """Everything is said, it stops when asked, and the checker has no complaint.

        Not `quietly` where it has written of the fault to its error output, as it should.
        """
        await everything_said(self.url)
        _, status, errors = await asyncio.to_thread(self.kaiku.stop)
        assert status == 0
        assert (errors == "") is quietly
        return check(self.url, self.hand.journal, self.slack, self.kaiku.vitals)
