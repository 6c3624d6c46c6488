"""The site: every web part in its place."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import App
from bot.following import following, new
from bot.web import api, health, manual
from bot.web.describing import problems_by_name
from bot.web.limits import protect
from bot.web.problems import Problem, nothing_here, refuse, unfit_request

DOORS = {"slack": "/slack/events", "teams": "/api/messages", "telegram": "/telegram/webhook"}
"""Where a platform knocks: the path of the channel's own door."""


def create_site(app: App) -> ASGIApp:
    """The ASGI application that serves everything this process offers over HTTP.

    A platform's webhook goes straight to its own door, which verifies the raw body before anything
    else looks at it; the pages' middleware would cost a third of a tap.
    """
    pages = create_pages(app)
    doors: dict[str, ASGIApp] = {
        path: door
        for name, path in DOORS.items()
        if (door := getattr(app.channels.get(name), "http_app", None))
    }
    if not doors:
        return pages

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        door = doors.get(scope["path"]) if scope["type"] == "http" else None
        if door is None:
            await pages(scope, receive, send)
            return
        with following(new()):
            await door(scope, receive, send)

    return site


def create_pages(app: App) -> FastAPI:
    """The pages and the API."""
    pages = FastAPI(
        title="Kaiku",
        version=_version(),
        summary="Report encounters, so that customers are asked; give answers; read what was said, and why.",
        docs_url=None,
        openapi_url="/api/openapi.json",
        redoc_url=None,
    )
    pages.add_exception_handler(HTTPException, nothing_here)
    pages.add_exception_handler(Problem, refuse)
    pages.add_exception_handler(RequestValidationError, unfit_request)
    pages.include_router(health.routes(app))
    pages.include_router(api.routes(app))
    described = pages.openapi
    pages.openapi = lambda: problems_by_name(described())  # type: ignore[method-assign]
    pages.include_router(manual.routes(pages.openapi))
    if app.settings.link_secret.get_secret_value():
        from bot.web.survey import kiosk
        from bot.web.survey import pages as survey

        pages.include_router(survey.routes(app))
        pages.include_router(kiosk.routes(app))
    if app.settings.slack_client_id:
        from bot.channels.slack import install

        pages.include_router(install.routes(app))
    if app.settings.site:
        from bot.web.dashboard import pages as dashboard

        pages.include_router(dashboard.routes(app))
    if "sandbox" in app.channels:
        from bot.channels.sandbox.pages import routes

        pages.include_router(routes(app))
    protect(pages)
    return pages


def _version() -> str:
    try:
        return version("kaiku")
    except PackageNotFoundError:
        return "0.1.0"
