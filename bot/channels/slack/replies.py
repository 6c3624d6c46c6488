"""What is said back to whoever did something: spoken after the acknowledgement, never before.

Everything here is about courtesy, not about memory: what was done is stored already. A reply that is
lost costs nothing, because the next tap hears the same.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from bot.channels.courtesies import Courtesies, Deed, Turns, persistently
from bot.channels.errors import DeliveryError
from bot.channels.slack import render
from bot.channels.slack.payloads import Place, Step
from bot.channels.slack.web_api import PARKED
from bot.channels.slack.workspaces import Workspaces
from handlers.messages import EditInPlace, FormErrors, Message, Reply, Say

log = logging.getLogger(__name__)

QUIETLY = {
    "parse": "none",
    "link_names": False,
    "mrkdwn": False,
    "unfurl_links": False,
    "unfurl_media": False,
}
"""Slack is to make nothing of the words by itself."""
TURNS = Turns(a_second=50, together=20)
"""Of replies in one workspace. Slack takes fewer still in the long run, and says so; and who taps next is
acknowledged before a thousand others are answered."""
MOST = 500
"""Replies under way, or waiting in one workspace: ten seconds of them."""


def content(message: Message) -> dict[str, Any]:
    """The arguments that carry a message, for methods and response addresses alike."""
    return {"text": render.text(message), "blocks": render.blocks(message)}


class Replies:
    """Speaks replies in tasks of its own, so that no acknowledgement waits for the Web API."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces
        self.courtesies = Courtesies("Slack", MOST, TURNS)
        self._newest: dict[Place, EditInPlace] = {}

    def speak(self, place: Place, reply: Reply) -> None:
        """Say the reply as soon as may be; returns at once."""
        match reply:
            case EditInPlace() if place.message and not place.home:
                self._edit_soon(place, reply)  # without a look at its words: that would find them now
            case EditInPlace(message) if place.home:
                self.publish(place, message)
            case EditInPlace(message) | Say(message):
                self._soon(place, partial(self._whisper, place, **content(message)))
            case _:
                pass

    def publish(self, place: Place, message: Message) -> None:
        """Show the message in somebody's Home tab as soon as may be."""
        view = render.home(message)
        self._soon(
            place, partial(self._persistently, place, "views.publish", user_id=place.person, view=view)
        )

    def complete(self, place: Place, step: Step, reply: Reply) -> None:
        """Tell somebody's workflow how its step went, as soon as may be; it goes on, or stops with the reason."""
        match reply:
            case Say(message, refused=False) | EditInPlace(message):
                told: dict[str, Any] = {"outputs": {"answer": render.text(message)}}
                self._soon(place, partial(self._end, place, step, "functions.completeSuccess", told))
            case Say(message):
                told = {"error": message.summary}
                self._soon(place, partial(self._end, place, step, "functions.completeError", told))
            case FormErrors(errors):
                told = {"error": " ".join(errors.values())}
                self._soon(place, partial(self._end, place, step, "functions.completeError", told))
            case _:
                pass

    def tell(self, place: Place, line: str) -> None:
        """Say one line of ours, privately, as soon as may be."""
        self._soon(place, partial(self._whisper, place, text=line))

    async def finish(self, within: float) -> None:
        """Let what is being said be said, for at most so many seconds, then break off."""
        await self.courtesies.finish(within)

    def _edit_soon(self, place: Place, edit: EditInPlace) -> None:
        """Of two edits of one message under way the older could land last: only the newest goes next."""
        if place in self._newest or self._soon(place, partial(self._edit, place)):
            self._newest[place] = edit

    def _soon(self, place: Place, speech: Deed) -> bool:
        """Whether it will be said."""
        return self.courtesies.soon(speech, place.workspace)

    async def _end(self, place: Place, step: Step, method: str, told: dict[str, Any]) -> None:
        api = self._workspaces.of(place.workspace).with_token(step.token)
        await persistently(partial(api.call, method, function_execution_id=step.execution, **told))

    async def _edit(self, place: Place) -> None:
        said = None
        try:
            while (newest := self._newest[place]) is not said:
                await self._replace(place, newest.message)
                said = newest
        finally:
            del self._newest[place]

    async def _replace(self, place: Place, message: Message) -> None:
        changed = content(message)
        try:
            if place.response_url:
                await self._workspaces.of(place.workspace).respond(
                    place.response_url, replace_original=True, **changed
                )
            else:
                await self._persistently(
                    place, "chat.update", channel=place.conversation, ts=place.message, **changed, **QUIETLY
                )
        except DeliveryError as failure:
            if not failure.permanent:
                raise
            await self._whisper(place, **changed)

    async def _whisper(self, place: Place, **said: Any) -> None:
        """To one person: in the direct conversation, else where they are and only they see it."""
        if place.conversation and not place.direct:
            with suppress(DeliveryError):
                await self._persistently(
                    place,
                    "chat.postEphemeral",
                    channel=place.conversation,
                    user=place.person,
                    **said,
                    **QUIETLY,
                )
                return
        thread = {"thread_ts": place.thread} if place.thread and place.direct else {}
        await self._persistently(
            place, "chat.postMessage", channel=await self._direct(place), **thread, **said, **QUIETLY
        )

    async def _direct(self, place: Place) -> str:
        if place.direct:
            return place.conversation
        opened = await self._persistently(place, "conversations.open", users=place.person)
        return str(opened["channel"]["id"])

    async def _persistently(self, place: Place, method: str, **arguments: Any) -> dict[str, Any]:
        api = self._workspaces.of(place.workspace)
        return await persistently(partial(api.call, method, **arguments), self._rest(place))

    def _rest(self, place: Place) -> Callable[[float], None]:
        """Who is asked for patience is silent in the whole workspace; but not for a method that is refused us."""

        def rest(seconds: float) -> None:
            if seconds < PARKED:
                self.courtesies.rest(place.workspace, seconds)

        return rest
