"""People who live through the loop without a browser: they press what was shown to them."""

from collections.abc import Callable, Iterator
from itertools import count

from bot.app import App
from bot.channels import Destination, Sent
from bot.channels.sandbox.listener import Listener, Place, Told
from bot.channels.sandbox.sender import SandboxChannel
from bot.clock import SkippingClock
from handlers.encounters import record_encounter
from handlers.events import EncounterHappened, Sender
from handlers.messages import Action, Button, Buttons, Chips, Message, Scale, Verb
from storage.database import Database

Audience = Callable[[Sent, Message, bool], None]
"""Told of each message: where it stands, what it says, and whether it took the place of an earlier one."""


class Stage(SandboxChannel):
    """The sandbox channel with a memory: what stands in each conversation, to be acted on."""

    app: App

    def __init__(self, clock: SkippingClock, database: Database) -> None:
        super().__init__(clock, database)
        self.clock: SkippingClock = clock
        self.audience: Audience = lambda _sent, _message, _edited: None
        self._standing: dict[str, dict[str, Message]] = {}
        self._numbers = count(1)

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Post a message, and remember it."""
        sent = await super().send(to, message, key)
        self._remember(sent, message, edited=False)
        return sent

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Draw a message anew, and remember it so."""
        edited = await super().edit(sent, message, workspace)
        self._remember(sent, message, edited=True)
        return edited

    def actor(self, identity: str) -> "Actor":
        """The person of that identity."""
        return Actor(self, identity)

    async def happens(self, customer: Sender | str, *, touchpoint: str, service: str, **about: str) -> None:
        """An encounter ends now and is reported."""
        now = self.clock.now()
        event = EncounterHappened(
            by=Sender(self.name, ""),
            at=now,
            delivery_id="",
            source="demo",
            touchpoint=touchpoint,
            customer=customer,
            happened_at=now,
            service=service,
            external_reference=f"demo-{self.number()}",
            handler=about.get("handler", ""),
            about=about.get("about", ""),
        )
        await self.app.write(lambda ctx: record_encounter(event, ctx))

    def number(self) -> int:
        """A number that was not given before."""
        return next(self._numbers)

    def newest(self, identity: str, wanted: Callable[[Action], bool]) -> tuple[str, Action] | None:
        """The newest message before a person with a wanted button: its name and the button's action."""
        for name, message in reversed(self._standing.get(identity, {}).items()):
            for button in buttons(message):
                if wanted(button.action):
                    return name, button.action
        return None

    def _remember(self, sent: Sent, message: Message, *, edited: bool) -> None:
        self._standing.setdefault(sent.conversation, {})[sent.message] = message
        self.audience(sent, message, edited)


class Actor:
    """One person: rates, writes, presses and fills in what stands before them."""

    def __init__(self, stage: Stage, identity: str) -> None:
        self._stage = stage
        self._listener = Listener(stage)
        self.identity = identity

    def sees(self, verb: Verb) -> bool:
        """Whether a button of that kind stands before them."""
        return self._stage.newest(self.identity, lambda action: action.verb is verb) is not None

    async def rate(self, score: int) -> None:
        """Tap a score of the question being asked."""
        name, action = self._find(lambda a: a.verb is Verb.RATE and a.value.endswith(f"={score}"))
        await self._listener.press(self._place(name), action)

    async def press(self, verb: Verb) -> Told:
        """Press the newest button of that kind."""
        name, action = self._find(lambda a: a.verb is verb)
        return await self._listener.press(self._place(name), action)

    async def fill_in(self, verb: Verb, **fields: str) -> Told:
        """Open the form behind the newest button of that kind and submit it."""
        name, action = self._find(lambda a: a.verb is verb)
        return await self._listener.submit(self._place(name), action, fields)

    async def write(self, words: str) -> Told:
        """Write to the bot, or command it."""
        return await self._listener.write(self._place(), words)

    def _find(self, wanted: Callable[[Action], bool]) -> tuple[str, Action]:
        found = self._stage.newest(self.identity, wanted)
        if found is None:
            raise LookupError(f"no such button stands before {self.identity}")
        return found

    def _place(self, message: str = "") -> Place:
        return Place(self.identity, self.identity, message, f"demo-{self._stage.number()}")


def buttons(message: Message) -> Iterator[Button]:
    """Every button of a message, in order."""
    for part in message.parts:
        match part:
            case Scale(points=found) | Chips(options=found) | Buttons(buttons=found):
                yield from found
            case _:
                pass
