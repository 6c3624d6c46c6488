"""What is kept of what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.words import clean, only_thanks


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("one\r\ntwo\rthree\nfour", "one\ntwo\nthree\nfour"),
        ("  all\tin one line \n", "all\tin one line"),
        ("nul\x00 bell\x07 escape\x1b unit\x1f end", "nul bell escape unit end"),
        ("delete\x7f next\x85 last\x9f", "delete next last"),
        ("hard\xa0blank stays", "hard\xa0blank stays"),
        ("half \ud800\udfff of a pair", "half  of a pair"),
        ("\ud7ff\ue000", "\ud7ff\ue000"),
        ("👍🏽 \u200fعربي\u200e äö", "👍🏽 \u200fعربي\u200e äö"),
        ("\x00\x01 \n", ""),
    ],
)
def test_what_no_person_types_is_left_out(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text())
def test_what_was_cleaned_is_clean(typed: str) -> None:
    assert clean(clean(typed)) == clean(typed)
    clean(typed).encode()


@pytest.mark.parametrize(
    "words",
    ["Kiitos!", "kiitos paljon avusta", "Tack", "Thank you so much", "… thanks", "OK", "okej", "Thx :)"],
)
def test_thanks_are_only_thanks(words: str) -> None:
    assert only_thanks(words)


@pytest.mark.parametrize(
    "words",
    [
        "Kiitos, mutta asia on kesken",
        "Kiitos, ei toimi",
        "Tack, men det fungerar inte",
        "Thanks, still waiting",
        "Thank you. When?",
        "It works, thanks",
        "Kiitoskortti tuli perille",
        "",
        "Thanks " + "a lot " * 10,
    ],
)
def test_thanks_and_something_beside_are_not(words: str) -> None:
    assert not only_thanks(words)


def test_sixty_characters_are_short() -> None:
    assert only_thanks("Thanks ".ljust(60, "a"))
    assert not only_thanks("Thanks ".ljust(61, "a"))
