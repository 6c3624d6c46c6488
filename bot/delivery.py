"""Draining the outbox: claim, compose, pace, send, record; back off or give up.

At-least-once. A message is claimed for `outbox.LEASE`; what a dead process had claimed is taken up by
the next. Messages about one matter to one reader go one after another, so that an edit always finds
what it edits.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from bot.channels import Channel, Destination, Pace, Sent
from bot.channels.errors import DeliveryError
from bot.clock import Clock
from handlers import delivered
from handlers.compose import Composed, NobodyThere, Obsolete, Outgoing, compose
from handlers.context import Context
from storage import outbox
from storage.prepared import Record
from storage.vocabulary import Priority

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Callable[[Context], Any]], Awaitable[Any]]

AT_ONCE = 64
"""Messages on their way at the same time."""

KEPT_FREE = 16
"""Places that only alerts and replies may take, however many prompts hang on a slow platform."""

MOST_PLACES = 10_000
"""Conversations whose pace is kept in memory."""

_LONGEST_SLEEP = 30.0
"""Seconds until the outbox is looked at even if nobody woke us: leases of dead processes end in silence."""

_GATHERING = 0.005
"""Seconds between being woken and looking into the outbox."""

_MINUTE = 60.0

_WORTH_WAITING = 1.0
"""Seconds a message may wait for its pace while holding its place; longer, and it goes back into the outbox."""


class Pacer:
    """When a channel may be spoken to again, within what its platform allows."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._overall = 0.0
        self._next: dict[str, float] = defaultdict(float)
        self._said: dict[str, deque[float]] = {}
        """The latest turns at places where a minute has a limit of its own; as many as that limit."""
        self._last: dict[str, float] = defaultdict(float)
        """The last turn that somebody was sent away to wait for, so that not all come back at once."""

    def wait(self, place: str, now: float) -> float:
        """Seconds until the place may be spoken to; no turn is taken."""
        place = self._pace.place(place)
        return max(now, self._overall, self._next.get(place, 0.0), self._free_again(place)) - now

    def reserve(self, place: str, now: float, at_most: float) -> float:
        """Seconds to wait before speaking at a place; the turn is taken if that is at most `at_most`."""
        place = self._pace.place(place)
        turn = max(now, self._overall)
        at = max(turn, self._next[place], self._free_again(place))
        if at - now > at_most:
            self._last[place] = at = max(at, self._last[place] + 1 / self._pace.per_conversation)
            return at - now
        # Not counted from `at`: a place that must wait keeps nobody else waiting.
        self._overall = turn + 1 / self._pace.overall
        self._next[place] = at + 1 / self._pace.per_conversation
        self._count(place, at)
        if len(self._next) > MOST_PLACES:
            self._forget_before(now)
        return at - now

    def pause(self, place: str, until: float) -> None:
        """The platform asked for patience at one place; every other goes on."""
        place = self._pace.place(place)
        self._next[place] = max(self._next[place], until)

    def count(self, place: str, now: float, messages: int) -> None:
        """So many messages more were said at a place without waiting for a turn."""
        for _ in range(messages):
            self._count(self._pace.place(place), now)

    def _count(self, place: str, at: float) -> None:
        if most := self._pace.in_a_minute(place):
            self._said.setdefault(place, deque(maxlen=most)).append(at)

    def _free_again(self, place: str) -> float:
        """When the minute that began with the first of the latest turns is over, if its limit is reached."""
        said = self._said.get(place)
        return said[0] + _MINUTE if said and len(said) == said.maxlen else 0.0

    def _forget_before(self, now: float) -> None:
        self._said = {k: said for k, said in self._said.items() if said[-1] + _MINUTE > now}
        self._next = defaultdict(float, {k: v for k, v in self._next.items() if v > now})
        self._last = defaultdict(float, {k: v for k, v in self._last.items() if v > now})


