"""The database that settings describe, with the keys by which words are held in it."""

from bot.settings import Settings
from storage.database import Database
from storage.words import Sealing


def database_of(settings: Settings) -> Database:
    """The database, not open yet."""
    vault = settings.vault
    return Database(
        settings.database_url, Sealing(vault, seals=settings.seal_comments) if vault is not None else None
    )
