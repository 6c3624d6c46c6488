"""A run: the world outside goes on, and the application lives in it from one death to the next."""

import asyncio
import heapq
import itertools
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TextIO

from bot.app import App
from bot.settings import Settings
from handlers import buttons, organise
from handlers.encounters import record_encounter
from handlers.events import CommandGiven, EncounterHappened, ErasureAnswered, Event, Sender, WordsReceived
from handlers.messages import Action, EditInPlace, Form, Message, OpenForm, Reply, Say
from handlers.organisation import Organisation
from tests.helpers.town import fresh_database
from tests.helpers.virtual_time import LoopClock
from tests.simulation import habits, house
from tests.simulation.history import History, Posted, Shown
from tests.simulation.loop import Died, InPlace, SeededLoop, Ticking
from tests.simulation.platforms import CALM, CHANNELS, Platform

Deed = Callable[[], Awaitable[None]]
LOST_REPLY, REPLAYED = 0.02, 0.03
"""How often a platform does not hear that we took something in, and how often it says a thing again all the same."""
STEPS_A_DAY = 5000
"""About so many callbacks run on a day."""
QUIET_END = timedelta(days=4)
"""At the end nobody does anything any more and the weather is calm: what is under way must come to its end."""


@dataclass(frozen=True)
class Plan:
    """What a run is made of; with the same plan it is the same run."""

    seed: int
    begins: date = date(2026, 10, 5)
    days: int = 35
    customers: int = 60
    a_day: float = 12.0
    """Encounters on a usual working day."""
    deaths_a_week: float = 7.0
    often: float = 1800.0
    """Seconds between looks at what is due."""


