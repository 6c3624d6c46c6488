"""What Telegram sends, tamed: each update becomes something heard, or is refused with `ValueError`.

Pure. An update is parsed by python-telegram-bot after a check of our own; what it stumbles over is
refused like anything unknown.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from telegram import (
    Audio,
    CallbackQuery,
    Chat,
    ChatMember,
    ChatMemberUpdated,
    Message,
    MessageEntity,
    Update,
    User,
    Voice,
)

from bot.channels.telegram.render import JOINER
from handlers.buttons import Circumstances, pressed
from handlers.events import CommandGiven, Event, PersonLost, Sender, VoiceReceived, WordsReceived
from handlers.messages import Action

NAME = "telegram"
FORM = "~|"
"""What the value of a button begins with that belongs to a form being filled in."""
FEEDBACK = frozenset({"feedback", "palaute", "respons"})
"""Commands whose words are ours to read; any other command is its own first word."""
START = "start"
CANCEL = {"fi": "peruuta", "sv": "avbryt", "en": "cancel"}
SKIP = {"fi": "ohita", "sv": "hoppa", "en": "skip"}

_WITHOUT_DOTS = {"hjalp": "hjälp", "sprak": "språk", "fraga": "fråga", "borja": "börja", "arenden": "ärenden"}
"""Telegram takes only ASCII for a command."""
_COMMAND = re.compile(r"/(\w{1,64})(?:@(\w+))?\s*(.*)", re.DOTALL)
_SOUND = re.compile(r"audio/[\w.+-]{1,40}")
"""What a file says that it is goes into a header one day: only what sounds is believed."""
_LOST = frozenset({ChatMember.BANNED, ChatMember.LEFT})
_MISFITS = (AttributeError, IndexError, KeyError, OverflowError, TypeError)
"""What Python raises for values of another type than Telegram describes: the library looks at none of them."""


@dataclass(frozen=True)
class Spot:
    """A conversation: a chat, and a topic of it where it has topics. Written `-100123` or `-100123/7`."""

    chat: int
    thread: int | None = None

    @classmethod
    def read(cls, conversation: str) -> "Spot":
        """The conversation of that name. Raises `ValueError` for a name that is none of Telegram's."""
        chat, _, thread = conversation.partition("/")
        return cls(int(chat), int(thread) if thread else None)

    def __str__(self) -> str:
        return f"{self.chat}/{self.thread}" if self.thread else str(self.chat)


@dataclass(frozen=True)
class Place:
    """Where something was done, and so where its answer goes."""

    person: int
    spot: Spot
    private: bool
    language: str
    message: int = 0
    """The message that was acted on; zero where there is none."""
    query: str = ""
    """The press to be settled, where it was a press."""


@dataclass(frozen=True)
class Pressed:
    """A button of a form being filled in."""

    place: Place
    value: str
    delivery_id: str


@dataclass(frozen=True)
class Said:
    """Words in a private chat: the answer of a form being filled in, or else what `event` says."""

    place: Place
    event: WordsReceived


@dataclass(frozen=True)
class Steered:
    """`/cancel` or `/skip` of a form being filled in."""

    place: Place
    skip: bool
    delivery_id: str


@dataclass(frozen=True)
class Opened:
    """`/start`, with what the link carried that was followed, if one was."""

    place: Place
    payload: str
    where: Circumstances


@dataclass(frozen=True)
class Spoken:
    """A voice message, or a recording sent as a file, in a private chat."""

    place: Place
    event: VoiceReceived


@dataclass(frozen=True)
class Wordless:
    """A sticker, a video, a picture without words."""

    place: Place


@dataclass(frozen=True)
class Moving:
    """A group became a supergroup and has another id."""

    old: int
    new: int


@dataclass(frozen=True)
class Plain:
    """Anything else: it is its event."""

    place: Place
    event: Event


Deed = Pressed | Said | Spoken | Steered | Opened | Wordless | Plain
"""Something that somebody did."""

Heard = Deed | Moving


def kind_of(body: Mapping[str, Any]) -> str:
    """What kind of update it is, as Telegram calls it."""
    return ", ".join(sorted(str(key)[:40] for key in body if key != "update_id")[:3])


