"""Every page of the dashboard and its address."""

from fastapi import APIRouter

from bot.app import App
from bot.web.dashboard import entrance, front
from bot.web.dashboard.desk import Desk, Draw
from bot.web.dashboard.headers import static
from handlers.login import PATH

_PAGES: dict[str, Draw] = {
    "": front.draw,
}
"""The table of contents of what there is to look at."""


def routes(app: App) -> APIRouter:
    """Everything below `/dashboard`."""
    desk = Desk(app)
    router = APIRouter(prefix=PATH, include_in_schema=False)
    router.add_api_route("/static/{file}", static, methods=["GET", "HEAD"], response_model=None)
    router.include_router(entrance.routes(app, desk))
    for path, draw in _PAGES.items():
        router.add_api_route(path, desk.showing(draw), methods=["GET", "HEAD"], response_model=None)
    return router
