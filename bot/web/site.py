"""The site: every web part in its place."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import App
from bot.web import api, health
from bot.web.limits import protect


def create_site(app: App) -> ASGIApp:
    """The ASGI application that serves everything this process offers over HTTP.

    A platform's webhook goes straight to its own door, which verifies the raw body before anything
    else looks at it; the pages' middleware would cost a third of a tap.
    """
    pages = create_pages(app)
    door: ASGIApp | None = getattr(app.channels.get("slack"), "http_app", None)
    if door is None:
        return pages

    async def site(scope: Scope, receive: Receive, send: Send) -> None:
        to_slack = scope["type"] == "http" and scope["path"] == "/slack/events"
        await (door if to_slack else pages)(scope, receive, send)

    return site


def create_pages(app: App) -> FastAPI:
    """The pages and the API."""
    pages = FastAPI(
        title="Kaiku",
        version=_version(),
        summary="Report encounters, so that customers are asked; give answers; read why.",
        docs_url="/api/docs",
        openapi_url="/api/openapi.json",
        redoc_url=None,
    )
    pages.include_router(health.routes(app))
    pages.include_router(api.routes(app))
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
