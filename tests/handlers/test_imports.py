"""What stands in a cell is read as people write it, or refused with a sentence."""

from pathlib import Path

import pytest

from handlers.imports import (
    COLUMNS,
    FileRefused,
    delimiter_of,
    encoding_of,
    plain_cell,
    read_instant,
    read_row,
    safe_cell,
)
from handlers.reported import EncounterRefused

HELSINKI = "Europe/Helsinki"
CHANNELS = ("slack", "teams", "sandbox")
ROW = {"touchpoint": "phone", "customer": "tom", "happened_at": "2026-11-27 15:00"}


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2026-11-27T15:00:00+02:00", "2026-11-27T13:00"),
        ("2026-11-27T13:00:00Z", "2026-11-27T13:00"),
        ("2026-11-27 15:00", "2026-11-27T13:00"),
        (" 27.11.2026 klo 15.00 ", "2026-11-27T13:00"),
        ("27.11.2026 15:00", "2026-11-27T13:00"),
        ("27.11.2026 kl. 15:00", "2026-11-27T13:00"),
        ("7.6.2026 9.05", "2026-06-07T06:05"),
        ("25.10.2026 03:30", "2026-10-25T00:30"),  # shown twice that night: the first
        ("29.3.2026 03:30", "2026-03-29T01:00"),  # shown never: when the clocks went ahead
    ],
)
def test_times_are_read_in_the_zone_of_the_organisation(written: str, utc: str) -> None:
    assert read_instant(written, HELSINKI).isoformat(timespec="minutes") == f"{utc}+00:00"


@pytest.mark.parametrize("day", ["27.11.2026", "2026-11-27", "20261127", "2026-W48-5"])
def test_a_day_is_no_time(day: str) -> None:
    with pytest.raises(ValueError, match=f"“{day}” has no time of day"):
        read_instant(day, HELSINKI)


@pytest.mark.parametrize(
    "written",
    [
        "11/27/2026 3:00 PM",
        "32.13.2026 15:00",
        "27.11.2026 25:00",
        "yesterday",
        "0001-01-01T00:00+14:00",
        "0",
    ],
)
def test_what_is_no_time_is_answered_with_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no time I can read\. Write 2026-11-27T15:00"):
        read_instant(written, HELSINKI)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"customer": ""}, "“customer” is missing."),
        ({"touchpoint": " "}, "“touchpoint” is missing."),
        ({"customer": "a\x00b"}, "“customer” must not hold control characters."),
        ({"customer": "x" * 201}, "“customer” is longer than 200 characters."),
        ({"customer_email": "nobody"}, "“customer_email” is not an e-mail address."),
        ({"customer_language": "de"}, "“customer_language” must be fi, sv or en."),
        ({"waiting_minutes": "4.5"}, "“4.5” is not a whole number of minutes."),
        ({"waiting_minutes": "999999999"}, "“waiting_minutes” must be at most 525600."),
        ({"waiting_minutes": "٣"}, "“٣” is not a whole number of minutes."),
        ({"critical": "perhaps"}, "“perhaps” is neither yes nor no."),
        (
            {"customer": "salck:U1"},
            "“customer” is in “salck”, a channel I do not know. Did you mean “slack”?",
        ),
        ({"handler": "carrier-pigeon:7"}, "“handler” is in “carrier-pigeon”, a channel I do not know."),
        ({"customer": "slack: "}, "“customer” has no id after “slack:”."),
        (
            {"shared_conversation": "nowhere"},
            "“shared_conversation” must be channel and id, such as slack:C012AB3CD.",
        ),
        (
            {"shared_conversation": "salck:C1"},
            "“shared_conversation” is in “salck”, a channel I do not know. Did you mean “slack”?",
        ),
        ({"urgency": "very"}, "“urgency” must be low, normal or high."),
    ],
)
def test_a_cell_that_says_nothing_we_know_is_refused(cells: dict[str, str], sentence: str) -> None:
    with pytest.raises(EncounterRefused) as refused:
        read_row(ROW | cells, HELSINKI, CHANNELS)

    assert str(refused.value) == sentence


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    with pytest.raises(EncounterRefused) as refused:
        read_row(
            {"touchpoint": "phone", "happened_at": "soon", "critical": "?", "urgency": "9"},
            HELSINKI,
            CHANNELS,
        )

    assert [reason.field for reason in refused.value.reasons] == ["happened_at", "critical", "urgency"]


def test_cells_are_read_as_people_fill_them() -> None:
    filled = {"critical": "Kyllä", "urgency": "HIGH", "waiting_minutes": " 7 ", "customer_language": "FI"}

    row = read_row(ROW | filled, HELSINKI, CHANNELS)

    assert (row.critical, row.urgency, row.waiting_minutes, row.customer_language) == (True, "high", 7, "fi")


@pytest.mark.parametrize(
    "text", ["=1+1", "+358401234567", "-", "@x", "\tx", "'=x", "''=x", "'tis", "", "plain", "'"]
)
def test_no_cell_is_a_formula_and_every_cell_comes_back_as_it_was(text: str) -> None:
    safe = safe_cell(text)

    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain_cell(safe) == (plain_cell(text) if safe == text else text)


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("customer;happened_at", ";"),
        ("customer,happened_at", ","),
        ("customer\thappened_at", "\t"),
        ('"customer, by name or key";happened_at', ";"),
        ("customer", ";"),
    ],
)
def test_the_delimiter_is_what_makes_columns(header: str, delimiter: str) -> None:
    assert delimiter_of(header) == delimiter


def test_a_letter_cut_between_two_pieces_is_still_utf_8() -> None:
    whole = "Häkkinen".encode()

    assert encoding_of([whole[:2], whole[2:]]).name == "utf-8"


def test_utf_16_that_breaks_off_is_refused() -> None:
    with pytest.raises(FileRefused, match="says it is UTF-16, but breaks off"):
        encoding_of(["customer".encode("utf-16") + b"x"])


def test_every_column_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "encounters.md").read_text("utf-8")

    assert [name for name in COLUMNS if f"\n| `{name}` |" not in page] == []
