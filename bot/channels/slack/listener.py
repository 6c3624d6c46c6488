"""Slack's ears: one Bolt application, one listener for each kind of payload.

Commit first, then ack: a listener answers Slack once `receive` has returned, which means that the
effect is durable. When it raises, nothing was stored and Slack is not told otherwise: an event is
refused so that Slack sends it again, and whoever pressed or wrote hears a calm line.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.channels import Receive
from bot.channels.errors import DeliveryError
from bot.channels.slack import render
from bot.channels.slack.payloads import Heard, Kind, departure, kind_of, origin, tame
from bot.channels.slack.people import Directory
from bot.channels.slack.replies import Replies, content
from bot.channels.slack.web_api import SDK_LOG
from bot.channels.slack.workspaces import Workspaces
from bot.clock import Clock
from handlers.events import Event, HomeOpened
from handlers.messages import EditInPlace, Form, FormErrors, OpenForm, Reply, Say

log = logging.getLogger(__name__)

NOT_SAVED = (
    "Tallennus ei onnistunut juuri nyt – yritä hetken päästä uudelleen. · "
    "Det gick inte att spara just nu – försök igen om en stund. · "
    "This could not be saved just now – please try again in a moment."
)
"""In three languages at once: when the database is out of reach, so is the person's language."""
NOT_OPENED = (
    "Lomake ei auennut – yritä uudelleen. · Formuläret öppnades inte – försök igen. · "
    "The form did not open – please try again."
)
MOST_WONDERS = 100


class FromMemory(AsyncAuthorize):
    """Authorization without asking anybody: Bolt's own ways ask Slack, some of them about every event."""

    async def __call__(self, *, context: AsyncBoltContext, **_: Any) -> AuthorizeResult:
        """Who we are where it was heard."""
        bot: AuthorizeResult = context["bot"]
        return bot


class Hearing(AsyncMiddleware):
    """The one step of the Bolt application.

    A plain function would do, but Bolt gathers thirty arguments for one, of which we would take one.
    """

    def __init__(self, hear: Callable[[Heard], Awaitable[BoltResponse]]) -> None:
        self._hear = hear

    async def async_process(self, *, req: AsyncBoltRequest, **_: Any) -> BoltResponse:
        """Have what was heard stored, and answer."""
        return await self._hear(req.context["heard"])


