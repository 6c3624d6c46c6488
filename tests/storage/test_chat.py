"""What was said in the browser chat."""

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from storage import chat
from storage.database import Database
from storage.tables import ChatMessage

NOON = datetime(2026, 11, 24, 10, tzinfo=UTC)


def say(
    session: Session, conversation: str, body: str, *, delivery: str | None = None, minute: int = 0
) -> ChatMessage:
    at = NOON + timedelta(minutes=minute)
    return chat.post(session, conversation, "tom", body, at=at, delivery=delivery)


def test_the_last_messages_come_oldest_first(database: Database) -> None:
    def work(session: Session) -> list[str]:
        for number in range(5):
            say(session, "tom", str(number))
        say(session, "maya", "not here")
        return [message.body for message in chat.latest(session, "tom", 3)]

    assert database.write_now(work) == ["2", "3", "4"]


def test_the_same_delivery_is_one_message_as_it_stands(database: Database) -> None:
    def work(session: Session) -> tuple[bool, str]:
        first = say(session, "tom", "as it was", delivery="once")
        again = say(session, "tom", "said again", delivery="once")
        return first.id == again.id, again.body

    assert database.write_now(work) == (True, "as it was")


def test_messages_without_a_delivery_are_all_different(database: Database) -> None:
    assert database.write_now(lambda s: say(s, "tom", "a").id != say(s, "tom", "a").id)


def test_a_message_is_found_in_its_own_conversation_only(database: Database) -> None:
    def work(session: Session) -> tuple[bool, bool, bool]:
        number = say(session, "tom", "here").id or 0
        return (
            chat.message_of(session, "tom", number) is not None,
            chat.message_of(session, "maya", number) is not None,
            chat.message_called(session, number + 1) is not None,
        )

    assert database.write_now(work) == (True, False, False)


def test_shared_conversations_are_known_once_something_was_said(database: Database) -> None:
    def work(session: Session) -> list[str]:
        for conversation in ("#lobby", "tom", "#advice", "#lobby"):
            say(session, conversation, "hei")
        return chat.shared_conversations(session)

    assert database.write_now(work) == ["#advice", "#lobby"]


def test_the_last_word_dates_the_chat(database: Database) -> None:
    assert database.read_now(chat.last_at) is None
    database.write_now(lambda s: say(s, "tom", "hei").id)
    database.write_now(lambda s: say(s, "maya", "hei", minute=5).id)

    assert database.read_now(chat.last_at) == NOON + timedelta(minutes=5)


def test_who_left_is_gone_until_they_are_back(database: Database) -> None:
    def work(session: Session) -> list[bool]:
        found = [chat.has_left(session, "tom")]
        for notice in (chat.LEFT, chat.BACK, chat.LEFT):
            chat.post(session, "tom", chat.BOT, notice, at=NOON)
            found.append(chat.has_left(session, "tom"))
        return found

    assert database.write_now(work) == [False, True, False, True]


def test_a_person_cannot_write_a_notice(database: Database) -> None:
    def work(session: Session) -> bool:
        say(session, "tom", chat.LEFT)
        return chat.has_left(session, "tom")

    assert database.write_now(work) is False
