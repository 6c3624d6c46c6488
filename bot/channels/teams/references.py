"""The newest address of each person's direct conversation, kept with their identity.

A bot may speak first only where it knows the conversation. Any activity tells it, and the address may
change, so it is remembered whenever it does.
"""

from collections import OrderedDict

from sqlmodel import Session

from bot.channels.teams.payloads import NAME, Kind, Where
from storage import people
from storage.database import Database

MOST = 20_000
"""People of whom we know without looking that nothing changed."""


class References:
    """Remembers where people are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, str] = OrderedDict()

    async def remember(self, where: Where, kind: Kind) -> None:
        """Keep the direct conversation of whoever did something there; who left is forgotten."""
        place = str(where.place)
        if kind is Kind.GOING:
            self._known.pop(where.person, None)
        elif where.private and (kind is Kind.COMING or self._known.get(where.person) != place):
            await self._database.write(lambda session: _keep(session, where, place))
            self._known[where.person] = place
            if len(self._known) > MOST:
                self._known.popitem(last=False)


def _keep(session: Session, where: Where, place: str) -> None:
    identity = people.identity_of(session, NAME, where.person)
    if identity is not None:
        people.find_again(session, identity)
        identity.conversation = place
        session.add(identity)
