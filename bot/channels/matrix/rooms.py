"""Who is in which room, and where one speaks with a person alone."""

import asyncio
from collections import defaultdict

from bot.channels.errors import DeliveryError
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.payloads import GONE

THERE = ("join", "invite")
MOST = 20_000


class Rooms:
    """Remembers what the server said of memberships until it says otherwise."""

    def __init__(self, home: Homeserver) -> None:
        self._home = home
        self._members: dict[str, dict[str, str]] = {}
        self._direct: dict[str, list[str]] | None = None
        self._opening: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def is_private(self, room: str) -> bool:
        """Whether only one person and the bot are there, or are to be. Raises `DeliveryError`."""
        members = await self._members_of(room)
        return sum(membership in THERE for membership in members.values()) <= 2

    def moved(self, room: str, member: str, membership: str) -> None:
        """A membership changed."""
        if room in self._members:
            self._members[room][member] = membership

    def forget(self, room: str) -> None:
        """The bot itself came or went."""
        self._members.pop(room, None)

    def forget_everything(self) -> None:
        """Ask the server anew."""
        self._members.clear()
        self._direct = None

    async def is_direct(self, room: str, person: str) -> bool:
        """Whether it is a conversation with that person alone. Raises `DeliveryError`."""
        return room in (await self._directs()).get(person, [])

    async def conversation(self, person: str, known: str = "") -> str:
        """The direct conversation with a person: the known one, another they are in, or a new one.

        Raises `DeliveryError`, `unreachable` where they have left it: nobody is invited twice.
        """
        async with self._opening[person]:
            rooms = list((await self._directs()).get(person, []))
            candidates = [known, *reversed(rooms)] if known else rooms[::-1]
            for room in candidates:
                if await self._membership(room, person) in THERE:
                    return room
            if candidates:
                raise DeliveryError("the person left the conversation", unreachable=True)
            room = await self._home.open_direct(person)
            await self.mark_direct(room, person)
            return room

    async def mark_direct(self, room: str, person: str) -> None:
        """Remember that a room is a direct conversation, on the server too. Raises `DeliveryError`."""
        direct = await self._directs()
        if room not in direct.setdefault(person, []):
            direct[person].append(room)
            await self._home.mark_direct(direct)

    async def _directs(self) -> dict[str, list[str]]:
        if self._direct is None:
            self._direct = await self._home.direct_rooms()
        return self._direct

    async def _membership(self, room: str, person: str) -> str:
        try:
            members = await self._members_of(room)
        except DeliveryError as failure:
            if failure.permanent:
                return GONE[0]
            raise
        return members.get(person, GONE[0])

    async def _members_of(self, room: str) -> dict[str, str]:
        if room not in self._members:
            if len(self._members) >= MOST:
                self._members.pop(next(iter(self._members)))
            self._members[room] = await self._home.members(room)
        return self._members[room]
