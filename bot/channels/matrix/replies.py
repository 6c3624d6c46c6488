"""What is done and what is said about it: an event is stored, then its reply is spoken."""

from typing import assert_never

from bot.channels import Receive
from bot.channels.errors import DeliveryError
from bot.channels.matrix import forms, render
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.payloads import NAME, Heard
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.voice import Voice
from bot.clock import Clock
from handlers.buttons import Circumstances
from handlers.events import Event, Sender
from handlers.messages import EditInPlace, Form, FormErrors, Nothing, OpenForm, Reply, Say

MOST_NAMES = 10_000


class Replies:
    """Has events stored, and answers those whose doing they were."""

    def __init__(self, home: Homeserver, rooms: Rooms, voice: Voice, clock: Clock) -> None:
        self._home, self._rooms, self._voice, self._clock = home, rooms, voice, clock
        self._names: dict[str, str] = {}
        self.receive: Receive | None = None

    async def where(self, heard: Heard) -> Circumstances:
        """Who did something, when and where, as an event tells it. Raises `DeliveryError`."""
        return {
            "by": await self.sender(heard.person),
            "at": self._clock.now(),
            "delivery_id": heard.event,
            "conversation": heard.room,
            "message": "",
            "private": await self._rooms.is_private(heard.room),
        }

    async def sender(self, person: str) -> Sender:
        """Somebody with the name they give themselves, asked once; without it where it cannot be had."""
        if person not in self._names:
            try:
                name = await self._home.name_of(person)
            except DeliveryError:
                return Sender(NAME, person)
            if len(self._names) >= MOST_NAMES:
                self._names.pop(next(iter(self._names)))
            self._names[person] = name
        return Sender(NAME, person, name=self._names[person])

    async def store(self, event: Event) -> Reply:
        """Have it stored. Whatever this raises means that it was not."""
        if self.receive is None:
            raise RuntimeError("nobody listens")
        return await self.receive(event)

    async def tell(self, heard: Heard, event: Event) -> None:
        """Have it stored, and answer."""
        await self.answer(heard, await self.store(event), event.conversation, event.message)

    async def answer(self, heard: Heard, reply: Reply, conversation: str = "", message: str = "") -> None:
        """Say a reply; `conversation` and `message` tell what was acted on, if it was a message."""
        match reply:
            case EditInPlace(said) if message:
                await self._voice.edit(conversation, message, said)
            case EditInPlace(said) | Say(said):
                await self._voice.whisper(heard, said)
            case OpenForm(form):
                begun = forms.Filling(form.action, {}, conversation=conversation, message=message)
                await self.ask(heard, form, begun)
            case FormErrors(errors):
                await self._voice.whisper(heard, render.note("\n".join(errors.values())))
            case Nothing():
                pass
            case _:
                assert_never(reply)

    async def ask(self, heard: Heard, form: Form, filling: forms.Filling, problem: str = "") -> None:
        """Ask for the next field of a form."""
        await self._voice.whisper(heard, forms.question(form, filling, problem))
