"""Fetching what people said: the sound follows once the words that stand for it are recorded.

What is awaited are rows, so that a restart in the middle costs nothing. What fails is tried again, more
and more seldom, for a day; then whoever spoke is told.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

from bot.channels import Receive
from bot.channels.errors import DeliveryError
from bot.channels.telegram.bot_api import BotApi
from bot.channels.telegram.payloads import NAME
from bot.clock import Clock
from handlers.events import Event, Sender, VoiceFetched, VoiceLost
from handlers.voice import MOST_BYTES
from storage import voice_messages
from storage.database import Database
from storage.tables import VoiceMessage

log = logging.getLogger(__name__)

PATIENCE = timedelta(days=1)
"""How long a voice message is asked for."""


class Fetching:
    """The task that downloads voice messages."""

    first_rest, longest_rest = 1.0, 600.0
    """Seconds between two tries of what failed: the first, doubled each time, and the most."""

    def __init__(self, api: BotApi, database: Database, clock: Clock) -> None:
        self._api, self._database, self._clock = api, database, clock
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, receive: Receive) -> None:
        """Begin with what an earlier run left behind."""
        self._woken.set()
        self._task = asyncio.create_task(self._run(receive), name="telegram voices")

    def wake(self) -> None:
        """Somebody has spoken."""
        self._woken.set()

    async def stop(self) -> None:
        """Fetch no more; what is awaited is fetched by the next run."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, receive: Receive) -> None:
        rest = self.first_rest
        missed = False
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(rest if missed else None):
                    await self._woken.wait()
                rest = self.first_rest
            self._woken.clear()
            try:
                missed = not await self._round(receive)
            except Exception:
                log.exception("Voice messages could not be fetched")
                missed = True
            rest = min(self.longest_rest, rest * 2)

    async def _round(self, receive: Receive) -> bool:
        """Try everything that is awaited once; whether nothing is left."""
        awaited = await self._database.read(lambda session: voice_messages.awaited(session, NAME))
        tried = [await self._fetch(voice, receive) for voice in awaited]
        return all(tried)

    async def _fetch(self, voice: VoiceMessage, receive: Receive) -> bool:
        try:
            content = await self._api.download(voice.source, MOST_BYTES)
        except DeliveryError as failure:
            if not failure.permanent and self._clock.now() - voice.at < PATIENCE:
                log.info("A voice message is not there yet: %s", failure.reason)
                return False
            log.warning("A voice message is lost: %s", failure.reason)
            await receive(self._lost(voice))
        else:
            await receive(self._fetched(voice, content))
        return True

    def _fetched(self, voice: VoiceMessage, content: bytes) -> Event:
        return VoiceFetched(
            voice=voice.token, content=content, by=Sender(NAME, ""), at=self._clock.now(), delivery_id=""
        )

    def _lost(self, voice: VoiceMessage) -> Event:
        return VoiceLost(voice=voice.token, by=Sender(NAME, ""), at=self._clock.now(), delivery_id="")
