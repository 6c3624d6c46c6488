"""Rows of a table become encounters: columns, cells, dates and what is wrong with them, in words.

Pure: bytes and texts in, values out. `bot.importing` opens the file and records what was read.
"""

import codecs
import csv
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import chain
from typing import Any

from handlers.reported import EncounterRefused, Refusal, ReportedEncounter, did_you_mean, reported
from handlers.rules import hours

COLUMNS = tuple(ReportedEncounter.model_fields)
REFUSED_BECAUSE = "refused_because"
"""The last column of a file of refused rows; it is left out when the file is read again."""


class FileRefused(Exception):
    """A file that cannot be imported at all; the message says why and what to do."""


# Bytes.


@dataclass(frozen=True)
class Encoding:
    """How a file is written, for `open`, and a sentence where we had to guess."""

    name: str
    note: str = ""


_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def encoding_of(chunks: Iterable[bytes]) -> Encoding:
    """The encoding of a file, read whole but piece by piece. Raises `FileRefused` for what is no text."""
    pieces = iter(chunks)
    first = next(pieces, b"")
    if first.startswith(b"PK\x03\x04"):
        raise FileRefused(
            "This is a spreadsheet or an archive. Save the sheet as “CSV UTF-8” and import that."
        )
    name = _marked(first) or "utf-8"
    fitting = _fitting((name, "cp1252"), chain((first,), pieces))
    if name in fitting:
        return Encoding(name)
    if name != "utf-8":
        raise FileRefused(f"The file says it is {name.upper()}, but breaks off. Save it again.")
    # Five bytes mean nothing in Windows-1252. Latin-1 makes control characters of them, which their rows are
    # refused for, with a sentence, while the others are read.
    guess = "cp1252" if "cp1252" in fitting else "latin-1"
    return Encoding(guess, "The file is not UTF-8; I read it as Latin-1 (Windows-1252).")


def _fitting(names: Iterable[str], pieces: Iterable[bytes]) -> Collection[str]:
    """Which of these encodings all the pieces, one after another, can be read in."""
    decoders = {name: codecs.getincrementaldecoder(name)() for name in names}
    for piece, is_last in chain(((piece, False) for piece in pieces), [(b"", True)]):
        for name, decoder in list(decoders.items()):
            try:
                decoder.decode(piece, is_last)
            except UnicodeDecodeError:
                del decoders[name]
    return decoders


def _marked(first: bytes) -> str | None:
    """What a byte order mark says, or the zero bytes that UTF-16 without one puts between letters."""
    for mark, name in _MARKS:
        if first.startswith(mark):
            return name
    sample = first[:200]
    if sample[1::2].count(0) > len(sample) // 3:
        return "utf-16-le"
    if sample[0::2].count(0) > len(sample) // 3:
        return "utf-16-be"
    return None


# Columns.


