"""Where every page is asked for: whoever looks is known by their cookie, and a refusal is a calm sentence."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TypeVar
from urllib.parse import parse_qs, quote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import QueryParams

from bot.app import App
from bot.web.dashboard import drawing
from bot.web.dashboard.headers import HEADERS, file, page
from bot.web.limits import ONE, read_body
from bot.web.survey.pages import spoken_in
from handlers import login
from handlers.context import Context
from handlers.errors import FeedbackError, FormStale, NoSuchPage, NotAllowed, UnknownWish
from handlers.filters import Filters, filters_from
from handlers.login import LONGEST, PATH, Visitor
from handlers.messages import Chart
from handlers.people import audit, zone_of_person
from handlers.rules.permissions import Sight
from handlers.seeing import demand_sight, sight_of

COOKIE = "kaiku_session"
GOAL = "kaiku_goal"
"""The cookie that keeps where somebody wanted to go before they had to log in."""
_FIELDS = 100
"""Fields of one form at most."""

T = TypeVar("T")

Fields = Mapping[str, list[str]]


@dataclass(frozen=True)
class Look:
    """One look at a page: by whom, at which address, and the transaction to read in."""

    visitor: Visitor
    ctx: Context
    path: str
    query: QueryParams
    params: Mapping[str, str]
    """What stands in the path."""
    csrf: str
    """What a form has to carry to be taken from this browser."""

    @property
    def language(self) -> str:
        """The language to speak."""
        return self.visitor.language

    @cached_property
    def sight(self) -> Sight:
        """What concerns whoever looks."""
        return sight_of(self.visitor.person, self.ctx)

    @cached_property
    def filters(self) -> Filters:
        """What was chosen in the address.

        Raises `NotAllowed` for an account that is none of theirs, and tells nobody else whether there is one.
        """
        for account in filter(None, map(str.strip, self.query.getlist("account"))):
            demand_sight(self.sight.concerns(account=account), self.ctx)
        return filters_from(self.query.multi_items(), self.ctx.organisation)

    @property
    def zone(self) -> str:
        """In whose local time instants are shown."""
        return zone_of_person(self.visitor.person, self.ctx)


@dataclass(frozen=True)
class Page:
    """A drawn page, and what was read on it that is written down: a subject and its id."""

    html: str
    read: tuple[str, str] | None = None


@dataclass(frozen=True)
class File:
    """What is saved instead of looked at: UTF-8, and what of it is written down as exported."""

    name: str
    text: str
    read: tuple[str, str]


Draw = Callable[[Look], Page | File]
Deed = Callable[[Visitor, Fields, Context], str]
"""What a form does, and the address to go on to."""


class Desk:
    """Shows pages to those who are logged in, and takes their forms."""

    def __init__(self, app: App) -> None:
        self._app = app

    def showing(self, draw: Draw) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a page."""

        async def show(request: Request) -> Response:
            return await self._show(draw, request)

        return show

    def picturing(self, chart_of: Callable[[Look], Chart | None]) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a picture, drawn beside the event loop."""

        async def picture(request: Request) -> Response:
            return await self._picture(chart_of, request)

        return picture

    def doing(self, deed: Deed) -> Callable[[Request], Awaitable[Response]]:
        """The endpoint of a form."""

        async def do(request: Request) -> Response:
            return await self._do(deed, request)

        return do

    async def _show(self, draw: Draw, request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        try:
            shown = await self._app.read(partial(_looked, draw, request, cookie))
        except FeedbackError as problem:
            return await self._refuse(problem, request, cookie)
        if shown is None:
            return self._to_login(request)
        drawn, tired = shown
        if tired:
            await self._app.write(partial(login.see, cookie))
        if drawn.read is not None:
            did = "exported" if isinstance(drawn, File) else "read"
            await self._app.write(partial(_write_down, cookie, did, *drawn.read))
        return file(drawn.name, drawn.text) if isinstance(drawn, File) else page(drawn.html)

    async def _picture(self, chart_of: Callable[[Look], Chart | None], request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        try:
            found = await self._app.read(partial(_looked, chart_of, request, cookie))
        except FeedbackError as problem:
            return await self._refuse(problem, request, cookie)
        if not found or found[0] is None:
            return Response(status_code=404, headers=dict(HEADERS))
        # matplotlib takes long to import: only who looks at a picture waits for it.
        from bot.pictures import draw

        drawn = await asyncio.to_thread(draw, found[0], dark=bool(request.query_params.get("dark")))
        return Response(drawn, media_type="image/png", headers=dict(HEADERS))

    async def _do(self, deed: Deed, request: Request) -> Response:
        cookie, fields = request.cookies.get(COOKIE, ""), await form(request)
        try:
            _demand_own_form(fields, cookie)
            goal = await self._app.write(partial(_done, deed, cookie, fields))
        except FeedbackError as problem:
            return await self._refuse(problem, request, cookie)
        return onward(goal) if goal else self._to_login(request)

    async def _refuse(self, problem: FeedbackError, request: Request, cookie: str) -> Response:
        if isinstance(problem, NotAllowed):
            await self._app.write(partial(_write_down, cookie, "was refused", "page", request.url.path))
        status = {NotAllowed: 403, FormStale: 403, NoSuchPage: 404, UnknownWish: 404}.get(type(problem), 422)
        language = await self._app.read(partial(_language, cookie))
        title = "not_shown" if request.method != "POST" else "not_done"
        return page(drawing.refusal(problem, language or self.language(request), title), status)

    def _to_login(self, request: Request) -> Response:
        answer = onward(f"{PATH}/login")
        if request.method == "GET":
            wanted = quote(request.url.path) + (f"?{request.query_params}" if request.query_params else "")
            self.set_cookie(answer, GOAL, wanted, seconds=600)
        return answer

    def language(self, request: Request) -> str:
        """The language for somebody whom we do not know."""
        accepted = spoken_in(request.headers.get("accept-language", ""))
        return accepted or self._app.organisation.language

    def set_cookie(
        self, answer: Response, name: str, value: str, *, seconds: int = int(LONGEST.total_seconds())
    ) -> None:
        """A cookie that only we get, over TLS wherever the pages are reached by it, and no script reads."""
        secure = self._app.settings.public_url.startswith("https://")
        answer.set_cookie(
            name, value, max_age=seconds, path=PATH, secure=secure, httponly=True, samesite="lax"
        )


def csrf_of(cookie: str) -> str:
    """What a form carries: only a page that was given the cookie knows it."""
    return hmac.digest(cookie.encode("utf-8", "replace"), b"kaiku csrf v1", "sha256").hex() if cookie else "-"


def ours(wanted: str) -> str:
    """Where somebody wanted to go; the front page, unless it is a page of ours."""
    page_of_ours = wanted == PATH or wanted.startswith((f"{PATH}/", f"{PATH}?"))
    return wanted if page_of_ours and not wanted.startswith(f"{PATH}/log") else PATH


def onward(address: str) -> RedirectResponse:
    """To the page that a reload only shows again."""
    return RedirectResponse(address, 303, headers=dict(HEADERS))


async def form(request: Request) -> Fields:
    """The fields of a form. What is no form has none."""
    body = await read_body(request, lambda _start: ONE)
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=_FIELDS)
    except ValueError:
        return {}


def first(fields: Fields, name: str) -> str:
    """The value of a field; empty without one."""
    return (fields.get(name) or [""])[0].strip()


def _looked(seen: Callable[[Look], T], request: Request, cookie: str, ctx: Context) -> tuple[T, bool] | None:
    """What is seen, and whether it should be written down that somebody is still there; none for nobody we know."""
    visitor = login.visitor(cookie, ctx)
    if visitor is None:
        return None
    look = Look(
        visitor, ctx, request.url.path, request.query_params, dict(request.path_params), csrf_of(cookie)
    )
    return seen(look), visitor.tired


def _done(deed: Deed, cookie: str, fields: Fields, ctx: Context) -> str:
    visitor = login.visitor(cookie, ctx)
    return deed(visitor, fields, ctx) if visitor else ""


def _demand_own_form(fields: Fields, cookie: str) -> None:
    if not hmac.compare_digest(first(fields, "csrf").encode(), csrf_of(cookie).encode()):
        raise FormStale


def _language(cookie: str, ctx: Context) -> str:
    visitor = login.visitor(cookie, ctx)
    return visitor.language if visitor else ""


def _write_down(cookie: str, did: str, subject: str, subject_id: str, ctx: Context) -> None:
    visitor = login.visitor(cookie, ctx)
    if visitor is not None:
        audit(visitor.person, did, subject, subject_id[:200], ctx)
