"""Who is meant by name."""

import pytest

from handlers.rules.praise import named_in

PEOPLE = {
    "ville": "Ville Laine",
    "sanna": "Sanna Mäkelä",
    "ek1": "Anna Ek",
    "ek2": "Anna Berg",
    "bo": "Bo Ek",
    "x": "",
}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("quick fix, thanked Ville", ("ville",)),
        ("Kiitos Sannalle ja VILLELLE!", ("ville", "sanna")),
        ("Thank you, Anna!", ()),
        ("Tack till Anna Berg.", ("ek2",)),
        ("Bo helped", ()),
        ("everything was fine", ()),
        ("", ()),
    ],
)
def test_a_name_is_found_with_its_ending_and_never_guessed(words: str, named: tuple[str, ...]) -> None:
    assert named_in(words, PEOPLE) == named
