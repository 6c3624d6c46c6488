"""Every page of the dashboard and its address."""

from collections.abc import Callable

from fastapi import APIRouter

from bot.app import App
from bot.web.dashboard import (
    accounts,
    annotations,
    board,
    comments,
    decisions,
    entrance,
    overview,
    own,
    service,
    wishes,
)
from bot.web.dashboard.desk import Desk, Draw, Look
from bot.web.dashboard.headers import static
from handlers.login import PATH
from handlers.messages import Chart

_PAGES: dict[str, Draw] = {
    "": overview.front,
    "/touchpoints/{key}": overview.touchpoint,
    "/services/{key}": service.draw,
    "/comments": comments.draw,
    "/comments.csv": comments.save,
    "/cases": board.draw,
    "/cases/{token}": board.case,
    "/ledger": decisions.draw,
    "/own": own.draw,
    "/happened": annotations.draw,
    "/accounts": accounts.draw,
    "/accounts/{key}": accounts.account,
    "/accounts/{key}/pack": accounts.pack,
    "/wishes": wishes.draw,
    "/wishes/{token}": wishes.wish,
}
"""The table of contents of what there is to look at."""

_PICTURES: dict[str, Callable[[Look], Chart | None]] = {
    "/services/{key}/trend.png": service.trend,
    "/services/{key}/distribution.png": service.spread,
    "/accounts/{key}/trend.png": accounts.trend,
}


def routes(app: App) -> APIRouter:
    """Everything below `/dashboard`."""
    desk = Desk(app)
    router = APIRouter(prefix=PATH, include_in_schema=False)
    router.add_api_route("/static/{file}", static, methods=["GET", "HEAD"], response_model=None)
    router.include_router(entrance.routes(app, desk))
    if app.settings.oidc_issuer:
        from bot.web.dashboard import oidc

        router.include_router(oidc.routes(app, desk))
    for path, draw in _PAGES.items():
        router.add_api_route(path, desk.showing(draw), methods=["GET", "HEAD"], response_model=None)
    router.add_api_route("/happened", desk.doing(annotations.change), methods=["POST"], response_model=None)
    for path, chart_of in _PICTURES.items():
        router.add_api_route(path, desk.picturing(chart_of), methods=["GET", "HEAD"], response_model=None)
    return router
