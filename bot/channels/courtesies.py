"""What a channel says beside its answers: in tasks of its own, so that nobody waits for it.

All of it is courtesy, not memory: what was done is stored already. What is lost costs nothing, because the next
tap hears the same.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.channels.errors import DeliveryError

log = logging.getLogger(__name__)

T = TypeVar("T")

Deed = Callable[[], Coroutine[Any, Any, object]]

TRIES = 3
LONGEST_WAIT = 30.0
MOST_LANES = 10_000
"""Lanes that are kept in memory."""
ALL_LANES = 10
"""So many times what may wait in one lane may wait in all of them."""


@dataclass(frozen=True)
class Turns:
    """How fast a lane goes."""

    a_second: float
    together: int
    """How many may come at once after a silence."""


class _Lane:
    """What waits for its turn."""

    def __init__(self, turns: Turns) -> None:
        self.waiting: deque[Deed] = deque()
        self.task: asyncio.Task[None] | None = None
        """Begins with one after the other, while any wait."""
        self._apart = 1 / turns.a_second
        self._together = turns.together
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for a turn and take it."""
        loop = asyncio.get_running_loop()
        while (wait := self._next - loop.time()) > 0:  # noqa: ASYNC110 -- it may have moved on meanwhile
            await asyncio.sleep(wait)
        self._next = max(loop.time() - (self._together - 1) * self._apart, self._next) + self._apart

    def rest(self, seconds: float) -> None:
        """No turn for so long."""
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)


class Courtesies:
    """Those of one platform, named for the log.

    Where the platform's limits want it, they take turns, in a lane for each name that shares a limit.
    """

    def __init__(self, platform: str, most: int = 1000, turns: Turns | None = None) -> None:
        self.most = most
        """Under way, or waiting in one lane; a further one is left out rather than kept in memory."""
        self._platform = platform
        self._turns = turns
        self._lanes: dict[str, _Lane] = {}
        self._waiting = 0
        self._tasks: set[asyncio.Task[object]] = set()
        self._left_out = 0
        """Since there were too many: told at the first, and with the first that comes once half of them are done."""

    def soon(self, deed: Deed, lane: str = "") -> bool:
        """Begin with it, or let it wait for its turn, unless there are too many; whether so.

        What it raises is logged, and nobody else hears of it.
        """
        line = self._lane(lane, self._turns) if self._turns else None
        busy = len(self._tasks) + (len(line.waiting) if line else 0)
        if busy >= self.most or self._waiting >= self.most * ALL_LANES:
            self._leave_out()
            return False
        if self._left_out and busy <= self.most // 2:
            self._go_on()
        if line is None:
            self._begin(deed)
        else:
            self._queue(deed, line)
        return True

    def rest(self, lane: str, seconds: float) -> None:
        """The platform asks for patience: what waits in that lane goes on waiting, `LONGEST_WAIT` at most."""
        if self._turns is not None:
            self._lane(lane, self._turns).rest(min(seconds, LONGEST_WAIT))

    def _begin(self, deed: Deed) -> None:
        task = asyncio.create_task(self._politely(deed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _politely(self, deed: Deed) -> None:
        try:
            await deed()
        except DeliveryError as failure:
            log.warning("A reply in %s was left unsaid: %s", self._platform, failure.reason)
        except Exception:
            log.exception(
                "A reply in %s could not be put into words; what it answers is stored", self._platform
            )

    def _lane(self, name: str, turns: Turns) -> _Lane:
        if len(self._lanes) > MOST_LANES:
            self._lanes = {name: lane for name, lane in self._lanes.items() if lane.task}
        return self._lanes.setdefault(name, _Lane(turns))

    def _queue(self, deed: Deed, lane: _Lane) -> None:
        lane.waiting.append(deed)
        self._waiting += 1
        if lane.task is None:
            lane.task = asyncio.create_task(self._in_turn(lane))

    async def _in_turn(self, lane: _Lane) -> None:
        while lane.waiting:
            await lane.turn()
            self._begin(lane.waiting.popleft())
            self._waiting -= 1
        lane.task = None

    def _leave_out(self) -> None:
        self._left_out += 1
        if self._left_out == 1:
            log.warning("%s is too slow: from now on replies are left unsaid.", self._platform)

    def _go_on(self) -> None:
        log.warning("%s keeps up again; replies left unsaid: %d.", self._platform, self._left_out)
        self._left_out = 0

    async def finish(self, within: float) -> None:
        """Let what is being said be said, and what waits, for at most so many seconds, then break off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while tasks := [*(lane.task for lane in self._lanes.values() if lane.task), *self._tasks]:
                    await asyncio.wait(tasks)
        for lane in self._lanes.values():
            self._leave_lane(lane)
        unsaid = list(self._tasks)
        for task in unsaid:
            task.cancel()
        await asyncio.gather(*unsaid, return_exceptions=True)
        if self._left_out:
            self._go_on()

    def _leave_lane(self, lane: _Lane) -> None:
        if lane.task:
            lane.task.cancel()
            lane.task = None
        self._waiting -= len(lane.waiting)
        lane.waiting.clear()


async def persistently(
    call: Callable[[], Awaitable[T]], asked_for_patience: Callable[[float], None] = lambda _: None
) -> T:
    """Try a few times, as far apart as the platform asks, of which whoever wants to know is told the seconds.

    Raises the last `DeliveryError`, or one that is permanent.
    """
    tried = 0
    while True:
        try:
            return await call()
        except DeliveryError as failure:
            tried += 1
            if failure.retry_after and not failure.permanent:
                asked_for_patience(failure.retry_after)
            if failure.permanent or tried == TRIES:
                raise
            await asyncio.sleep(min(failure.retry_after or 1.0, LONGEST_WAIT))
