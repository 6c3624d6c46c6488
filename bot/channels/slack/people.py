"""What Slack knows of a person: name, e-mail address, language.

Events name people by id alone. The address links somebody to whom we know already, and the language is
what they are spoken to in, so Slack is asked once for each person: briefly, because an acknowledgement
waits for it, and whatever happens without it.
"""

import asyncio
from dataclasses import replace
from typing import Any

from bot.channels.errors import DeliveryError
from bot.channels.slack.payloads import Heard, Kind
from bot.channels.slack.workspaces import Workspaces
from handlers.events import Event, FeedbackRequested, Sender

PATIENCE = 1.0
"""Seconds; Slack gives us three in all."""
MOST = 10_000


class Directory:
    """Remembers what Slack said of people."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self._known: dict[tuple[str, str], Sender] = {}

    async def introduce(self, heard: Heard) -> Event:
        """The event with its people as Slack knows them.

        Whoever taps in a direct conversation was written to before, and taps are many: Slack is not asked.
        """
        event = heard.event
        if heard.kind is Kind.PRESS and heard.place.direct:
            return event
        event = replace(event, by=await self._person(event.by))
        if isinstance(event, FeedbackRequested) and isinstance(event.customer, Sender):
            event = replace(event, customer=await self._person(event.customer))
        return event

    async def _person(self, sender: Sender) -> Sender:
        who = (sender.workspace, sender.external_id)
        if who not in self._known:
            try:
                async with asyncio.timeout(PATIENCE):
                    user = await self._workspaces.of(sender.workspace).person(sender.external_id)
            except (DeliveryError, TimeoutError):
                return sender
            if len(self._known) >= MOST:
                self._known.pop(next(iter(self._known)))
            self._known[who] = _described(sender, user)
        return self._known[who]


def _vouched_for(user: dict[str, Any]) -> bool:
    """Whether our own workspace vouches for the address: it links people, so a stranger's word is not enough."""
    return not (user.get("is_stranger") or user.get("is_restricted") or user.get("is_bot"))


def _described(sender: Sender, user: dict[str, Any]) -> Sender:
    profile = user.get("profile") or {}
    return replace(
        sender,
        name=profile.get("real_name") or user.get("real_name") or sender.name,
        email=(profile.get("email") or "") if _vouched_for(user) else "",
        language=(user.get("locale") or "")[:2],
    )
