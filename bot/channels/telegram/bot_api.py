"""Telegram's Bot API: pooled connections, and every failure as a `DeliveryError`.

The token is part of every address that is called: no address and no library's message is logged or
kept, because some of them hold it.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from telegram import (
    Bot,
    BotCommand,
    ForceReply,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    ReplyParameters,
    User,
    WebhookInfo,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels.errors import DeliveryError
from bot.channels.telegram.render import POPUP, Text, shortened
from handlers.messages import Sound

log = logging.getLogger(__name__)

# python-telegram-bot warns about its own default whenever Telegram asks for patience.
os.environ.setdefault("PTB_TIMEDELTA", "true")

PARKED = 900.0
"""Seconds until the next try when our token is refused. Only a person can help; no message may be lost."""
WANTED = ("message", "callback_query", "my_chat_member")
"""The kinds of updates that Telegram is to send us."""
VOICE = "audio/ogg"
"""What Telegram plays as a voice message; anything else is a piece of music to it."""
QUIETLY = LinkPreviewOptions(is_disabled=True)
Markup = InlineKeyboardMarkup | ForceReply | None
Json = dict[str, Any]

_GONE = (
    "chat not found", "user not found", "user is deactivated", "peer_id_invalid", "bot was kicked",
    "bot is not a member", "not enough rights", "have no rights", "chat_write_forbidden",
    "group chat was deactivated", "chat was deleted", "topic_closed", "thread not found", "topic_deleted",
)  # fmt: skip
"""The person or the conversation cannot be reached here any more, in words of Telegram's."""


class Moved(DeliveryError):
    """The group became a supergroup and has another id."""

    def __init__(self, chat: int) -> None:
        super().__init__("the group has a new id")
        self.chat = chat


