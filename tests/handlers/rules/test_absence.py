"""What people type when they go away."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.absence import Away, read_away

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "back_on", "deputy"),
    [
        ("until Monday, Ville answers", date(2026, 11, 30), "Ville"),
        ("maanantaihin asti, Ville vastaa", date(2026, 11, 30), "Ville"),
        ("maanantaihin", date(2026, 11, 30), ""),
        ("till måndag, Ville svarar.", date(2026, 11, 30), "Ville"),
        ("until tuesday", date(2026, 12, 1), ""),
        ("huomiseen", date(2026, 11, 25), ""),
        ("tomorrow, <@U0VILLE> answers", date(2026, 11, 25), "<@U0VILLE>"),
        ("2026-12-07, Maya Virtanen answers", date(2026, 12, 7), "Maya Virtanen"),
        ("7.12., Maya", date(2026, 12, 7), "Maya"),
        ("7.1.", date(2027, 1, 7), ""),
        ("until  Monday,  Ville  answers!!", date(2026, 11, 30), "Ville"),
        ("monday, Ville L.", date(2026, 11, 30), "Ville L"),
        ("7.12.2027", date(2027, 12, 7), ""),
    ],
)
def test_a_day_and_a_name_are_understood(typed: str, back_on: date, deputy: str) -> None:
    assert read_away(typed, TUESDAY) == Away(back_on, deputy)


@pytest.mark.parametrize("typed", ["", "soon", "31.2.", "2020-01-01", "2026-11-24", "until", "99.99."])
def test_what_is_no_day_to_come_is_not_guessed(typed: str) -> None:
    assert read_away(typed, TUESDAY) is None


@given(st.text(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_nothing_typed_breaks_it(typed: str, today: date) -> None:
    read = read_away(typed, today)
    assert read is None or read.back_on > today
