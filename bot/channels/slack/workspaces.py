"""Whose voice we speak with: the bot of one workspace, or of each workspace that installed us.

Tokens are read once, when we start, and kept in memory: no event waits for the database or for Slack to
learn who we are.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from slack_bolt.authorization import AuthorizeResult
from sqlmodel import Session

from bot.channels.errors import DeliveryError
from bot.channels.slack.web_api import WebApi
from bot.clock import Clock
from bot.settings import Settings, SettingsError, variable
from storage import installations
from storage.database import Database
from storage.tables import SlackInstallation
from storage.vault import UnknownKey, Vault

log = logging.getLogger(__name__)


class Workspaces(Protocol):
    """Where we may speak, and as whom."""

    async def start(self) -> None:
        """Connect, and learn who we are."""

    async def stop(self) -> None:
        """Hang up."""

    def of(self, workspace: str) -> WebApi:
        """The voice we have in a workspace. Raises `DeliveryError` where we have none any more."""

    def bot(self, workspace: str) -> AuthorizeResult | None:
        """Who we are in a workspace; none where nobody installed us."""

    def named(self, conversation: str, workspace: str) -> str:
        """A conversation as the house calls it."""

    async def left(self, workspace: str, at: datetime) -> None:
        """A workspace removed us at that time, says Slack."""


class OneWorkspace:
    """The workspace of a bot token: whoever speaks, speaks there."""

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._bot = AuthorizeResult(enterprise_id=None, team_id=None, bot_token=api.client.token)

    async def start(self) -> None:
        """Connect, and ask Slack who we are; a Slack out of reach does not keep us from starting."""
        await self._api.open()
        try:
            bot = await self._api.call("auth.test")
        except DeliveryError as failure:
            log.warning(
                "Slack does not say who we are: %s. `python -m bot doctor` tells more.", failure.reason
            )
        else:
            self.know_bot(user=bot.get("user_id", ""), bot=bot.get("bot_id", ""))

    async def stop(self) -> None:
        """Hang up."""
        await self._api.close()

    def know_bot(self, user: str, bot: str) -> None:
        """Tell who the bot is in Slack, so that it does not listen to itself."""
        self._bot.bot_user_id, self._bot.bot_id = user, bot

    def of(self, workspace: str) -> WebApi:
        """The one voice."""
        return self._api

    def bot(self, workspace: str) -> AuthorizeResult | None:
        """Who we are, whoever asks."""
        return self._bot

    def named(self, conversation: str, workspace: str) -> str:
        """As Slack calls it."""
        return conversation

    async def left(self, workspace: str, at: datetime) -> None:
        """Only a person can help; until then messages wait, as with any token that is refused."""
        log.error("Slack says that we were removed. Messages wait; `python -m bot doctor` says what to do.")


@dataclass(frozen=True)
class Installed:
    """What a workspace gave us when it installed us."""

    team: str
    enterprise: str | None
    name: str
    bot_user: str
    token: str
    scopes: str
    by: str


class ManyWorkspaces:
    """Every workspace that installed us.

    A conversation is named with its workspace, `T0CLINIC/D0TOM`. One named without, such as in the
    organisation file, is in the workspace that installed us first.
    """

    def __init__(self, settings: Settings, clock: Clock, database: Database) -> None:
        demand(settings)
        self._vault = Vault(settings.encryption_key.get_secret_value())
        self._nobody = WebApi("", settings.slack_api_url)
        self._clock = clock
        self._database = database
        self._apis: dict[str, WebApi] = {}
        self._bots: dict[str, AuthorizeResult] = {}

    async def start(self) -> None:
        """Connect, and read every token into memory. Raises `SettingsError` when a key is missing."""
        await self._nobody.open()
        try:
            found = await self._database.write(self._read)
        except UnknownKey as unknown:
            await self._nobody.close()
            raise SettingsError((_lost_key(unknown),)) from unknown
        for installed, token in found:
            self._admit(installed.team, installed.bot_user, token)

    async def stop(self) -> None:
        """Hang up."""
        await self._nobody.close()

    def of(self, workspace: str) -> WebApi:
        """The voice in a workspace. Raises `DeliveryError` where we have none any more."""
        api = self._apis.get(workspace or next(iter(self._apis), ""))
        if api is None:
            raise DeliveryError(installations.REMOVED, unreachable=True)
        return api

    def bot(self, workspace: str) -> AuthorizeResult | None:
        """Who we are there; none where nobody installed us."""
        return self._bots.get(workspace)

    def named(self, conversation: str, workspace: str) -> str:
        """With its workspace, so that we find back."""
        return f"{workspace}/{conversation}" if workspace and conversation else conversation

    async def joined(self, installed: Installed) -> None:
        """A workspace installed us, perhaps again. Returns once that is durable."""
        row = SlackInstallation(
            team=installed.team,
            enterprise=installed.enterprise,
            name=installed.name,
            bot_user=installed.bot_user,
            bot_token=self._vault.seal(installed.token),
            scopes=installed.scopes,
            installed_at=self._clock.now(),
            installed_by=installed.by,
        )
        await self._database.write(lambda session: installations.install(session, row))
        self._admit(installed.team, installed.bot_user, installed.token)
        log.info("The Slack workspace %s installed Kaiku.", installed.team)

    async def left(self, workspace: str, at: datetime) -> None:
        """A workspace removed us. Returns once that is durable."""
        now = self._clock.now()
        if await self._database.write(lambda session: installations.remove(session, workspace, at, now)):
            self._apis.pop(workspace, None)
            self._bots.pop(workspace, None)
            log.warning("The Slack workspace %s removed Kaiku.", workspace)

    async def exchange(self, **arguments: str) -> dict[str, object]:
        """A code that Slack gave, for what it stands for. Raises `DeliveryError`."""
        return await self._nobody.exchange(**arguments)

    async def expect(self, state: str, until: datetime) -> None:
        """Somebody goes to Slack to install us and may come back with this state."""
        now = self._clock.now()
        await self._database.write(lambda session: installations.expect(session, state, until, now))

    async def came_back(self, state: str) -> bool:
        """Whether a state is one of ours, in time, for the first time."""
        now = self._clock.now()
        return await self._database.write(lambda session: installations.came_back(session, state, now))

    def _admit(self, team: str, bot_user: str, token: str) -> None:
        self._apis[team] = self._nobody.with_token(token)
        self._bots[team] = AuthorizeResult(
            enterprise_id=None, team_id=team, bot_token=token, bot_user_id=bot_user
        )

    def _read(self, session: Session) -> list[tuple[SlackInstallation, str]]:
        """Every installation with its token, and each token under the newest key."""
        found = []
        for installed in installations.installations(session):
            if installed.bot_token is None:
                continue
            token = self._vault.open(installed.bot_token)
            if self._vault.is_old(installed.bot_token):
                installed.bot_token = self._vault.seal(token)
                session.add(installed)
            found.append((installed, token))
        return found


def demand(settings: Settings) -> None:
    """Raises `SettingsError` with a sentence for each thing that installing by OAuth lacks, or cannot have."""
    needed = {
        "slack_client_secret": "Copy it from Basic Information of your Slack app.",
        "slack_signing_secret": "Copy it from Basic Information of your Slack app.",
        "encryption_key": "Tokens are kept encrypted or not at all; `openssl rand -base64 32` makes a key.",
    }
    missing = [
        f"{variable('slack_client_id')} is set, but {variable(name)} is empty. {advice}"
        for name, advice in needed.items()
        if not getattr(settings, name).get_secret_value().strip()
    ]
    if not settings.public_url:
        missing.append(
            f"{variable('slack_client_id')} is set, but {variable('public_url')} is empty. "
            "Set it: Slack sends people and requests there."
        )
    foreign = [
        f"{variable('slack_client_id')} is for many workspaces and {variable(name)} is for one. Empty one of them."
        for name in ("slack_bot_token", "slack_app_token")
        if getattr(settings, name).get_secret_value()
    ]
    if missing or foreign:
        raise SettingsError((*missing, *foreign))


def _lost_key(unknown: UnknownKey) -> str:
    return (
        f"The tokens of Slack workspaces are encrypted with a key (named {unknown.key}) that "
        f"{variable('encryption_key')} does not have. Add that key after a comma; the first key is used from now on."
    )
