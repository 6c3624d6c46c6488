"""Who may come in: the client whose key came along, and no more often than it may."""

import re
from functools import partial

from fastapi import Request
from fastapi.security import HTTPBearer

from bot.app import App
from bot.web.limits import Buckets
from bot.web.problems import Problem
from handlers import keys
from handlers.keys import Client
from storage.vocabulary import Scope

BEARER = HTTPBearer(auto_error=False, description="A key made by `python -m bot key create`.")
"""For the OpenAPI page; `admit` reads the header itself, to refuse in its own words."""

_BEARER = re.compile(r"Bearer +(\S{1,200})", re.IGNORECASE)


async def admit(app: App, request: Request, scope: Scope) -> Client:
    """The client whose key came along, if the key opens this. Raises `Problem` 401 or 403."""
    match = _BEARER.fullmatch(request.headers.get("authorization", ""))
    client = await app.read(partial(keys.client_of, match[1])) if match else None
    if client is None:
        detail = (
            "Send a key that is in force: “Authorization: Bearer kaiku_…”. An administrator can make one."
        )
        raise Problem(401, "no-key", detail, headers={"WWW-Authenticate": "Bearer"})
    if scope not in client.scopes:
        detail = f"The key of “{client.name}” does not open this: it lacks the scope {scope.value}."
        raise Problem(403, "missing-scope", detail)
    return client


class Doorkeeper:
    """Admits the clients of the API, each no more often than it may, whatever it asks for."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._buckets = Buckets(app.settings.api_requests_per_minute, lambda: app.clock.now().timestamp())

    async def admit(self, request: Request, scope: Scope) -> Client:
        """The client whose key came along, if it may do this now. Raises `Problem`."""
        client = await admit(self._app, request, scope)
        wait = self._buckets.take(client.name)
        if wait:
            seconds = int(wait) + 1
            detail = f"More requests than your key may make in a minute. Try again in {seconds} s."
            raise Problem(429, "too-many-requests", detail, headers={"Retry-After": str(seconds)})
        return client