@dataclass(frozen=True)
class Columns:
    """Which column each place of a row holds; empty where it holds nothing of ours."""

    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def delimiter_of(header: str) -> str:
    """What stands between cells: whichever of `;`, `,` and tab makes the most known columns of the header."""

    def known(delimiter: str) -> tuple[int, int]:
        cells = _cells(header, delimiter)
        return len({_column(cell) for cell in cells} & set(COLUMNS)), len(cells)

    return max(";,\t", key=known)


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def _column(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", plain_cell(cell).strip().lower())


def columns_of(header: Sequence[str], given: Collection[str] = ()) -> Columns:
    """What the header says; columns in `given` need not be there.

    Raises `FileRefused` for a required column that is missing, one that is there twice, or one that
    looks misspelt: dropped silently it would cost every row its value.
    """
    names = [_column(cell) for cell in header]
    twice = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    strangers = [name for name in names if name and name not in (*COLUMNS, REFUSED_BECAUSE)]
    absent = [name for name in COLUMNS if name not in names and name not in given]
    mistakes = [f"The column “{name}” is there twice." for name in twice]
    mistakes += [_missing(name, strangers) for name in _required(names) if name in absent]
    if not mistakes:
        near = [(name, did_you_mean(name, absent)) for name in strangers]
        mistakes = [f"I do not know the column “{name}”. {hint}" for name, hint in near if hint]
    if mistakes:
        raise FileRefused(" ".join(mistakes))
    unread = ", ".join(f"“{name}”" for name in strangers)
    notes = (f"Columns I do not know were not read: {unread}.",) if strangers else ()
    return Columns(tuple(name if name in COLUMNS else "" for name in names), notes)


def _required(names: Collection[str]) -> list[str]:
    return ["touchpoint", "happened_at", *([] if "customer_email" in names else ["customer"])]


def _missing(name: str, strangers: Sequence[str]) -> str:
    near = next((stranger for stranger in strangers if did_you_mean(stranger, [name])), "")
    found = f" Is it the one named “{near}”?" if near else ""
    return f"The column “{name}” is missing.{found}"


# Rows.


def named(columns: Columns, cells: Sequence[str]) -> dict[str, str]:
    """The cells of a row by column. Raises `EncounterRefused` for more cells than there are columns."""
    if any(cell.strip() for cell in cells[len(columns.names) :]):
        sentence = (
            f"There are {len(cells)} cells under {len(columns.names)} columns. "
            f"Put a text that holds the delimiter in quotation marks."
        )
        raise EncounterRefused([Refusal("", sentence)])
    return {name: plain_cell(cell) for name, cell in zip(columns.names, cells, strict=False) if name}


def read_row(
    cells: Mapping[str, Any], zone: str, channels: Collection[str], defaults: Mapping[str, str] | None = None
) -> ReportedEncounter:
    """The encounter a row reports; an empty cell is left out, a time without an offset is local in `zone`.

    `channels` are those in which people may be known. Raises `EncounterRefused` with everything that is wrong.
    """
    filled = {name: value for name, value in cells.items() if not _is_empty(value)}
    fields = {**(defaults or {}), **filled}
    wrong: list[Refusal] = []
    for name, read in _READERS.items():
        if isinstance(fields.get(name), str):
            try:
                fields[name] = read(fields[name], zone)
            except ValueError as error:
                wrong.append(Refusal(name, str(error)))
    return reported(fields, channels, wrong)


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def reference_of(row: ReportedEncounter) -> str:
    """What the row is known by when it is read again: its own reference, or a digest of what it says."""
    digest = hashlib.sha256(row.model_dump_json().encode()).hexdigest()
    return row.external_reference or f"row-{digest[:24]}"


# Cells.

_FINNISH = re.compile(
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})"
    r"(?:,?\s+(?:klo|kl\.?)?\s*(?P<hour>\d{1,2})[.:](?P<minute>\d{2})(?:[.:](?P<second>\d{2}))?)?"
)
_DAY_ONLY = re.compile(r"[\dW-]{7,10}|\d{1,2}\.\d{1,2}\.\d{4}")


def read_instant(text: str, zone: str) -> datetime:
    """A time as people and programs write it, in UTC: ISO, or `27.11.2026 klo 15.00`.

    Without an offset it is local time in `zone`; of an hour that the clocks show twice, the first.
    Raises `ValueError` with a sentence.
    """
    text = text.strip()
    if _DAY_ONLY.fullmatch(text):
        raise ValueError(f"“{text}” has no time of day.")
    with suppress(ValueError, OverflowError):
        at = _finnish(text) or datetime.fromisoformat(text)
        return hours.instant(at.date(), at.time(), zone) if at.tzinfo is None else at.astimezone(UTC)
    raise ValueError(
        f"“{text[:40]}” is no time I can read. Write 2026-11-27T15:00:00+02:00, 2026-11-27 15:00 or "
        f"27.11.2026 klo 15.00."
    )


def _finnish(text: str) -> datetime | None:
    match = _FINNISH.fullmatch(text)
    if match is None:
        return None
    day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    return datetime.combine(day, time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0)))


def _whole_number(text: str, _zone: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        raise ValueError(f"“{digits[:40]}” is not a whole number of minutes.")
    return int(digits)


_YES = frozenset({"yes", "true", "1", "x", "kyllä", "ja"})
_NO = frozenset({"no", "false", "0", "ei", "nej"})


def _yes_or_no(text: str, _zone: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ValueError(f"“{text.strip()[:40]}” is neither yes nor no.")
    return word in _YES


_READERS: Mapping[str, Any] = {
    "happened_at": read_instant,
    "waiting_minutes": _whole_number,
    "critical": _yes_or_no,
    "customer_language": lambda text, _zone: text.strip().lower(),
    "direction": lambda text, _zone: text.strip().lower(),
    "urgency": lambda text, _zone: text.strip().lower(),
}

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'=", "'+", "'-", "'@", "'\t", "'\r")


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """What `safe_cell` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