class BotApi:
    """Calls methods of the Bot API. Raises `DeliveryError` for whatever goes wrong."""

    def __init__(self, token: str, url: str, patience: float = 10.0) -> None:
        self._requests = (_request(4, patience), _request(64, patience))
        polling, calling = self._requests
        self._polling = polling
        self._files = f"{url}/file/bot{token}/"
        self._bot = Bot(
            token,
            base_url=f"{url}/bot",
            base_file_url=f"{url}/file/bot",
            get_updates_request=polling,
            request=calling,
        )

    async def open(self) -> None:
        """Open what `close` closed."""
        for request in self._requests:
            await request.initialize()

    async def close(self) -> None:
        """Close every connection."""
        for request in self._requests:
            await request.shutdown()

    async def me(self) -> User:
        """Who we are."""
        with _as_delivery_error():
            return await self._bot.get_me()

    async def send(
        self,
        chat: int,
        text: Text,
        markup: Markup = None,
        *,
        thread: int | None = None,
        under: int | None = None,
    ) -> int:
        """Say something, in a topic or under another message where one is named; the message's id."""
        with _as_delivery_error():
            message = await self._bot.send_message(
                chat,
                text.text,
                entities=text.entities,
                reply_markup=markup,
                message_thread_id=thread,
                link_preview_options=QUIETLY,
                reply_parameters=_under(under),
            )
        return message.message_id

    async def edit(self, chat: int, message: int, text: Text, markup: InlineKeyboardMarkup | None) -> None:
        """Put another text in the place of a message; the same text again is no mistake."""
        with _as_delivery_error():
            try:
                await self._bot.edit_message_text(
                    text.text,
                    chat,
                    message,
                    entities=text.entities,
                    reply_markup=markup,
                    link_preview_options=QUIETLY,
                )
            except BadRequest as refusal:
                if "not modified" not in refusal.message.lower():
                    raise

    async def show(self, chat: int, image: bytes, caption: str, *, thread: int | None, under: int) -> int:
        """Send a picture under a message; its id."""
        with _as_delivery_error():
            shown = await self._bot.send_photo(
                chat, image, caption=caption, message_thread_id=thread, reply_parameters=_under(under)
            )
        return shown.message_id

    async def play(self, chat: int, sound: Sound, *, thread: int | None, under: int) -> int:
        """Send something to hear under a message; as a file where its hearer does not wish to be spoken to. Its id."""
        file = InputFile(sound.content, sound.file_name)
        more: Json = {"message_thread_id": thread, "reply_parameters": _under(under)}
        with _as_delivery_error():
            try:
                if sound.media_type == VOICE:
                    said = await self._bot.send_voice(chat, file, duration=sound.seconds, **more)
                else:
                    said = await self._bot.send_audio(chat, file, duration=sound.seconds, **more)
            except BadRequest:
                said = await self._bot.send_document(chat, file, **more)
        return said.message_id

    async def download(self, file: str, most: int) -> bytes:
        """What somebody sent, of at most so many bytes; more is a permanent `DeliveryError`."""
        with _as_delivery_error():
            found = await self._bot.get_file(file)
            # The library would read a file of this machine, if it were told the path of one.
            if not (found.file_path or "").startswith(self._files):
                raise DeliveryError("the file is not at an address of Telegram's", permanent=True)
            if (found.file_size or 0) <= most:
                content = bytes(await found.download_as_bytearray())
                if len(content) <= most:
                    return content
        raise DeliveryError("the file is too large", permanent=True)

    async def remove(self, chat: int, message: int) -> None:
        """Take a message back; one already gone stays gone."""
        with _as_delivery_error():
            try:
                await self._bot.delete_message(chat, message)
            except BadRequest as refusal:
                if "not found" not in refusal.message.lower():
                    raise

    async def settle(self, query: str, line: str = "", *, urgent: bool = False) -> None:
        """Tell the telephone that a press arrived, with a line that pops up where there is one.

        Telegram refuses that for a press that is older than a few minutes, which harms nobody.
        """
        with _as_delivery_error():
            try:
                await self._bot.answer_callback_query(
                    query, shortened(line, POPUP) or None, show_alert=urgent or None
                )
            except BadRequest:
                log.debug("A press was too old to be answered")

    async def updates(self, offset: int, wait: float) -> list[Any]:
        """What happened since an offset, as Telegram wrote it, waiting so many seconds for the first of it.

        Asking with an offset tells Telegram that everything before it was taken in.
        """
        asked = {"offset": offset, "timeout": int(wait), "allowed_updates": orjson.dumps(WANTED).decode()}
        with _as_delivery_error():
            # The library's own method parses a hundred updates at once: one that it cannot read loses them all.
            found = await self._polling.post(
                f"{self._bot.base_url}/getUpdates?{urlencode(asked)}", read_timeout=wait + 10
            )
        return found if isinstance(found, list) else []

    async def be_called(self, address: str, secret: str) -> None:
        """Have updates sent to an address of ours."""
        with _as_delivery_error():
            await self._bot.set_webhook(address, secret_token=secret, allowed_updates=WANTED)

    async def be_asked(self) -> None:
        """Have updates kept until we ask for them; Telegram does not do both."""
        with _as_delivery_error():
            await self._bot.delete_webhook()

    async def webhook(self) -> WebhookInfo:
        """Where updates are sent now."""
        with _as_delivery_error():
            return await self._bot.get_webhook_info()

    async def offer(self, commands: Mapping[str, str], language: str) -> None:
        """Show commands with their meaning to people whose Telegram speaks a language; empty for any other."""
        with _as_delivery_error():
            await self._bot.set_my_commands(
                [BotCommand(name, meaning) for name, meaning in commands.items()],
                language_code=language or None,
            )


def _request(connections: int, patience: float) -> HTTPXRequest:
    return HTTPXRequest(connections, read_timeout=patience, connect_timeout=5, pool_timeout=patience)


def _under(message: int | None) -> ReplyParameters | None:
    return ReplyParameters(message, allow_sending_without_reply=True) if message else None


@contextmanager
def _as_delivery_error() -> Iterator[None]:
    try:
        yield
    except TelegramError as failure:
        # `from None`: the text of some of them holds the token
        raise delivery_error(failure) from None


def delivery_error(failure: TelegramError) -> DeliveryError:
    """What a failed call means for the message it carried."""
    match failure:
        case RetryAfter():
            return DeliveryError("flood control", retry_after=_seconds(failure.retry_after))
        case ChatMigrated():
            return Moved(failure.new_chat_id)
        case InvalidToken():
            log.error("Telegram refuses our token. Messages wait; `python -m bot doctor` says what to do.")
            return DeliveryError("token refused", retry_after=PARKED)
        case Forbidden() | BadRequest():
            gone = any(words in failure.message.lower() for words in _GONE)
            return DeliveryError(
                failure.message, permanent=True, unreachable=gone or isinstance(failure, Forbidden)
            )
        case _:
            return DeliveryError(f"Telegram could not be reached: {type(failure).__name__}")


def _seconds(time: int | timedelta) -> float:
    return time.total_seconds() if isinstance(time, timedelta) else float(time)