class Delivery:
    """The one task that drains the outbox of this process."""

    def __init__(self, read: Work, write: Work, clock: Clock, channels: Mapping[str, Channel]) -> None:
        self._read, self._write, self._clock = read, write, clock
        self._channels = channels
        self._pacers = {name: Pacer(channel.pace) for name, channel in channels.items()}
        self._me = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._woken = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._spoken_at: dict[tuple[Any, ...], tuple[Pacer, str]] = {}
        """Where a reader was last spoken to: whether they must wait is known before anything is composed."""
        self._locks: WeakValueDictionary[tuple[Any, ...], asyncio.Lock] = WeakValueDictionary()
        """A lock lives as long as somebody holds it or waits for it."""
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def start(self) -> None:
        """Begin to drain."""
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._run(), name="delivery")

    def wake(self) -> None:
        """There may be something to say. From any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def stop(self, patience: float = 1.5) -> None:
        """Claim nothing more, finish what is on its way within `patience` seconds, release the rest."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way.values(), timeout=patience)
        for task in list(self._under_way.values()):
            task.cancel()
        await self._write(lambda ctx: outbox.release_all(ctx.session, self._me))
        self._loop = None

    async def drain(self) -> None:
        """Say everything that is due now, and what follows from it."""
        while (await self._until_due() <= 0 and await self._claim()) or self._under_way:
            await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                seconds = await self._until_due()
                if seconds > 0 or not await self._claim():
                    await self._sleep(seconds)
            except Exception:
                log.exception("the outbox could not be read; trying again")
                await asyncio.sleep(1)

    async def _until_due(self) -> float:
        """Seconds until the next message is due; not above zero when there is one now."""
        due: datetime | None = await self._read(lambda ctx: outbox.next_due(ctx.session))
        return (due - self._clock.now()).total_seconds() if due else _LONGEST_SLEEP

    async def _sleep(self, seconds: float) -> None:
        """Until somebody wakes us or the next message is due."""
        if self._under_way:
            seconds = max(seconds, 0.05)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), timeout=max(0.0, min(seconds, _LONGEST_SLEEP)))
        # Commits come many in a few milliseconds: looked at once, they cost one look.
        await asyncio.sleep(_GATHERING)

    async def _claim(self) -> int:
        """Claim what is due and send it on its way; how many."""
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        least = Priority.REPLY if free <= KEPT_FREE else Priority.PROMPT
        rows = await self._write(lambda ctx: outbox.claim(ctx.session, ctx.now, self._me, free, least))
        fresh = [row for row in rows if row.id not in self._under_way]
        for row in fresh:
            task = asyncio.create_task(self._deliver(row), name=f"outbox {row.id}")
            self._under_way[row.id] = task
            task.add_done_callback(partial(self._arrived, row.id))
        return len(fresh)

    def _arrived(self, row_id: int, task: asyncio.Task[None]) -> None:
        self._under_way.pop(row_id, None)
        self._woken.set()
        if not task.cancelled() and (problem := task.exception()):
            log.error("outbox message %s: %r", row_id, problem)

    async def _deliver(self, row: Record) -> None:
        key = (row.subject, row.subject_id, row.person_id, row.conversation)
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                await self._say(row)
        except Exception as problem:
            log.exception("outbox message %s (%s) failed", row.id, row.kind)
            await self._record(delivered.record_failure, row, f"{type(problem).__name__}", None)

    async def _say(self, row: Record) -> None:
        pacer, place = self._spoken_at.get((row.person_id, row.conversation), (None, ""))
        now = asyncio.get_running_loop().time()
        if pacer is not None and pacer.wait(place, now) > _WORTH_WAITING:
            await self._put_back(row, pacer.reserve(place, now, _WORTH_WAITING))
            return
        composed: Composed = await self._read(lambda ctx: compose(row, self._channels.keys(), ctx))
        match composed:
            case Obsolete():
                await self._record(delivered.record_obsolete, row)
            case NobodyThere():
                await self._record(delivered.record_dead, row, "nobody can be reached there")
            case Outgoing():
                await self._send(row, composed)

    async def _send(self, row: Record, outgoing: Outgoing) -> None:
        standing = outgoing.standing
        place = standing.conversation if standing else outgoing.conversation or outgoing.person
        pacer = self._pacers[outgoing.channel]
        if len(self._spoken_at) > MOST_PLACES:
            self._spoken_at.clear()
        self._spoken_at[row.person_id, row.conversation] = pacer, place
        loop = asyncio.get_running_loop()
        wait = pacer.reserve(place, loop.time(), _WORTH_WAITING)
        if wait > _WORTH_WAITING:
            await self._put_back(row, wait)
            return
        await asyncio.sleep(wait)
        try:
            sent = await self._speak(row, outgoing)
        except DeliveryError as problem:
            if problem.retry_after is not None:
                pacer.pause(place, loop.time() + problem.retry_after)
            await self._failed(row, outgoing, problem)
        else:
            pacer.count(place, loop.time(), sent.beneath)
            await self._record(delivered.record_sent, row, outgoing, sent.conversation, sent.message)

    async def _speak(self, row: Record, outgoing: Outgoing) -> Sent:
        channel = self._channels[outgoing.channel]
        if outgoing.standing is not None:
            place = Sent(outgoing.standing.conversation, outgoing.standing.message)
            return await channel.edit(place, outgoing.message, outgoing.workspace)
        to = Destination(outgoing.person, outgoing.conversation, outgoing.workspace)
        return await channel.send(to, outgoing.message, row.dedupe_key)

    async def _failed(self, row: Record, outgoing: Outgoing, problem: DeliveryError) -> None:
        log.warning("outbox message %s (%s) was not delivered: %s", row.id, row.kind, problem.reason)
        if problem.unreachable:
            await self._record(delivered.record_lost_identity, row, outgoing, problem.reason)
        elif problem.permanent and outgoing.standing is not None:
            await self._record(delivered.record_lost_place, row, outgoing, problem.reason)
        elif problem.permanent:
            await self._record(delivered.record_dead, row, problem.reason)
        else:
            await self._record(delivered.record_failure, row, problem.reason, problem.retry_after)

    async def _put_back(self, row: Record, wait: float) -> None:
        def work(ctx: Context) -> None:
            not_before = ctx.now + timedelta(seconds=wait)
            outbox.put_back(ctx.session, row.id, not_before, row.attempts, row.error or "")

        await self._write(work)

    async def _record(self, work: Callable[..., None], row: Record, *facts: object) -> None:
        await self._write(lambda ctx: work(row, *facts, ctx))
