"""Telegram's voice, and the channel as the house knows it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.alone import Alone
from bot.channels import Destination, Limit, Pace, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.telegram import render
from bot.channels.telegram.bot_api import BotApi, Moved
from bot.channels.telegram.dialogue import Dialogues
from bot.channels.telegram.door import PATH, Door
from bot.channels.telegram.fetching import Fetching
from bot.channels.telegram.listener import Listener
from bot.channels.telegram.payloads import NAME, Spot
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.replies import Replies
from bot.clock import Clock
from bot.settings import Settings, SettingsError
from handlers.messages import Chart, Message, Picture, Sound
from handlers.wording.language import LANGUAGES, translate
from storage.database import Database

log = logging.getLogger(__name__)

Draw = Callable[[Chart], bytes]
"""A chart as a PNG."""

IN_A_GROUP = Limit(20, 60)
"""What Telegram lets a bot say in one group, besides."""
FAREWELL = 4.0
"""Seconds that stopping waits for replies under way."""
NO_ADDRESS = (
    "KAIKU_TELEGRAM_WEBHOOK_SECRET is set, but KAIKU_PUBLIC_URL is no https address, and Telegram calls no other. "
    "Set the address, or take the secret away: then Telegram is asked instead."
)
COMMANDS = {"fi": ("palaute", "apua"), "sv": ("respons", "hjalp"), "en": ("feedback", "help")}
"""The commands that Telegram shows, by language; every other is understood too."""


class TelegramPace(Pace):
    """Telegram counts by chat, whatever the topic; a group hears at most twenty messages in any minute."""

    def place(self, conversation: str) -> str:
        """The chat."""
        return conversation.partition("/")[0]

    def limits(self, place: str) -> tuple[Limit, ...]:
        """Those of a chat, and of a group, whose number is negative, one more."""
        return (*self.per_conversation, IN_A_GROUP) if place.startswith("-") else self.per_conversation


class TelegramChannel:
    """One Telegram bot, by token: asking Telegram what happened, or called by it with a webhook secret.

    A crash after Telegram took a message and before that was recorded sends it a second time: the Bot API
    knows no idempotency.
    """

    name = NAME
    pace: Pace = TelegramPace(per_conversation=(Limit(1),), overall=(Limit(30),))
    wait = 50.0
    """Seconds that Telegram keeps a question open while nothing happens."""
    rest = 60.0
    """Seconds until we introduce ourselves again to a Telegram that did not answer."""

    def __init__(
        self, settings: Settings, clock: Clock, database: Database, draw: Draw | None = None
    ) -> None:
        self._token = settings.telegram_bot_token.get_secret_value()
        self._secret = settings.telegram_webhook_secret.get_secret_value()
        self._public_url = settings.public_url
        self._api = BotApi(self._token, settings.telegram_api_url)
        self._replies = Replies(self._api)
        self._dialogues = Dialogues(database, clock)
        self._fetching = Fetching(self._api, database, clock)
        self._clock = clock
        self._draw = draw or _drawn
        self._listener: Listener | None = None
        self._polling: Polling | None = None
        self._asking = Alone(database, f"{NAME} polling", self._begin_to_ask, self._end_asking)
        self._meeting: asyncio.Task[None] | None = None
        self.http_app: Door | None = Door(self._secret, self._hear) if self._secret else None
        """The ASGI application for exactly `/telegram/webhook`; none while Telegram is asked."""
        if self.http_app and not self._public_url.startswith("https://"):
            raise SettingsError((NO_ADDRESS,))

    async def start(self, receive: Receive) -> None:
        """Begin to listen. A Telegram out of reach does not keep the house from starting."""
        await self._api.open()
        self._listener = Listener(
            self._token, self._replies, self._dialogues, receive, self._clock, spoken=self._fetching.wake
        )
        self._fetching.start(receive)
        if not await self._met(self._listener):
            self._meeting = asyncio.create_task(self._meet_later(self._listener), name="meeting telegram")
        if self.http_app is None:
            await self._asking.start()

    async def stop(self) -> None:
        """Stop listening, finish what is being said, hang up."""
        if self._meeting:
            self._meeting.cancel()
            await asyncio.gather(self._meeting, return_exceptions=True)
        await self._asking.stop()
        await self._fetching.stop()
        await self._replies.finish(within=FAREWELL)
        await self._api.close()

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        """Post a new message, with its pictures and the words that did not fit under it. Raises `DeliveryError`."""
        spot = self._spot(to.conversation or to.person)
        drawn = render.draw(message)
        try:
            number = await self._api.send(spot.chat, drawn.main, drawn.keyboard, thread=spot.thread)
        except Moved as moved:
            spot = self._moved(spot, moved.chat)
            number = await self._api.send(spot.chat, drawn.main, drawn.keyboard, thread=spot.thread)
        beneath = await self._follow_up(spot, number, message, drawn)
        return Sent(str(spot), str(number), beneath)

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        """Replace a message in place; what does not fit is shortened. Raises `DeliveryError`."""
        drawn = render.draw(message, told=render.pictures(message))
        spot = self._spot(sent.conversation)
        await self._api.edit(spot.chat, int(sent.message), drawn.main, drawn.keyboard)
        return sent

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        """Delete a message of ours; Telegram lets us for two days. Raises `DeliveryError`."""
        await self._api.remove(self._spot(sent.conversation).chat, int(sent.message))

    async def _begin_to_ask(self) -> None:
        self._polling = Polling(self._api, self._hear, self.wait)
        self._polling.start()

    async def _end_asking(self) -> None:
        if self._polling:
            await self._polling.stop()

    async def _hear(self, update: Mapping[str, Any]) -> bool:
        return await self._listener.hear(update) if self._listener else False

    async def _met(self, listener: Listener) -> bool:
        try:
            await self._meet(listener)
        except DeliveryError as failure:
            log.warning("Telegram does not answer: %s. `python -m bot doctor` tells more.", failure.reason)
            return False
        return True

    async def _meet_later(self, listener: Listener) -> None:
        """Telegram did not answer when we started, and does not know yet how we want to hear."""
        met = False
        while not met:
            await asyncio.sleep(self.rest)
            met = await self._met(listener)

    async def _meet(self, listener: Listener) -> None:
        listener.bot = self._replies.bot = (await self._api.me()).username or ""
        if self.http_app:
            await self._api.be_called(f"{self._public_url}{PATH}", self._secret)
        else:
            await self._api.be_asked()
        for language in ("", *LANGUAGES):
            await self._api.offer(commands(language or "en"), language)

    def _spot(self, conversation: str) -> Spot:
        """Where a conversation is now. Raises `DeliveryError` for a name that is none of Telegram's."""
        try:
            spot = Spot.read(conversation)
        except ValueError:
            raise DeliveryError(f"{conversation!r} is no chat id", unreachable=True) from None
        moved = self._listener.moved if self._listener else {}
        return Spot(moved.get(spot.chat, spot.chat), spot.thread)

    def _moved(self, spot: Spot, chat: int) -> Spot:
        log.warning("The group %s is now %s: write that into the organisation file.", spot.chat, chat)
        if self._listener:
            self._listener.moved[spot.chat] = chat
        return Spot(chat, spot.thread)

    async def _follow_up(
        self, spot: Spot, number: int, message: Message, drawn: render.Drawn
    ) -> tuple[str, ...]:
        """What stands under a message. The message itself is sent: nothing here may say otherwise."""
        further: list[Callable[[], Awaitable[int]]] = [
            *(
                partial(self._api.send, spot.chat, text, thread=spot.thread, under=number)
                for text in drawn.rest
            ),
            *(partial(self._show, spot, number, picture) for picture in render.pictures(message)),
            *(partial(self._play, spot, number, sound) for sound in render.sounds(message)),
        ]
        said: tuple[str, ...] = ()
        try:
            for say in further:
                said = (*said, str(await say()))
        except DeliveryError as failure:
            log.warning("Not all that belongs to a message in Telegram was sent: %s", failure.reason)
        return said

    async def _play(self, spot: Spot, number: int, sound: Sound) -> int:
        try:
            return await self._api.play(spot.chat, sound, thread=spot.thread, under=number)
        except DeliveryError as failure:
            log.warning("A voice message was not sent to Telegram: %s", failure.reason)
            text = render.Text(render.tame(sound.elsewhere))
            return await self._api.send(spot.chat, text, thread=spot.thread, under=number)

    async def _show(self, spot: Spot, number: int, picture: Picture) -> int:
        """The picture; where it cannot be drawn or sent, its finding in words."""
        caption = render.caption(picture)
        try:
            image = await asyncio.to_thread(self._draw, picture.chart)
            return await self._api.show(spot.chat, image, caption, thread=spot.thread, under=number)
        except DeliveryError as failure:
            log.warning("A picture was not sent to Telegram: %s", failure.reason)
        except Exception:
            log.exception("A picture could not be drawn")
        return await self._api.send(spot.chat, render.Text(caption), thread=spot.thread, under=number)


def commands(language: str) -> dict[str, str]:
    """The commands that Telegram shows, with their meaning."""
    feedback, help_ = COMMANDS[language]
    return {
        feedback: translate(language, "Give or log feedback"),
        help_: translate(language, "What I understand"),
    }


def _drawn(chart: Chart) -> bytes:
    # matplotlib is heavy, and most messages have no picture
    from bot.pictures import draw

    return draw(chart)
