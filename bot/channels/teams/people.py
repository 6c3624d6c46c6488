"""What Teams knows of a person: name and e-mail address; and who a mention means.

Activities name people by id alone. The address links somebody to whom we know already, so Teams is
asked once for each person: briefly, because an answer waits for it, and whatever happens without it.
"""

import asyncio
from dataclasses import replace

from bot.channels.errors import DeliveryError
from bot.channels.teams.cloud import TeamsChannelAccount
from bot.channels.teams.connector import Connector
from bot.channels.teams.payloads import Heard, Kind, Where
from handlers.events import CommandGiven, Event, WordsReceived

PATIENCE = 1.5
"""Seconds; Teams gives us some five in all."""
MOST = 10_000


class Directory:
    """Remembers what Teams said of people."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._known: dict[str, TeamsChannelAccount] = {}

    async def introduce(self, heard: Heard) -> Event | None:
        """The event with its people as Teams knows them.

        Whoever presses in a direct conversation was written to before, and presses are many: Teams is
        not asked.
        """
        event = heard.event
        if event is None or (heard.where.private and heard.kind is not Kind.WORDS):
            return event
        known = await self._account(heard.where, heard.where.account)
        if known:
            email = known.email or known.user_principal_name or ""
            event = replace(event, by=replace(event.by, name=known.name or event.by.name, email=email))
        if isinstance(event, CommandGiven | WordsReceived):
            event = replace(event, words=await self._words(event.words, heard))
        return event

    async def _words(self, words: str, heard: Heard) -> str:
        """Mentions by the id in the directory, as the organisation file has it."""
        for account in heard.mentions:
            known = await self._account(heard.where, account)
            if known and known.aad_object_id:
                words = words.replace(f"<@{account}>", f"<@{known.aad_object_id}>")
        return words

    async def _account(self, where: Where, account: str) -> TeamsChannelAccount | None:
        if account not in self._known:
            try:
                async with asyncio.timeout(PATIENCE):
                    known = await self._connector.member(where.place, account)
            except (DeliveryError, TimeoutError):
                return None
            if len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            self._known[account] = known
        return self._known[account]
