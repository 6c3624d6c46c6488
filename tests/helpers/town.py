"""The whole application in one hand: people, encounters and time, for journeys that read like sentences.

Everything is real but the clock: the database, the handlers, the delivery, and the sandbox as the
channel through which people read and press. Nothing ticks by itself; time passes when a journey says so.
"""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from sqlmodel import Session, SQLModel, select

from bot.app import App
from bot.channels.sandbox.entries import Drawn
from bot.channels.sandbox.listener import Listener, Place, Told
from bot.channels.sandbox.sender import SandboxChannel
from bot.clock import Clock
from bot.declaration.source import read_yaml
from bot.remembering import database_of
from bot.settings import Settings
from bot.wiring import channels
from handlers import organise
from handlers.context import Context
from handlers.encounters import Recorded, cancel_encounter, record_encounter, reopen_encounter
from handlers.events import EncounterCancelled, EncounterHappened, EncounterReopened, RatingGiven, Sender
from handlers.invite import decide_due
from handlers.ledger import recent, why
from handlers.messages import Action, Verb
from handlers.organisation import Organisation
from handlers.wording.sentences import verdict
from storage import chat
from storage.database import Database
from storage.tables import (
    AuditEntry,
    ChatMessage,
    Encounter,
    Identity,
    Invitation,
    OutboxMessage,
    Person,
    Response,
    core,
)
from storage.vocabulary import EncounterState, InvitationState, OutboxKind, OutboxState, OwnerRule, Role
from tests.helpers.databases import all_of, copied_to
from tests.helpers.databases import fresh_database as fresh_database  # noqa: PLC0414 -- who has a town needs no more

ROOT = Path(__file__).parents[2]
HELSINKI = ZoneInfo("Europe/Helsinki")
T = TypeVar("T")
Row = TypeVar("Row", bound=SQLModel)


def helsinki(text: str) -> datetime:
    """An instant from local wall time in Helsinki: *2026-11-24 10:00*."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI).astimezone(UTC)


TUESDAY_TEN = helsinki("2026-11-24 10:00")


class HandClock(Clock):
    """A clock that stands until a journey moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def example(**changes: Any) -> Organisation:
    """The shipped example organisation, with some of its sections changed in part.

    Mappings are merged, anything else is replaced: `example(services={"lobby": {"owner": "liisa"}})`.
    """
    return Organisation.model_validate(_merged(_declared(), changes)) if changes else _example()


@cache
def _example() -> Organisation:
    return Organisation.model_validate(_declared())


@cache
def _declared() -> Any:
    return read_yaml((ROOT / "organisation.example.yaml").read_text("utf-8")).value


def settled_database(folder: Path, organisation: Organisation, at: datetime = TUESDAY_TEN) -> str:
    """The same as `fresh_database` with an organisation: applied once and copied, for it takes its time."""

    def apply(url: str) -> None:
        with Database(url) as database:
            database.write_now(lambda session: organise.apply(organisation, "a test", session, at))

    return copied_to(folder, f"{organisation.model_dump_json()} {at}", apply)


def _merged(base: Any, change: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(change, Mapping)):
        return change
    return {**base, **{k: _merged(base.get(k), v) for k, v in change.items()}}


@dataclass(frozen=True)
class Seen:
    """One entry of a conversation as its reader sees it."""

    name: str
    text: str
    buttons: Mapping[str, str]
    """Label, or what a screen reader says → the encoded action."""

    def action(self, label: str) -> Action:
        """What the button of that label does."""
        return Action.decode(next(action for words, action in self.buttons.items() if _matches(label, words)))


