"""What a channel says beside its answers: in tasks of its own, so that nobody waits for it.

All of it is courtesy, not memory: what was done is stored already. What is lost costs nothing, because the next
tap hears the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from bot.channels.errors import DeliveryError

log = logging.getLogger(__name__)

T = TypeVar("T")

TRIES = 3
LONGEST_WAIT = 30.0


class Courtesies:
    """Those of one platform, named for the log."""

    def __init__(self, platform: str, most: int = 1000) -> None:
        self.most = most
        """Under way at once; a further one is left out rather than kept in memory."""
        self._platform = platform
        self._tasks: set[asyncio.Task[object]] = set()
        self._left_out = 0
        """Since the last that was begun: told at the first and after the last, for a line each would cost more
        than a reply."""

    def soon(self, deed: Coroutine[Any, Any, object]) -> bool:
        """Begin with it, unless there are too many; whether so. What it raises is its own to handle."""
        if len(self._tasks) >= self.most:
            deed.close()
            self._leave_out()
            return False
        self._go_on()
        task = asyncio.create_task(deed)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    def _leave_out(self) -> None:
        self._left_out += 1
        if self._left_out == 1:
            log.warning("%s is too slow: from now on replies are left unsaid.", self._platform)

    def _go_on(self) -> None:
        if self._left_out:
            log.warning("%s has caught up; replies left unsaid: %d.", self._platform, self._left_out)
            self._left_out = 0

    async def finish(self, within: float) -> None:
        """Let what is being said be said, for at most so many seconds, then break off."""
        if self._tasks:
            _, unsaid = await asyncio.wait(self._tasks, timeout=within)
            for task in unsaid:
                task.cancel()
            await asyncio.gather(*unsaid, return_exceptions=True)


async def persistently(call: Callable[[], Awaitable[T]]) -> T:
    """Try a few times, as far apart as the platform asks. Raises the last `DeliveryError`, or one that is permanent."""
    for _ in range(TRIES - 1):
        try:
            return await call()
        except DeliveryError as failure:
            if failure.permanent:
                raise
            await asyncio.sleep(min(failure.retry_after or 1.0, LONGEST_WAIT))
    return await call()
