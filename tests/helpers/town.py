"""The whole application in one hand: people, encounters and time, for journeys that read like sentences.

Everything is real but the clock: the database, the handlers, the delivery, and the sandbox as the
channel through which people read and press. Nothing ticks by itself; time passes when a journey says so.
"""

import itertools
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, SQLModel, select

from bot.app import App
from bot.channels.sandbox.listener import Listener, Place, Told
from bot.channels.sandbox.sender import SandboxChannel
from bot.clock import Clock
from bot.declaration.source import read_yaml
from bot.settings import Settings
from bot.wiring import channels
from handlers.context import Context
from handlers.events import EncounterHappened, Sender
from handlers.invite import Recorded, record_encounter
from handlers.messages import Action
from handlers.organisation import Organisation
from storage import chat
from storage.database import Database
from storage.schema import migrate
from storage.tables import ChatMessage

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
    declared = read_yaml((ROOT / "organisation.example.yaml").read_text("utf-8")).value
    return Organisation.model_validate(_merged(declared, changes))


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


class Townsperson:
    """Somebody who reads and presses in the sandbox."""

    def __init__(self, town: "Town", identity: str) -> None:
        self._town, self.identity = town, identity

    async def conversation(self) -> list[Seen]:
        """Everything in their conversation with the bot, oldest first."""
        rows = await self._town.look(lambda s: chat.latest(s, self.identity, 100))
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

    async def writes(self, words: str) -> str:
        """Write to the bot, and read what comes back."""
        told = await self._town.listener.write(self._place("", ""), words)
        await self._town.settle()
        return told.note or told.form or await self.latest()

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
        return Place(self.identity, self.identity, message, nonce or self._town.nonce())


class Town:
    """The application and everybody in it."""

    def __init__(self, app: App, clock: HandClock) -> None:
        self.app, self.clock = app, clock
        sandbox = app.channels["sandbox"]
        if not isinstance(sandbox, SandboxChannel):
            raise TypeError("a town lives in the sandbox")
        self.listener = Listener(sandbox)
        self._numbers = itertools.count(1)

    def __getattr__(self, identity: str) -> Townsperson:
        """`town.tom`, `town.maya`: somebody by their sandbox identity."""
        return Townsperson(self, identity)

    def conversation(self, name: str) -> Townsperson:
        """A shared conversation, such as `#advice`."""
        return Townsperson(self, name)

    def nonce(self) -> str:
        """A fresh name for one deed."""
        return f"deed-{next(self._numbers)}"

    async def encounter(self, touchpoint: str, customer: str, **facts: Any) -> Recorded:
        """An encounter has just ended; `facts` are those of `EncounterHappened`."""
        source = facts.pop("source", "api:test")
        handler = facts.pop("handler", "")
        event = EncounterHappened(
            source=source,
            touchpoint=touchpoint,
            customer=customer if "@" in customer else Sender("sandbox", customer),
            happened_at=facts.pop("happened_at", self.clock.at),
            handler=Sender("sandbox", handler) if handler else "",
            by=Sender("api", "test"),
            at=self.clock.at,
            delivery_id="",
            **facts,
        )
        return await self.app.write(lambda ctx: record_encounter(event, ctx))

    async def asked(self, touchpoint: str, customer: str, **facts: Any) -> Recorded:
        """An encounter that is asked about without delay."""
        recorded = await self.encounter(touchpoint, customer, ask_at_once=True, **facts)
        await self.settle()
        return recorded

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
        """Every row of a noun."""
        return await self.look(lambda s: list(s.exec(select(noun)).all()))

    async def ask(self, work: Callable[[Context], T]) -> T:
        """Ask a handler that only reads."""
        return await self.app.read(work)


@asynccontextmanager
async def town_of(
    organisation: Organisation, folder: Path, at: datetime = TUESDAY_TEN
) -> AsyncIterator[Town]:
    """A town with this organisation, on a database file in the folder. It ticks only when told."""
    settings = Settings(_env_file=None, database_url=f"sqlite:///{folder / 'kaiku.db'}", sandbox=True)
    migrate(settings.database_url)
    clock, database = HandClock(at), Database(settings.database_url)
    app = App(settings, clock, database, channels(settings, clock, database))
    app.open()
    app.apply(organisation, "a test")
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
    html = _html(row)
    buttons: dict[str, str] = {}
    for tag, inner in re.findall(r"(<button[^>]*>)(.*?)</button>", html, re.S):
        action = re.search(r'data-action="([^"]*)"', tag)
        spoken = re.search(r'aria-label="([^"]*)"', tag)
        if action:
            buttons[_text(inner)] = unescape(action[1])
            if spoken:
                buttons[unescape(spoken[1])] = unescape(action[1])
    return Seen(str(row.id), _text(html), buttons)


def _html(row: ChatMessage) -> str:
    from bot.channels.sandbox.entries import Drawn

    drawn = Drawn.of_row(row)
    return drawn.html if drawn else row.body


def _text(html: str) -> str:
    spaced = re.sub(r"</?(p|div|h\d|li|ul|dl|dt|dd|blockquote|br|button|footer)[^>]*>", "\n", html)
    lines = unescape(re.sub(r"<[^>]+>", "", spaced)).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _fields(form: str) -> dict[str, str]:
    return dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
