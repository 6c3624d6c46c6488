"""What somebody wants to see of all there is: read from an address or the command line, and written back into one.

The same names everywhere: `?service=pensions&service=lobby&since=2026-11-01&band=poor`. Of each kind any of those
named, all kinds at once; what is not named is no condition. Days are whole days of the organisation's own zone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from handlers.errors import (
    DayNotUnderstood,
    DaysBackwards,
    FeedbackError,
    SearchTooLong,
    UnknownAccount,
    UnknownBand,
    UnknownService,
    UnknownStream,
    UnknownTeam,
    UnknownTouchpoint,
)
from handlers.organisation import Organisation
from handlers.rules import hours, words
from storage.chosen import Chosen
from storage.scope import Only, Scope
from storage.vocabulary import Band, Stream

E = TypeVar("E", bound=StrEnum)

NAMES = ("service", "team", "touchpoint", "account", "stream", "band", "since", "until", "words")
"""What a filter is called in an address; the first six may come several times."""
LONGEST_SEARCH = 200
"""Characters of words to look for."""
_SHOWN = 20
"""Keys named in a refusal: enough to see what they look like."""


@dataclass(frozen=True)
class Filters:
    """What is wanted. Empty is everything."""

    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    touchpoints: frozenset[str] = frozenset()
    """Kinds of moments, and rounds."""
    accounts: frozenset[str] = frozenset()
    streams: frozenset[Stream] = frozenset()
    bands: frozenset[Band] = frozenset()
    since: date | None = None
    """The first day …"""
    until: date | None = None
    """… and the last, both included, in the organisation's zone."""
    words: str = ""

    def pairs(self) -> list[tuple[str, str]]:
        """The filters as names and values, always in the same order; `filters_from` reads them back."""
        several = (self.services, self.teams, self.touchpoints, self.accounts, self.streams, self.bands)
        found = [
            (name, value) for name, values in zip(NAMES, several, strict=False) for value in sorted(values)
        ]
        days = (("since", self.since), ("until", self.until))
        found += [(name, day.isoformat()) for name, day in days if day]
        return found + ([("words", self.words)] if self.words else [])

    def address(self) -> str:
        """The filters as the part of an address after the question mark; empty for none."""
        return urlencode(self.pairs())

    def chosen(self, organisation: Organisation, whose: Scope | None = None) -> Chosen:
        """The conditions on what is remembered, out of all there is or of whose it is."""
        whose = whose or Scope(everything=True)
        only = Only(
            self.services, self.teams, self._team_services(organisation), self.touchpoints, self.accounts
        )
        zone = organisation.time_zone
        return Chosen(
            scope=replace(whose, only=only),
            start=hours.instant(self.since, hours.MIDNIGHT, zone) if self.since else None,
            end=hours.instant(self.until + timedelta(days=1), hours.MIDNIGHT, zone) if self.until else None,
            streams=self.streams,
            bands=self.bands,
            words=self.words,
        )

    def _team_services(self, organisation: Organisation) -> frozenset[str]:
        return frozenset(key for key, s in organisation.services.items() if s.team in self.teams)


def filters_from(pairs: Iterable[tuple[str, str]], organisation: Organisation) -> Filters:
    """The filters among these names and values; other names and empty values are passed over.

    Raises the `FeedbackError` whose sentence says what is wrong: `UnknownService`, `UnknownTeam`,
    `UnknownTouchpoint`, `UnknownAccount`, `UnknownStream`, `UnknownBand`, `DayNotUnderstood`, `DaysBackwards`,
    `SearchTooLong`.
    """
    given: dict[str, list[str]] = {name: [] for name in NAMES}
    for name, value in pairs:
        if name in given and value.strip():
            given[name].append(value.strip())
    since, until = (_day(name, given[name]) for name in ("since", "until"))
    if since and until and until < since:
        raise DaysBackwards(since=since.isoformat(), until=until.isoformat())
    return Filters(
        services=_known(given["service"], organisation.services, UnknownService),
        teams=_known(given["team"], organisation.teams, UnknownTeam),
        touchpoints=_known(
            given["touchpoint"], {**organisation.touchpoints, **organisation.rounds}, UnknownTouchpoint
        ),
        accounts=_known(given["account"], organisation.accounts, UnknownAccount),
        streams=_members(given["stream"], Stream, UnknownStream),
        bands=_members(given["band"], Band, UnknownBand),
        since=since,
        until=until,
        words=_search(given["words"]),
    )


def _known(
    keys: Sequence[str], declared: Mapping[str, object], unknown: type[FeedbackError]
) -> frozenset[str]:
    for key in keys:
        if key not in declared:
            raise unknown(key=key, known=_some(declared))
    return frozenset(keys)


def _members(values: Sequence[str], kind: type[E], unknown: type[FeedbackError]) -> frozenset[E]:
    known = {str(member): member for member in kind}
    for value in values:
        if value not in known:
            raise unknown(key=value, known=_some(known))
    return frozenset(known[value] for value in values)


def _some(known: Collection[str]) -> str:
    return ", ".join(sorted(known)[:_SHOWN]) or "–"


def _day(field: str, values: Sequence[str]) -> date | None:
    """The last one given, as a form that was changed sends it."""
    if not values:
        return None
    try:
        day = date.fromisoformat(values[-1])
    except ValueError:
        day = date.min
    if not 1970 <= day.year < 9999:
        refused = DayNotUnderstood(words=values[-1])
        refused.field = field
        raise refused
    return day


def _search(values: Sequence[str]) -> str:
    wanted = " ".join(words.clean(" ".join(values)).split())
    if len(wanted) > LONGEST_SEARCH:
        raise SearchTooLong(most=LONGEST_SEARCH)
    return wanted
