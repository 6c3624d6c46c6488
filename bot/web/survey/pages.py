"""The survey page behind a link: looked at it stores nothing, submitted it records what was answered.

No cookie, no session: whoever has the link is the person it was made for, and only this form can be
filled in with it. It needs no JavaScript.
"""

import logging
from functools import partial
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from bot.app import App
from bot.web.limits import ONE, read_body
from bot.web.survey import drawing
from bot.web.survey.answering import Fields, delivery_id, first, name_of, nonce_in, submitted
from bot.web.survey.drawing import Attempt
from bot.web.survey.headers import HEADERS, page, static
from bot.web.survey.signing import signer
from handlers.errors import EditWindowClosed, InvitationExpired, UnknownInvitation
from handlers.events import Event, InvitationDeclined, PersonWanted
from handlers.messages import EditInPlace, Nothing
from handlers.survey_links import Opened, open_link, sender
from handlers.wording.language import LANGUAGES
from storage.vocabulary import DeclineReason

log = logging.getLogger(__name__)

_Refused = UnknownInvitation | InvitationExpired | EditWindowClosed

_FIELDS = 200
"""Fields of one form at most: more than any survey has."""
_DECLINES = {"not_my_matter": DeclineReason.NOT_MY_MATTER, "opt_out": DeclineReason.OPT_OUT}


def routes(app: App) -> APIRouter:
    """Everything below `/s`. Raises `LinksAreOff` when no secret is set."""
    desk = Desk(app)
    router = APIRouter(prefix="/s", include_in_schema=False)
    router.add_api_route("/static/{file}", static, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/{link}", desk.look, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/{link}", desk.take, methods=["POST"], response_model=None)
    return router


class Desk:
    """Where surveys are shown and taken."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._signer = signer(app.settings, "link")

    async def look(self, request: Request, link: str, language: str = "", done: str = "") -> Response:
        """The survey as it stands. Mail scanners open links: nothing is stored, however often it is looked at."""
        opened = await self._open(link)
        spoken = self._language(request, opened, language)
        if not isinstance(opened, Opened):
            return _refused(opened, spoken)
        if closed := _closed(opened, spoken):
            return closed
        if done and (opened.view.answers or opened.view.case_opened):
            return page(drawing.thanks_page(opened, spoken, person=done == "person"))
        return page(drawing.survey_page(opened, spoken))

    async def take(self, request: Request, link: str) -> Response:
        """Record what was answered, all of it or nothing, and lead on to the thanks."""
        fields = _fields(await read_body(request, lambda _start: ONE))
        opened = await self._open(link)
        spoken = self._language(request, opened, first(fields, "language"))
        if not isinstance(opened, Opened):
            return _refused(opened, spoken)
        if closed := _closed(opened, spoken):
            return closed
        try:
            return await self._record(fields, opened, spoken, request.url.path)
        except Exception:
            log.exception("a survey form was not kept")
            return page(drawing.calm_page("not_kept", "not_kept_why", spoken), 503)

    async def _record(self, fields: Fields, opened: Opened, language: str, path: str) -> Response:
        view, now = opened.view, self._app.clock.now()
        wish = first(fields, "do")
        if wish == "person" or wish in _DECLINES:
            return await self._instead(wish, fields, opened, language, path)
        form = submitted(fields, view, sender(view.invitation), now, language)
        attempt = Attempt({q.key: first(fields, name_of(q)) for q in view.questions}, form.errors)
        nothing = not any(attempt.typed.values()) and not fields.get("reasons-offered")
        if nothing:
            attempt = Attempt(attempt.typed, {"": "answer_something"})
        if attempt.errors:
            return page(drawing.survey_page(opened, language, attempt), 422)
        if not await self._tell(form.events):
            return page(drawing.calm_page("used", "always_welcome", language), 409)
        return _onward(path, language, "answers")

    async def _instead(self, wish: str, fields: Fields, opened: Opened, language: str, path: str) -> Response:
        """They would rather talk to a person, or not answer at all."""
        invitation, now = opened.view.invitation, self._app.clock.now()
        by, delivery = sender(invitation), delivery_id(nonce_in(fields), invitation, "do", wish)
        event: Event
        if wish == "person":
            event = PersonWanted(by=by, at=now, delivery_id=delivery, invitation=invitation)
        else:
            reason = _DECLINES[wish]
            event = InvitationDeclined(
                by=by, at=now, delivery_id=delivery, invitation=invitation, reason=reason
            )
        await self._app.receive(event)
        return _onward(path, language, wish)

    async def _tell(self, events: list[Event]) -> bool:
        """Each answer in turn; whether all were taken. In order, so that an alert grows as it was written."""
        replies = [await self._app.receive(event) for event in events]
        return all(isinstance(reply, EditInPlace | Nothing) for reply in replies)

    async def _open(self, link: str) -> Opened | _Refused:
        token = self._signer.name_in(link)
        try:
            return await self._app.read(partial(open_link, token)) if token else UnknownInvitation()
        except (UnknownInvitation, InvitationExpired, EditWindowClosed) as refused:
            return refused

    def _language(self, request: Request, opened: object, chosen: str) -> str:
        """The chosen language, else the person's own, else what the browser accepts, else the organisation's."""
        if chosen in LANGUAGES:
            return chosen
        theirs = opened.language if isinstance(opened, Opened) else None
        accepted = spoken_in(request.headers.get("accept-language", ""))
        return theirs or accepted or self._app.organisation.language


def spoken_in(accepted: str) -> str:
    """The first of our languages that a browser accepts (RFC 9110 §12.5.4, weights aside); else empty."""
    tags = (part.partition(";")[0].strip()[:2].lower() for part in accepted.split(","))
    return next((tag for tag in tags if tag in LANGUAGES), "")


def _fields(body: bytes) -> Fields:
    """The fields of a form. What is no form has none."""
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        return {}


def _closed(opened: Opened, language: str) -> Response | None:
    """What there is to say when the survey cannot be answered any more."""
    view = opened.view
    if view.declined is DeclineReason.OPT_OUT:
        return page(drawing.calm_page("opted_out", "always_welcome", language, forget=True))
    if view.declined is not None:
        return page(drawing.calm_page("declined", "always_welcome", language, forget=True))
    if view.expired:
        return page(drawing.calm_page("expired", "always_welcome", language, forget=True), 410)
    if not view.editable:
        return page(drawing.calm_page("used", "used_why", language, forget=True), 410)
    return None


def _refused(problem: _Refused, language: str) -> Response:
    if isinstance(problem, EditWindowClosed):
        return page(drawing.calm_page("used", "used_why", language, forget=True), 410)
    if isinstance(problem, InvitationExpired):
        return page(drawing.calm_page("expired", "always_welcome", language), 410)
    return page(drawing.calm_page("broken", "broken_why", language), 404)


def _onward(path: str, language: str, done: str) -> Response:
    """To the page that a reload only shows again."""
    return RedirectResponse(f"{path}?language={language}&done={done}", 303, headers=dict(HEADERS))
