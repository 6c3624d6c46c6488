"""Kaiku's own browser chat: what was said in it.

A conversation is a person's direct one, named by their sandbox identity, or a shared one, named `#…`.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import ChatMessage

BOT = ""
"""The author of what the bot says."""
LEFT = '{"notice": "left"}'
BACK = '{"notice": "back"}'
"""What stands in a direct conversation whose person blocked the bot, or let it in again."""


def post(
    session: Session, conversation: str, author: str, body: str, *, at: datetime, delivery: str | None = None
) -> ChatMessage:
    """Add a message; one whose `delivery` is already there is not added again but returned as it stands."""
    said = select(ChatMessage).where(ChatMessage.delivery == delivery)
    if delivery is not None and (again := session.exec(said).first()):
        return again
    message = ChatMessage(conversation=conversation, author=author, body=body, at=at, delivery=delivery)
    session.add(message)
    session.flush()
    return message


LARGEST = 2**63 - 1
"""The last number SQLite counts to; it cannot even be asked about a larger one."""


def message_called(session: Session, message: int) -> ChatMessage | None:
    """The message of that number."""
    return session.get(ChatMessage, message) if abs(message) <= LARGEST else None


def message_of(session: Session, conversation: str, message: int) -> ChatMessage | None:
    """The message of that number, if it stands in that conversation."""
    found = message_called(session, message)
    return found if found and found.conversation == conversation else None


def latest(session: Session, conversation: str, most: int) -> list[ChatMessage]:
    """The last messages of a conversation, oldest first."""
    query = select(ChatMessage).where(ChatMessage.conversation == conversation)
    newest_first = session.exec(query.order_by(col(ChatMessage.id).desc()).limit(most))
    return list(reversed(newest_first.all()))


def last_at(session: Session) -> datetime | None:
    """When something was last said anywhere."""
    return session.exec(select(ChatMessage.at).order_by(col(ChatMessage.id).desc()).limit(1)).first()


def shared_conversations(session: Session) -> list[str]:
    """Every shared conversation in which something was said, by name."""
    names = select(ChatMessage.conversation).where(col(ChatMessage.conversation).startswith("#"))
    return sorted(session.exec(names.distinct()))


def has_left(session: Session, identity: str) -> bool:
    """Whether the person blocked the bot and has not let it in again."""
    notices = select(ChatMessage.body).where(
        ChatMessage.conversation == identity,
        ChatMessage.author == BOT,
        col(ChatMessage.body).in_((LEFT, BACK)),
    )
    return session.exec(notices.order_by(col(ChatMessage.id).desc()).limit(1)).first() == LEFT
