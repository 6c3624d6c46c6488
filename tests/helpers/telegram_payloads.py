"""What Telegram sends: updates as its Bot API describes them."""

from itertools import count
from typing import Any

from tests.helpers.telegram_server import BOT, GROUP, MAYA, TOM

Json = dict[str, Any]
NAMES = {TOM: ("Tom", "Guest"), MAYA: ("Maya", "Virtanen")}
_numbers = count(1000)


def user(person: int = TOM, language: str = "en") -> Json:
    """A person."""
    first, last = NAMES.get(person, ("Somebody", "Else"))
    return {"id": person, "is_bot": False, "first_name": first, "last_name": last, "language_code": language}


def chat(number: int) -> Json:
    """A private chat, or a group."""
    if number > 0:
        return {"id": number, "type": "private", "first_name": "Tom"}
    return {"id": number, "type": "supergroup", "title": "Support"}


def press(
    value: str,
    message: int,
    *,
    by: int = TOM,
    where: int = 0,
    thread: int | None = None,
    language: str = "en",
) -> Json:
    """A button was pressed."""
    pressed: Json = {
        "message_id": message,
        "date": 1795500000,
        "chat": chat(where or by),
        "from": BOT,
        "text": "How was it?",
    }
    if thread:
        pressed |= {"message_thread_id": thread, "is_topic_message": True}
    number = next(_numbers)
    query = {
        "id": f"query-{number}",
        "from": user(by, language),
        "chat_instance": "1",
        "message": pressed,
        "data": value,
    }
    return {"update_id": number, "callback_query": query}


def words(text: str, *, by: int = TOM, where: int = 0, language: str = "en", **more: Any) -> Json:
    """Somebody wrote."""
    number = next(_numbers)
    message = {
        "message_id": number,
        "date": 1795500000,
        "chat": chat(where or by),
        "from": user(by, language),
        "text": text,
        **more,
    }
    if text.startswith("/"):
        length = len(text.split(maxsplit=1)[0])
        message.setdefault("entities", [{"type": "bot_command", "offset": 0, "length": length}])
    return {"update_id": number, "message": message}


def wordless(**content: Any) -> Json:
    """A message in a private chat that holds something else than words."""
    update = words("")
    del update["message"]["text"]
    update["message"] |= content
    return update


STICKER = {
    "sticker": {
        "file_id": "CAAC",
        "file_unique_id": "AgAE",
        "type": "regular",
        "width": 512,
        "height": 512,
        "is_animated": False,
        "is_video": False,
    }
}


def voice(file: str = "AwAC", seconds: int = 12, **more: Any) -> Json:
    """Somebody sent a voice message in a private chat."""
    told = {"file_id": file, "file_unique_id": file, "duration": seconds, "mime_type": "audio/ogg", **more}
    return wordless(voice=told)


def membership(status: str, *, person: int = TOM, where: int = 0) -> Json:
    """The bot was let in or shut out."""
    extra: Json = {"until_date": 0} if status == "kicked" else {}
    change = {
        "chat": chat(where or person),
        "from": user(person),
        "date": 1795500000,
        "old_chat_member": {"user": BOT, "status": "member"},
        "new_chat_member": {"user": BOT, "status": status, **extra},
    }
    return {"update_id": next(_numbers), "my_chat_member": change}


def migration(old: int = GROUP, new: int = -1009876543210) -> Json:
    """A group became a supergroup."""
    message = {
        "message_id": 7,
        "date": 1795500000,
        "chat": {"id": old, "type": "group", "title": "Support"},
        "from": user(MAYA),
        "migrate_to_chat_id": new,
    }
    return {"update_id": next(_numbers), "message": message}
