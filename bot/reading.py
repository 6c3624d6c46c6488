"""Open a CSV or JSONL file, whatever its encoding and delimiter, and read its rows as encounters."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, TextIO

from pydantic_core import from_json

from bot.declaration import CHANNELS
from handlers.imports import (
    COLUMNS,
    Columns,
    FileRefused,
    columns_of,
    delimiter_of,
    encoding_of,
    named,
    read_row,
)
from handlers.reported import EncounterRefused, Refusal, ReportedEncounter

_PIECE = 1 << 16
_DELIMITER_SAID = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_LONGEST_ROW = 50
"""Lines of one row beyond which a quotation mark is taken to be missing."""


@dataclass(frozen=True)
class Row:
    """One row as read: its cells (for JSONL the line), and its encounter or the reasons why it is none."""

    line: int
    cells: tuple[str, ...]
    encounter: ReportedEncounter | None
    reasons: tuple[str, ...] = ()


class Table:
    """An open file of rows. `position` and `size` are in bytes, for a progress bar."""

    def __init__(self, file: BinaryIO, size: int, zone: str, defaults: Mapping[str, str]) -> None:
        encoding = encoding_of(iter(lambda: file.read(_PIECE), b""))
        file.seek(0)
        self.size = size
        self._file = file
        self._zone = zone
        self._defaults = defaults
        self.text = io.TextIOWrapper(file, encoding.name, newline="")
        self.notes = [encoding.note] if encoding.note else []
        self.header: tuple[str, ...] = ()
        self.delimiter = ""
        self._first_line, self._line = _first_line(self.text)
        if not self._first_line.lstrip().startswith("{"):
            self._columns = self._read_header()

    @property
    def is_jsonl(self) -> bool:
        """Whether each line is a JSON object."""
        return not self.header

    @property
    def position(self) -> int:
        """How far the file has been read."""
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        """Every row that is not empty."""
        return self._json_rows() if self.is_jsonl else self._csv_rows()

    def _read_header(self) -> Columns:
        if self._first_line.lstrip().startswith("["):
            raise FileRefused(
                "This is one JSON array. Write one object a line (JSONL), or send it to the API."
            )
        said = _DELIMITER_SAID.fullmatch(self._first_line.strip())
        if said:
            self._first_line, self._line = self.text.readline(), self._line + 1
        self.delimiter = said[1] if said else delimiter_of(self._first_line)
        self.header = tuple(next(csv.reader([self._first_line], delimiter=self.delimiter), []))
        columns = columns_of(self.header, self._defaults)
        self.notes += columns.notes
        return columns

    def _csv_rows(self) -> Iterator[Row]:
        reader = csv.reader(self.text, delimiter=self.delimiter)
        while True:
            line = self._line + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield Row(line, (), None, ("A cell is too long to be one. Is a quotation mark missing?",))
                continue
            if any(cell.strip() for cell in cells):
                yield self._csv_row(line, cells, self._line + reader.line_num - line + 1)

    def _csv_row(self, line: int, cells: list[str], height: int) -> Row:
        try:
            _demand_whole(height)
            encounter = read_row(named(self._columns, cells), self._zone, CHANNELS, self._defaults)
        except EncounterRefused as refused:
            return Row(line, tuple(cells), None, tuple(reason.sentence for reason in refused.reasons))
        return Row(line, tuple(cells), encounter)

    def _json_rows(self) -> Iterator[Row]:
        for number, line in enumerate(chain([self._first_line], self.text), self._line):
            if line.strip():
                yield self._json_row(number, line)

    def _json_row(self, number: int, line: str) -> Row:
        cells = (line.rstrip("\r\n"),)
        try:
            fields = from_json(line, allow_inf_nan=False)
        except ValueError:
            return Row(number, cells, None, ("This line is not JSON.",))
        if not isinstance(fields, dict):
            return Row(number, cells, None, ("This line is not a JSON object with fields.",))
        try:
            return Row(number, cells, read_row(fields, self._zone, CHANNELS, self._defaults))
        except EncounterRefused as refused:
            return Row(number, cells, None, tuple(reason.sentence for reason in refused.reasons))


def _demand_whole(height: int) -> None:
    """Refuse a row of too many lines. Raises `EncounterRefused`."""
    if height > _LONGEST_ROW:
        sentence = f"A text in quotation marks goes on for {height} lines. Is a quotation mark missing?"
        raise EncounterRefused([Refusal("", sentence)])


@contextmanager
def open_table(path: Path, zone: str, touchpoint: str = "") -> Iterator[Table]:
    """Open a file whose times without an offset are local in `zone`; rows without a touchpoint get this one.

    Raises `FileRefused` for what cannot be read at all.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        yield Table(file, path.stat().st_size, zone, {"touchpoint": touchpoint} if touchpoint else {})


def _first_line(text: TextIO) -> tuple[str, int]:
    """The first line that is not empty, and its number."""
    for number, line in enumerate(iter(text.readline, ""), 1):
        if line.strip():
            return line, number
    raise FileRefused(
        f"The file is empty. Its first line must name columns, such as {', '.join(COLUMNS[:3])}."
    )
