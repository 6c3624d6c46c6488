"""The site: every web part in its place."""

from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from starlette.routing import Route

from bot.app import App
from bot.web import api, health


def create_site(app: App) -> FastAPI:
    """The ASGI application that serves everything this process offers over HTTP."""
    site = FastAPI(
        title="Kaiku",
        version=_version(),
        summary="Report encounters, so that customers are asked; give answers; read why.",
        docs_url="/api/docs",
        openapi_url="/api/openapi.json",
        redoc_url=None,
    )
    site.include_router(health.routes(app))
    site.include_router(api.routes(app))
    if "sandbox" in app.channels:
        from bot.channels.sandbox.pages import routes

        site.include_router(routes(app))
    slack = getattr(app.channels.get("slack"), "http_app", None)
    if slack is not None:
        # A route, not a mount: Slack does not follow the redirect a mount answers with.
        site.router.routes.append(Route("/slack/events", slack, methods=["POST"]))
    return site


def _version() -> str:
    try:
        return version("kaiku")
    except PackageNotFoundError:
        return "0.1.0"
