"""Draining the outbox: claim, compose, pace, send, record; back off or give up.

At-least-once. A message is claimed for `outbox.LEASE`; what a dead process had claimed is taken up by
the next. Messages to one reader go one after another, in order, so that an edit always finds what it edits
and nothing passes what the platform asked us to hold back. A reader who must wait keeps nobody else waiting.
"""

import asyncio
import logging
import os
import secrets
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from bot import metrics
from bot.channels import Channel, Destination, Limit, Pace, Sent
from bot.channels.errors import DeliveryError
from bot.clock import Clock
from bot.following import following
from bot.hooks import Hooks
from handlers import delivered
from handlers.compose import TAKE_LONG, Composed, NobodyThere, Obsolete, Outgoing, Resting, compose
from handlers.context import Context
from handlers.hooks import Calling
from handlers.messages import Message
from storage import outbox
from storage.prepared import Record
from storage.shares import WHOLE, Share
from storage.vocabulary import Priority

log = logging.getLogger(__name__)

T = TypeVar("T")

AT_ONCE = 64
"""Messages on their way at the same time."""

KEPT_FREE = 16
"""Places that only alerts and replies may take, however many prompts hang on a slow platform."""

MOST_PLACES = 10_000
"""Conversations whose pace is kept in memory."""

_GATHERING = 0.005
"""Seconds between being woken and looking into the outbox."""

_WORTH_WAITING = 1.0
"""Seconds a message may wait for its pace while holding its place; for longer, its reader's messages rest."""

_WORTH_HOLDING = outbox.LEASE.total_seconds() / 2
"""Seconds that what was begun may wait for its second turn, well before somebody else claims it."""


class Store(Protocol):
    """Where the outbox is; see `bot.app.App`."""

    async def read(self, work: Callable[[Context], T]) -> T:
        """A look beside the writer."""

    async def read_briefly(self, work: Callable[[Context], T]) -> T:
        """The same for a millisecond or two."""

    async def write_briefly(self, work: Callable[[Context], T]) -> T:
        """A piece of work of a millisecond or two, in one transaction; resolves once it is durable."""


class _Turns:
    """When messages were sent, as far as any limit looks back."""

    def __init__(self, limits: tuple[Limit, ...]) -> None:
        self._at: deque[float] = deque()
        self._paused_until = 0.0
        self.limit(limits)

    def limit(self, limits: tuple[Limit, ...]) -> None:
        """Go by these limits from now on."""
        self._limits = limits
        self._apart = max((limit.seconds / limit.messages for limit in limits), default=0.0)
        self._at = deque(self._at, maxlen=max((limit.messages for limit in limits), default=0))

    def next(self, now: float, *, evenly: bool = False) -> float:
        """The first instant from now on at which no limit is against one more; `evenly`, as far apart as can be."""
        full = (limit for limit in self._limits if len(self._at) >= limit.messages)
        if evenly and self._at:
            now = max(now, self._at[-1] + self._apart)
        return max(now, self._paused_until, *(self._at[-limit.messages] + limit.seconds for limit in full))

    def take(self, now: float) -> None:
        """One more is sent."""
        self._at.append(now)

    def pause(self, until: float) -> None:
        """The platform asked for patience."""
        self._paused_until = max(self._paused_until, until)


