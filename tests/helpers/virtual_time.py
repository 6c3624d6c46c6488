"""An event loop in which waiting costs nothing: when there is nothing to do, it is later at once."""

import asyncio
import selectors
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock


class _Skipping(selectors.DefaultSelector):
    """Never waits: the loop's time jumps to where it would have woken."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout:
            self.skipped += timeout
        return ready


class VirtualTime(asyncio.SelectorEventLoop):
    """For what runs in one thread: a thread beside it would be overtaken by the jumps."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds since the beginning, all of them skipped."""
        return self._skipping.skipped


class LoopClock(Clock):
    """The time of day of a loop that began at an instant."""

    def __init__(self, began: datetime) -> None:
        self._began = began
        self.loop: Any = None

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.loop.time() if self.loop else 0.0)
