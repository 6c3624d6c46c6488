"""What is missing before Slack works, in words."""

from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.channels.slack.workspaces import demand
from bot.findings import Finding
from bot.outside import straight
from bot.remembering import database_of
from bot.settings import Settings, SettingsError, variable
from storage import installations
from storage.schema import pending
from storage.sqlite import file_of
from storage.tables import SlackInstallation
from storage.types import Sealed
from storage.vault import UnknownKey, Vault

MANIFEST = Path(__file__).with_name("manifest.yaml")
ENCRYPTION_KEY = variable("encryption_key")
TIMEOUT = aiohttp.ClientTimeout(total=10)

BOT_TOKEN = "Slack bot token"  # noqa: S105 - a label
APP_TOKEN = "Slack app token"  # noqa: S105 - a label


async def examine(settings: Settings) -> list[Finding]:
    """Look at the settings and ask Slack about them: one finding for each thing that must be right."""
    async with aiohttp.ClientSession(timeout=TIMEOUT, trace_configs=[straight()]) as session:
        web = AsyncWebClient(base_url=settings.slack_api_url, session=session, retry_handlers=[])
        look = _of_many if settings.slack_client_id else _of_one
        return [finding async for finding in look(settings, web)]


def needed_scopes() -> list[str]:
    """The scopes that the shipped manifest asks for."""
    manifest: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return list(manifest["oauth_config"]["scopes"]["bot"])


async def _of_many(settings: Settings, web: AsyncWebClient) -> AsyncIterator[Finding]:
    try:
        demand(settings)
    except SettingsError as mistakes:
        for line in mistakes.lines:
            sentence, _, advice = line.partition(". ")
            yield Finding(False, "Slack app", f"{sentence}.", advice)
    else:
        yield Finding(True, "Slack app", f"Workspaces install it at {settings.public_url}/slack/install.", "")
        for installed in _installed(settings):
            if installed.bot_token is not None:
                yield await _about_workspace(installed, installed.bot_token, settings, web)


def _installed(settings: Settings) -> Sequence[SlackInstallation]:
    """The workspaces that installed us; none where there is no database yet, which others tell of."""
    file = file_of(settings.database_url)
    if (file and not file.exists()) or pending(settings.database_url):
        return ()
    database = database_of(settings)
    database.open_to_read()
    try:
        return database.read_now(installations.installations)
    finally:
        database.close()


async def _about_workspace(
    installed: SlackInstallation, sealed: Sealed, settings: Settings, web: AsyncWebClient
) -> Finding:
    subject = f"Slack in {installed.name} ({installed.team})"
    again = f"Have it installed there again at {settings.public_url}/slack/install."
    try:
        token = Vault(settings.encryption_key.get_secret_value()).open(sealed)
        answer = await web.api_call("auth.test", headers={"Authorization": f"Bearer {token}"})
    except UnknownKey as unknown:
        sentence = (
            f"Its token is encrypted with a key (named {unknown.key}) that {ENCRYPTION_KEY} does not have."
        )
        return Finding(False, subject, sentence, "Add that key after a comma.")
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as failure:
        return _refused(subject, failure, again)
    missing = sorted(set(needed_scopes()) - set(_granted(answer)))
    if missing:
        return Finding(False, subject, f"The bot lacks {', '.join(missing)}.", again)
    return Finding(True, subject, f"Slack knows us as {answer['user']}, who may do everything it needs.", "")


async def _of_one(settings: Settings, web: AsyncWebClient) -> AsyncIterator[Finding]:
    bot = settings.slack_bot_token.get_secret_value()
    app = settings.slack_app_token.get_secret_value()
    async for finding in _about_bot(bot, web):
        yield finding
    if app:
        yield await _about_app(app, web)
    else:
        yield _about_secret(settings.slack_signing_secret.get_secret_value())


async def _about_bot(token: str, web: AsyncWebClient) -> AsyncIterator[Finding]:
    if not token:
        yield Finding(
            False,
            BOT_TOKEN,
            "KAIKU_SLACK_BOT_TOKEN is empty.",
            "Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions of your Slack app.",
        )
        return
    try:
        answer = await web.api_call("auth.test", headers={"Authorization": f"Bearer {token}"})
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as failure:
        yield _refused(
            BOT_TOKEN, failure, "Install the app to the workspace again and copy the new bot token."
        )
        return
    yield Finding(True, BOT_TOKEN, f"Slack knows us as {answer['user']} in {answer['team']}.", "")
    yield _about_scopes(_granted(answer))


def _about_scopes(granted: Iterable[str]) -> Finding:
    missing = sorted(set(needed_scopes()) - set(granted))
    if not missing:
        return Finding(True, "Slack scopes", "The bot may do everything it needs.", "")
    return Finding(
        False,
        "Slack scopes",
        f"The bot lacks {', '.join(missing)}.",
        "Paste bot/channels/slack/manifest.yaml as the app's manifest and install the app again.",
    )


def _granted(answer: AsyncSlackResponse) -> list[str]:
    return [scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",")]


async def _about_app(token: str, web: AsyncWebClient) -> Finding:
    advice = (
        "Make an app-level token with the scope connections:write under Basic Information of your Slack app."
    )
    try:
        await web.apps_connections_open(app_token=token)
    except (SlackClientError, aiohttp.ClientError, TimeoutError) as failure:
        return _refused(APP_TOKEN, failure, advice)
    return Finding(True, APP_TOKEN, "Socket Mode works: Slack offers a socket.", "")


def _about_secret(secret: str) -> Finding:
    if secret.strip():
        return Finding(
            True, "Slack signing secret", "There is one: signed requests are taken at /slack/events.", ""
        )
    return Finding(
        False,
        "Slack signing secret",
        "Slack cannot reach us: there is no app token for Socket Mode, and no signing secret for HTTP.",
        "Set KAIKU_SLACK_APP_TOKEN; or, with a public address, KAIKU_SLACK_SIGNING_SECRET.",
    )


def _refused(subject: str, failure: Exception, advice: str) -> Finding:
    if isinstance(failure, SlackApiError):
        return Finding(
            False, subject, f"Slack refuses it: {failure.response.get('error', 'no reason given')}.", advice
        )
    return Finding(
        False,
        subject,
        f"Slack could not be reached: {type(failure).__name__}.",
        "Check the network from this machine to slack.com, and a proxy if you need one.",
    )
