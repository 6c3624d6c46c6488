"""Column types that keep a promise the database cannot."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, String, Text
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC: refuses naive datetimes on the way in, returns aware ones on the way out.

    SQLite keeps no zone, so the value is stored as UTC wall time and read back as such.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime; store the instant in UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime reached the database: {value!r}; give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant back, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SharedText(TypeDecorator[str]):
    """A long text that many rows have in common, such as the wording of a survey: kept in memory once, however many
    answers that wait to be replied to hold it."""

    impl = Text
    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Give the same text back as the same object."""
        return None if value is None else sys.intern(value)


class EmailAddress(TypeDecorator[str]):
    """An e-mail address without capitals and outer blanks, stored so and looked for so.

    Equality then finds whoever is meant, by the index; `lower(email)` would read everybody.
    """

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Take capitals and blanks away; an empty address is none."""
        return (value or "").strip().lower() or None


@dataclass(frozen=True)
class Sealed:
    """A text that only the holder of a key can read: the key's name, and the encrypted text."""

    key: str
    box: str


class EncryptedText(TypeDecorator[Sealed]):
    """A secret as `storage.vault` sealed it: refuses anything else, so that no plain text is ever stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, dialect: Dialect) -> str | None:
        """Refuse what is not sealed, without telling what it is."""
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError("a text that is not encrypted reached an encrypted column")
        return f"{value.key}:{value.box}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Sealed | None:
        """Give back what was sealed, still sealed."""
        return Sealed(*value.split(":", 1)) if value else None
