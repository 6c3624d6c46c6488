"""From English sentences to the reader's language: words, dates and numbers.

The English sentence is the msgid, so English needs no catalogue. Sentences carry named placeholders;
what fills them stays in its basic form, because no ending can be glued to a name in Finnish.
"""

import gettext
from datetime import UTC, date, datetime, time
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from handlers.rules.scales import LocalText

LANGUAGES = ("fi", "sv", "en")
CATALOGUES = Path(__file__).with_name("catalogues")

_LOCALES = {"fi": "fi_FI", "sv": "sv_FI", "en": "en_GB"}
_DATE = {"fi": "d.M.y", "sv": "d.M.y", "en": "d MMM y"}
_TIME = {"fi": "H.mm", "sv": "H.mm", "en": "HH:mm"}
_MOMENT = {"fi": "EEE d.M. 'klo' H.mm", "sv": "EEE d.M 'kl.' H.mm", "en": "EEE d MMM HH:mm"}


DAYS_IN_A_YEAR = 365
"""A time of so many days, or several times as many, is spoken of in years."""


def translate(language: str, msgid: str, /, **facts: object) -> str:
    """The sentence in `language` with its placeholders filled; in English where there is no translation."""
    return wording(language, msgid).format(**facts)


def plural(language: str, singular: str, many: str, n: int, /, **facts: object) -> str:
    """The sentence in the form that `n` takes in `language`; `{n}` is among its placeholders."""
    return _catalogue(language).ngettext(singular, many, n).format(n=n, **facts)


def wording(language: str, msgid: str) -> str:
    """The sentence in `language` with its placeholders as they are."""
    return _catalogue(language).gettext(msgid)


def msgid(text: str) -> str:
    """Mark a text for the catalogues; it is translated where it is used."""
    return text


def everywhere(text: str) -> LocalText:
    """The text in all our languages."""
    return {language: wording(language, text) for language in LANGUAGES}


def pick(text: LocalText | None, language: str) -> str:
    """The text in `language`, else in Finnish, English or whatever there is; empty when there is none."""
    if not text:
        return ""
    return next((text[key] for key in (language, "fi", "en") if text.get(key)), next(iter(text.values())))


def quoted(words: str, language: str) -> str:
    """Somebody's words within a sentence, in the quotation marks of the language."""
    return f"”{words}”" if language in ("fi", "sv") else f"“{words}”"


def local_date(at: datetime, zone: str, language: str) -> str:
    """*27.11.2026*, *27 Nov 2026*: the day of `at` (aware) in `zone`."""
    return _local(at, zone, language, _DATE)


def calendar_date(day: date, language: str) -> str:
    """*27.11.2026*, *27 Nov 2026*: a day, wherever it is."""
    return local_date(datetime.combine(day, time(12), UTC), "UTC", language)


def local_time(at: datetime, zone: str, language: str) -> str:
    """*15.00*, *15:00*: the time of day of `at` (aware) in `zone`."""
    return _local(at, zone, language, _TIME)


def local_moment(at: datetime, zone: str, language: str) -> str:
    """*pe 27.11. klo 15.00*, *fre 27.11 kl. 15.00*, *Fri 27 Nov 15:00*: `at` (aware) in `zone`."""
    return _local(at, zone, language, _MOMENT)


def percent(value: float, language: str) -> str:
    """A share from 0 to 1 in whole per cent, with a no-break space where the language has a space."""
    return format_percent(value, locale=locale_of(language))


def number(value: float, language: str, decimals: int = 0) -> str:
    """A number as the language writes it, with exactly so many decimals."""
    return format_decimal(value, format=f"#,##0.{'0' * decimals}", locale=locale_of(language))


def _local(at: datetime, zone: str, language: str, patterns: dict[str, str]) -> str:
    pattern = patterns.get(language, patterns["en"])
    return format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=locale_of(language))


def locale_of(language: str) -> str:
    """The locale by which the language writes dates and numbers."""
    return _LOCALES.get(language, _LOCALES["en"])


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue, read from its .po: a compiled copy beside it would save 20 ms and could grow stale."""
    path = CATALOGUES / language / "LC_MESSAGES" / "kaiku.po"
    if language not in LANGUAGES or not path.exists():
        return gettext.NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
