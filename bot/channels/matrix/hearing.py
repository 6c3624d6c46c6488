"""What people did in a room, and what it means."""

import logging
from functools import partial

from bot.channels.halves import mended
from bot.channels.matrix import payloads, render
from bot.channels.matrix.choices import chosen, key_of
from bot.channels.matrix.homeserver import Homeserver, Json
from bot.channels.matrix.interview import Interview
from bot.channels.matrix.memory import Memory, Offer
from bot.channels.matrix.payloads import Heard, Moved, Reacted, Said, Sealed, Voted, command_in
from bot.channels.matrix.replies import Replies
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.voice import Voice
from handlers.buttons import Circumstances, pressed
from handlers.events import CommandGiven, FeedbackRequested, PersonLost, WordsReceived
from handlers.messages import Action

log = logging.getLogger(__name__)

NOT_READABLE = (
    "En osaa lukea salattuja viestejä. Kirjoita minulle huoneessa, jota ei ole salattu. · "
    "Jag kan inte läsa krypterade meddelanden. Skriv till mig i ett rum som inte är krypterat. · "
    "I cannot read encrypted messages. Please write to me in a room that is not encrypted."
)
"""In three languages at once: somebody whose words we cannot read is not known to us yet."""
MOST_WONDERS = 100


class Hearing:
    """Takes in one event of a room after another."""

    def __init__(self, home: Homeserver, rooms: Rooms, voice: Voice, replies: Replies) -> None:
        self._home, self._rooms, self._voice, self._replies = home, rooms, voice, replies
        self._memory = Memory(home)
        self._interview = Interview(replies, voice)
        self._wonders: set[str] = set()

    async def take(self, room: str, source: Json) -> None:
        """Have stored what an event means, and answer. What is not known is logged once and let go.

        Whatever this raises means that it is to be heard again.
        """
        try:
            heard = payloads.tame(room, mended(source))
        except ValueError as unknown:
            self._wonder(str(source.get("type"))[:60], unknown)
            return
        match heard:
            case Said():
                await self._on_words(heard)
            case Reacted():
                await self._on_reaction(heard)
            case Voted():
                await self._on_vote(heard)
            case Moved():
                await self._on_move(heard)
            case Sealed():
                await self._on_sealed(heard)
            case _:
                pass

    async def _on_words(self, said: Said) -> None:
        command = command_in(said.words)
        if command is not None:
            where = await self._replies.where(said)
            await self._replies.tell(said, CommandGiven(words=command, **where))
            return
        private = await self._rooms.is_private(said.room)
        offer = await self._meant(said, private=private)
        if not (offer and await self._answers(said, offer, said.words)) and private:
            where = await self._replies.where(said)
            await self._replies.tell(said, WordsReceived(words=said.words, reply_to=said.reply_to, **where))

    async def _meant(self, said: Said, *, private: bool) -> Offer | None:
        """The message of ours that words answer: the one replied to, else the newest that asks for something."""
        if said.reply_to:
            return await self._memory.offer(said.room, said.reply_to, said.at)
        return await self._memory.newest(said.room, said.at, said.event) if private else None

    async def _answers(self, heard: Heard, offer: Offer, words: str) -> bool:
        """Take words as an answer to a message, if they are one."""
        if offer.answered == heard.event:
            return True
        try:
            if offer.form:
                await self._interview.answered(heard, offer, words)
                return True
            if choice := chosen(offer.choices, words):
                where: Circumstances = {**await self._replies.where(heard), "message": offer.message}
                await self._replies.tell(heard, pressed(Action.decode(choice.action), **where))
                return True
        except ValueError as unknown:
            self._wonder("choice", unknown)
        return False

    async def _on_reaction(self, reacted: Reacted) -> None:
        offer = await self._memory.offer(reacted.room, reacted.message, reacted.at)
        key = key_of(reacted.reaction)
        if offer.author == self._home.user:
            if await self._answers(reacted, offer, key):
                # Like a button that was pressed and can be pressed again; and others need not see it.
                self._voice.soon(partial(self._home.redact, reacted.room, reacted.event))
        elif offer.author not in ("", reacted.person) and key in payloads.DONE:
            await self._request(reacted, offer)

    async def _on_vote(self, voted: Voted) -> None:
        offer = await self._memory.offer(voted.room, voted.poll, voted.at)
        if offer.author == self._home.user and await self._answers(voted, offer, voted.answer):
            self._voice.soon(partial(self._home.redact, voted.room, voted.event))

    async def _request(self, reacted: Reacted, offer: Offer) -> None:
        """✅ on somebody's message: they are asked for feedback."""
        event = FeedbackRequested(
            customer=await self._replies.sender(offer.author),
            external_reference=f"{payloads.NAME}:{reacted.room}:{reacted.message}",
            source="reaction",
            **await self._replies.where(reacted),
        )
        await self._replies.tell(reacted, event)

    async def _on_move(self, moved: Moved) -> None:
        self._rooms.moved(moved.room, moved.member, moved.membership)
        if moved.membership in payloads.GONE and await self._rooms.is_direct(moved.room, moved.member):
            gone = await self._replies.sender(moved.member)
            where = await self._replies.where(moved)
            await self._replies.store(PersonLost(person=gone, reason="left the conversation", **where))

    async def _on_sealed(self, sealed: Sealed) -> None:
        if await self._rooms.is_private(sealed.room):
            await self._voice.say(sealed.room, render.note(NOT_READABLE), f"sealed:{sealed.room}")

    def _wonder(self, kind: str, why: object) -> None:
        if kind not in self._wonders and len(self._wonders) < MOST_WONDERS:
            self._wonders.add(kind)
            log.warning(
                "Matrix sent a %s that is not understood: %s. A recording of it is wanted.", kind, why
            )
