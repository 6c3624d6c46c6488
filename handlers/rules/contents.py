"""What a digest holds, and how much of it: one screen first, the rest a tap away."""

from dataclasses import dataclass

from storage.vocabulary import DigestPart, Length, Period

USUAL: dict[Period, tuple[DigestPart, ...]] = {
    Period.WEEK: (
        DigestPart.FIGURES,
        DigestPart.STAFF,
        DigestPart.TARGETS,
        DigestPart.TREND,
        DigestPart.WORDS,
        DigestPart.CASES,
        DigestPart.DONE,
        DigestPart.ROUNDS,
    ),
    Period.MONTH: (
        DigestPart.FIGURES,
        DigestPart.TARGETS,
        DigestPart.SPREAD,
        DigestPart.REASONS,
        DigestPart.WORDS,
        DigestPart.ARISING,
        DigestPart.DONE,
        DigestPart.ROUNDS,
    ),
    Period.QUARTER: (
        DigestPart.WHEEL,
        DigestPart.TABLE,
        DigestPart.TARGETS,
        DigestPart.REASONS,
        DigestPart.ARISING,
        DigestPart.DONE,
        DigestPart.ROUNDS,
    ),
    Period.YEAR: (
        DigestPart.TABLE,
        DigestPart.TARGETS,
        DigestPart.TREND,
        DigestPart.REASONS,
        DigestPart.ARISING,
        DigestPart.DONE,
        DigestPart.ROUNDS,
    ),
}
"""Where nobody says otherwise. Quarters and years have no figure over everything: units are told apart."""

EARLIER = {Period.WEEK: 3, Period.MONTH: 3, Period.QUARTER: 4, Period.YEAR: 2}
"""How many earlier windows a table shows; four quarters reach back to the same one a year ago."""


@dataclass(frozen=True)
class Sizes:
    """How many of each are shown."""

    voices: int
    cases: int
    reasons: int
    rows: int


SIZES = {
    Length.SHORT: Sizes(voices=1, cases=3, reasons=3, rows=6),
    Length.NORMAL: Sizes(voices=2, cases=5, reasons=5, rows=12),
    Length.LONG: Sizes(voices=5, cases=10, reasons=8, rows=24),
}
