"""The way in and out: a link from the chat shows a button, the button begins a session, logging out ends it.

And the language one is spoken to in between.
"""

from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from bot.app import App
from bot.web.dashboard import drawing
from bot.web.dashboard.desk import COOKIE, GOAL, Desk, Fields, first, onward, ours
from bot.web.dashboard.headers import page
from handlers import home, login
from handlers.context import Context
from handlers.errors import FormStale
from handlers.login import PATH, Entered, Refused, Visitor
from handlers.wording.language import LANGUAGES


def routes(app: App, desk: Desk) -> APIRouter:
    """`/login`, `/login/{secret}` and `/logout`."""
    door = Door(app, desk)
    router = APIRouter()
    router.add_api_route("/login", door.wait, methods=["GET"], response_model=None)
    router.add_api_route("/login/{secret}", door.look, methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/login/{secret}", door.enter, methods=["POST"], response_model=None)
    router.add_api_route("/language", desk.doing(_speak), methods=["POST"], response_model=None)
    router.add_api_route("/logout", desk.doing(_leave), methods=["POST"], response_model=None)
    return router


class Door:
    """Lets people in."""

    def __init__(self, app: App, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def wait(self, request: Request) -> Response:
        """How to come in, for whoever is not."""
        return page(drawing.entrance(self._desk.language(request), oidc=bool(self._app.settings.oidc_issuer)))

    async def look(self, request: Request, secret: str) -> Response:
        """What a link is for. Link scanners look too: a look spends nothing."""
        cookie = request.cookies.get(COOKIE, "")
        found = await self._app.read(partial(login.look, secret, cookie))
        if isinstance(found, Refused):
            await self._app.write(partial(login.write_down, found))
            return self.refused(found, request)
        return page(drawing.invitation(found.name, found.language))

    async def enter(self, request: Request, secret: str) -> Response:
        """Spend the link, from our own page: another one could make somebody come in as its author."""
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return self.refused(Refused(FormStale()), request)
        cookie = request.cookies.get(COOKIE, "")
        return self.entered(await self._app.write(partial(login.spend, secret, cookie)), request)

    def entered(self, found: Entered | Refused, request: Request) -> Response:
        """On to where they wanted to go, with a cookie; or why not."""
        if isinstance(found, Refused):
            return self.refused(found, request)
        answer = onward(ours(request.cookies.get(GOAL, "")))
        self._desk.set_cookie(answer, COOKIE, found.secret)
        answer.delete_cookie(GOAL, path=PATH)
        return answer

    def refused(self, refused: Refused, request: Request) -> Response:
        """The sentence that says why."""
        return page(drawing.refusal(refused.problem, refused.language or self._desk.language(request)), 403)


def _speak(visitor: Visitor, fields: Fields, ctx: Context) -> str:
    if (language := first(fields, "language")) in LANGUAGES:
        home.speak(visitor.person, language, ctx)
    return ours(first(fields, "here"))


def _leave(visitor: Visitor, _fields: Fields, ctx: Context) -> str:
    login.leave(visitor, ctx)
    return f"{PATH}/login"