class Townsperson:
    """Somebody who reads and presses in the sandbox, in their own conversation or where others read too."""

    def __init__(self, town: "Town", identity: str, where: str = "") -> None:
        self._town, self.identity, self._where = town, identity, where or identity

    def at(self, conversation: str) -> "Townsperson":
        """The same person in a shared conversation: `town.omar.at("#advice")`."""
        return Townsperson(self._town, self.identity, conversation)

    async def conversation(self) -> list[Seen]:
        """Everything in the conversation, oldest first."""
        rows = await self._town.look(lambda s: chat.latest(s, self._where, 100))
        return [_seen(row) for row in rows]

    async def reads(self) -> str:
        """Their whole conversation as text."""
        return "\n".join(entry.text for entry in await self.conversation())

    async def latest(self) -> str:
        """The newest entry as text."""
        return (await self.conversation())[-1].text

    async def taps(self, label: str, *, nonce: str = "") -> Told:
        """Press the newest button of that label, or whose spoken label begins so."""
        entry, action = await self._button(label)
        told = await self._town.listener.press(self._place(entry.name, nonce), Action.decode(action))
        await self._town.settle()
        return told

    async def answers(self, *labels: str) -> None:
        """Tap one button after another."""
        for label in labels:
            await self.taps(label)

    async def presses(self, action: Action, message: str = "", *, nonce: str = "") -> Told:
        """Press what stands on no button before them: an old one, or a value edited by hand."""
        told = await self._town.listener.press(self._place(message, nonce), action)
        await self._town.settle()
        return told

    async def hammers(self, labels: list[str], tasks: int) -> None:
        """Press buttons as they stand now, in order within a task, from many tasks at once."""
        found = [await self._button(label) for label in labels]

        async def press(mine: list[tuple[Seen, str]]) -> None:
            for entry, action in mine:
                await self._town.listener.press(self._place(entry.name, ""), Action.decode(action))

        await asyncio.gather(*(press(found[start::tasks]) for start in range(tasks)))
        await self._town.settle()

    async def holds(self, label: str) -> Action:
        """The action behind the newest button of that label, to be pressed later."""
        return Action.decode((await self._button(label))[1])

    async def submits(self, action: Action, **fields: str) -> Told:
        """Submit a form that stands before them no more, or never did."""
        told = await self._town.listener.submit(self._place("", ""), action, fields)
        await self._town.settle()
        return told

    async def opens(self, label: str) -> dict[str, str]:
        """Press a button that opens a form; the form's choices by field are returned."""
        told = await self.taps(label)
        if not told.form:
            raise AssertionError(f"no form was opened by {label!r}: {told}")
        return _fields(told.form)

    async def fills(self, label: str, **fields: str) -> Told:
        """Press a button that opens a form, fill it in and submit it."""
        entry, action = await self._button(label)
        opened = await self._town.listener.press(self._place(entry.name, ""), Action.decode(action))
        if not opened.form:
            raise AssertionError(f"no form was opened by {label!r}: {opened}")
        asked = Action.decode(unescape(re.findall(r'<form[^>]*data-action="([^"]*)"', opened.form)[0]))
        told = await self._town.listener.submit(self._place(entry.name, ""), asked, fields)
        await self._town.settle()
        return told

    async def writes(self, words: str, *, nonce: str = "") -> str:
        """Write to the bot, and read what comes back."""
        told = await self._town.listener.write(self._place("", nonce), words)
        await self._town.settle()
        return told.note or told.form or await self.latest()

    async def logs(self, **fields: str) -> Told:
        """Submit the form that `/feedback` opens."""
        return await self.submits(Action(Verb.LOG), **fields)

    async def labels(self) -> list[str]:
        """The buttons of the newest entry, in order."""
        return list((await self.conversation())[-1].buttons)

    async def blocks(self) -> None:
        """They block the bot, and the platform says so."""
        await self._town.listener.leave(self._place("", ""))
        await self._town.settle()

    async def vanishes(self) -> None:
        """They block the bot, and nobody says so: it is found out by the next message to them."""
        await self._town.sandbox.write_down(self.identity, chat.BOT, chat.LEFT, f"left:{self._town.nonce()}")

    async def returns(self) -> None:
        """They let the bot in again."""
        await self._town.listener.come_back(self._place("", ""))

    async def can(self, label: str) -> bool:
        """Whether there is such a button."""
        return any(_matches(label, b) for e in await self.conversation() for b in e.buttons)

    async def _button(self, label: str) -> tuple[Seen, str]:
        conversation = await self.conversation()
        for entry in reversed(conversation):
            for words, action in entry.buttons.items():
                if _matches(label, words):
                    return entry, action
        raise AssertionError(f"{self.identity} sees no button {label!r} in:\n{await self.reads()}")

    def _place(self, message: str, nonce: str) -> Place:
        return Place(self.identity, self._where, message, nonce or self._town.nonce())


