"""What was said and done is taken out into a file: with names only where they are wanted, and as was promised."""

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pyarrow import parquet

from bot.exporting import Exported, export
from bot.side_door import Hands
from handlers.exports import Extract, Kind, columns_of
from handlers.filters import filters_from
from storage.tables import AuditEntry
from storage.vocabulary import FileForm
from tests.helpers.town import Town
from tests.journeys.conftest import BuildTown

HOSTILE = '=HYPERLINK("http://evil") <!channel> *bold* @everyone'
QUIET = {
    "surveys": {"quiet": {"privacy": "confidential", "questions": ["ease", "words", "contact"]}},
    "touchpoints": {"visit": {"survey": "quiet"}},
}


def taken(
    town: Town,
    kind: Kind,
    into: Path,
    form: FileForm = FileForm.JSONL,
    *,
    address: str = "",
    named: bool = False,
    force: bool = True,
) -> Exported:
    """A file with the rows that an address names."""
    filters = filters_from(parse_qsl(address), town.app.organisation)
    extract = Extract(kind, filters, named)
    return export(Hands(town.app), extract, form, into, by="sofia", force=force)


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


async def poor_call(town: Town, **facts: Any) -> None:
    """Tom, of Acme, calls about his pension, and says what went wrong."""
    await town.asked("phone", "tom", handler="sanna", service="pension-advice", account="acme", **facts)
    await town.tom.taps("1")
    await town.tom.writes(HOSTILE)


async def test_a_file_without_names_tells_neither_who_it_was_nor_what_they_wrote(
    town: Town, tmp_path: Path
) -> None:
    await poor_call(town)
    await town.sanna.logs(
        customer="Zebulon Quist", words="Zebulon was cross", type="complaint", tone="negative"
    )
    for kind in Kind:
        for form in FileForm:
            taken(town, kind, tmp_path / "all", form)
            content = (tmp_path / "all").read_bytes()
            assert content
            for secret in (
                b"Tom",
                b"Korhonen",
                b"Zebulon",
                b"cross",
                b"HYPERLINK",
                "Mäkelä".encode(),
                b"Virtanen",
            ):
                assert secret not in content, (kind, form)


async def test_an_answer_a_row_with_the_times_in_utc(town: Town, tmp_path: Path) -> None:
    await poor_call(town)
    done = taken(town, Kind.RESPONSES, tmp_path / "r.jsonl", named=True)
    ease, words = lines(tmp_path / "r.jsonl")
    assert done.lines(Path("r.jsonl")) == ["r.jsonl holds 2 rows."]
    assert list(ease) == [column.name for column in columns_of(Kind.RESPONSES, named=True)]
    told = (
        "service",
        "team",
        "account",
        "question",
        "score",
        "band",
        "first_at",
        "customer",
        "handler",
        "words",
    )
    assert [ease[name] for name in told] == [
        *("pension-advice", "advice", "acme", "ease", 1, "poor"),
        "2026-11-24T08:00:00+00:00",
        *("Tom Korhonen", "Sanna Mäkelä", None),
    ]
    assert (words["question"], words["score"], words["words"]) == ("words", None, HOSTILE)


async def test_nothing_somebody_wrote_is_a_formula_in_a_spreadsheet(town: Town, tmp_path: Path) -> None:
    await poor_call(town, customer_name="+358 Tom")
    file = tmp_path / "r.csv"
    taken(town, Kind.RESPONSES, file, FileForm.CSV, named=True)
    with file.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    assert [row["words"] for row in rows] == ["", f"'{HOSTILE}"]
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_all_three_forms_hold_the_same(town: Town, tmp_path: Path) -> None:
    await poor_call(town)
    await town.sanna.logs(words="Thanks!", type="thanks", tone="positive", consent="yes")
    for kind in Kind:
        for form in FileForm:
            taken(town, kind, tmp_path / form, form, named=True)
        stored = parquet.read_table(tmp_path / "parquet")
        told = [
            {name: at.isoformat() if hasattr(at, "isoformat") else at for name, at in row.items()}
            for row in stored.to_pylist()
        ]
        assert told == lines(tmp_path / "jsonl")
        assert told
        with (tmp_path / "csv").open(encoding="utf-8", newline="") as text:
            header, *rows = csv.reader(text)
        assert header == list(told[0])
        assert len(rows) == len(told)


async def test_filters_hold_for_files(town: Town, tmp_path: Path) -> None:
    await poor_call(town)
    await town.later(days=42)
    await town.asked("phone", "omar", service="lobby", account="acme")
    await town.omar.taps("5")
    for address, services in (
        ("", ["pension-advice", "lobby"]),
        ("service=lobby", ["lobby"]),
        ("until=2026-11-30", ["pension-advice"]),
        ("band=good&account=acme", ["lobby"]),
        ("words=hyperlink", ["pension-advice"]),
    ):
        taken(town, Kind.RESPONSES, tmp_path / "r", address=address)
        found = [row["service"] for row in lines(tmp_path / "r")]
        assert sorted(set(found)) == sorted(services), address


async def test_answers_to_a_confidential_survey_are_in_no_file_and_their_case_tells_nothing(
    build_town: BuildTown, tmp_path: Path
) -> None:
    town = await build_town(**QUIET)
    await town.asked("visit", "tom", service="lobby", account="acme", handler="sanna")
    await town.tom.taps("1")
    await town.tom.writes("Only I could have written this")
    await town.maya.taps("Take it")
    await town.maya.fills("Close", outcome="resolved", words="I called Tom Korhonen")

    done = taken(town, Kind.RESPONSES, tmp_path / "r", named=True)
    assert (done.rows, done.withheld) == (0, 1)
    assert "1 responses are not in the file" in " ".join(done.lines(tmp_path / "r"))

    taken(town, Kind.CASES, tmp_path / "c", named=True)
    (case,) = lines(tmp_path / "c")
    assert case["owner"] == "Maya Virtanen"
    assert [case[name] for name in ("account", "response", "customer", "words")] == [None] * 4
    for address in ("account=acme", "words=only", "words=written&service=lobby"):
        assert taken(town, Kind.CASES, tmp_path / "c", address=address).rows == 0


async def test_who_was_erased_is_in_no_file(town: Town, tmp_path: Path) -> None:
    await town.asked("phone", "stranger", customer_name="Zebulon Quist", service="lobby")
    stranger = town.person("stranger")
    await stranger.taps("1")
    await stranger.writes("My secret words")
    await stranger.writes("/feedback forget me")
    await stranger.taps("Poista tietoni")
    for kind in Kind:
        taken(town, kind, tmp_path / "all", named=True)
        content = (tmp_path / "all").read_text()
        assert "Zebulon" not in content
        assert "secret" not in content
    taken(town, Kind.RESPONSES, tmp_path / "r", named=True)
    first = lines(tmp_path / "r")[0]
    assert (first["score"], first["customer"], first["words"]) == (1, None, None)


async def test_it_is_written_down_who_took_what_before_it_is_taken(town: Town, tmp_path: Path) -> None:
    address = "service=lobby&words=Zebulon"
    taken(town, Kind.CASES, tmp_path / "c", address=address, named=True)
    entry = (await town.rows(AuditEntry))[-1]
    assert (entry.did, entry.subject) == ("exported", "cases")
    assert entry.subject_id == "sofia with names: service=lobby&words=%E2%80%A6"
    with pytest.raises(OSError, match="No such file"):
        taken(town, Kind.CASES, tmp_path / "nowhere" / "c")