class World:
    """Everybody and everything outside, with an agenda; it outlives the application."""

    def __init__(self, plan: Plan, folder: Path, out: TextIO | None = None) -> None:
        self.plan, self.history = plan, History(out=out)
        self._order, self._weather, self._dice = (
            Random(f"{plan.seed}:{name}") for name in ("order", "sky", "life")
        )
        self.now = datetime.combine(plan.begins, time(4), UTC)
        self.begins, self.ends = self.now, self.now + timedelta(days=plan.days)
        self.url = fresh_database(folder)
        self.customers = house.customers(self._dice, plan.customers)
        self.platforms = {name: Platform(name, self._weather, self.history, self.read) for name in CHANNELS}
        self.app: App | None = None
        self._clock = LoopClock(self.now)
        self._loop: SeededLoop | None = None
        self._agenda: list[tuple[datetime, int, Deed]] = []
        self._numbers, self._names = itertools.count(), itertools.count(1)
        self._under_way: dict[int, Deed] = {}
        self._sooner = asyncio.Event()
        self._settled = False
        self._draw_the_year()

    # What is known beforehand.

    def _draw_the_year(self) -> None:
        plan, dice = self.plan, self._dice
        for platform in self.platforms.values():
            platform.doom = self.doom
            platform.outages = [
                x for x in house.outages(dice, self.now, plan.days) if x.channel == platform.name
            ]
        for at, event in house.encounters(dice, self.customers, plan.begins, plan.days, plan.a_day):
            self._at(at, lambda event=event: self._report(event))  # type: ignore[misc]
        for customer in self.customers.values():
            if customer.quits:
                when = self.now + timedelta(minutes=dice.randrange(plan.days * 1440))
                self._at(when, lambda customer=customer: self._quit(customer))  # type: ignore[misc]
        for week in range(plan.days // 7):
            self._at(self.now + timedelta(days=7 * week, hours=dice.randrange(100)), self._log)
        self._at(self.now + timedelta(days=plan.days / 2), self._apply_anew)

    def organisation(self, *, later: bool = False) -> Organisation:
        """As it is applied."""
        return house.organisation(Random(self.plan.seed), self.plan.begins, self.plan.days, later=later)

    def _at(self, at: datetime, deed: Deed) -> None:
        heapq.heappush(self._agenda, (at, next(self._numbers), deed))
        self._sooner.set()

    def _after(self, seconds: float, deed: Deed) -> None:
        self._at(self._clock.now() + timedelta(seconds=seconds), deed)

    # One life of the application after another.

    def run(self, progress: Callable[["World"], None] = lambda _: None) -> History:
        """Until the end of the plan and some quiet days."""
        self._install()
        noticing = _Noticing(self.history)
        logging.getLogger().addHandler(noticing)
        try:
            while not self._settled:
                self._live()
                progress(self)
        finally:
            logging.getLogger().removeHandler(noticing)
        return self.history

    def _install(self) -> None:
        with InPlace(self.url) as database:
            database.write_now(lambda s: organise.apply(self.organisation(), "the beginning", s, self.now))

    def _live(self) -> None:
        self._loop, self._clock = SeededLoop(self._order), LoopClock(self.now)
        self._clock.loop = self._loop
        self.app = app = self._build()
        if self.now < self.ends and self.plan.deaths_a_week:
            self._loop.dies_within(round(self._dice.expovariate(self.plan.deaths_a_week / (7 * STEPS_A_DAY))))
        try:
            self._loop.run_until_complete(self._go_on(app))
        except Died:
            self._bury(app)
        finally:
            self._loop.abandon()

    def _build(self) -> App:
        settings = Settings(_env_file=None, database_url=self.url)
        for platform in self.platforms.values():
            platform.clock = self._clock
        app = App(settings, self._clock, InPlace(self.url), self.platforms)
        app.delivery.longest_sleep = self.plan.often
        app.schedule = Ticking(app.write, app.rebuild, self.plan.often)
        return app

    async def _go_on(self, app: App) -> None:
        self._sooner = asyncio.Event()
        await app.start()
        while self._clock.now() < self.ends:
            await self._next_deed()
        self._calm_down()
        await asyncio.sleep(QUIET_END.total_seconds())
        await app.stop()
        self.now, self._settled = self._clock.now(), True

    async def _next_deed(self) -> None:
        at = min(self._agenda[0][0] if self._agenda else self.ends, self.ends)
        self._sooner.clear()
        try:
            async with asyncio.timeout(max(0.0, (at - self._clock.now()).total_seconds())):
                await self._sooner.wait()
        except TimeoutError:
            while self._agenda and self._agenda[0][0] <= self._clock.now():
                _, number, deed = heapq.heappop(self._agenda)
                self._under_way[number] = deed
                asyncio.get_running_loop().create_task(self._do(number, deed))

    async def _do(self, number: int, deed: Deed) -> None:
        await deed()
        self._under_way.pop(number)

    def _bury(self, app: App) -> None:
        """The process is gone: what it held in memory too; whoever waited for an answer asks again."""
        self.now = self._clock.now()
        self.history.deaths += 1
        self.history.note(self.now, f"dies {len(self._under_way)}")
        self._loop.abandon() if self._loop else None
        app.database.close()
        self._excuse_unrecorded()
        long = self._dice.random()
        self.now += (
            timedelta(hours=50)
            if long < 0.02
            else timedelta(hours=3)
            if long < 0.1
            else timedelta(seconds=self._dice.uniform(1, 60))
        )
        for number, deed in sorted(self._under_way.items()):
            heapq.heappush(self._agenda, (self.now + timedelta(seconds=60), number, deed))
        self._under_way.clear()

    def _excuse_unrecorded(self) -> None:
        """What was placed and stands as unsaid in the books comes once more."""
        placed = {shown.key: shown for shown in self.history.shown}
        with sqlite3.connect(self.url.removeprefix("sqlite:///")) as books:
            for (key,) in books.execute("SELECT dedupe_key FROM outbox WHERE state = 'queued' ORDER BY id"):
                if key in placed:
                    self.history.excuse(placed[key])
        books.close()

    def doom(self) -> None:
        """At a moment that matters: perhaps the process dies within the next few steps."""
        if (
            self._loop
            and self._clock.now() < self.ends
            and self._dice.random() < self.plan.deaths_a_week / 700
        ):
            self._loop.dies_within(self._dice.randrange(12))

    def _calm_down(self) -> None:
        for platform in self.platforms.values():
            platform.weather, platform.outages = CALM, []

    # What people and programs do.

    async def _report(self, event: EncounterHappened) -> None:
        """A program reports an encounter, again and again until it hears that it was taken in."""
        customer = _identity(event)
        if self.customers[customer].gone:
            return
        self.doom()
        told = replace(event, at=self._clock.now())
        await self._opened().write(lambda ctx: record_encounter(told, ctx))
        self.history.encounters[event.external_reference] = customer, event.happened_at
        self.history.note(self._clock.now(), f"reported {event.external_reference}")

    async def _apply_anew(self) -> None:
        """A person applies the organisation file, changed."""
        self._opened().apply(self.organisation(later=True), "the middle")

    async def _log(self) -> None:
        """Somebody at the desk writes down what a customer said."""
        customer = self._dice.choice([c for c in self.customers.values() if not c.gone] or [None])
        if customer is not None:
            who = self._dice.choice(list(house.STAFF))
            service = self._dice.choice(list(house.SERVICES))
            words = f"log - {customer.sender.name}: oli tyytymätön, {customer.wrote}w{next(self._names)} #{service}"
            self._post(CommandGiven(words=words, **self._where(Sender(house.STAFF[who], who))), 0)

    async def _quit(self, customer: house.Customer) -> None:
        """One day they have had enough."""
        if customer.quits == "block":
            self.platforms[customer.channel].blocked_by |= {customer.identity, f"with {customer.identity}"}
            return
        words = {"stop": "lopeta", "forget": "unohda minut"}[customer.quits]
        self._write(customer.sender, words, 0)

    def _write(self, who: Sender, words: str, after: float) -> None:
        self._post(WordsReceived(words=words, **self._where(who)), after)

    def _where(self, who: Sender, shown: Shown | None = None) -> buttons.Circumstances:
        place = (shown.where, shown.name) if shown else (f"with {who.external_id}", "")
        return {
            "by": who,
            "at": self._clock.now(),
            "delivery_id": f"delivery-{next(self._names)}",
            "conversation": place[0],
            "message": place[1],
            "private": shown is None or bool(shown.person),
        }

    def _post(self, event: Event, after: float) -> None:
        posted = Posted(len(self.history.posted), event, began=0)
        self.history.posted.append(posted)
        self._after(after, lambda: self._deliver(posted))

    async def _deliver(self, posted: Posted) -> None:
        """A platform tells us what somebody did, again and again until it hears that we took it in."""
        who, platform = posted.event.by, self.platforms[posted.event.by.channel]
        customer = self.customers.get(who.external_id)
        if customer and customer.gone and not posted.began and _would_be_met_anew(posted.event):
            return
        await asyncio.sleep(self._weather.uniform(0, 0.5))
        posted.began = posted.began or self.history.step()
        if customer and isinstance(posted.event, WordsReceived) and posted.event.words == "unohda minut":
            customer.gone = True
        self.doom()
        receive = platform.receive
        reply = await receive(replace(posted.event, at=self._clock.now())) if receive else None
        if reply is None or self._weather.random() < LOST_REPLY:
            self._after(60, lambda: self._deliver(posted))
            return
        said = type(reply).__name__
        self.history.note(
            self._clock.now(), f"{who.external_id} {type(posted.event).__name__} {posted.number}: {said}"
        )
        if posted.acknowledged is None:
            posted.acknowledged, posted.at = self.history.step(), self._clock.now()
            posted.refused = isinstance(reply, Say) and reply.refused
            self._hear(posted, reply)
        if self._weather.random() < REPLAYED:
            self._after(self._weather.uniform(1, 300), lambda: self._deliver(posted))

    def _hear(self, posted: Posted, reply: Reply) -> None:
        """Somebody sees the reply to what they did."""
        event = posted.event
        shown = None
        if isinstance(reply, EditInPlace):
            shown = self.platforms[event.by.channel].shows(event.conversation, event.message, reply.message)
        if isinstance(reply, EditInPlace | Say) and not posted.refused:
            self._reads(event.by, reply.message, shown, own=True)
        elif isinstance(reply, OpenForm):
            self._fill(event, reply.form)

    def _fill(self, event: Event, form: Form) -> None:
        customer = self.customers.get(event.by.external_id)
        number = next(self._names)
        words = (
            f"Jonotin kauan, {customer.wrote}w{number}e"
            if customer
            else f"Soitettu ja selvitetty, staff{number}"
        )
        fields = habits.filled_in(form, words, list(house.MANAGERS), self._dice)
        where: buttons.Circumstances = {
            **buttons.circumstances_of(event),
            "delivery_id": f"delivery-{next(self._names)}",
        }
        self._post(buttons.submitted(form.action, fields, **where), self._dice.uniform(*habits.SOON))

    def read(self, shown: Shown, *, edited: bool) -> None:
        """Somebody looks at what stands there; an edit is overlooked."""
        if shown.person and not edited and self._clock.now() < self.ends:
            self._reads(Sender(shown.channel, shown.person), shown.message, shown, own=False)

    def _reads(self, who: Sender, message: Message, shown: Shown | None, *, own: bool) -> None:
        hands = _Hands(self, who, shown)
        customer = self.customers.get(who.external_id)
        if customer is not None:
            habits.customer_reads(customer, message, hands, self._dice, own=own)
        elif who.external_id in house.MANAGERS:
            habits.manager_reads(message, hands, self._dice, own=own)
        else:
            habits.staff_reads(message, hands, self._dice, own=own)

    def _opened(self) -> App:
        if self.app is None:
            raise RuntimeError("nobody lives yet")
        return self.app


@dataclass(frozen=True)
class _Hands:
    """See `habits.Hands`."""

    world: World
    who: Sender
    shown: Shown | None

    def press(self, action: Action, after: float) -> None:
        """Press a button a while later."""
        where = self.world._where(self.who, self.shown)
        self.world._post(buttons.pressed(action, **where), after)

    def write(self, words: str, after: float) -> None:
        """Write a while later; the words are nobody else's."""
        self.world._write(self.who, f"{words}w{next(self.world._names)}e", after)


class _Noticing(logging.Handler):
    """Errors in the log are our bugs; a customer's word in any line is one as well."""

    def __init__(self, history: History) -> None:
        super().__init__(logging.INFO)
        self._history = history

    def emit(self, record: logging.LogRecord) -> None:
        """Remember what must not be there."""
        line = record.getMessage()
        if record.levelno >= logging.ERROR or "zx" in line or "zw" in line:
            problem = f" {record.exc_info[1]!r}" if record.exc_info else ""
            self._history.troubles.append(f"{record.name}: {line}{problem}")


def _identity(event: EncounterHappened) -> str:
    """Who it was with."""
    return event.customer.external_id if isinstance(event.customer, Sender) else event.customer


def _would_be_met_anew(event: Event) -> bool:
    """Whether doing this makes somebody known who was erased, and rightly so."""
    return not isinstance(event, ErasureAnswered) and isinstance(event, WordsReceived | CommandGiven)
