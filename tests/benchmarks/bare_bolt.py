"""The floor: Bolt as its documentation shows it over HTTP, with one listener that only acknowledges.

`python -m tests.benchmarks.bare_bolt PORT` serves it.
"""

import sys
from typing import Any

import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.helpers.slack_payloads import SECRET


async def authorize(**_: Any) -> AuthorizeResult:
    """Answer from memory, as Kaiku does: asking Slack would measure Slack."""
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-test", bot_user_id="U0KAIKU")


async def only_acknowledge(ack: AsyncAck) -> None:
    """Store nothing, say nothing."""
    await ack()


def bare_bolt() -> AsyncApp:
    """The application."""
    app = AsyncApp(signing_secret=SECRET, authorize=authorize, process_before_response=True)
    app.action({"action_id": "rate.0"})(only_acknowledge)
    return app


def over_http(app: AsyncApp) -> Starlette:
    """The ASGI application, by Bolt's own adapter."""
    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])


class Server(uvicorn.Server):
    """Tells when it answers."""

    async def startup(self, sockets: list[Any] | None = None) -> None:
        """Bind, then tell."""
        await super().startup(sockets)
        print("ready", flush=True)


def serve(app: Starlette, port: int) -> None:
    """On uvicorn with uvloop and httptools, as Kaiku is served."""
    config = uvicorn.Config(
        app, port=port, loop="uvloop", http="httptools", log_level="error", access_log=False
    )
    Server(config).run()


if __name__ == "__main__":
    serve(over_http(bare_bolt()), int(sys.argv[1]))