def number_of(body: Mapping[str, Any]) -> int:
    """The number of an update. Raises `ValueError` where there is none."""
    number = body.get("update_id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise ValueError("no update_id")  # noqa: TRY004 - foreign JSON: the value is wrong, not our types
    return number


def tame(body: Mapping[str, Any], at: datetime, bot: str = "") -> Heard | None:
    """What was heard at `at` (our clock, aware UTC); none when it is nothing for us.

    `bot` is our user name: commands to other bots are not ours. Raises `ValueError` for a shape or a
    value that is not known.
    """
    number_of(body)
    try:
        update = Update.de_json(dict(body), None)
    except (*_MISFITS, OSError, RecursionError, ValueError) as stumble:
        raise _misfit(stumble) from None
    try:
        return _heard(update, at, bot)
    except _MISFITS as stumble:
        raise _misfit(stumble) from None


def _misfit(stumble: Exception) -> ValueError:
    """How something does not fit, but not what it says: this goes into the log."""
    return ValueError(f"it does not fit: {type(stumble).__name__}")


def _heard(update: Update, at: datetime, bot: str) -> Heard | None:
    if update.callback_query:
        return _press(update, update.callback_query, at)
    if update.my_chat_member:
        return _membership(update, update.my_chat_member, at)
    if update.message:
        return _message(update, update.message, at, bot)
    if update.effective_message:
        return None
    raise ValueError("unknown kind of update")


def _press(update: Update, query: CallbackQuery, at: datetime) -> Heard:
    message = query.message
    if message is None or query.data is None:
        raise ValueError("a press without a message or a value")
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    place = _place(query.from_user, message.chat, thread, message.message_id, query.id)
    if query.data.startswith(FORM):
        return Pressed(place, query.data.removeprefix(FORM), str(update.update_id))
    where = _where(update, query.from_user, place, at)
    return Plain(place, pressed(Action.decode(query.data), **where))


def _membership(update: Update, change: ChatMemberUpdated, at: datetime) -> Heard | None:
    if change.chat.type != Chat.PRIVATE or change.new_chat_member.status not in _LOST:
        return None
    place = _place(change.from_user, change.chat)
    where = _where(update, change.from_user, place, at)
    return Plain(place, PersonLost(person=where["by"], reason="blocked the bot", **where))


def _message(update: Update, message: Message, at: datetime, bot: str) -> Heard | None:
    if message.migrate_to_chat_id:
        return _moving(message.chat.id, message.migrate_to_chat_id)
    if message.from_user is None or message.from_user.is_bot:
        return None
    thread = message.message_thread_id if message.is_topic_message else None
    place = _place(message.from_user, message.chat, thread)
    where = _where(update, message.from_user, place, at)
    spoken = message.voice or message.audio
    if spoken and place.private:
        return Spoken(place, _voice(spoken, where))
    return _words(message, place, where, bot)


def _moving(old: int, new: int) -> Moving:
    for number in (old, new):
        _demand(number, int)
    return Moving(old, new)


def _words(message: Message, place: Place, where: Circumstances, bot: str) -> Heard | None:
    words = message.text or message.caption
    if words is None:
        return Wordless(place) if place.private and not _is_service(message) else None
    command = _COMMAND.fullmatch(words)
    if command:
        return _command(command, _mentions(message, words), place, where, bot)
    if not place.private:
        return None
    _demand(words, str)
    replied = message.reply_to_message
    reply_to = str(replied.message_id) if replied else ""
    said = WordsReceived(words=words.replace(JOINER, ""), reply_to=reply_to, **where)
    return Said(place, said)


def _voice(spoken: Voice | Audio, where: Circumstances) -> VoiceReceived:
    said = spoken.mime_type or ""
    for text in (spoken.file_id, said):
        _demand(text, str)
    _demand(spoken.file_size or 0, int)
    return VoiceReceived(
        source=spoken.file_id,
        seconds=_seconds(spoken.duration),
        size=spoken.file_size or 0,
        media_type=said if _SOUND.fullmatch(said) else "audio/ogg",
        **where,
    )


def _seconds(time: int | timedelta) -> int:
    seconds = int(time.total_seconds()) if isinstance(time, timedelta) else time
    _demand(seconds, int)
    return seconds


def _command(
    command: re.Match[str], typed: str, place: Place, where: Circumstances, bot: str
) -> Heard | None:
    name, whose = command[1].lower(), command[2]
    if whose and bot and whose.lower() != bot.lower():
        return None
    if not place.private and name not in FEEDBACK:
        return None
    if name in CANCEL.values() or name in SKIP.values():
        return Steered(place, name in SKIP.values(), where["delivery_id"])
    rest = (_COMMAND.fullmatch(typed) or command)[3].strip()
    if name == START:
        return Opened(place, rest, where)
    words = rest if name in FEEDBACK else f"{_WITHOUT_DOTS.get(name, name)} {rest}".strip()
    return Plain(place, CommandGiven(words=words, **where))


def _mentions(message: Message, words: str) -> str:
    """The words with every person that was picked from Telegram's list as `<@id>`."""
    found = message.parse_entities([MessageEntity.TEXT_MENTION]) if message.text else {}
    for entity, name in found.items():
        if entity.user:
            words = words.replace(name, f"<@{entity.user.id}>", 1)
    return words


def _is_service(message: Message) -> bool:
    """Whether nobody said anything: a pinned message, a changed title."""
    return message.effective_attachment is None


def _place(user: User, chat: Chat, thread: int | None = None, message: int = 0, query: str = "") -> Place:
    """Raises `TypeError` for what is no number, or no text, where there must be one."""
    language = (user.language_code or "")[:2]
    for number in (user.id, chat.id, thread or 0, message):
        _demand(number, int)
    for text in (user.full_name, language, query):
        _demand(text, str)
    return Place(user.id, Spot(chat.id, thread), chat.type == Chat.PRIVATE, language, message, query)


def _demand(value: object, kind: type) -> None:
    """Raises `TypeError`; `True` is no number."""
    if type(value) is not kind:
        raise TypeError(f"no {kind.__name__}")


def _where(update: Update, user: User, place: Place, at: datetime) -> Circumstances:
    return {
        "by": Sender(NAME, str(user.id), name=user.full_name, language=place.language),
        "at": at,
        "delivery_id": str(update.update_id),
        "conversation": str(place.spot),
        "message": str(place.message or ""),
        "private": place.private,
    }