class Town:
    """The application and everybody in it."""

    def __init__(self, app: App, clock: HandClock) -> None:
        self.app, self.clock = app, clock
        sandbox = app.channels["sandbox"]
        if not isinstance(sandbox, SandboxChannel):
            raise TypeError("a town lives in the sandbox")
        self.sandbox = sandbox
        self.listener = Listener(sandbox)
        self._numbers = itertools.count(1)

    def __getattr__(self, identity: str) -> Townsperson:
        """`town.tom`, `town.maya`: somebody by their sandbox identity."""
        return Townsperson(self, identity)

    def person(self, identity: str) -> Townsperson:
        """The same, by a name held in a variable; a shared conversation such as `#advice` too."""
        return Townsperson(self, identity)

    def rating(self, invitation: str, question: str, score: int) -> Action:
        """The action of a point of a scale, as a button would carry it."""
        return Action(Verb.RATE, invitation, f"{question}={score}")

    async def together(self, *deeds: Awaitable[object]) -> None:
        """Several things happen at the same time."""
        await asyncio.gather(*deeds)

    def reorganise(self, **changes: Any) -> None:
        """Another organisation is applied: the example with these changes."""
        self.app.apply(example(**changes), "a test")

    def nonce(self) -> str:
        """A fresh name for one deed."""
        return f"deed-{next(self._numbers)}"

    async def encounter(self, touchpoint: str, customer: str, **facts: Any) -> Recorded:
        """An encounter has just ended; `facts` are those of `EncounterHappened`."""
        event = self._happened(touchpoint, customer, facts)
        return await self.app.write(lambda ctx: record_encounter(event, ctx))

    async def many_encounters(self, touchpoint: str, references: Iterable[str]) -> None:
        """Encounters that were recorded just now, each of another customer who can be reached.

        Written straight into their tables: a thousand take a moment.
        """
        known = list(references)

        def work(ctx: Context) -> None:
            for noun, values in ((Person, _stranger), (Identity, _identity), (Encounter, _waiting)):
                rows = [
                    values(10_000 + number, name, touchpoint, ctx.now) for number, name in enumerate(known)
                ]
                ctx.session.connection().execute(core(noun).insert(), rows)

        await self.app.write(work)

    def _happened(self, touchpoint: str, customer: str, facts: dict[str, Any]) -> EncounterHappened:
        handler = facts.pop("handler", "")
        told = {"source": "api:test", "happened_at": self.clock.at, **self._told(), **facts}
        return EncounterHappened(
            touchpoint=touchpoint,
            customer=customer if "@" in customer else Sender("sandbox", customer),
            handler=Sender("sandbox", handler) if handler else "",
            **told,
        )

    async def decide(self) -> int:
        """Decide about encounters whose delay is over, without asking anybody yet; how many."""
        return await self.app.write(lambda ctx: decide_due(ctx, 1000))

    async def asked(self, touchpoint: str, customer: str, **facts: Any) -> Recorded:
        """An encounter that is asked about without delay."""
        recorded = await self.encounter(touchpoint, customer, ask_at_once=True, **facts)
        await self.settle()
        return recorded

    async def reopened(self, reference: str, source: str = "api:test") -> None:
        """The source says that the matter was opened again."""
        event = EncounterReopened(source=source, external_reference=reference, **self._told())
        await self.app.write(lambda ctx: reopen_encounter(event, ctx))

    async def cancelled(self, reference: str, source: str = "api:test") -> None:
        """The source says that the encounter is not to be asked about."""
        event = EncounterCancelled(source=source, external_reference=reference, **self._told())
        await self.app.write(lambda ctx: cancel_encounter(event, ctx))

    def _told(self) -> dict[str, Any]:
        return {"by": Sender("api", "test"), "at": self.clock.at, "delivery_id": ""}

    async def heard(self, scores: list[int], question: str, touchpoint: str, **facts: Any) -> None:
        """As many customers, each met for the first time, are asked and give one score."""
        for _ in scores:
            await self.encounter(touchpoint, f"customer-{next(self._numbers)}", ask_at_once=True, **facts)
        await self.settle()
        for score, (invitation, identity) in zip(scores, await self._unanswered(), strict=True):
            event = RatingGiven(
                invitation=invitation,
                question=question,
                score=score,
                by=Sender("sandbox", identity),
                at=self.clock.at,
                delivery_id=self.nonce(),
            )
            await self.app.receive(event)
        await self.settle()

    async def _unanswered(self) -> list[tuple[str, str]]:
        """Token and reader of every prompt that stands without an answer."""
        query = (
            select(Invitation.token, Identity.external_id)
            .join(Identity, Identity.person_id == Invitation.person_id)  # type: ignore[arg-type]
            .where(Invitation.state == InvitationState.SENT)
        )
        return await self.look(lambda s: [(token, who) for token, who in s.exec(query)])

    async def later(self, **by: float) -> None:
        """Time passes: `minutes=15`, `days=2`. What falls due meanwhile is done at its end."""
        await self.until(self.clock.at + timedelta(**by))

    async def until(self, instant: datetime) -> None:
        """Time passes up to an instant."""
        self.clock.at = instant
        await self.settle()

    async def settle(self) -> None:
        """Everything that is due now is done and said."""
        await self.app.tick()

    async def look(self, work: Callable[[Session], T]) -> T:
        """A look into the database."""
        return await self.app.database.read(work)

    async def rows(self, noun: type[Row]) -> list[Row]:
        """Every row of a noun, the oldest first."""
        return await self.look(lambda s: list(s.exec(all_of(noun)).all()))

    async def why(self, reference: str) -> list[str]:
        """Why an encounter was asked about or was not, in English, oldest decision first."""
        return await self.ask(lambda ctx: [verdict(view, "en") for view in why(reference, ctx)])

    async def ledger(self) -> list[str]:
        """Every decision in English, oldest first."""
        return list(reversed(await self.ask(lambda ctx: recent(ctx, 1000))))

    async def sent(self, kind: OutboxKind) -> int:
        """How many messages of a kind have been said."""
        return await self.outgoing(kind, OutboxState.SENT)

    async def outgoing(self, kind: OutboxKind, state: OutboxState) -> int:
        """How many messages of a kind are in a state."""
        return sum(row.kind == kind and row.state == state for row in await self.rows(OutboxMessage))

    async def refusals(self) -> list[str]:
        """What people tried and were refused, as it is written down."""
        return [row.subject for row in await self.rows(AuditEntry) if row.did == "was refused"]

    async def responses(self) -> int:
        """How many responses there are."""
        return len(await self.rows(Response))

    async def ask(self, work: Callable[[Context], T]) -> T:
        """Ask a handler that only reads."""
        return await self.app.read(work)


