"""The sandbox's ears: what was done in a browser becomes an event, and the reply is said."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from bot.channels import Destination, Sent
from bot.channels.errors import DeliveryError
from bot.channels.sandbox import render
from bot.channels.sandbox.sender import SandboxChannel
from handlers.buttons import Circumstances, pressed, submitted
from handlers.events import CommandGiven, Event, PersonLost, Sender, WordsReceived
from handlers.messages import Action, EditInPlace, FormErrors, Message, Nothing, OpenForm, Reply, Say
from storage.chat import BACK, BOT, LEFT

COMMAND = "/feedback"
_MENTION = re.compile(r"(?<!\S)@([\w.-]+)")


@dataclass(frozen=True)
class Place:
    """Who did something, in which conversation, on which message if on one; `nonce` names the deed."""

    identity: str
    conversation: str
    message: str
    nonce: str

    @property
    def private(self) -> bool:
        """Whether only this person and the bot read here."""
        return self.conversation == self.identity


@dataclass(frozen=True)
class Told:
    """What only the acting browser is told: a form, what is wrong with one, a note nobody else sees."""

    form: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


class Listener:
    """Turns clicks, forms and words into events. Whatever raises here was not kept, and may be repeated."""

    def __init__(self, channel: SandboxChannel) -> None:
        self._channel = channel

    async def press(self, place: Place, action: Action) -> Told:
        """A button was pressed. Raises `ValueError` for an action we did not write."""
        return await self._answer(place, pressed(action, **self._circumstances(place)))

    async def submit(self, place: Place, action: Action, fields: Mapping[str, str]) -> Told:
        """A form was submitted. Raises `ValueError` for an action that has no form."""
        return await self._answer(place, submitted(action, fields, **self._circumstances(place)))

    async def write(self, place: Place, words: str) -> Told:
        """Something was written: a command, words to the bot, or words among people, which are theirs."""
        command, _, rest = words.strip().partition(" ")
        if command == COMMAND and not place.private:
            # As elsewhere: others do not see what was commanded.
            return await self._answer(place, self._command(place, rest))
        written = await self._channel.write_down(
            place.conversation, place.identity, words, f"words:{place.nonce}"
        )
        if command != COMMAND and not place.private:
            return Told()
        try:
            return await self._answer(
                place,
                self._command(place, rest) if command == COMMAND else self._words(place, words, written),
            )
        except Exception:
            await self._channel.remove(written)
            raise

    async def command(self, place: Place, words: str) -> Told:
        """A control of the page says what could have been typed as a command."""
        return await self._answer(place, self._command(place, words))

    async def leave(self, place: Place) -> Told:
        """The person blocks the bot."""
        who = self._circumstances(place)
        await self._channel.write_down(place.identity, BOT, LEFT, f"notice:{place.nonce}")
        return await self._answer(place, PersonLost(person=who["by"], reason="blocked the bot", **who))

    async def come_back(self, place: Place) -> Told:
        """The person lets the bot in again."""
        await self._channel.write_down(place.identity, BOT, BACK, f"notice:{place.nonce}")
        return Told()

    def _command(self, place: Place, words: str) -> Event:
        return CommandGiven(words=_MENTION.sub(r"<@\1>", words.strip()), **self._circumstances(place))

    def _words(self, place: Place, words: str, written: Sent) -> Event:
        where = self._circumstances(place) | {"message": written.message}
        return WordsReceived(words=words, **where)

    def _circumstances(self, place: Place) -> Circumstances:
        return {
            "by": Sender(channel=self._channel.name, external_id=place.identity),
            "at": self._channel.clock.now(),
            "delivery_id": place.nonce,
            "conversation": place.conversation,
            "message": place.message,
            "private": place.private,
        }

    async def _answer(self, place: Place, event: Event) -> Told:
        reply: Reply = await self._channel.receive(event)
        match reply:
            case EditInPlace(message) if place.message:
                return await self._edit(place, message)
            case EditInPlace(message) | Say(message):
                return await self._say(place, message)
            case OpenForm(form):
                return Told(form=render.form(form))
            case FormErrors(errors):
                return Told(errors=errors)
            case Nothing():
                return Told()
            case _:
                assert_never(reply)

    async def _edit(self, place: Place, message: Message) -> Told:
        try:
            await self._channel.edit(Sent(place.conversation, place.message), message)
        except DeliveryError:
            # What was pressed is kept; its message is gone, so that the reply stands alone.
            return await self._say(place, message)
        return Told()

    async def _say(self, place: Place, message: Message) -> Told:
        """Said privately: in the direct conversation for good, among others as a passing note."""
        if not place.private:
            return Told(note=render.html(message))
        try:
            await self._channel.send(Destination(person=place.identity), message, f"reply:{place.nonce}")
        except DeliveryError:
            return Told(note=render.html(message))
        return Told()
