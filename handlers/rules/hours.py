"""Office hours, quiet hours, due times and windows: the only place where local time exists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time


@dataclass(frozen=True)
class OpenHours:
    """One stretch of a day, local wall time: from `opens` up to, not including, `closes`."""

    opens: time
    closes: time


@dataclass(frozen=True)
class Calendar:
    """Office hours of a place: which hours on which weekday (Monday is 0), and the days it is closed."""

    time_zone: str
    hours: Mapping[int, tuple[OpenHours, ...]]
    closed_on: frozenset[date] = field(default_factory=frozenset)
