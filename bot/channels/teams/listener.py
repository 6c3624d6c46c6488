"""Teams' ears: what was verified at the door is stored, and answered.

Commit first, then answer: a request is answered once `receive` has returned, which means that the
effect is durable. When it raises, nothing was stored and Teams is not told otherwise.

A pressed card is answered within the request, for whoever pressed it, and its activity is updated as
well: for everybody else, and because Teams forgets the former.
"""

import logging
from collections.abc import Mapping
from typing import Any

from bot.channels import Receive
from bot.channels.teams.cloud import MessageActivityInput
from bot.channels.teams.connector import Connector
from bot.channels.teams.door import Answer
from bot.channels.teams.payloads import Heard, Kind, kind_of, tame
from bot.channels.teams.people import Directory
from bot.channels.teams.references import References
from bot.channels.teams.render import CARD, Card, card, dialog, form_card, text
from bot.channels.teams.replies import Replies, activity, carrying
from bot.clock import Clock
from handlers.events import FormAsked
from handlers.messages import EditInPlace, Form, FormErrors, Nothing, OpenForm, Reply, Say

log = logging.getLogger(__name__)

NOT_SAVED = (
    "Tallennus ei onnistunut juuri nyt – yritä hetken päästä uudelleen. · "
    "Det gick inte att spara just nu – försök igen om en stund. · "
    "This could not be saved just now – please try again in a moment."
)
"""In three languages at once: when the database is out of reach, so is the person's language."""
TAKEN = "✓"
"""Teams wants some words in answer to every press, also where there is nothing to say."""
ERROR = "application/vnd.microsoft.error"
MOST_WONDERS = 100


