"""The rows in hand: what is written about the city's past before it goes into the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from random import Random
from typing import Any

from sqlmodel import SQLModel

from handlers.calendars import WEEKDAYS
from handlers.lookups import survey_of, zone_of
from handlers.organisation import Organisation
from handlers.owners import route_by
from handlers.rules import hours
from handlers.rules.routing import About, Route, Staff
from handlers.rules.scales import Question
from storage.tables import (
    Answer,
    AnswerChange,
    AuditEntry,
    Case,
    CaseEvent,
    Encounter,
    Feedback,
    Identity,
    Invitation,
    LedgerEntry,
    Person,
    Repeat,
    Response,
    SecondRating,
    Wish,
    WishGiver,
)

Row = dict[str, Any]

ORDER: tuple[type[SQLModel], ...] = (
    *(Person, Identity, Encounter, LedgerEntry, Invitation, Response, Answer, AnswerChange),
    *(Feedback, Wish, WishGiver, Case, CaseEvent, Repeat, SecondRating, AuditEntry),
)
"""The nouns a past is made of, each after those it points to."""
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@dataclass(frozen=True)
class Ground:
    """What a past stands on: a database in which the organisation has just been applied."""

    organisation: Organisation
    people: dict[str, int]
    """Key → row number of who works here."""
    version_of: Callable[[str, datetime], int]
    """The row number of a survey's wording, which is new at that instant if it has none."""
    taken: Mapping[type[SQLModel], int]
    """The highest row number there is of each noun."""


class Pages:
    """Rows by noun, each with its number; whoever writes them into the database empties `rows`.

    Nothing happens after `until`.
    """

    def __init__(self, ground: Ground, until: datetime, seed: int) -> None:
        self.organisation, self.people, self.version_of = (
            ground.organisation,
            ground.people,
            ground.version_of,
        )
        self.until = until
        self.rows: dict[type[SQLModel], list[Row]] = {noun: [] for noun in ORDER}
        self._dice = Random(f"{seed} tokens")  # noqa: S311 - nobody's secrets
        self._numbers = {noun: count(ground.taken[noun] + 1) for noun in ORDER}
        self._questions: dict[str, Mapping[str, Question]] = {}
        self._routes: dict[About, Route] = {}

    def number(self, noun: type[SQLModel]) -> int:
        """A row number that was not given before."""
        return next(self._numbers[noun])

    def token(self) -> str:
        """A token as `storage.tokens` makes them, but the same each time."""
        return "".join(self._dice.choices(_ALPHABET, k=12))

    def add(self, noun: type[SQLModel], values: Row) -> Row:
        """A new row, which may still be changed while it is in hand."""
        row = {"id": self.number(noun), **values}
        self.rows[noun].append(row)
        return row

    # What holds for the whole city.

    def route(self, about: About) -> Route:
        """Who owns a matter; the same on every day: nobody in the city is away, and nobody takes turns."""
        if about not in self._routes:
            deputies = {key: person.deputy for key, person in self.organisation.people.items()}
            staff = Staff(self.until.date(), {}, deputies, {})
            self._routes[about] = route_by(about, staff, self.organisation)
        return self._routes[about]

    def questions(self, survey: str) -> Mapping[str, Question]:
        """The questions of a survey by key."""
        if survey not in self._questions:
            self._questions[survey] = {q.key: q for q in survey_of(self.organisation, survey).questions}
        return self._questions[survey]

    def not_quiet(self, at: datetime) -> datetime:
        """The earliest instant from `at` on at which people may be asked."""
        asking = self.organisation.asking
        days = frozenset(WEEKDAYS.index(day) for day in asking.days)
        return hours.not_quiet(at, zone_of(self.organisation), asking.quiet_from, asking.quiet_until, days)
