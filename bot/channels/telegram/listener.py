"""Telegram's ears: each update becomes an event, and its answer is said once it is stored.

Commit first, then acknowledge: `hear` says whether an update is taken in. Where it is not, nothing was
stored and Telegram is not told otherwise, so that it delivers the update again.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.channels import Receive
from bot.channels.halves import mended
from bot.channels.telegram import links
from bot.channels.telegram.dialogue import Dialogues, GivenUp, Question, Step, Submission, no_form
from bot.channels.telegram.payloads import (
    Deed,
    Moving,
    Opened,
    Place,
    Plain,
    Pressed,
    Said,
    Spoken,
    Steered,
    Wordless,
    kind_of,
    tame,
)
from bot.channels.telegram.replies import Answer, Replies
from bot.clock import Clock
from handlers.events import ConversationOpened, VoiceReceived
from handlers.messages import FormErrors, Nothing, OpenForm, Reply, Say, Verb
from handlers.wording.language import LANGUAGES, translate

log = logging.getLogger(__name__)

NOT_SAVED = (
    "Tallennus ei onnistunut vielä – yritän uudelleen. · Det gick inte att spara än – jag försöker igen. · "
    "This could not be saved yet – I am trying again."
)
"""In three languages at once: when the database is out of reach, so is the person's language."""
MOST_WONDERS = 100


class Listener:
    """Hears updates that are known to come from Telegram, has them stored, and has their answers said."""

    def __init__(
        self,
        token: str,
        replies: Replies,
        dialogues: Dialogues,
        receive: Receive,
        clock: Clock,
        *,
        spoken: Callable[[], None],
    ) -> None:
        self._token = token
        self._replies = replies
        self._dialogues = dialogues
        self._receive = receive
        self._clock = clock
        self._fetch = spoken
        self._wonders: set[str] = set()
        self.bot = ""
        """Our user name, once Telegram has told it."""
        self.moved: dict[int, int] = {}
        """Groups that became supergroups, with their new ids."""

    async def hear(self, body: Mapping[str, Any]) -> bool:
        """Take in one update. What is not known is taken in too, lest it come again and again; logged once."""
        try:
            heard = tame(mended(body), self._clock.now(), self.bot)
        except ValueError as unknown:
            self._wonder(kind_of(body), unknown)
            return True
        if heard is None:
            return True
        if isinstance(heard, Moving):
            self.moved[heard.old] = heard.new
            log.warning(
                "The group %s is now %s: write that into the organisation file.", heard.old, heard.new
            )
            return True
        return await self._take_in(heard)

    async def _take_in(self, heard: Deed) -> bool:
        place = heard.place
        try:
            place, answer = await self._answer(heard)
        except Exception:
            log.exception("What happened in Telegram could not be stored")
            self._replies.complain(heard.place, NOT_SAVED)
            return False
        self._replies.speak(place, answer)
        if isinstance(heard, Spoken):
            self._fetch()
        return True

    async def _answer(self, heard: Deed) -> tuple[Place, Answer]:  # noqa: PLR0911 -- one line for each deed
        match heard:
            case Plain(place, event):
                return place, await self._reply(place, await self._receive(event))
            case Opened(place, payload, where):
                encounter = links.read(payload, self._token, self._clock.now()) if payload else ""
                opened = ConversationOpened(encounter=encounter, **where)
                return place, await self._reply(place, await self._receive(opened))
            case Wordless(place):
                return place, _words_please(place)
            case Spoken(place, event):
                return await self._listen(place, event)
            case Said(place, event):
                step = await self._dialogues.answer(heard)
                if step is None:
                    return place, await self._reply(place, await self._receive(event))
                return await self._follow(place, step)
            case Pressed(place) | Steered(place):
                step = await self._dialogues.answer(heard)
                return await self._follow(place, step) if step else (place, no_form(_language(place)))

    async def _listen(self, place: Place, event: VoiceReceived) -> tuple[Place, Answer]:
        """A voice message answers the question for a survey's words; any other question wants them written."""
        asking = await self._dialogues.asking(place.person)
        if asking is None:
            return place, await self._receive(event)
        if asking.action.verb is not Verb.WRITE:
            return place, _words_please(place)
        origin = asking.origin(place)
        meant = replace(
            event,
            invitation=asking.action.ref,
            question=asking.action.value,
            conversation=str(origin.spot),
            message=str(origin.message or ""),
        )
        reply = await self._receive(meant)
        if isinstance(reply, Say) and reply.refused:
            return place, reply
        await self._dialogues.finish(place.person)
        return origin, reply

    async def _follow(self, place: Place, step: Step) -> tuple[Place, Answer]:
        match step:
            case Question():
                return place, step
            case GivenUp(line):
                return place, line
            case Submission(event, origin):
                reply = await self._receive(event)
                if isinstance(reply, FormErrors):
                    return place, await self._dialogues.refuse(place.person, reply.errors) or Nothing()
                await self._dialogues.finish(place.person)
                answered = replace(origin, query=place.query)
                return answered, await self._reply(answered, reply)

    async def _reply(self, place: Place, reply: Reply) -> Answer:
        """The reply; a form becomes its first question."""
        return await self._dialogues.begin(place, reply.form) if isinstance(reply, OpenForm) else reply

    def _wonder(self, kind: str, why: object) -> None:
        if kind not in self._wonders and len(self._wonders) < MOST_WONDERS:
            self._wonders.add(kind)
            log.warning(
                "Telegram sent a %s that is not understood: %s. A recording of it is wanted.", kind, why
            )


def _language(place: Place) -> str:
    return place.language if place.language in LANGUAGES else "en"


def _words_please(place: Place) -> str:
    return translate(
        _language(place), "I can only keep words: please write it, and I will take it where it belongs."
    )
