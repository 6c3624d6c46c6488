"""What weeks, months, quarters and years are called."""

from datetime import date

from babel.dates import format_date

from handlers.wording.language import locale_of, translate
from storage.vocabulary import Period


def short(period: Period, name: str, language: str) -> str:
    """A window under the axis of a picture: *W47*, *Nov 26*, *Q4 26*, *2026*."""
    year, _, part = name.partition("-")
    match period:
        case Period.WEEK:
            return translate(language, "W{week}", week=part.removeprefix("W"))
        case Period.MONTH:
            return f"{format_date(date(int(year), int(part), 1), 'LLL', locale_of(language)).rstrip('.')} {year[2:]}"
        case Period.QUARTER:
            return f"{part} {year[2:]}"
        case Period.YEAR:
            return year


def long(period: Period, name: str, language: str) -> str:
    """A window in a sentence: *week 47 of 2026*, *November 2026*, *Q4 2026*, *2026*."""
    year, _, part = name.partition("-")
    match period:
        case Period.WEEK:
            return translate(language, "week {week} of {year}", week=part.removeprefix("W"), year=year)
        case Period.MONTH:
            return format_date(date(int(year), int(part), 1), "LLLL y", locale_of(language))
        case Period.QUARTER:
            return f"{part} {year}"
        case Period.YEAR:
            return year
