"""What the bot says in rooms: messages, edits, its own reactions and polls, pictures and sounds.

Replies are courtesy, not memory: what was done is stored already. They are tried a few times; one that
is lost costs nothing, because the next answer hears the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from bot.channels.courtesies import Courtesies, Deed
from bot.channels.errors import DeliveryError
from bot.channels.matrix import render
from bot.channels.matrix.choices import marks, polled
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.payloads import Heard
from bot.channels.matrix.rooms import Rooms
from handlers.messages import Chart, Message, Picture, Sound

log = logging.getLogger(__name__)

Draw = Callable[[Chart], bytes]
"""A chart as a PNG."""
TRIES = 3
LONGEST_WAIT = 10.0


class Voice:
    """Speaks as the bot."""

    def __init__(self, home: Homeserver, rooms: Rooms, draw: Draw) -> None:
        self._home, self._rooms, self._draw = home, rooms, draw
        self._courtesies = Courtesies("Matrix")
        self.finish = self._courtesies.finish
        """Let what is under way be done; for at most so many seconds."""
        self._marking = asyncio.Lock()
        self.salt = ""
        """Before every key, so that two databases that ever used one account do not silence each other."""

    async def send(self, room: str, message: Message, key: str) -> str:
        """Say a message, and put reactions under its scale. Raises `DeliveryError`."""
        event = await self._home.say(room, await self.content(message), f"{self.salt}:{key}")
        for sound in (part for part in message.parts if isinstance(part, Sound)):
            await self._play(room, sound, f"{self.salt}:{key}:{sound.name}")
        if marks(message) or polled(message):
            self.soon(partial(self._mark, room, event, message))
        return event

    async def _play(self, room: str, sound: Sound, key: str) -> None:
        """What cannot be heard is told in words how to hear. Raises `DeliveryError` for what may succeed later."""
        try:
            address = await self._home.upload(sound.file_name, sound.content, sound.media_type)
            await self._home.say(room, render.sound(sound, address), key)
        except DeliveryError as failure:
            if not failure.permanent:
                raise
            await self._home.say(room, render.note(sound.elsewhere), key)

    async def replace(self, room: str, event: str, message: Message) -> None:
        """Say a message in the place of another. Raises `DeliveryError`."""
        new = await self.content(message)
        await self._home.say(room, render.edited(event, new), None)
        self.soon(partial(self._mark, room, event, message))

    async def content(self, message: Message) -> render.Content:
        """The message with its pictures uploaded; one that cannot be is told in words."""
        charts = [part for part in message.parts if isinstance(part, Picture)]
        addresses = {picture: await self._upload(picture) for picture in charts}
        return render.content(message, {picture: at for picture, at in addresses.items() if at})

    async def _upload(self, picture: Picture) -> str:
        try:
            return await self._home.upload("chart.png", await asyncio.to_thread(self._draw, picture.chart))
        except DeliveryError as failure:
            log.warning("A picture was not uploaded to Matrix: %s", failure.reason)
        except Exception:
            log.exception("A picture could not be drawn")
        return ""

    # Replies.

    async def say(self, room: str, content: render.Content, key: str) -> None:
        """Say something of the channel's own, once for each key."""
        await self._persistently(lambda: self._home.say(room, content, f"{self.salt}:{key}"))

    async def change(self, room: str, event: str, content: render.Content) -> None:
        """Put something of the channel's own in the place of a message."""
        await self._persistently(lambda: self._home.say(room, render.edited(event, content), None))

    async def edit(self, room: str, event: str, message: Message) -> None:
        """Put a message in the place of the one that was acted on."""
        await self._persistently(lambda: self.replace(room, event, message))

    async def whisper(self, heard: Heard, said: Message | render.Content) -> None:
        """Answer somebody where nobody else reads it."""

        async def speak() -> None:
            alone = await self._rooms.is_private(heard.room)
            room = heard.room if alone else await self._rooms.conversation(heard.person)
            key = f"reply:{heard.event}"
            if isinstance(said, Message):
                await self.send(room, said, key)
            else:
                await self._home.say(room, said, f"{self.salt}:{key}")

        await self._persistently(speak)

    async def _persistently(self, speak: Callable[[], Awaitable[object]]) -> None:
        for tries_left in reversed(range(TRIES)):
            try:
                await speak()
            except DeliveryError as failure:
                if failure.permanent or not tries_left:
                    log.warning("A reply in Matrix was left unsaid: %s", failure.reason)
                    break
                await asyncio.sleep(min(failure.retry_after or 1.0, LONGEST_WAIT))
            else:
                break

    # Courtesies, for which nobody waits.

    def soon(self, deed: Deed) -> None:
        """Do something when there is time; nothing is lost if it fails."""
        self._courtesies.soon(deed)

    async def _mark(self, room: str, event: str, message: Message) -> None:
        """Exactly the reactions that the message's scale asks for, one tap each; a poll for a long one."""
        async with self._marking:
            await self._poll(room, event, message)
            standing = await self._home.related(room, event, "m.annotation", "m.reaction")
            mine = {
                reaction["content"]["m.relates_to"]["key"]: reaction["event_id"]
                for reaction in standing
                if reaction["sender"] == self._home.user and reaction["content"]
            }
            wanted = marks(message)
            for mark in mine.keys() - set(wanted):
                await self._home.redact(room, mine[mark])
            for mark in wanted:
                if mark not in mine:
                    await self._home.react(room, event, mark)

    async def _poll(self, room: str, event: str, message: Message) -> None:
        """A poll of another scale goes; one that has votes already stays as it is."""
        asked = await self._home.related(room, event, "m.reference", render.POLL)
        standing = [poll for poll in asked if poll["sender"] == self._home.user and poll["content"]]
        wanted = render.poll(message, event) if polled(message) else {}
        fitting = [
            poll for poll in standing if poll["content"].get(render.ACTIONS) == wanted.get(render.ACTIONS)
        ]
        for poll in standing:
            if poll not in fitting:
                await self._home.redact(room, poll["event_id"])
        if wanted and not fitting:
            await self._home.ask(room, wanted)
