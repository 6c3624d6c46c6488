"""Files of encounters are imported, whatever a spreadsheet made of them."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import text
from sqlmodel import Session, select

from bot.app import App
from bot.importing import BATCH, Report, import_file
from bot.side_door import Hands
from handlers.imports import FileRefused
from storage.errors import StorageFull
from storage.tables import Encounter, Person
from tests.helpers.small_house import SetClock, small_house

HEADER = "customer;customer_name;happened_at;touchpoint;external_reference"
TOM = "tom;Tom Guest;27.11.2026 klo 14.30;phone;P-1"
LIISA = "liisa@example.org;Liisa Häkkinen;2026-11-27 13:15;phone;P-2"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    with small_house(tmp_path, SetClock()) as app:
        yield app


def written(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "week.csv") -> Path:
    path = folder / name
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def imported(app: App, path: Path, *, touchpoint: str = "", dry_run: bool = False) -> Report:
    return import_file(Hands(app), path, touchpoint=touchpoint, dry_run=dry_run, console=Console(quiet=True))


def encounters(app: App) -> list[Encounter]:
    return list(app.database.read_now(lambda session: session.exec(select(Encounter)).all()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encodings_and_delimiters_are_found_out(
    encoding: str, delimiter: str, app: App, tmp_path: Path
) -> None:
    lines = [line.replace(";", delimiter) for line in (HEADER, TOM, LIISA)]

    report = imported(app, written(tmp_path, *lines, encoding=encoding))

    assert (report.created, report.refused) == (2, 0), report.lines()
    names = app.database.read_now(
        lambda s: s.exec(select(Person.name).where(Person.email == "liisa@example.org")).all()
    )
    assert names == ["Liisa Häkkinen"]
    assert [e.happened_at.isoformat() for e in encounters(app)] == [
        "2026-11-27T12:30:00+00:00",
        "2026-11-27T11:15:00+00:00",
    ]


def test_latin_1_is_told(app: App, tmp_path: Path) -> None:
    report = imported(app, written(tmp_path, HEADER, LIISA, encoding="cp1252"))

    assert report.lines() == [
        "The file is not UTF-8; I read it as Latin-1 (Windows-1252).",
        "1 encounters new, 0 known already, 0 rows refused.",
    ]


@pytest.mark.parametrize("odd", [b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"])
def test_bytes_that_no_encoding_knows_cost_their_row_and_no_other(
    odd: bytes, app: App, tmp_path: Path
) -> None:
    path = written(tmp_path, HEADER, LIISA, TOM, encoding="cp1252")
    path.write_bytes(path.read_bytes().replace(b"Tom", b"Tom" + odd))

    report = imported(app, path)

    assert (report.created, report.refused) == (1, 1)
    assert report.reasons == [(3, "“customer_name” must not hold control characters.")]


@pytest.mark.sqlite("it has PRAGMA to make a disk full")
def test_a_full_disk_is_said_in_a_sentence(app: App, tmp_path: Path) -> None:
    def leave_two_pages(session: Session) -> None:
        used = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {used + 2}"))

    app.database.write_now(leave_two_pages)
    rows = [f"tom;Tom;27.11.2026 klo 14.30;phone;{number}-{'x' * 180}" for number in range(500)]

    with pytest.raises(StorageFull, match="The disk is full"):
        imported(app, written(tmp_path, HEADER, *rows))


def test_the_same_file_twice_changes_nothing(app: App, tmp_path: Path) -> None:
    without_reference = "tom;;27.11.2026 klo 10.00;phone;"
    path = written(tmp_path, HEADER, TOM, without_reference)

    first = imported(app, path)
    again = imported(app, path)
    rewritten = imported(
        app, written(tmp_path, HEADER, TOM, "tom; ;2026-11-27T08:00:00Z;phone", name="b.csv")
    )

    assert (first.created, first.known) == (2, 0)
    assert (again.created, again.known) == (rewritten.created, rewritten.known) == (0, 2)
    assert len(encounters(app)) == 2


def test_a_row_that_is_there_twice_counts_once(app: App, tmp_path: Path) -> None:
    report = imported(app, written(tmp_path, HEADER, LIISA, "", ";;;;", LIISA))

    assert (report.created, report.known, report.refused) == (1, 1, 0)


def test_refused_rows_are_told_mended_and_imported(app: App, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "customer,happened_at,touchpoint,about,service,customer_phone",
        "tom,27.11.2026 klo 14.30,fax,,,",
        'tom,27.11.2026,phone,"=HYPERLINK(""x"")",,+358401234567',
        "tom,27.11.2026 klo 14.30,phone,,,",
        "nobody,27.11.2026 15:00,phone,,payroll,",
        "tom,27.11.2026 klo 15.00,phone,one,pensions,,too,many",
    )

    report = imported(app, path)

    assert report.lines() == [
        "1 encounters new, 0 known already, 4 rows refused.",
        "Line 2: I do not know the touchpoint “fax”. Known ones: phone, ticket.",
        "Line 3: “27.11.2026” has no time of day.",
        "Line 5: I do not know the service “payroll”. Known ones: pensions.",
        (
            "Line 6: There are 8 cells under 6 columns. "
            "Put a text that holds the delimiter in quotation marks."
        ),
        f"The refused rows are in {path}.refused.csv: mend them there and import that file.",
    ]
    refused = path.with_name("week.csv.refused.csv")
    rows = list(csv.reader(refused.read_text("utf-8-sig").splitlines()))
    assert rows[0][-1] == "refused_because"
    assert rows[2][3:6] == ['\'=HYPERLINK("x")', "", "'+358401234567"]

    mended = (
        refused.read_text("utf-8-sig").replace("27.11.2026,", "27.11.2026 15:00,").replace("fax", "phone")
    )
    refused.write_text(mended, "utf-8-sig")
    second = imported(app, refused)

    assert (second.created, second.known, second.refused) == (1, 1, 2)
    about = [e.about for e in encounters(app)]
    assert about == [None, '=HYPERLINK("x")']
    third = (tmp_path / "week.csv.refused.csv.refused.csv").read_text("utf-8-sig").splitlines()
    assert third[0].count("refused_because") == 1


def test_a_file_of_refused_rows_is_never_written_over(app: App, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, TOM.replace("phone", "fax"))

    first = imported(app, path)
    second = imported(app, path)

    assert first.refused_file == tmp_path / "week.csv.refused.csv"
    assert second.refused_file == tmp_path / "week.csv.refused-2.csv"


def test_a_dry_run_finds_everything_and_keeps_nothing(app: App, tmp_path: Path) -> None:
    path = written(tmp_path, HEADER, TOM, LIISA, LIISA, TOM.replace("phone", "fax"))

    report = imported(app, path, dry_run=True)

    assert report.lines()[0] == "2 encounters would be new, 1 known already, 1 rows refused."
    assert encounters(app) == []
    assert report.refused_file is None
    assert not (tmp_path / "week.csv.refused.csv").exists()


def test_a_touchpoint_may_be_given_for_rows_that_name_none(app: App, tmp_path: Path) -> None:
    report = imported(
        app, written(tmp_path, "customer,happened_at", "tom,2026-11-27 12:00"), touchpoint="ticket"
    )

    assert report.created == 1
    assert [e.touchpoint for e in encounters(app)] == ["ticket"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            ["customer,happened_att,touchpoint"],
            "The column “happened_at” is missing. Is it the one named “happened_att”?",
        ),
        (["customer,happened_at"], "The column “touchpoint” is missing."),
        (
            ["a;touchpoint"],
            "The column “happened_at” is missing. The column “customer” is missing.",
        ),
        (
            ["customer,happened_at,touchpoint,servce"],
            "I do not know the column “servce”. Did you mean “service”?",
        ),
        (["customer,happened_at,touchpoint,Customer"], "The column “customer” is there twice."),
        (["[{}]"], "This is one JSON array. Write one object a line (JSONL), or send it to the API."),
        (
            ["", " "],
            "The file is empty. Its first line must name columns, such as touchpoint, happened_at, customer.",
        ),
        (
            ["PK\x03\x04"],
            "This is a spreadsheet or an archive. Save the sheet as “CSV UTF-8” and import that.",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_what_to_do(
    lines: list[str], sentence: str, app: App, tmp_path: Path
) -> None:
    with pytest.raises(FileRefused) as refused:
        imported(app, written(tmp_path, *lines))

    assert str(refused.value) == sentence


def test_a_file_that_is_not_there_is_told(app: App, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="cannot be read: No such file"):
        imported(app, tmp_path / "missing.csv")


def test_columns_of_the_ticket_system_are_left_out_and_told(app: App, tmp_path: Path) -> None:
    report = imported(app, written(tmp_path, "sep=;", HEADER + ";Resolution Group;Kpl", TOM + ";L1;2"))

    assert report.created == 1
    assert report.notes == ["Columns I do not know were not read: “resolution_group”, “kpl”."]


def test_a_missing_quotation_mark_does_not_swallow_the_file_silently(app: App, tmp_path: Path) -> None:
    rest = [TOM.replace("P-1", f"P-{n}") for n in range(10, 80)]
    report = imported(app, written(tmp_path, HEADER, LIISA, 'tom;"Tom;27.11.2026 klo 9.00;phone;P-9', *rest))

    assert (report.created, report.refused) == (1, 1)
    assert report.reasons == [
        (3, "A text in quotation marks goes on for 71 lines. Is a quotation mark missing?")
    ]


def test_lines_of_json_are_rows_too(app: App, tmp_path: Path) -> None:
    row = {"customer": "tom", "happened_at": "2026-11-27 12:00", "touchpoint": "phone", "waiting_minutes": 4}
    path = written(
        tmp_path,
        json.dumps({**row, "critical": True, "account": None}),
        "",
        json.dumps({**row, "waiting_minutes": True}),
        json.dumps({**row, "tuchpoint": "x"}),
        "{",
        "[" * 10_000,
        "7",
        name="week.jsonl",
    )

    report = imported(app, path)

    assert report.created == 1
    assert report.reasons == [
        (3, "“waiting_minutes” must be a whole number."),
        (4, "“tuchpoint” is not a field I know. Did you mean “touchpoint”?"),
        (5, "This line is not JSON."),
        (6, "This line is not JSON."),
        (7, "This line is not a JSON object with fields."),
    ]
    assert [(e.waiting_minutes, e.critical) for e in encounters(app)] == [(4, True)]
    refused = (tmp_path / "week.jsonl.refused.jsonl").read_text("utf-8").splitlines()
    assert refused == [line for line in path.read_text("utf-8").splitlines()[2:] if line]


def test_a_file_of_several_batches_is_counted_whole(app: App, tmp_path: Path) -> None:
    lines = [f"tom;;2026-11-27 12:00;{'fax' if n % 50 == 0 else 'phone'};B-{n}" for n in range(BATCH + 100)]

    report = imported(app, written(tmp_path, HEADER, *lines))

    assert (report.created, report.refused, len(report.reasons)) == (BATCH + 97, 3, 3)
    assert len(encounters(app)) == BATCH + 97
