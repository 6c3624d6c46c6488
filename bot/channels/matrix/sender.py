"""Matrix's voice, and the channel as the house knows it."""

import secrets

from sqlmodel import Session

from bot.alone import Alone
from bot.channels import Destination, Limit, Pace, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.matrix.hearing import Hearing
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.listener import Listener
from bot.channels.matrix.payloads import NAME
from bot.channels.matrix.replies import Replies
from bot.channels.matrix.rooms import Rooms
from bot.channels.matrix.voice import Draw, Voice
from bot.clock import Clock
from bot.settings import Settings
from handlers.messages import Chart, Message
from storage import cursors
from storage.database import Database

FAREWELL = 3.0
"""Seconds that stopping waits for reactions under way."""


class MatrixChannel:
    """One account on one homeserver, by access token, in rooms that are not encrypted.

    A crash after the server took a message and before that was recorded sends it again under the same
    transaction id, and the server answers with the message that is there already: it is said once. Servers
    remember the id for a day or so.
    """

    name = NAME
    pace = Pace(per_conversation=(Limit(2),), overall=(Limit(10),), refused_everywhere=True)

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, draw: Draw | None = None
    ) -> None:
        token = settings.matrix_access_token.get_secret_value()
        self._home = Homeserver(settings.matrix_homeserver, settings.matrix_user_id, token)
        self._rooms = Rooms(self._home)
        self._voice = Voice(self._home, self._rooms, draw or _drawn)
        self._database = database
        self._replies = Replies(self._home, self._rooms, self._voice, clock)
        hearing = Hearing(self._home, self._rooms, self._voice, self._replies)
        self.listener = Listener(self._home, self._rooms, hearing, database, servers=servers(settings))
        self._listening = Alone(database, f"{NAME} sync", self.listener.start, self.listener.stop)

    async def start(self, receive: Receive) -> None:
        """Begin to listen. A homeserver out of reach does not keep the house from starting."""
        await self._database.write(self._take_salt)
        self._replies.receive = receive
        await self._listening.start()

    async def stop(self) -> None:
        """Stop listening, finish what is being done, hang up."""
        await self._listening.stop()
        await self._voice.finish(within=FAREWELL)
        await self._home.close()

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Send a new message, to a person in their direct conversation. Raises `DeliveryError`."""
        if not self._listening.is_on:
            self._rooms.forget_everything()  # another replica hears who comes and goes
        room = await self._rooms.conversation(to.person, to.conversation) if to.person else to.conversation
        return Sent(room, await self._voice.send(room, message, key))

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Replace a message in place. Raises `DeliveryError`.

        The server takes edits of what was removed and shows them to nobody, so it is asked first.
        """
        standing = await self._home.event(sent.conversation, sent.message)
        if not standing["content"]:
            raise DeliveryError("the message was removed", permanent=True)
        await self._voice.replace(sent.conversation, sent.message, message)
        return sent

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Redact a message of ours. Raises `DeliveryError`."""
        await self._home.redact(sent.conversation, sent.message)

    def _take_salt(self, session: Session) -> None:
        name = f"{NAME}:salt"
        if not cursors.cursor(session, name):
            cursors.advance(session, name, secrets.token_hex(6))
        self._voice.salt = cursors.cursor(session, name)


def servers(settings: Settings) -> frozenset[str]:
    """The homeservers whose people may invite the bot; its own where none is named."""
    named = frozenset(settings.matrix_servers.replace(",", " ").split())
    return named or frozenset({settings.matrix_user_id.partition(":")[2]})


def _drawn(chart: Chart) -> bytes:
    # matplotlib is heavy, and most messages have no picture
    from bot.pictures import draw

    return draw(chart)
