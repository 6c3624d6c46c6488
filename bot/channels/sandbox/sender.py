"""The sandbox's voice: messages become rows, and open browsers are told."""

from datetime import datetime

from sqlmodel import Session

from bot.channels import Destination, Limit, Pace, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.sandbox.entries import Drawn, Entry
from bot.channels.sandbox.feed import Feed, Removed
from bot.clock import Clock
from handlers.events import Event
from handlers.messages import Message, Reply
from storage import chat
from storage.database import Database
from storage.tables import ChatMessage


class SandboxChannel:
    """A chat in the browser; see `bot.channels.Channel`.

    A message is durable in our own database when `send` returns, under the key of its delivery: a
    crash between *sent* and *recorded* delivers again and changes nothing.
    """

    name = "sandbox"
    pace = Pace(per_conversation=(Limit(100),), overall=(Limit(1000),))

    def __init__(self, clock: Clock, database: Database) -> None:
        self.clock = clock
        self.feed = Feed()
        self._database = database
        self._receive: Receive | None = None

    async def start(self, receive: Receive) -> None:
        """Begin to listen."""
        self._receive = receive

    async def stop(self) -> None:
        """Hear nothing more."""
        self._receive = None
        self.let_go()

    def let_go(self) -> None:
        """End what open browsers listen to, so that the server need not wait for them."""
        self.feed.close()

    async def receive(self, event: Event) -> Reply:
        """What a person did in a browser is heard. Raises when it could not be kept, or nobody listens."""
        if self._receive is None:
            raise RuntimeError("the sandbox is not started")
        return await self._receive(event)

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Post a message. Raises `DeliveryError` when the person blocked the bot."""
        conversation = to.conversation or to.person
        return self._tell(await self._database.write(lambda s: self._post(s, conversation, message, key)))

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Draw a message anew in its place. Raises `DeliveryError` when it or the person is gone."""
        return self._tell(await self._database.write(lambda s: self._edit(s, sent, message)))

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Take a message back; one already gone stays gone."""
        await self._database.write(lambda s: self._remove(s, sent))
        self.feed.tell(Removed(sent.conversation, sent.message))

    async def write_down(self, conversation: str, author: str, words: str, key: str) -> Sent:
        """Post what a person wrote, or a notice in the name of the chat itself; once for each `key`."""

        def work(session: Session) -> Entry:
            return Entry.of(
                chat.post(session, conversation, author, words, at=self.clock.now(), delivery=key)
            )

        return self._tell(await self._database.write(work))

    def _tell(self, entry: Entry) -> Sent:
        self.feed.tell(entry)
        return Sent(entry.conversation, entry.name)

    def _post(self, session: Session, conversation: str, message: Message, key: str) -> Entry:
        _reachable(session, conversation)
        row = chat.post(session, conversation, chat.BOT, "", at=self.clock.now(), delivery=key)
        if not row.body:
            _draw(session, row, message)
        return Entry.of(row)

    def _edit(self, session: Session, sent: Sent, message: Message) -> Entry:
        _reachable(session, sent.conversation)
        row = _standing(session, sent)
        if row is None or row.author != chat.BOT:
            raise DeliveryError("the message is gone", permanent=True)
        _draw(session, row, message, edited_at=self.clock.now())
        return Entry.of(row)

    def _remove(self, session: Session, sent: Sent) -> None:
        if row := _standing(session, sent):
            session.delete(row)


def _reachable(session: Session, conversation: str) -> None:
    if chat.has_left(session, conversation):
        raise DeliveryError(f"{conversation} blocked the bot", unreachable=True)


def _standing(session: Session, sent: Sent) -> ChatMessage | None:
    return (
        chat.message_of(session, sent.conversation, int(sent.message)) if sent.message.isdecimal() else None
    )


def _draw(session: Session, row: ChatMessage, message: Message, edited_at: datetime | None = None) -> None:
    row.body = Drawn.of(message, str(row.id)).model_dump_json()
    row.edited_at = edited_at
    session.add(row)
    session.flush()
