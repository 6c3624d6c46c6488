"""Import encounters from a CSV or JSONL file, with a progress bar and a report of what was refused.

Rows are recorded in batches, each batch one transaction and each row a savepoint of its own, by whoever owns
the database: ourselves, or a running Kaiku. A row is known by its external reference or by a digest of what it
says, so that importing a file again, or going on after a crash, changes nothing that is there. Refused rows are
written beside the file, to be mended and imported.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, zip_longest
from pathlib import Path
from typing import Self, TextIO

from rich.console import Console

from bot.console import progress_bar
from bot.jobs import RecordEncounters
from bot.reading import Row, Table, open_table
from bot.side_door import Hands
from handlers.imports import REFUSED_BECAUSE, plain_cell, safe_cell

BATCH = 50
"""Rows a transaction: many enough to share its cost, few enough not to keep other people's answers waiting."""
_TOLD = 20
"""Refused rows that are told one by one; all of them stand in the file of refused rows."""


@dataclass
class Report:
    """What became of a file's rows."""

    file: Path
    dry_run: bool
    created: int = 0
    known: int = 0
    """Rows that were there already, from an earlier import or an earlier line."""
    refused: int = 0
    reasons: list[tuple[int, str]] = field(default_factory=list)
    """Line and sentence of the first refused rows."""
    refused_file: Path | None = None
    notes: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report in sentences."""
        would = "would be " if self.dry_run else ""
        counts = (
            f"{self.created} encounters {would}new, {self.known} known already, {self.refused} rows refused."
        )
        told = [f"Line {line}: {sentence}" for line, sentence in self.reasons]
        if self.refused > len(told):
            told.append(f"… and {self.refused - len(told)} more.")
        if self.refused_file:
            told.append(f"The refused rows are in {self.refused_file}: mend them there and import that file.")
        return [*self.notes, counts, *told]

    def count(self, row: Row) -> None:
        """Take note of a refused row."""
        self.refused += 1
        if len(self.reasons) < _TOLD:
            self.reasons.append((row.line, " ".join(row.reasons)))


def import_file(
    hands: Hands, path: Path, *, touchpoint: str = "", dry_run: bool = False, console: Console | None = None
) -> Report:
    """Record the encounters of a file and report; a dry run finds everything and keeps nothing.

    `touchpoint` is for rows that name none. Raises `handlers.imports.FileRefused` when no row can be read,
    `StorageError` or `NotDone` when the disk or the running Kaiku refuses; what was recorded before stays and
    is known the next time.
    """
    report = Report(path, dry_run)
    with (
        open_table(path, hands.app.organisation.time_zone, touchpoint) as table,
        _RefusedRows(path, table, keep=not dry_run) as refused,
        progress_bar(console) as progress,
    ):
        report.notes += table.notes
        task = progress.add_task(path.name, total=table.size)
        for rows in _batches(table.rows()):
            for outcome in _record(hands, rows, dry_run):
                _tell(outcome, report, refused)
            progress.update(task, completed=table.position)
        report.refused_file = refused.path
    return report


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _record(hands: Hands, rows: list[Row], dry_run: bool) -> Iterator[Row | bool]:
    """For each row whether it was new, or the row with the reasons why it was refused."""
    encounters = [row.encounter for row in rows if row.encounter]
    outcomes: list[bool | str] = hands.do(RecordEncounters(encounters=encounters, dry_run=dry_run))
    told = iter(outcomes)
    for row in rows:
        outcome = next(told) if row.encounter else row
        yield replace(row, reasons=(outcome,)) if isinstance(outcome, str) else outcome


def _tell(outcome: Row | bool, report: Report, refused: "_RefusedRows") -> None:
    if isinstance(outcome, Row):
        report.count(outcome)
        refused.write(outcome)
    elif outcome:
        report.created += 1
    else:
        report.known += 1


class _RefusedRows:
    """The file beside the imported one that takes its refused rows; made when there is the first."""

    def __init__(self, beside: Path, table: Table, *, keep: bool) -> None:
        self._beside, self._table, self._keep = beside, table, keep
        self._file: TextIO | None = None
        self.path: Path | None = None

    def write(self, row: Row) -> None:
        """Add a row with its reasons, safe to be opened in a spreadsheet; a line of JSONL as it was."""
        if self._keep:
            file = self._file or self._open()
            file.write(self._line(row.cells, " ".join(row.reasons)))

    def _open(self) -> TextIO:
        self.path = _free_name(self._beside, "jsonl" if self._table.is_jsonl else "csv")
        # The mark at the beginning tells spreadsheets that it is UTF-8; JSONL must not have one.
        encoding = "utf-8" if self._table.is_jsonl else "utf-8-sig"
        self._file = self.path.open("x", encoding=encoding, newline="")
        if not self._table.is_jsonl:
            self._file.write(self._line(self._table.header, REFUSED_BECAUSE))
        return self._file

    def _line(self, cells: Sequence[str], last: str) -> str:
        if self._table.is_jsonl:
            return f"{cells[0]}\n"
        line = io.StringIO()
        mine = [cell for name, cell in zip_longest(self._table.header, cells) if name != REFUSED_BECAUSE]
        safe = [safe_cell(plain_cell(cell or "")) for cell in mine]
        csv.writer(line, delimiter=self._table.delimiter).writerow([*safe, last])
        return line.getvalue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()


def _free_name(path: Path, suffix: str) -> Path:
    """`<file>.refused.csv`, or with a number: somebody may be mending the one that is there."""
    number = 1
    while True:
        name = f"{path.name}.refused{'' if number == 1 else f'-{number}'}.{suffix}"
        if not path.with_name(name).exists():
            return path.with_name(name)
        number += 1
