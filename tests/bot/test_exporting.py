"""A file is there whole or not at all, is its owner's alone, and is written a page at a time."""

import builtins
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot import exporting
from bot.app import App
from bot.exporting import PARQUET_NOT_INSTALLED, Exported, NotExported, export
from bot.side_door import Hands
from handlers.context import Context
from handlers.exports import COLUMNS, Extract, Kind
from handlers.filters import Filters
from storage.errors import StorageFull
from storage.tables import Feedback, core
from storage.vocabulary import FileForm
from tests.helpers.small_house import FRIDAY, SetClock, small_house

SAID = Extract(Kind.FEEDBACK, Filters(), named=True)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with small_house(tmp_path, SetClock()) as app:
        yield app


def written(
    app: App, into: Path, form: FileForm = FileForm.CSV, extract: Extract = SAID, **options: Any
) -> Exported:
    options.setdefault("console", Console(quiet=True))
    return export(Hands(app), extract, form, into, by="sofia", **options)


def fill(app: App, rows: int) -> None:
    """So many pieces of feedback, a minute after the other."""

    def work(ctx: Context) -> None:
        said = [
            {"token": f"f{n:05}", "type": "thanks", "tone": "positive", "source": "customer", "words": f"Words {n}",
             "service": "pensions" if n % 3 else None, "at": FRIDAY - timedelta(days=30, minutes=-n)}
            for n in range(rows)
        ]  # fmt: skip
        if said:
            ctx.session.connection().execute(core(Feedback).insert(), said)

    app.write_now(work)


@pytest.mark.parametrize("form", FileForm)
@pytest.mark.parametrize("rows", [0, 1, 7, 8, 20])
def test_each_row_is_written_once_however_many_pages_they_are(
    form: FileForm, rows: int, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 4)
    monkeypatch.setattr(exporting, "ROW_GROUP", 6)
    fill(app, rows)
    assert written(app, tmp_path / "f", form).rows == rows
    content = (tmp_path / "f").read_bytes()
    if form is FileForm.PARQUET:
        from pyarrow import parquet

        tokens = parquet.read_table(tmp_path / "f")["feedback"].to_pylist()
        assert tokens == [f"f{n:05}" for n in range(rows)]
    else:
        assert [content.count(f"f{n:05}".encode()) for n in range(rows)] == [1] * rows


def test_a_file_that_is_there_is_replaced_only_when_asked_to(app: App, tmp_path: Path) -> None:
    file = tmp_path / "f.csv"
    file.write_text("mine")
    with pytest.raises(NotExported, match=r"f\.csv is there already.*--force"):
        written(app, file)
    assert file.read_text() == "mine"
    written(app, file, force=True)
    assert file.read_text().startswith("feedback,")


def test_what_breaks_off_leaves_nothing_behind_and_the_earlier_file_as_it_was(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app, 3)
    file = tmp_path / "f.csv"
    file.write_text("mine")
    before = set(tmp_path.iterdir())
    sweep = Extract.sweep

    def breaks(self: Extract, after: int, most: int, ctx: Context) -> Any:
        if after:
            raise StorageFull
        return sweep(self, after, most, ctx)

    monkeypatch.setattr(exporting, "PAGE", 2)
    monkeypatch.setattr(Extract, "sweep", breaks)
    for form in FileForm:
        with pytest.raises(StorageFull):
            written(app, file, form, force=True)
        assert file.read_text() == "mine"
        assert {path for path in set(tmp_path.iterdir()) - before if "kaiku.db" not in path.name} == set()


def test_the_file_is_its_owners_alone_and_begins_with_a_mark_when_asked_to(app: App, tmp_path: Path) -> None:
    written(app, tmp_path / "f.csv", mark=True)
    assert stat.S_IMODE((tmp_path / "f.csv").stat().st_mode) == 0o600
    assert (tmp_path / "f.csv").read_bytes().startswith(b"\xef\xbb\xbffeedback,type,")
    written(app, tmp_path / "g.csv")
    assert (tmp_path / "g.csv").read_bytes().startswith(b"feedback,type,")


def test_without_its_library_parquet_says_what_to_install(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ModuleNotFoundError(name=name)
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NotExported, match="requirements-parquet") as refused:
        written(app, tmp_path / "f.parquet", FileForm.PARQUET)
    assert str(refused.value) == PARQUET_NOT_INSTALLED
    assert not list(tmp_path.glob("f.parquet*"))


def test_a_bar_shows_how_far_it_is(app: App, tmp_path: Path) -> None:
    fill(app, 3)
    watched = StringIO()
    written(app, tmp_path / "f", console=Console(file=watched, force_terminal=True, width=80))
    assert "feedback" in watched.getvalue()
    assert "100%" in watched.getvalue()


def test_times_are_utc_and_say_so(app: App, tmp_path: Path) -> None:
    fill(app, 1)
    written(app, tmp_path / "f.csv")
    _header, row = (tmp_path / "f.csv").read_text().splitlines()
    assert (FRIDAY - timedelta(days=30)).astimezone(UTC) == datetime(2026, 10, 28, 13, 0, tzinfo=UTC)
    assert "2026-10-28T13:00:00+00:00" in row


def test_the_library_of_parquet_is_not_imported_before_it_is_wanted() -> None:
    quiet = "import sys, bot.exporting; assert 'pyarrow' not in sys.modules"
    subprocess.run([sys.executable, "-c", quiet], check=True)


@pytest.mark.parametrize("kind", Kind)
def test_the_page_about_it_names_every_column_in_order(kind: Kind) -> None:
    page = (Path(__file__).parents[2] / "docs" / "export.md").read_text("utf-8")
    section = page.partition(f"**`--{kind}`**")[2].partition("\n\n")[0]
    named = re.findall(r"`([a-z_]+)`(\\\*)?", section)
    assert named == [(column.name, "\\*" if column.names_people else "") for column in COLUMNS[kind]]
