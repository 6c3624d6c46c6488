"""Words, dates and numbers in the reader's language."""

from datetime import UTC, datetime

import pytest

from handlers.wording.language import (
    local_date,
    local_moment,
    local_time,
    number,
    percent,
    pick,
    plural,
    quoted,
    translate,
)

AT = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
LATE = datetime(2026, 12, 31, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "moment", "day", "time"),
    [
        ("fi", "pe 27.11. klo 15.00", "27.11.2026", "15.00"),
        ("sv", "fre 27.11 kl. 15.00", "27.11.2026", "15.00"),
        ("en", "Fri 27 Nov 15:00", "27 Nov 2026", "15:00"),
        ("de", "Fri 27 Nov 15:00", "27 Nov 2026", "15:00"),
    ],
)
def test_moments_are_written_as_the_language_writes_them(
    language: str, moment: str, day: str, time: str
) -> None:
    assert local_moment(AT, "Europe/Helsinki", language) == moment
    assert local_date(AT, "Europe/Helsinki", language) == day
    assert local_time(AT, "Europe/Helsinki", language) == time


def test_a_moment_belongs_to_the_day_of_its_zone() -> None:
    assert local_date(LATE, "Europe/Helsinki", "fi") == "1.1.2027"
    assert local_date(LATE, "Europe/London", "fi") == "31.12.2026"


def test_per_cent_has_a_no_break_space_where_the_language_has_a_space() -> None:
    assert percent(0.57, "fi") == "57\u00a0%"
    assert percent(0.57, "sv") == "57\u00a0%"
    assert percent(0.57, "en") == "57%"


@pytest.mark.parametrize(("language", "written"), [("fi", "4,3"), ("sv", "4,3"), ("en", "4.3")])
def test_numbers_have_the_decimal_mark_of_the_language(language: str, written: str) -> None:
    assert number(4.31, language, 1) == written
    assert number(4.31, language) == "4"


def test_a_sentence_is_translated_with_its_facts() -> None:
    assert (
        translate("fi", "{name} has not taken the case.", name="Maija")
        == "Maija ei ole ottanut tapausta hoitaakseen."
    )


def test_an_unknown_language_and_an_unknown_sentence_are_english() -> None:
    assert translate("de", "Yes") == "Yes"
    assert translate("fi", "Nobody says this, {name}", name="Tom") == "Nobody says this, Tom"


def test_what_a_person_wrote_is_not_read_as_a_placeholder() -> None:
    assert translate("en", "Thank you, {name}!", name="{org.__class__}") == "Thank you, {org.__class__}!"


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("fi", "1 avoin tapaus", "3 avointa tapausta"),
        ("sv", "1 öppet ärende", "3 öppna ärenden"),
        ("en", "1 open case", "3 open cases"),
    ],
)
def test_plural_forms_follow_the_number(language: str, one: str, many: str) -> None:
    assert plural(language, "{n} open case", "{n} open cases", 1) == one
    assert plural(language, "{n} open case", "{n} open cases", 3) == many


@pytest.mark.parametrize(
    ("text", "language", "picked"),
    [
        ({"fi": "a", "sv": "b", "en": "c"}, "sv", "b"),
        ({"fi": "a", "en": "c"}, "sv", "a"),
        ({"en": "c"}, "sv", "c"),
        ({"de": "d"}, "sv", "d"),
        ({"sv": "", "en": "c"}, "sv", "c"),
        ({}, "sv", ""),
        (None, "sv", ""),
    ],
)
def test_a_text_falls_back_to_a_language_it_has(
    text: dict[str, str] | None, language: str, picked: str
) -> None:
    assert pick(text, language) == picked


def test_quotation_marks_are_those_of_the_language() -> None:
    assert [quoted("x", language) for language in ("fi", "sv", "en")] == ["”x”", "”x”", "“x”"]