def _stranger(number: int, name: str, touchpoint: str, at: datetime) -> dict[str, Any]:
    return {"id": number, "name": name, "role": Role.CUSTOMER, "created_at": at}


def _identity(number: int, name: str, touchpoint: str, at: datetime) -> dict[str, Any]:
    return {"person_id": number, "channel": "sandbox", "external_id": name, "workspace": ""}


def _waiting(number: int, name: str, touchpoint: str, at: datetime) -> dict[str, Any]:
    return {
        "token": f"token-{name}",
        "source": "api:test",
        "external_reference": name,
        "touchpoint": touchpoint,
        "customer_id": number,
        "owner_rule": OwnerRule.NOBODY,
        "happened_at": at,
        "reported_at": at,
        "ask_at": at,
        "state": EncounterState.WAITING,
        "critical": False,
    }


@asynccontextmanager
async def town_of(
    organisation: Organisation, folder: Path, at: datetime = TUESDAY_TEN, *, key: str = "", **more: Any
) -> AsyncIterator[Town]:
    """A town with this organisation, on a database file in the folder. It ticks only when told.

    `key` is the one by which it seals; `more` are further settings.
    """
    settings = Settings(
        _env_file=None,
        database_url=settled_database(folder, organisation, at),
        sandbox=True,
        encryption_key=SecretStr(key),
        **more,
    )
    clock, database = HandClock(at), database_of(settings)
    app = App(settings, clock, database, channels(settings, clock, database))
    app.open()
    for channel in app.channels.values():
        await channel.start(app.receive)
    try:
        yield Town(app, clock)
    finally:
        for channel in app.channels.values():
            await channel.stop()
        app.close()


def _matches(wanted: str, label: str) -> bool:
    return label == wanted or label.startswith(f"{wanted},") or (len(wanted) > 4 and wanted in label)


def _seen(row: ChatMessage) -> Seen:
    return seen(_html(row), str(row.id))


def seen(html: str, name: str = "") -> Seen:
    """What a reader sees of a message in HTML, such as a passing note."""
    buttons: dict[str, str] = {}
    for tag, inner in re.findall(r"(<button[^>]*>)(.*?)</button>", html, re.DOTALL):
        action = re.search(r'data-action="([^"]*)"', tag)
        spoken = re.search(r'aria-label="([^"]*)"', tag)
        if action:
            buttons[_text(inner)] = unescape(action[1])
            if spoken:
                buttons[unescape(spoken[1])] = unescape(action[1])
    return Seen(name, _text(html), buttons)


def _html(row: ChatMessage) -> str:
    drawn = Drawn.of_row(row)
    return drawn.html if drawn else row.body


def _text(html: str) -> str:
    spaced = re.sub(r"</?(p|div|h\d|li|ul|dl|dt|dd|blockquote|br|button|footer)[^>]*>", "\n", html)
    lines = unescape(re.sub(r"<[^>]+>", "", spaced)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _fields(form: str) -> dict[str, str]:
    return dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