class Pacer:
    """When a channel may be spoken to again, within what its platform allows.

    A conversation is one replica's, so its limits are whole; those over all conversations are shared.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._replicas = 1
        self._everywhere = _Turns(pace.overall)
        self._places: dict[str, _Turns] = {}
        self.line = asyncio.Lock()
        """Held by the one, of those that can wait, whose turn is next."""

    def share_with(self, replicas: int) -> None:
        """So many processes speak in the channel, this one among them."""
        if replicas != self._replicas:
            self._replicas = replicas
            self._everywhere.limit(tuple(_part(limit, replicas) for limit in self._pace.overall))

    def wait(self, place: str, now: float, *, evenly: bool = False) -> float:
        """Seconds until the place may be spoken to."""
        return max(self._everywhere.next(now, evenly=evenly) - now, self.wait_there(place, now))

    def wait_there(self, place: str, now: float) -> float:
        """The same, as far as the place itself is concerned."""
        turns = self._places.get(self._pace.place(place))
        return turns.next(now) - now if turns else 0.0

    def take(self, place: str, now: float) -> None:
        """It is spoken to."""
        self._everywhere.take(now)
        self._turns(place, now).take(now)

    def pause(self, place: str, now: float, seconds: float) -> None:
        """The platform asked for patience: at one place, while every other goes on, or at all of them."""
        turns = self._everywhere if self._pace.refused_everywhere else self._turns(place, now)
        turns.pause(now + seconds)

    def count(self, place: str, now: float, messages: int) -> None:
        """So many messages more were said at a place without waiting for a turn."""
        for _ in range(messages):
            self._turns(place, now).take(now)

    def rename(self, place: str, known_as: str) -> None:
        """The first message to a person told the name of the conversation."""
        place, known_as = self._pace.place(place), self._pace.place(known_as)
        if place != known_as and place in self._places:
            self._places[known_as] = self._places.pop(place)

    def _turns(self, place: str, now: float) -> _Turns:
        if len(self._places) > MOST_PLACES:
            self._places = {name: turns for name, turns in self._places.items() if turns.next(now) > now}
        place = self._pace.place(place)
        if place not in self._places:
            self._places[place] = _Turns(self._pace.limits(place))
        return self._places[place]


def _part(limit: Limit, replicas: int) -> Limit:
    """What falls to one of several; at least one message, be it more seldom."""
    messages = limit.messages // replicas
    return Limit(messages, limit.seconds) if messages else Limit(1, limit.seconds * replicas / limit.messages)


class Delivery:
    """The one task that drains the outbox of this process."""

    longest_sleep = 30.0
    """Seconds until the outbox is looked at even if nobody woke us: leases of dead processes end in silence."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        channels: Mapping[str, Channel],
        hooks: Hooks,
        *,
        share: Callable[[], Share] = lambda: WHOLE,
    ) -> None:
        self._store, self._clock = store, clock
        self._channels, self._hooks, self._share = channels, hooks, share
        self._pacers = {name: Pacer(channel.pace) for name, channel in channels.items()}
        self.name = f"{socket.gethostname()[:32]}:{os.getpid()}:{secrets.token_hex(4)}"
        """By which its claims are known."""
        self._woken = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[None]] = {}
        """By reader: to each one message at a time."""
        self._resting: dict[str, float] = {}
        """Readers who must wait, and until when by the loop's time: nothing is claimed or composed for them."""
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
        await self._hooks.close()
        await self._store.write_briefly(lambda ctx: outbox.release_all(ctx.session, self.name))
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
        now, others, share = asyncio.get_running_loop().time(), self._not_now(), self._share()
        due: datetime | None = await self._store.read_briefly(
            lambda ctx: outbox.next_due(ctx.session, others, share)
        )
        seconds = (due - self._clock.now()).total_seconds() if due else self.longest_sleep
        return min([seconds, *(until - now for until in self._resting.values())])

    def _not_now(self) -> set[str]:
        """Readers to whom something is on its way, or who must wait."""
        now = asyncio.get_running_loop().time()
        self._resting = {reader: until for reader, until in self._resting.items() if until > now}
        return self._under_way.keys() | self._resting.keys()

    async def _sleep(self, seconds: float) -> None:
        """Until somebody wakes us or the next message is due."""
        if self._under_way:
            seconds = max(seconds, 0.05)
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, min(seconds, self.longest_sleep))):
                await self._woken.wait()
        # Commits come many in a few milliseconds: looked at once, they cost one look.
        await asyncio.sleep(_GATHERING)

    async def _claim(self) -> int:
        """Claim what is due and send it on its way; how many."""
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        least = Priority.REPLY if free <= KEPT_FREE else Priority.PROMPT
        others, share = self._not_now(), self._share()
        for pacer in self._pacers.values():
            pacer.share_with(share.of)
        rows = await self._store.write_briefly(
            lambda ctx: outbox.claim(
                ctx.session, ctx.now, self.name, free, least=least, but_of=others, share=share
            )
        )
        for row in rows:
            task = asyncio.create_task(self._deliver(row), name=f"outbox {row.id}")
            self._under_way[outbox.reader(row)] = task
            task.add_done_callback(partial(self._arrived, outbox.reader(row)))
        return len(rows)

    def _arrived(self, reader: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(reader, None)
        self._woken.set()
        if not task.cancelled() and (problem := task.exception()):
            log.error("%s: %r", task.get_name(), problem)

    async def _deliver(self, row: Record) -> None:
        with following(row.request or ""):
            try:
                await self._say(row)
            except Exception as problem:
                log.exception("outbox message %s (%s) failed", row.id, row.kind)
                metrics.delivered(row, metrics.NOWHERE, "failed")
                await self._record(delivered.record_failure, row, type(problem).__name__)

    async def _say(self, row: Record) -> None:
        read = self._store.read if row.kind in TAKE_LONG else self._store.read_briefly
        composed: Composed = await read(lambda ctx: compose(row, self._channels.keys(), ctx))
        match composed:
            case Obsolete():
                metrics.delivered(row, metrics.NOWHERE, "not needed")
                await self._record(delivered.record_obsolete, row)
            case NobodyThere():
                metrics.delivered(row, metrics.NOWHERE, "given up")
                log.warning("outbox message %s (%s) was given up: nobody is there", row.id, row.kind)
                await self._record(delivered.record_dead, row, "nobody can be reached there")
            case Resting(until):
                await self._record(delivered.record_resting, row, until)
            case Calling():
                await self._call(row, composed)
            case Outgoing():
                await self._send(row, composed)

    async def _call(self, row: Record, calling: Calling) -> None:
        """Tell another program. One that does not take it rests, and this message is tried again later still."""
        try:
            await self._hooks.call(calling, row.dedupe_key)
        except DeliveryError as problem:
            log.warning("webhook %s was not told: %s", calling.hook, problem.reason)
            metrics.delivered(row, "webhook", "given up" if problem.permanent else "failed")
            if problem.retry_after is not None:
                rests_until = asyncio.get_running_loop().time() + problem.retry_after
                self._resting[outbox.reader(row)] = rests_until
            given_up = delivered.record_dead if problem.permanent else delivered.record_failure
            await self._record(given_up, row, problem.reason)
        else:
            metrics.delivered(row, "webhook", "said")
            log.info("outbox message %s (%s) was told to webhook %s", row.id, row.kind, calling.hook)
            await self._record(delivered.record_told, row)

    async def _send(self, row: Record, outgoing: Outgoing) -> None:
        standing = outgoing.standing
        place = standing.conversation if standing else outgoing.conversation or outgoing.person
        pacer, loop = self._pacers[outgoing.channel], asyncio.get_running_loop()
        if wait := await _turn(pacer, place, _WORTH_WAITING, urgent=row.priority <= Priority.REPLY):
            await self._rest(row, loop.time() + wait)
            return
        try:
            sent = await self._speak(row, outgoing)
        except DeliveryError as problem:
            if problem.retry_after is not None:
                pacer.pause(place, loop.time(), problem.retry_after)
            await self._failed(row, outgoing, problem)
        else:
            pacer.rename(place, sent.conversation)
            pacer.count(sent.conversation, loop.time(), len(sent.beneath))
            metrics.delivered(row, outgoing.channel, "said", self._clock.now() - _wanted_at(row))
            log.info("outbox message %s (%s) was said in %s", row.id, row.kind, outgoing.channel)
            said = (sent.message, *sent.beneath)
            await self._record(delivered.record_sent, row, outgoing, sent.conversation, said)
        if (wait := pacer.wait(place, loop.time())) > _WORTH_WAITING:
            self._resting[outbox.reader(row)] = loop.time() + wait

    async def _speak(self, row: Record, outgoing: Outgoing) -> Sent:
        channel = self._channels[outgoing.channel]
        if outgoing.standing is not None:
            place = Sent(outgoing.standing.conversation, outgoing.standing.message)
            if outgoing.taken_back:
                return await _take_back(channel, place, outgoing.message, self._pacers[outgoing.channel])
            return await channel.edit(place, outgoing.message, outgoing.workspace)
        to = Destination(outgoing.person, outgoing.conversation, outgoing.workspace)
        return await channel.send(to, outgoing.message, row.dedupe_key)

    async def _failed(self, row: Record, outgoing: Outgoing, problem: DeliveryError) -> None:
        log.warning("outbox message %s (%s) was not delivered: %s", row.id, row.kind, problem.reason)
        metrics.delivered(row, outgoing.channel, "given up" if problem.permanent else "failed")
        if problem.unreachable:
            await self._record(delivered.record_lost_identity, row, outgoing, problem.reason)
        elif problem.permanent and outgoing.standing is not None:
            await self._record(delivered.record_lost_place, row, outgoing, problem.reason)
        elif problem.permanent:
            await self._record(delivered.record_dead, row, problem.reason)
        elif problem.retry_after is not None:
            await self._record(delivered.record_patience, row, problem.reason)
        else:
            await self._record(delivered.record_failure, row, problem.reason)

    async def _rest(self, row: Record, until: float) -> None:
        """Give the message back as it was, and claim nothing for its reader until then."""
        self._resting[outbox.reader(row)] = until
        again = (row.not_before, row.attempts, row.error or "")
        await self._store.write_briefly(
            lambda ctx: outbox.put_back(ctx.session, row.id, *again, failed_at=row.failed_at)
        )

    async def _record(self, work: Callable[..., None], row: Record, *facts: object) -> None:
        await self._store.write_briefly(lambda ctx: work(row, *facts, ctx))


async def _turn(pacer: Pacer, place: str, patience: float, *, urgent: bool = True) -> float:
    """Wait for a turn and take it; if so many seconds are not enough, how many would be.

    Of what is not urgent only one at a time competes for the platform's next turn, and they go evenly: so a turn is
    free for an alert soon, and not only after a second's worth of prompts.
    """
    if urgent:
        return await _waited(partial(pacer.wait, place), patience) or _taken(pacer, place)
    if wait := await _waited(partial(pacer.wait_there, place), patience):
        return wait
    async with pacer.line:
        return await _waited(partial(pacer.wait, place, evenly=True), patience) or _taken(pacer, place)


async def _waited(wait: Callable[[float], float], patience: float) -> float:
    """Sleep until there is nothing to wait for: 0. The seconds that are left when they are too many."""
    loop = asyncio.get_running_loop()
    while seconds := wait(loop.time()):
        if seconds > patience:
            return seconds
        await asyncio.sleep(seconds)
    return 0.0


def _taken(pacer: Pacer, place: str) -> float:
    pacer.take(place, asyncio.get_running_loop().time())
    return 0.0


def _wanted_at(row: Record) -> datetime:
    """When it was to be said. An attempt that failed has moved that; then it is when it was queued."""
    wanted: datetime = row.created_at if row.attempts else row.not_before
    return wanted


async def _take_back(channel: Channel, place: Sent, blank: Message, pacer: Pacer) -> Sent:
    """Delete a message where the platform lets us, else put something blank in its place, which is a turn more."""
    try:
        await channel.remove(place)
    except DeliveryError as refused:
        if not refused.permanent:
            raise
        if wait := await _turn(pacer, place.conversation, _WORTH_HOLDING):
            raise DeliveryError("its turn comes later", retry_after=wait) from refused
        return await channel.edit(place, blank)
    return place
