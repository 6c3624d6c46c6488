"""The one place where concrete things meet: settings in, application out."""

from bot.app import App
from bot.channels import Channel
from bot.clock import Clock
from bot.remembering import database_of
from bot.settings import Settings, SettingsError
from storage.database import Database

TEAMS_NOT_INSTALLED = (
    "KAIKU_TEAMS_APP_ID is set, but what speaks with Teams is not installed: "
    "run `pip install --require-hashes -r requirements-teams.txt`, or leave the setting empty."
)
MATRIX_NOT_INSTALLED = (
    "KAIKU_MATRIX_ACCESS_TOKEN is set, but what speaks with Matrix is not installed: "
    "run `pip install --require-hashes -r requirements-matrix.txt`, or leave the setting empty."
)


def build(settings: Settings, clock: Clock | None = None) -> App:
    """The application these settings describe, not started yet."""
    clock = clock or Clock()
    database = database_of(settings)
    return App(settings, clock, database, channels(settings, clock, database))


def channels(settings: Settings, clock: Clock, database: Database) -> dict[str, Channel]:
    """The channels that are configured. A channel's library is imported only where it is used."""
    found: dict[str, Channel] = {}
    if settings.sandbox:
        from bot.channels.sandbox.sender import SandboxChannel

        found["sandbox"] = SandboxChannel(clock, database)
    if settings.slack_bot_token.get_secret_value():
        from bot.channels.slack.sender import SlackChannel

        found["slack"] = SlackChannel(settings, clock, database=database)
    if settings.slack_client_id:
        from bot.channels.slack.sender import SlackChannel
        from bot.channels.slack.workspaces import ManyWorkspaces

        found["slack"] = SlackChannel(settings, clock, workspaces=ManyWorkspaces(settings, clock, database))
    if settings.teams_app_id:
        found["teams"] = _teams(settings, clock, database)
    if settings.matrix_access_token.get_secret_value():
        found["matrix"] = _matrix(settings, clock, database)
    if settings.telegram_bot_token.get_secret_value():
        from bot.channels.telegram.sender import TelegramChannel

        found["telegram"] = TelegramChannel(settings, clock, database)
    return found


def _teams(settings: Settings, clock: Clock, database: Database) -> Channel:
    """Raises `SettingsError` when its library, an extra, is not installed."""
    try:
        from bot.channels.teams.sender import TeamsChannel
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("microsoft_teams"):
            raise SettingsError((TEAMS_NOT_INSTALLED,)) from missing
        raise
    return TeamsChannel(settings, clock, database)


def _matrix(settings: Settings, clock: Clock, database: Database) -> Channel:
    """Raises `SettingsError` when its library, an extra, is not installed."""
    try:
        from bot.channels.matrix.sender import MatrixChannel
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("nio"):
            raise SettingsError((MATRIX_NOT_INSTALLED,)) from missing
        raise
    return MatrixChannel(settings, clock, database)
