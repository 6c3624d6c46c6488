"""The one place where concrete things meet: settings in, application out."""

from bot.app import App
from bot.channels import Channel
from bot.clock import Clock
from bot.settings import Settings
from storage.database import Database


def build(settings: Settings, clock: Clock | None = None) -> App:
    """The application these settings describe, not started yet."""
    clock = clock or Clock()
    database = Database(settings.database_url)
    return App(settings, clock, database, channels(settings, clock, database))


def channels(settings: Settings, clock: Clock, database: Database) -> dict[str, Channel]:
    """The channels that are configured. A channel's library is imported only where it is used."""
    found: dict[str, Channel] = {}
    if settings.sandbox:
        from bot.channels.sandbox.sender import SandboxChannel

        found["sandbox"] = SandboxChannel(clock, database)
    if settings.slack_bot_token.get_secret_value():
        from bot.channels.slack.sender import SlackChannel

        found["slack"] = SlackChannel(settings, clock)
    return found
