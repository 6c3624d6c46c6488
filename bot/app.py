"""The application: it starts, hears, speaks, and stops politely."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter
from typing import TypeVar

from sqlmodel import Session

from bot import metrics
from bot.channels import Channel
from bot.clock import Clock
from bot.delivery import Delivery
from bot.following import current, following, new
from bot.hooks import Hooks
from bot.schedule import Schedule
from bot.settings import Settings
from handlers import organise, rebuilding, searching
from handlers.context import Context
from handlers.errors import FeedbackError
from handlers.events import Event
from handlers.messages import Reply
from handlers.organisation import Organisation
from handlers.receive import leaves_no_trace, receive, refusal
from storage import outbox
from storage.database import ORGANISATION, OUTBOX, Database
from storage.sealed_words import begin, demand_keys, standing

log = logging.getLogger(__name__)

T = TypeVar("T")


class NotApplied(Exception):
    """No organisation has been applied to this database. Run `python -m bot apply organisation.yaml` first."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class App:
    """Everything that runs in one process.

    `write` and `read` run a use case with its `Context`; `write` resolves once its effect is durable.
    """

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, channels: Mapping[str, Channel]
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.database = database
        self.channels = dict(channels)
        hooks = Hooks(settings, clock)
        self.delivery = Delivery(self, clock, self.channels, hooks, share=lambda: database.share)
        self.schedule = Schedule(self.write, self.rebuild)
        self._organisation: Organisation | None = None
        self._news = False
        self._running = frozenset(channels)
        self._vault = settings.vault
        self._site = settings.site
        database.on_commit.append(self._committed)
        database.on_told.append(self._told)
        database.on_gone.append(self._take_over)

    @property
    def organisation(self) -> Organisation:
        """The organisation as last applied. Raises `NotApplied`."""
        if self._organisation is None:
            raise NotApplied
        return self._organisation

    @property
    def is_applied(self) -> bool:
        """Whether an organisation has been applied."""
        return self._organisation is not None

    def open(self, *, only_to_read: bool = False) -> None:
        """Open the database and read the organisation, without hearing or speaking: for the command line.

        `only_to_read` works beside a running Kaiku. Raises `KeysMissing` where people's words could not be read.
        """
        if only_to_read:
            self.database.open_to_read()
        else:
            self.database.open()
        try:
            self._agree_on_words(only_to_read=only_to_read)
        except BaseException:
            self.close()
            raise
        self._organisation = self.database.read_now(organise.current)

    def _agree_on_words(self, *, only_to_read: bool) -> None:
        """Refuse to start where words could not be read; before a key seals anything, write down that it does."""
        sealing = self.database.sealing
        demand_keys(self.database.read_now(standing), sealing)
        if not only_to_read:
            self.database.write_now(lambda session: begin(session, sealing))

    def close(self) -> None:
        """Close what `open` opened."""
        self.database.close()

    async def start(self) -> None:
        """Open, and begin to speak and hear. Raises `NotApplied` before anything was begun."""
        self.open()
        if self._organisation is None:
            self.close()
            raise NotApplied
        if self.database.is_shared:
            self.database.take_part(self.delivery.name, await self.database.read(outbox.claimants))
        else:
            await self.database.write(outbox.release_everything)
        await self.delivery.start()
        for channel in self.channels.values():
            await channel.start(self.receive)
        self.schedule.start()

    async def stop(self) -> None:
        """Finish what was claimed while it can still be said, then fall silent and let go of the database."""
        self.schedule.stop()
        await self.delivery.stop()
        for channel in self.channels.values():
            await channel.stop()
        self.close()

    async def receive(self, event: Event) -> Reply:
        """Do what an event asks for; resolves once it is durable. What a channel calls.

        A refusal is a reply. Anything raised means that nothing was stored.
        """
        began = perf_counter()
        with following(current() or new()):
            try:
                reply, news = await self.write_briefly(lambda ctx: (receive(event, ctx), _news(ctx)))
            except FeedbackError as problem:
                refused = problem
                reply = await self.write_briefly(lambda ctx: refusal(refused, event, ctx))
                metrics.heard(event, "refused", perf_counter() - began)
                _tell(event, logging.INFO, f"refused: {type(problem).__name__}")
            else:
                metrics.heard(event, "stored", perf_counter() - began)
                _tell(event, logging.INFO if news else logging.DEBUG, "stored")
        return reply

    async def write(self, work: Callable[[Context], T]) -> T:
        """A use case in one transaction, on the writer's thread."""
        request = current()
        return await self.database.write(lambda session: self._do(work, session, request))

    async def write_briefly(self, work: Callable[[Context], T]) -> T:
        """`write` for a millisecond or two, which would only be longer on another thread."""
        request = current()
        return await self.database.write_briefly(lambda session: self._do(work, session, request))

    async def read(self, work: Callable[[Context], T]) -> T:
        """A look at what is stored, beside the writer."""
        return await self.database.read(lambda session: work(self._context(session)))

    async def read_briefly(self, work: Callable[[Context], T]) -> T:
        """`read` for a millisecond or two, which would only be longer on another thread."""
        return await self.database.read_briefly(lambda session: work(self._context(session)))

    def read_now(self, work: Callable[[Context], T]) -> T:
        """`read`, for the command line: waits in place."""
        return self.database.read_now(lambda session: work(self._context(session)))

    def write_now(self, work: Callable[[Context], T]) -> T:
        """`write`, for the command line: waits in place."""
        request = current()
        return self.database.write_now(lambda session: self._do(work, session, request))

    def apply(self, organisation: Organisation, by: str) -> tuple[str, ...]:
        """Apply an organisation and use it from now on; the differences in words. Blocks."""
        now = self.clock.now()

        def work(session: Session) -> tuple[str, ...]:
            self.database.tell(session, ORGANISATION)
            return organise.apply(organisation, by, session, now).changes

        changes = self.database.write_now(work)
        self._organisation = organisation
        return changes

    async def tick(self) -> None:
        """Do and say everything that is due now."""
        await self.schedule.everything()
        await self.delivery.drain()

    async def rebuild(self) -> None:
        """At night, write the file anew, so that no copy of what was erased stays in it."""
        if self.database.is_shared:
            return
        if await self.read(rebuilding.is_due):
            await asyncio.to_thread(self.rebuild_now)

    def rebuild_now(self) -> None:
        """Write a SQLite file anew, at any hour and whatever its size; nothing is stored meanwhile. Blocks."""
        began_at = self.clock.now()
        while self.write_now(searching.tidy):
            pass  # what the index has of erased words would be copied too
        self.database.rebuild_now()
        self.write_now(partial(rebuilding.rebuilt, began_at))

    def _do(self, work: Callable[[Context], T], session: Session, request: str) -> T:
        result = work(self._context(session, request))
        if session.info.pop(outbox.NEWS, False):
            self._news = True
            self.database.tell(session, OUTBOX)
        return result

    def _committed(self) -> None:
        """On the writer's thread, in the turn in which `_do` was. Most taps leave nothing to be said to others."""
        if self._news:
            self._news = False
            self.delivery.wake()

    def _told(self, topic: str) -> None:
        """On the listener's thread: a replica, maybe this one, has stored something."""
        if topic == OUTBOX:
            self.delivery.wake()
        elif topic == ORGANISATION:
            self._organisation = self.database.read_now(organise.current)

    def _take_over(self, replica: str) -> None:
        """One that has ended without a word cannot say any more what it had claimed."""
        log.info("replica %s is not there any more; what it had not said is said by the others", replica)
        self.database.write_now(lambda session: outbox.release_all(session, replica))
        self.delivery.wake()

    def _context(self, session: Session, request: str = "") -> Context:
        now = self.clock.now()
        return Context(session, self.organisation, now, self._vault, self._running, self._site, request)


def _news(ctx: Context) -> bool:
    """Whether there is something new to say because of what was just done."""
    return bool(ctx.session.info.get(outbox.NEWS))


def _tell(event: Event, level: int, outcome: str) -> None:
    """Log what became of an event. What leaves nothing to be said is worth a line to whoever looks closely only.

    When somebody said something anonymously is nobody's to know.
    """
    if log.isEnabledFor(level) and not leaves_no_trace(event):
        log.log(level, "%s in %s was %s", type(event).__name__, event.by.channel, outcome)
