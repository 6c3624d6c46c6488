"""“Away until Monday, Ville answers”: read in Finnish, Swedish and English."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_WEEKDAYS = (
    ("mon", "maanant", "mån"),
    ("tue", "tiista", "tis"),
    ("wed", "keskiviik", "ons"),
    ("thu", "torsta", "tors"),
    ("fri", "perjanta", "fre"),
    ("sat", "lauanta", "lör"),
    ("sun", "sunnunta", "sön"),
)
"""How each weekday begins, Monday first; Finnish inflects the rest."""

_TOMORROW = ("tomorrow", "huomi", "imorgon", "i morgon")
_UNTIL = re.compile(r"^(?:until|till|til|tills|asti|saakka)\s+|\s+(?:asti|saakka)$", re.IGNORECASE)
_ANSWERS = re.compile(r"\s+(?:answers|vastaa|svarar)\s*$", re.IGNORECASE)
_ISO = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_FINNISH = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})?$")


@dataclass(frozen=True)
class Away:
    """When somebody is back, and the name of who answers meanwhile; the name may be empty."""

    back_on: date
    deputy: str


def read_away(words: str, today: date) -> Away | None:
    """What somebody who goes away typed; none when the day cannot be understood or is not to come.

    `today` is the date where they are. The day is the day they are back: a weekday is the next one of
    that name, a day and month without a year the next such day.
    """
    # Blanks are one each: the patterns below take the square of a longer run of them.
    when, _, who = " ".join(words.split()).rstrip("!").partition(",")
    back_on = _day(_UNTIL.sub("", when.strip()).strip(), today)
    if back_on is None or back_on <= today:
        return None
    return Away(back_on, _ANSWERS.sub("", who.strip().rstrip(".")).strip())


def _day(text: str, today: date) -> date | None:
    said = text.casefold()
    if said.startswith(_TOMORROW):
        return today + timedelta(days=1)
    for weekday, names in enumerate(_WEEKDAYS):
        if said.startswith(names):
            return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return _written_date(said, today)


def _written_date(text: str, today: date) -> date | None:
    try:
        if iso := _ISO.match(text):
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        if finnish := _FINNISH.match(text):
            return _coming(int(finnish[1]), int(finnish[2]), finnish[3], today)
    except ValueError:  # the 31st of February
        return None
    return None


def _coming(day: int, month: int, year: str | None, today: date) -> date:
    if year:
        return date(int(year), month, day)
    this_year = date(today.year, month, day)
    return this_year if this_year > today else date(today.year + 1, month, day)
