"""Matrix's ears: one long question to the homeserver after another, and what people did in between.

Where we are in the server's stream is kept in the database and goes forward only when everything up to
there is stored: after a crash the last part is heard again, each event with the id it had, and what
was taken in before changes nothing. What cannot be stored stays with the server and is tried again.
"""

import asyncio
import logging
from contextlib import suppress

from nio import InviteInfo, RoomInfo, SyncResponse

from bot.channels.errors import DeliveryError
from bot.channels.matrix.hearing import Hearing
from bot.channels.matrix.homeserver import LONG_POLL, Homeserver, Json
from bot.channels.matrix.payloads import NAME
from bot.channels.matrix.rooms import Rooms
from bot.following import following, new
from storage import cursors, people
from storage.database import Database

log = logging.getLogger(__name__)

LONGEST_WAIT = 60.0
READY = 5.0
"""Seconds that starting waits for the homeserver; after that, Kaiku runs and goes on trying."""
MOST_PAGES = 200
"""Pages of one room's past that are read after an outage: ten thousand events."""


class Listener:
    """Listens to one account's rooms, and comes where it is invited by somebody on `servers` or known."""

    backoff = 1.0
    """Seconds until the first new try after a failure; doubled for each further one."""

    def __init__(
        self, home: Homeserver, rooms: Rooms, hearing: Hearing, database: Database, *, servers: frozenset[str]
    ) -> None:
        self._home, self._rooms, self._hearing = home, rooms, hearing
        self._database, self._servers = database, servers
        self._cursor = f"{NAME}:{home.user}"
        self._asked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen; returns when we have heard once, or the homeserver is found to be out of reach."""
        self._task = asyncio.create_task(self._run(), name="matrix listener")
        with suppress(TimeoutError):
            async with asyncio.timeout(READY):
                await self._asked.wait()

    async def stop(self) -> None:
        """Hear nothing more.

        A cancellation that meets nio's own time-out may be taken for it, so it is said until it is heard.
        """
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=0.5)

    async def _run(self) -> None:
        failures = 0
        while True:
            wait: float | None = None
            try:
                await self.listen_once()
                failures = 0
            except DeliveryError as failure:
                log.warning("Matrix is not heard: %s", failure.reason)
                wait = failure.retry_after or self._wait(failures)
            except Exception:
                log.exception("What happened in Matrix could not be stored; it stays with the homeserver")
                wait = self._wait(failures)
            self._asked.set()
            if wait is not None:
                failures += 1
                await asyncio.sleep(wait)

    def _wait(self, failures: int) -> float:
        return min(LONGEST_WAIT, self.backoff * 2.0 ** min(failures, 10))

    async def listen_once(self, patience: int = LONG_POLL) -> None:
        """Ask what is new, have it stored, and remember how far we are; `patience` in milliseconds.

        Raises `DeliveryError` when the server is out of reach, and what storing raised: then the same
        is heard again.
        """
        since = await self._database.read(lambda s: cursors.cursor(s, self._cursor))
        news = await self._home.sync(since, patience=patience if since else 0)
        for room, invitation in news.rooms.invite.items():
            await self._consider(room, invitation)
        if since:
            # At the very first look, rooms tell what was said before anybody listened.
            await self._hear(news, since)
        if news.next_batch != since:
            await self._database.write(lambda s: cursors.advance(s, self._cursor, news.next_batch))

    async def _hear(self, news: SyncResponse, since: str) -> None:
        for room in news.rooms.leave:
            self._rooms.forget(room)
        hearing = (self._hear_room(room, since, info) for room, info in news.rooms.join.items())
        # Every room is heard to its end before a failure in one is told.
        for outcome in await asyncio.gather(*hearing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _hear_room(self, room: str, since: str, info: RoomInfo) -> None:
        """One event after another; rooms do not wait for each other."""
        timeline = info.timeline
        missed = await self._missed(room, timeline.prev_batch, since) if timeline.limited else []
        told = {source["event_id"]: source for source in missed}
        told |= {event.source["event_id"]: event.source for event in timeline.events}
        for source in told.values():
            with following(new()):
                await self._hearing.take(room, source)

    async def _missed(self, room: str, before: str, since: str) -> list[Json]:
        """What was said between the last time and the part that the server told of its own accord."""
        missed: list[Json] = []
        for _ in range(MOST_PAGES):
            page, before = await self._home.history(room, before, since)
            missed += page
            if not (page and before):
                break
        return missed[::-1]

    async def _consider(self, room: str, invitation: InviteInfo) -> None:
        """Come, or decline."""
        own = [
            event for event in invitation.invite_state if getattr(event, "state_key", "") == self._home.user
        ]
        if not own:
            return
        try:
            if await self._may_invite(own[-1].sender):
                await self._home.join(room)
                self._rooms.forget(room)
                if own[-1].content.get("is_direct"):
                    await self._rooms.mark_direct(room, own[-1].sender)
            else:
                await self._home.leave(room)
        except DeliveryError as failure:
            if not failure.permanent:
                raise
            log.warning("An invitation to a room could not be answered: %s", failure.reason)

    async def _may_invite(self, person: str) -> bool:
        if person.partition(":")[2] in self._servers:
            return True
        return bool(await self._database.read(lambda s: people.identity_of(s, NAME, person)))
