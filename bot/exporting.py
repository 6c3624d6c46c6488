"""Write responses, feedback or cases to a file: CSV, JSONL or Parquet, a page at a time.

Pages are read by row number, each on a reader's connection of its own, so that neither memory nor the running Kaiku
notices how many there are. The file takes its name when it is whole; until then it is beside it as `….part`.
"""

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from bot.console import privately, progress_bar
from bot.jobs import NoteExport
from bot.side_door import Hands
from handlers.exports import Column, Extract, Row, columns_of
from handlers.imports import safe_cell
from storage.vocabulary import FileForm

PAGE = 2000
"""Rows looked at in one read."""
ROW_GROUP = 20_000
"""Rows of a Parquet file that are compressed together."""

Write = Callable[[Sequence[Row]], None]


PARQUET_NOT_INSTALLED = (
    "Parquet needs a library that is not installed: run `pip install --require-hashes -r requirements-parquet.txt`, "
    "or choose CSV or JSONL."
)


class NotExported(Exception):
    """A file that cannot be written; the message says why and what to do."""


@dataclass(frozen=True)
class Exported:
    """What came of it."""

    rows: int
    withheld: int

    def lines(self, into: Path) -> list[str]:
        """The same in sentences."""
        told = [f"{into} holds {self.rows} rows."]
        if self.withheld:
            told.append(
                f"Answers to confidential surveys are counted and never given out one by one: "
                f"{self.withheld} responses are not in the file."
            )
        return told


def export(
    hands: Hands,
    extract: Extract,
    form: FileForm,
    into: Path,
    *,
    by: str,
    force: bool = False,
    mark: bool = False,
    console: Console | None = None,
) -> Exported:
    """Write what is wanted into a file, of which there is none yet unless `force` says that it may go.

    `mark` puts a byte order mark before CSV, by which spreadsheets know UTF-8. Raises `NotExported`, `OSError`, or
    `StorageError` and `NotDone`, and leaves nothing behind then.
    """
    if into.exists() and not force:
        raise NotExported(f"{into} is there already. Choose another name, or add --force to replace it.")
    columns = columns_of(extract.kind, named=extract.named)
    rows = 0
    with _whole_or_not_at_all(into) as part, _FORMS[form](part, columns, mark) as write:
        hands.do(NoteExport(what=extract.kind, filters=extract.filters.pairs(), named=extract.named, by=by))
        for page in _pages(hands, extract, console):
            write(page)
            rows += len(page)
    return Exported(rows, hands.app.read_now(extract.withheld))


def _pages(hands: Hands, extract: Extract, console: Console | None) -> Iterator[Sequence[Row]]:
    after: int | None = 0
    with progress_bar(console) as progress:
        task = progress.add_task(extract.kind, total=hands.app.read_now(extract.ends_at))
        while after is not None:
            progress.update(task, completed=after)
            page, after = hands.app.read_now(partial(extract.sweep, after, PAGE))
            yield page


@contextmanager
def _whole_or_not_at_all(into: Path) -> Iterator[Path]:
    """A name beside the file to write under; it becomes the file when everything went well, else it is gone."""
    part = into.with_name(f"{into.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(into)
    finally:
        part.unlink(missing_ok=True)


# What a file looks like.


@contextmanager
def _csv(part: Path, columns: Sequence[Column], mark: bool) -> Iterator[Write]:
    with open(part, "w", encoding="utf-8-sig" if mark else "utf-8", newline="", opener=privately) as file:
        lines = csv.writer(file)
        lines.writerow(column.name for column in columns)
        written = [(column.name, _CELLS[column.type]) for column in columns]
        yield lambda rows: lines.writerows(
            ["" if (value := row[name]) is None else cell(value) for name, cell in written] for row in rows
        )


_CELLS: dict[type, Callable[[Any], object]] = {
    str: safe_cell,
    int: int,
    bool: {True: "yes", False: "no"}.__getitem__,
    datetime: datetime.isoformat,
}
"""A value as a spreadsheet reads it, and never takes for a formula."""


@contextmanager
def _jsonl(part: Path, _columns: Sequence[Column], _mark: bool) -> Iterator[Write]:
    with open(part, "w", encoding="utf-8", newline="", opener=privately) as file:
        encode = json.JSONEncoder(ensure_ascii=False, default=datetime.isoformat).encode
        yield lambda rows: file.writelines(f"{encode(row)}\n" for row in rows)


@contextmanager
def _parquet(part: Path, columns: Sequence[Column], _mark: bool) -> Iterator[Write]:
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ModuleNotFoundError:
        raise NotExported(PARQUET_NOT_INSTALLED) from None
    types = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), datetime: pa.timestamp("us", tz="UTC")}
    schema = pa.schema([(column.name, types[column.type]) for column in columns])
    gathered: list[Row] = []

    def write(rows: Sequence[Row], least: int = ROW_GROUP) -> None:
        gathered.extend(rows)
        if len(gathered) >= least:
            into.write_table(pa.Table.from_pylist(gathered, schema))
            gathered.clear()

    with open(part, "wb", opener=privately) as file, ParquetWriter(file, schema, compression="zstd") as into:
        yield write
        write((), least=1)


_FORMS: dict[FileForm, Callable[[Path, Sequence[Column], bool], AbstractContextManager[Write]]] = {
    FileForm.CSV: _csv,
    FileForm.JSONL: _jsonl,
    FileForm.PARQUET: _parquet,
}