class Listener:
    """Hears activities that have been verified, has them stored, and answers."""

    def __init__(
        self,
        connector: Connector,
        replies: Replies,
        references: References,
        receive: Receive,
        clock: Clock,
    ) -> None:
        self._replies = replies
        self._references = references
        self._receive = receive
        self._clock = clock
        self._directory = Directory(connector)
        self._wonders: set[str] = set()

    async def hear(self, body: dict[str, Any]) -> Answer:
        """Take in one activity. What is not known is acknowledged, lest it be sent again, and logged once.

        The status is 200 when it is stored or is nothing for us. What could not be stored is told to
        whoever pressed, and answered with 503 for words.
        """
        try:
            heard = tame(body, self._clock.now())
        except ValueError as unknown:
            return self._wonder(kind_of(body), unknown)
        if heard is None:
            return 200, None
        try:
            reply = await self._store(heard)
        except Exception:
            log.exception("What happened in Teams could not be stored: a %s", heard.kind)
            return self._not_saved(heard)
        return await self._answer(heard, reply)

    async def _store(self, heard: Heard) -> Reply:
        event = await self._directory.introduce(heard)
        reply = await self._receive(event) if event else Nothing()
        await self._references.remember(heard.where, heard.kind)
        return reply

    def _wonder(self, kind: str, why: object) -> Answer:
        if kind not in self._wonders and len(self._wonders) < MOST_WONDERS:
            self._wonders.add(kind)
            log.warning("Teams sent a %s that is not understood: %s. A recording of it is wanted.", kind, why)
        return 200, None

    def _not_saved(self, heard: Heard) -> Answer:
        if heard.kind in (Kind.OPEN, Kind.DIALOG):
            return 200, _note(NOT_SAVED)
        if heard.kind is Kind.PRESS:
            self._replies.whisper(heard.where, _plain(NOT_SAVED))
            return 200, _card_answer(ERROR, {"code": "NotSaved", "message": NOT_SAVED}, status=500)
        if heard.kind is Kind.WORDS:
            self._replies.whisper(heard.where, _plain(NOT_SAVED))
        return 503, None

    async def _answer(self, heard: Heard, reply: Reply) -> Answer:
        match heard.kind:
            case Kind.PRESS:
                return 200, await self._to_press(heard, reply)
            case Kind.OPEN | Kind.DIALOG:
                return 200, await self._to_dialog(heard, reply)
            case _:
                self._to_words(heard, reply)
                return 200, None

    async def _to_press(self, heard: Heard, reply: Reply) -> dict[str, Any]:
        match reply:
            case EditInPlace(message):
                self._replies.edit(heard.where, activity(message))
                return _card_answer(CARD, card(message))
            case Say(message) if heard.own_form:
                self._replies.edit(heard.where, activity(message))
                return _card_answer(CARD, card(message))
            case Say(message):
                self._replies.whisper(heard.where, activity(message))
                return _words_answer(text(message))
            case OpenForm(form):
                return _card_answer(CARD, form_card(form, dialog=False, origin=heard.where.message))
            case FormErrors(errors):
                return await self._card_again(heard, errors)
            case _:
                return _words_answer(TAKEN)

    async def _card_again(self, heard: Heard, errors: Mapping[str, str]) -> dict[str, Any]:
        form = await self._same_form(heard)
        if form is None:
            return _words_answer(" ".join(errors.values()))
        origin = "" if heard.own_form else heard.where.message
        return _card_answer(CARD, _shown_again(form, heard, errors, origin, dialog=False))

    async def _dialog_again(self, heard: Heard, errors: Mapping[str, str]) -> dict[str, Any]:
        form = await self._same_form(heard)
        if form is None:
            return _note(" ".join(errors.values()))
        return dialog(form, _shown_again(form, heard, errors, heard.where.message, dialog=True))

    async def _to_dialog(self, heard: Heard, reply: Reply) -> dict[str, Any] | None:
        match reply:
            case OpenForm(form):
                return dialog(form, form_card(form, dialog=True, origin=heard.where.message))
            case FormErrors(errors):
                return await self._dialog_again(heard, errors)
            case EditInPlace(message) if heard.where.message:
                self._replies.edit(heard.where, activity(message))
            case EditInPlace(message) | Say(message):
                self._replies.whisper(heard.where, activity(message))
            case _:
                pass
        return None

    def _to_words(self, heard: Heard, reply: Reply) -> None:
        """Always said anew: what a person wrote cannot be changed by us."""
        if said := _said(reply):
            self._replies.whisper(heard.where, said)

    async def _same_form(self, heard: Heard) -> Form | None:
        """The form that was handed in, asked for once more: Teams sends back what was typed, not the form."""
        if heard.action is None or heard.event is None:
            return None
        event = heard.event
        asked = FormAsked(
            action=heard.action,
            by=event.by,
            at=event.at,
            delivery_id="",
            conversation=event.conversation,
            message=event.message,
            private=event.private,
        )
        reply = await self._receive(asked)
        return reply.form if isinstance(reply, OpenForm) else None


def _shown_again(form: Form, heard: Heard, errors: Mapping[str, str], origin: str, *, dialog: bool) -> Card:
    return form_card(form, dialog=dialog, origin=origin, values=heard.fields, errors=errors)


def _said(reply: Reply) -> MessageActivityInput | None:
    match reply:
        case EditInPlace(message) | Say(message):
            return activity(message)
        case OpenForm(form):
            return carrying(form_card(form, dialog=False), form.title)
        case FormErrors(errors):
            return _plain(" ".join(errors.values()))
        case Nothing():
            return None


def _plain(words: str) -> MessageActivityInput:
    return MessageActivityInput(text=words, text_format="plain")


def _card_answer(kind: str, value: object, *, status: int = 200) -> dict[str, Any]:
    return {"statusCode": status, "type": kind, "value": value}


def _words_answer(words: str) -> dict[str, Any]:
    return _card_answer("application/vnd.microsoft.activity.message", words)


def _note(words: str) -> dict[str, Any]:
    """Words in the dialog's place."""
    return {"task": {"type": "message", "value": words}}