class Listener:
    """Hears payloads that have been verified, has them stored, and answers."""

    def __init__(self, workspaces: Workspaces, replies: Replies, receive: Receive, clock: Clock) -> None:
        self._workspaces = workspaces
        self._replies = replies
        self._receive = receive
        self._clock = clock
        self._directory = Directory(workspaces)
        self._wonders: set[str] = set()
        self.app = self._bolt()

    async def hear(self, body: dict[str, Any]) -> BoltResponse:
        """Take in one payload. What is not known is acknowledged, lest Slack send it again, and logged once.

        The status is 200 when it is stored or is nothing for us, and 503 when it could not be stored.
        """
        try:
            # Before Bolt, which raises on shapes that it does not expect.
            if gone := departure(body):
                return await self._part(*gone)
            heard = tame(body, self._clock.now())
        except ValueError as unknown:
            return self._wonder(kind_of(body), unknown)
        if heard is None:
            return BoltResponse(status=200)
        bot = self._workspaces.bot(heard.place.workspace)
        if bot is None:
            return self._wonder(kind_of(body), "the workspace has not installed us")
        try:
            request = AsyncBoltRequest(body=body, mode="socket_mode", context={"heard": heard, "bot": bot})
        except (AttributeError, KeyError, IndexError, TypeError) as unknown:
            return self._wonder(kind_of(body), unknown)
        response = await self.app.async_dispatch(request)
        # Our own listener answers 503 at worst: these are Bolt stumbling over, or at a loss with, the rest.
        return self._wonder(kind_of(body), response.status) if response.status in (404, 500) else response

    def _bolt(self) -> AsyncApp:
        app = AsyncApp(
            name="kaiku",
            logger=SDK_LOG,
            authorize=FromMemory(),  # type: ignore[no-untyped-call]
            process_before_response=True,
            # Our own door verifies the raw bytes and answers Slack's probes; a socket needs neither.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            attaching_function_token_enabled=False,
        )
        # What is heard has been sorted by `tame`: Bolt need not search through listeners a second time.
        app.use(Hearing(self._on_payload))
        return app

    async def _on_payload(self, heard: Heard) -> BoltResponse:
        try:
            reply = await self._receive(await self._introduced(heard))
        except Exception:
            log.exception("What happened in Slack could not be stored: %s", heard.event.delivery_id)
            return self._not_saved(heard)
        answer = await self._answer(heard, reply)
        if heard.place.home and heard.kind is Kind.PRESS and isinstance(reply, Say):
            await self._show_home(heard)
        return answer

    async def _show_home(self, heard: Heard) -> None:
        """What was pressed there may have changed what stands there."""
        opened = HomeOpened(by=heard.event.by, at=self._clock.now(), delivery_id="")
        try:
            reply = await self._receive(opened)
        except Exception:
            log.exception("The Home tab could not be read anew")
        else:
            self._show(heard, reply)

    def _show(self, heard: Heard, reply: Reply) -> None:
        if isinstance(reply, Say):
            self._replies.publish(heard.place, reply.message)

    async def _introduced(self, heard: Heard) -> Event:
        event = await self._directory.introduce(heard)
        place = heard.place
        return replace(event, conversation=self._workspaces.named(place.conversation, place.workspace))

    async def _part(self, workspace: str, at: datetime) -> BoltResponse:
        try:
            await self._workspaces.left(workspace, at)
        except Exception:
            log.exception("That the Slack workspace %s removed us could not be stored", workspace)
            return BoltResponse(status=503)
        return BoltResponse(status=200)

    def _wonder(self, kind: str, why: object) -> BoltResponse:
        if kind not in self._wonders and len(self._wonders) < MOST_WONDERS:
            self._wonders.add(kind)
            log.warning("Slack sent a %s that is not understood: %s. A recording of it is wanted.", kind, why)
        return BoltResponse(status=200)

    def _not_saved(self, heard: Heard) -> BoltResponse:
        match heard.kind:
            case Kind.FORM:
                return _errors(heard, {"": NOT_SAVED})
            case Kind.COMMAND:
                return BoltResponse(status=200, body={"response_type": "ephemeral", "text": NOT_SAVED})
            case Kind.PRESS | Kind.SHORTCUT:
                self._replies.tell(heard.place, NOT_SAVED)
            case Kind.EVENT:
                pass
        return BoltResponse(status=503)

    async def _answer(self, heard: Heard, reply: Reply) -> BoltResponse:
        """Acknowledge what is stored; what there is to say is said in the acknowledgement or after it."""
        if heard.step:
            self._replies.complete(heard.place, heard.step, reply)
            return BoltResponse(status=200)
        match reply:
            case OpenForm(form) if heard.kind is Kind.FORM:
                return BoltResponse(
                    status=200, body={"response_action": "update", "view": _view(heard, form)}
                )
            case OpenForm(form) if heard.trigger:
                await self._open(heard, form)
            case FormErrors(errors) if heard.kind is Kind.FORM:
                return _errors(heard, errors)
            case Say() | EditInPlace() if heard.kind is Kind.COMMAND:
                said = {"response_type": "ephemeral", **content(reply.message)}
                return BoltResponse(status=200, body=said)
            case Say() if heard.place.home and heard.kind is Kind.EVENT:
                self._show(heard, reply)
            case _:
                self._replies.speak(heard.place, reply)
        return BoltResponse(status=200)

    async def _open(self, heard: Heard, form: Form) -> None:
        """At once and before the acknowledgement: the trigger lives for three seconds."""
        try:
            await self._workspaces.of(heard.place.workspace).call(
                "views.open", trigger_id=heard.trigger, view=_view(heard, form)
            )
        except DeliveryError as failure:
            log.warning("A form could not be opened in Slack: %s", failure.reason)
            self._replies.tell(heard.place, NOT_OPENED)


def _view(heard: Heard, form: Form) -> render.Block:
    return render.view(form, origin(form.action, heard.place))


def _errors(heard: Heard, errors: Mapping[str, str]) -> BoltResponse:
    """Slack refuses errors of fields that the form does not have: those stand at its first field."""
    first = heard.fields[0] if heard.fields else ""
    placed = {key if key in heard.fields else first: sentence for key, sentence in errors.items()}
    return BoltResponse(status=200, body={"response_action": "errors", "errors": placed})
