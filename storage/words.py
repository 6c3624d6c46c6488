"""What people wrote, as the database holds it: in the clear, or sealed.

Whoever asks a column of the type `Words` gives and takes words as they were written. Where a `Sealing` is attached to
the engine, they are sealed on the way in and opened on the way out. What is empty stays empty, so that a condition such
as `words != ''` is true of both; every other comparison is made after they were opened, never by the database.
"""

import logging
from typing import cast

from sqlalchemy import Connection, Dialect, Engine, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session

from storage.vault import UnknownKey, Vault

MARK = "\x1a"
"""Stands before what is sealed. Nobody writes it: `handlers.rules.words` takes it out, and so do we."""
UNREADABLE = "\N{LOCK}"
"""Shown in place of words that nothing we hold opens."""
_ATTACHED = "kaiku_sealing"

log = logging.getLogger(__name__)


class Sealing:
    """How one installation holds words: opens what any of its keys sealed, and seals if it is told to."""

    def __init__(self, vault: Vault, *, seals: bool) -> None:
        self._vault = vault
        self.seals = seals
        """Whether new words are sealed."""

    @property
    def newest(self) -> str:
        """The name of the key that seals."""
        return self._vault.newest

    @property
    def keys(self) -> frozenset[str]:
        """The names of the keys that open."""
        return self._vault.keys

    @property
    def goal(self) -> str:
        """How everything is to be held: sealed with the key of this name, or empty for in the clear."""
        return self.newest if self.seals else ""

    def held(self, words: str) -> str:
        """Words as they are to be stored."""
        words = unmarked(words)
        if not self.seals or not words:
            return words
        key, box = self._vault.seal_timeless(words.encode())
        return f"{beginning(key)}{box.decode()}"

    def opened(self, stored: str) -> str:
        """Words as they were written. Raises `storage.vault.UnknownKey` where nothing opens them."""
        if not stored.startswith(MARK):
            return stored
        _, _, box = stored.partition(":")
        return self._vault.open_bytes(key_of(stored), box.encode()).decode()

    def hidden(self, stem: str, key: str) -> str:
        """What stands for a stem in the index of words that this key sealed. Raises `storage.vault.UnknownKey`."""
        return self._vault.hidden(stem, key)


class Words(TypeDecorator[str]):
    """Words that somebody wrote, sealed where the installation seals them."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal them, if this is where they are sealed."""
        if not value:
            return value
        sealing = sealing_of(dialect)
        return sealing.held(value) if sealing else unmarked(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Open them, if they are sealed."""
        if not value or value[0] != MARK:
            return value
        sealing = sealing_of(dialect)
        try:
            return sealing.opened(value) if sealing else UNREADABLE
        except UnknownKey:
            log.warning("words cannot be opened: the key they name is not there, or they were changed")
            return UNREADABLE


def attach(dialect: Dialect, sealing: Sealing | None) -> Dialect:
    """Let words pass through it as they are to be held.

    A type is handed nothing of its engine but the dialect, of which each engine has one of its own.
    """
    setattr(dialect, _ATTACHED, sealing)
    return dialect


def sealing_of(dialect: Dialect) -> Sealing | None:
    """How words are held there; none where there is no key."""
    return cast("Sealing | None", getattr(dialect, _ATTACHED, None))


def dialect_of(session: Session) -> Dialect:
    """That of the engine that a session works on."""
    return cast("Connection | Engine", session.bind).dialect


def sealing_in(session: Session) -> Sealing | None:
    """How words are held in the database that a session works on."""
    return sealing_of(dialect_of(session))


def key_of(stored: str) -> str:
    """The name of the key that sealed this; empty for what is in the clear."""
    return stored[1:].partition(":")[0] if stored.startswith(MARK) else ""


def beginning(key: str) -> str:
    """How everything begins that this key sealed."""
    return f"{MARK}{key}:"


def unmarked(words: str) -> str:
    """Words that cannot be taken for sealed ones."""
    return words.lstrip(MARK)
