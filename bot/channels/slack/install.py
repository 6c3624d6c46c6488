"""The pages by which a workspace installs us: away to Slack, and back.

The state that goes along is random, lives ten minutes, works once, and belongs to the browser that got it:
nobody can be made to finish an installation that somebody else began.
"""

import logging
import secrets
from datetime import timedelta
from hmac import compare_digest
from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.channels.errors import DeliveryError
from bot.channels.slack.doctor import needed_scopes
from bot.channels.slack.install_pages import Ending, language_of, page
from bot.channels.slack.sender import SlackChannel
from bot.channels.slack.workspaces import Installed, ManyWorkspaces
from bot.clock import Clock
from bot.settings import Settings
from bot.web.limits import Buckets
from bot.web.problems import Problem

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)

COOKIE = "kaiku-slack-install"
LIFETIME = timedelta(minutes=10)
BEGUN_A_MINUTE = 30
"""Installations that may be begun, by anybody; each is remembered until it is over."""


def routes(app: "App") -> APIRouter:
    """`/slack/install` and `/slack/oauth_redirect`, where the settings describe an app for many workspaces."""
    slack = app.channels["slack"]
    if not (isinstance(slack, SlackChannel) and isinstance(slack.workspaces, ManyWorkspaces)):
        raise TypeError("installing by OAuth is for many workspaces")
    desk = Desk(app.settings, app.clock, slack.workspaces)
    router = APIRouter(prefix="/slack", include_in_schema=False)
    router.get("/install")(desk.go)
    router.get("/oauth_redirect")(desk.come_back)
    return router


class Desk:
    """Sends people to Slack and receives them when they come back."""

    def __init__(self, settings: Settings, clock: Clock, workspaces: ManyWorkspaces) -> None:
        self._settings, self._clock = settings, clock
        self._workspaces = workspaces
        self._begun = Buckets(BEGUN_A_MINUTE, lambda: clock.now().timestamp())

    async def go(self) -> Response:
        """Away to Slack, which asks whether we may. Raises `Problem` 429 when too many begin: each is remembered."""
        if wait := self._begun.take("everybody"):
            detail = "Too many people are adding Kaiku to a workspace just now. Please try again in a minute."
            raise Problem(429, "too-many-requests", detail, headers={"Retry-After": str(ceil(wait))})
        state = secrets.token_urlsafe(32)
        await self._workspaces.expect(state, self._clock.now() + LIFETIME)
        asked = {
            "client_id": self._settings.slack_client_id,
            "scope": ",".join(needed_scopes()),
            "redirect_uri": _back(self._settings),
            "state": state,
        }
        slack = self._settings.slack_api_url.removesuffix("api/")
        away = RedirectResponse(f"{slack}oauth/v2/authorize?{urlencode(asked)}", 302)
        away.set_cookie(
            COOKIE,
            state,
            max_age=int(LIFETIME.total_seconds()),
            path="/slack",
            secure=self._settings.public_url.startswith("https://"),
            httponly=True,
            samesite="lax",
        )
        away.headers["Cache-Control"] = "no-store"
        return away

    async def come_back(
        self, request: Request, code: str = "", state: str = "", error: str = ""
    ) -> HTMLResponse:
        """Back from Slack: with a code, or because somebody said no."""
        language = language_of(request.headers.get("accept-language", ""))
        mine = compare_digest(request.cookies.get(COOKIE, "").encode(), state.encode())
        if not (state and mine and await self._workspaces.came_back(state)):
            ending = Ending.STALE
        elif error or not code:
            ending = Ending.DENIED
        else:
            ending = await self._finish(code)
        shown = page(ending, language)
        shown.delete_cookie(COOKIE, path="/slack")
        return shown

    async def _finish(self, code: str) -> Ending:
        try:
            granted = await self._workspaces.exchange(
                client_id=self._settings.slack_client_id,
                client_secret=self._settings.slack_client_secret.get_secret_value(),
                code=code,
                redirect_uri=_back(self._settings),
            )
        except DeliveryError as failure:
            log.warning("A Slack workspace could not install Kaiku: %s", failure.reason)
            return Ending.FAILED
        installed = _installed(granted)
        if installed is None:
            return Ending.WHOLE_ORGANISATION
        await self._workspaces.joined(installed)
        return Ending.DONE


def _installed(granted: dict[str, object]) -> Installed | None:
    """What Slack granted; none for a whole Enterprise organisation, whose token is of no one workspace."""
    team, enterprise, by = (_part(granted, name) for name in ("team", "enterprise", "authed_user"))
    if granted.get("is_enterprise_install") or not team.get("id"):
        return None
    return Installed(
        team=str(team["id"]),
        enterprise=str(enterprise["id"]) if enterprise.get("id") else None,
        name=str(team.get("name") or team["id"]),
        bot_user=str(granted.get("bot_user_id", "")),
        token=str(granted["access_token"]),
        scopes=str(granted.get("scope", "")),
        by=str(by.get("id", "")),
    )


def _part(granted: dict[str, object], name: str) -> dict[str, object]:
    part = granted.get(name)
    return part if isinstance(part, dict) else {}


def _back(settings: Settings) -> str:
    return f"{settings.public_url}/slack/oauth_redirect"
