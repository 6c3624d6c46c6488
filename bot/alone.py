"""What one of several replicas does alone, such as asking Telegram: another takes it over when it is gone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from storage.database import Database

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[None]]


class Alone:
    """Begins something when it is ours to do, and ends it when it is not. Where nobody shares, it always is."""

    def __init__(self, database: Database | None, name: str, begin: Step, end: Step) -> None:
        self._database, self._name = database, name
        self._begin, self._end = begin, end
        self.is_on = False
        """Whether this process does it."""
        self._ours = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin, or queue for it."""
        if self._database is None or not self._database.has_company:
            await self._begin()
            self.is_on = True
            return
        loop = asyncio.get_running_loop()

        def tell(ours: bool) -> None:
            loop.call_soon_threadsafe(self._told, ours)

        self._task = asyncio.create_task(self._follow(), name=f"alone: {self._name}")
        self._database.alone(self._name, tell)

    async def stop(self) -> None:
        """End it, then leave it to another."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.is_on:
            await self._end()
            self.is_on = False
        if self._database is not None:
            self._database.not_alone(self._name)

    def _told(self, ours: bool) -> None:
        self._ours = ours
        self._changed.set()

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._ours == self.is_on:
                continue
            self.is_on = self._ours
            try:
                await (self._begin() if self._ours else self._end())
            except Exception:
                log.exception("%s could not be %s", self._name, "begun" if self._ours else "ended")
