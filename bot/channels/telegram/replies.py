"""What is said back to whoever did something: spoken after it is stored, never before.

Everything here is about courtesy, not about memory. A reply that is lost costs nothing, because the
next tap hears the same.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from contextlib import suppress
from functools import partial

from bot.channels.courtesies import Courtesies, Deed, persistently
from bot.channels.errors import DeliveryError
from bot.channels.telegram import render
from bot.channels.telegram.bot_api import BotApi
from bot.channels.telegram.dialogue import Question
from bot.channels.telegram.payloads import Place, Spot
from handlers.messages import EditInPlace, Message, Nothing, Reply, Say
from handlers.wording.language import LANGUAGES, translate

log = logging.getLogger(__name__)

Answer = Reply | Question | str
"""What there is to say: a reply, the next question of a form, or one line of ours."""


class Replies:
    """Speaks replies in tasks of its own, so that nobody who hears waits for Telegram; one by one in each chat."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._courtesies = Courtesies("Telegram")
        self.finish = self._courtesies.finish
        """Let what is under way be done; for at most so many seconds."""
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._in_line: Counter[int] = Counter()
        self._newest: dict[tuple[Spot, int], Message] = {}
        self.bot = ""
        """Our user name, once Telegram has told it."""

    def speak(self, place: Place, answer: Answer) -> None:
        """Say the answer as soon as may be, and settle the press it answers; returns at once."""
        begun = self._soon(place, partial(self._say, place, answer))
        if begun and isinstance(answer, EditInPlace) and place.message:
            self._newest[place.spot, place.message] = answer.message

    def complain(self, place: Place, line: str) -> None:
        """What was pressed or written is not stored: say so in a line that pops up, or in a message."""
        self._soon(place, partial(self._complain, place, line))

    def _soon(self, place: Place, speech: Deed) -> bool:
        """Whether it will be said."""
        return self._courtesies.soon(partial(self._in_turn, place.spot.chat, speech))

    async def _in_turn(self, chat: int, speech: Deed) -> None:
        self._in_line[chat] += 1
        try:
            async with self._turns[chat]:
                await speech()
        finally:
            self._in_line[chat] -= 1
            if not self._in_line[chat]:
                del self._in_line[chat], self._turns[chat]

    async def _say(self, place: Place, answer: Answer) -> None:
        match answer:
            case Say(message) if place.query and not place.private and (line := render.popup(message)):
                await self._settle(place, line)
            case str() if place.query:
                await self._settle(place, answer)
            case EditInPlace() | Nothing():
                await self._settle(place)
                await self._speak(place, answer)
            case _ if not place.private:
                await self._speak_privately(place, answer)
            case _:
                await self._settle(place)
                await self._speak(place, answer)

    async def _speak_privately(self, place: Place, answer: Answer) -> None:
        """What others in the group are not to read; who never opened the chat with us is told how to."""
        try:
            await self._speak(place, answer)
        except DeliveryError as failure:
            if not failure.unreachable:
                raise
            await self._complain(place, _open_first(place, self.bot), aloud=True)
        else:
            await self._settle(place)

    async def _speak(self, place: Place, answer: Answer) -> None:
        match answer:
            case EditInPlace(message) if place.message:
                await self._replace(place, message)
            case EditInPlace(message) | Say(message):
                await self._whisper(place, message)
            case Question(text, markup):
                await persistently(lambda: self._api.send(place.person, text, markup))
            case str():
                await persistently(lambda: self._api.send(place.person, render.Text(answer)))
            case _:
                pass

    async def _complain(self, place: Place, line: str, *, aloud: bool = False) -> None:
        if place.query:
            await self._settle(place, line)
        elif place.private or aloud:
            await self._api.send(place.spot.chat, render.Text(line), thread=place.spot.thread)

    async def _settle(self, place: Place, line: str = "") -> None:
        if place.query:
            with suppress(DeliveryError):
                await self._api.settle(place.query, line, urgent=bool(line))

    async def _replace(self, place: Place, message: Message) -> None:
        """Of two edits of one message that wait, only the newest is made."""
        if self._newest.get((place.spot, place.message)) is not message:
            return
        del self._newest[place.spot, place.message]
        drawn = render.draw(message, told=render.pictures(message))
        chat = place.spot.chat
        try:
            await persistently(lambda: self._api.edit(chat, place.message, drawn.main, drawn.keyboard))
        except DeliveryError as failure:
            if not failure.permanent or failure.unreachable:
                raise
            await self._whisper(place, message)

    async def _whisper(self, place: Place, message: Message) -> None:
        """To one person, in the private chat with them."""
        drawn = render.draw(message, told=render.pictures(message))
        await persistently(lambda: self._api.send(place.person, drawn.main, drawn.keyboard))
        for text in drawn.rest:
            await persistently(partial(self._api.send, place.person, text))


def _open_first(place: Place, bot: str) -> str:
    return translate(
        place.language if place.language in LANGUAGES else "en",
        "I may not write to you first: open {link}, press Start, and try again here.",
        link=f"t.me/{bot}",
    )
