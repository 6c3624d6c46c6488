"""A channel that does what a test says, and the application that speaks through it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import SQLModel

from bot.app import App
from bot.channels import Destination, Pace, Receive, Sent
from bot.delivery import Delivery
from bot.hooks import Hooks
from bot.settings import Settings
from handlers.context import Context
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, RatingGiven, Sender
from handlers.invite import decide_now
from handlers.messages import Message
from handlers.organisation import Organisation
from storage.database import Database
from storage.tables import Case, Invitation, OutboxMessage
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.databases import all_of
from tests.helpers.town import HandClock, fresh_database

Row = TypeVar("Row", bound=SQLModel)

NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""Tuesday noon in Helsinki."""

ORGANISATION = Organisation.model_validate(
    {
        "name": "Pension Office",
        "language": "en",
        "cx_lead": "liisa",
        "people": {
            "maya": {
                "name": "Maya Virtanen",
                "role": "manager",
                "identities": {"first": "maya", "second": "m-2"},
            },
            "liisa": {"name": "Liisa Heino", "role": "cx lead", "identities": {"first": "liisa"}},
            "tom": {"name": "Tom Guest", "role": "customer", "identities": {"first": "tom"}},
        },
        "services": {"pensions": {"name": "Pension advice", "owner": "maya"}},
        "touchpoints": {"phone": {"name": "Phone call", "survey": "encounter"}},
        "asking": {"cool_down": "1 min", "cool_down_any": "1 min"},
    }
)


@dataclass(frozen=True)
class Said:
    """One thing that was said: newly, or in place of something."""

    where: str
    summary: str
    key: str = ""
    """The key of a new message; empty for an edit."""


class ScriptedChannel:
    """See `bot.channels.Channel`. It fails in the order of its script and waits while its gate is shut."""

    def __init__(self, name: str = "first", pace: Pace | None = None) -> None:
        self.name = name
        self.pace = pace or Pace(per_conversation=(), overall=())
        self.said: list[Said] = []
        self.at_the_gate: list[Said] = []
        """What is on its way and waits."""
        self._gate = asyncio.Event()
        self._gate.set()
        self._script: deque[Exception] = deque()
        self._failing: dict[str, Exception] = {}
        self.receive: Receive | None = None

    def fails(self, *problems: Exception) -> None:
        """The next messages meet these problems, one each."""
        self._script.extend(problems)

    def fails_at(self, where: str, problem: Exception) -> None:
        """Whatever goes there meets this problem, until `works_at`."""
        self._failing[where] = problem

    def works_at(self, where: str) -> None:
        """Messages arrive there again."""
        self._failing.pop(where, None)

    def shut(self) -> None:
        """Messages get no further than the gate."""
        self._gate.clear()

    def open(self) -> None:
        """What waits at the gate goes on."""
        self._gate.set()

    async def start(self, receive: Receive) -> None:
        """Listen to nobody."""
        self.receive = receive

    async def stop(self) -> None:
        """Stop listening to nobody."""
        self.receive = None

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Say it, unless the script says otherwise."""
        where = to.conversation or to.person
        return await self._say(Said(where, message.summary, key))

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Say it anew, unless the script says otherwise."""
        await self._say(Said(sent.conversation, message.summary))
        return sent

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Nothing of ours is taken back."""

    async def _say(self, said: Said) -> Sent:
        self.at_the_gate.append(said)
        try:
            await self._gate.wait()
        finally:
            self.at_the_gate.remove(said)
        if problem := self._failing.get(said.where) or (self._script.popleft() if self._script else None):
            raise problem
        self.said.append(said)
        return Sent(said.where, str(len(self.said)))


class PostOffice:
    """The application with scripted channels; time and post move when a test says so."""

    def __init__(self, app: App, clock: HandClock) -> None:
        self.app, self.clock = app, clock

    async def ask(self, customer: str = "tom", *, shared: str = "") -> str:
        """A prompt to a customer waits in the outbox; the token of its invitation."""
        event = EncounterHappened(
            source="test",
            touchpoint="phone",
            customer=Sender("first", customer),
            happened_at=self.clock.at,
            service="pensions",
            shared_conversation=shared,
            ask_at_once=True,
            by=Sender("api", "test"),
            at=self.clock.at,
            delivery_id="",
        )

        def work(ctx: Context) -> None:
            decide_now(record_encounter(event, ctx).token, ctx)

        await self.app.write(work)
        return (await self.rows(Invitation))[-1].token

    async def rate(self, invitation: str, score: int, customer: str = "tom", question: str = "ease") -> None:
        """The customer taps."""
        event = RatingGiven(
            invitation=invitation,
            question=question,
            score=score,
            by=Sender("first", customer),
            at=self.clock.at,
            delivery_id="",
        )
        await self.app.receive(event)

    async def alert(self, customer: str = "tom") -> str:
        """A low score was given: its alert waits in the outbox; the token of the invitation."""
        token = await self.ask(customer)
        await self.rate(token, 1, customer)
        return token

    async def deliver(self) -> None:
        """Everything that is due now is tried."""
        await self.app.delivery.drain()

    async def later(self, **by: float) -> None:
        """Time passes, and everything that is due then is tried."""
        self.clock.at += timedelta(**by)
        await self.deliver()

    async def rows(self, noun: type[Row]) -> list[Row]:
        """Every row of a noun, the oldest first."""
        return await self.app.database.read(lambda s: list(s.exec(all_of(noun)).all()))

    async def outgoing(self, kind: OutboxKind) -> list[OutboxMessage]:
        """The outbox messages of a kind."""
        return [row for row in await self.rows(OutboxMessage) if row.kind == kind]

    async def states(self, kind: OutboxKind) -> list[OutboxState]:
        """How the messages of a kind stand."""
        return [OutboxState(row.state) for row in await self.outgoing(kind)]

    async def change(self, noun: type[Row], **values: Any) -> None:
        """Every row of a noun is changed behind everybody's back."""

        def work(ctx: Context) -> None:
            for row in ctx.session.exec(all_of(noun)).all():
                for name, value in values.items():
                    setattr(row, name, value)
                ctx.session.add(row)

        await self.app.write(work)

    async def owner(self) -> int | None:
        """Who has the only case."""
        [case] = await self.rows(Case)
        return case.owner_id

    def another_process(self) -> Delivery:
        """A second delivery on the same outbox, as after a restart."""
        hooks = Hooks(self.app.settings, self.clock)
        return Delivery(self.app, self.clock, self.app.channels, hooks)


@asynccontextmanager
async def post_office(folder: Path, *channels: ScriptedChannel) -> AsyncIterator[PostOffice]:
    """An office that speaks through these channels, and that nothing drives but the test."""
    settings = Settings(_env_file=None, database_url=fresh_database(folder))
    clock, database = HandClock(NOON), Database(settings.database_url)
    app = App(settings, clock, database, {channel.name: channel for channel in channels})
    app.open()
    app.apply(ORGANISATION, "a test")
    try:
        yield PostOffice(app, clock)
    finally:
        app.close()


async def until(true: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is true; it is an error if it does not become so."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 -- nobody tells us when
            await asyncio.sleep(0.005)
