"""The database that settings describe, with the keys by which words are held in it."""

from bot.settings import Settings
from storage.database import Database
from storage.words import Sealing


def sealing_from(settings: Settings) -> Sealing | None:
    """How words are held; none without a key."""
    vault = settings.vault
    return Sealing(vault, seals=settings.seal_comments) if vault is not None else None


def database_of(settings: Settings) -> Database:
    """The database, not open yet."""
    return Database(settings.database_url, sealing_from(settings))
