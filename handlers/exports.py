"""What was said and done, row by row, for a file or another program: stable columns, and names only where wanted.

Answers to confidential surveys are given out to nobody one by one: too much tells them apart, the minute for one.
They are counted in figures. A case that came of one has neither customer nor account, as in its alert.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlmodel import SQLModel

from handlers.asked import survey_from
from handlers.context import Context
from handlers.filters import Filters
from handlers.people import audit
from storage import extracts
from storage.extracts import Wanted
from storage.tables import Case, Feedback, Response, core
from storage.vocabulary import Metric, Privacy

Row = dict[str, Any]
"""Columns by name; values are texts, whole numbers, yes or no, instants in UTC, or none."""


class Kind(StrEnum):
    """What can be given out."""

    RESPONSES = "responses"
    """One row an answer, with what is known of its response."""
    FEEDBACK = "feedback"
    CASES = "cases"


@dataclass(frozen=True)
class Column:
    """A column of a file."""

    name: str
    type: type
    """`str`, `int`, `bool` or `datetime`."""
    names_people: bool = False
    """Whether it tells who somebody is, or what they wrote: left out unless names are wanted."""


def _columns(type_: type, *names: str, names_people: bool = False) -> list[Column]:
    return [Column(name, type_, names_people) for name in names]


_PLACE = _columns(str, "service", "team", "touchpoint", "account")
COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.RESPONSES: (
        Column("response", int),
        Column("survey", str),
        Column("survey_version", int),
        Column("stream", str),
        *_PLACE,
        Column("encounter", str),
        *_columns(datetime, "first_at", "last_at"),
        Column("excluded_because", str),
        *_columns(str, "question", "metric"),
        Column("score", int),
        *_columns(str, "band", "choice"),
        Column("answered_at", datetime),
        *_columns(str, "words", "customer", "handler", "entered_by", names_people=True),
    ),
    Kind.FEEDBACK: (
        *_columns(str, "feedback", "type", "tone", "source", "category", "came_by"),
        *_columns(str, "service", "team", "account"),
        Column("at", datetime),
        Column("may_be_contacted", bool),
        *_columns(str, "words", "said_by", "logged_by", names_people=True),
    ),
    Kind.CASES: (
        *_columns(str, "case", "reason", "state"),
        Column("urgent", bool),
        *_PLACE,
        Column("owner_rule", str),
        *_columns(datetime, "opened_at", "due_at", "contacted_at", "closed_at"),
        Column("outcome", str),
        Column("response", int),
        Column("feedback", str),
        *_columns(str, "words", "customer", "owner", "claimed_by", names_people=True),
    ),
}
"""The columns of each kind, in order: they are added to, and neither renamed nor reordered."""

_NOUNS: dict[Kind, type[SQLModel]] = {
    Kind.RESPONSES: Response,
    Kind.FEEDBACK: Feedback,
    Kind.CASES: Case,
}


def columns_of(kind: Kind, *, named: bool) -> tuple[Column, ...]:
    """The columns of a kind; those that name people only when names are wanted."""
    return tuple(column for column in COLUMNS[kind] if named or not column.names_people)


_DIGITS = 19
"""Too many for a row number of any database."""
_SECRETS = frozenset({"account", "response", "words", "customer"})


@dataclass(frozen=True)
class Extract:
    """Rows of one kind that somebody wants, with or without names."""

    kind: Kind
    filters: Filters
    named: bool = False

    def note(self, by: str, ctx: Context) -> None:
        """Write down who takes what, before anything is taken. Words that were looked for may be somebody's name."""
        names = " with names" if self.named else ""
        told = replace(self.filters, words="…" if self.filters.words else "").address()
        audit(None, "exported", self.kind, f"{by}{names}: {told or 'everything'}", ctx)

    def ends_at(self, ctx: Context) -> int:
        """The number of the last row there is now: how far there is to go."""
        return extracts.last_number(ctx.session, _NOUNS[self.kind])

    def withheld(self, ctx: Context) -> int:
        """How many chosen responses are not given out, because their survey promised that."""
        return extracts.withheld_count(ctx.session, self._wanted(ctx)) if self.kind is Kind.RESPONSES else 0

    def sweep(self, after: int, most: int, ctx: Context) -> tuple[list[Row], int | None]:
        """The lines of a file among the next rows, and the number to go on after; none after the end."""
        page = extracts.sweep(ctx.session, _NOUNS[self.kind], self._wanted(ctx), after, most)
        shown = self._shown(page.rows, ctx)
        if self.kind is Kind.RESPONSES:
            shown = [row | answer for row in shown for answer in row["answers"]]
        names = [column.name for column in columns_of(self.kind, named=self.named)]
        return [{name: row[name] for name in names} for row in shown], page.last

    def take(self, after: int, most: int, ctx: Context) -> tuple[list[Row], int | None]:
        """The next rows, a response with its answers within, and the number to go on after; none after the end."""
        page = extracts.take(ctx.session, _NOUNS[self.kind], self._wanted(ctx), after, most)
        return self._shown(page.rows, ctx), page.last

    def one(self, name: str, ctx: Context) -> Row | None:
        """One row by what it is called: the number of a response, the token of anything else; none for another's."""
        table = core(_NOUNS[self.kind])
        numbered = self.kind is Kind.RESPONSES
        if numbered and not (name.isascii() and name.isdecimal() and len(name) < _DIGITS):
            return None
        found_by = table.c.id == int(name) if numbered else table.c.token == name
        row = extracts.one(ctx.session, _NOUNS[self.kind], self._wanted(ctx), found_by)
        return self._shown([row], ctx)[0] if row else None

    def _wanted(self, ctx: Context) -> Wanted:
        nameless = frozenset(
            number
            for number, definition in extracts.survey_definitions(ctx.session).items()
            if survey_from(definition).privacy is not Privacy.NAMED
        )
        return Wanted(self.filters.chosen(ctx.organisation), nameless)

    def _shown(self, rows: Sequence[Any], ctx: Context) -> list[Row]:
        shown = _columns_of_each(rows, columns_of(self.kind, named=self.named))
        if self.kind is Kind.RESPONSES:
            return [
                row | {"answers": answers}
                for row, answers in zip(shown, self._answers(rows, ctx), strict=True)
            ]
        if self.kind is Kind.CASES:
            return [_nameless(case) if row.withheld else case for case, row in zip(shown, rows, strict=True)]
        return shown

    def _answers(self, responses: Sequence[Any], ctx: Context) -> Iterable[list[Row]]:
        """The answers of each response."""
        given: dict[int, list[Row]] = {row.id: [] for row in responses}
        for answer in extracts.answers_in(ctx.session, list(given)):
            given[answer.response_id].append(_answer(answer, named=self.named))
        return given.values()


def _columns_of_each(rows: Sequence[Any], columns: Iterable[Column]) -> list[Row]:
    """The columns that the rows have; words that were erased are none. Places are found once: rows are many."""
    fields = rows[0]._fields if rows else ()
    places = [(column.name, fields.index(column.name)) for column in columns if column.name in fields]
    return [{name: None if row[at] == "" else row[at] for name, at in places} for row in rows]


def _answer(row: Any, *, named: bool) -> Row:
    """An answer; its words are the person's own, or the keys of what they chose."""
    own = row.metric == Metric.WORDS
    shown = {name: getattr(row, name) for name in ("question", "metric", "score", "band")}
    shown |= {"choice": None if own else row.words, "answered_at": row.at}
    return shown | {"words": (row.words if own else None) or None} if named else shown


def _nameless(case: Row) -> Row:
    """Without what would tell whose answer opened it."""
    return case | dict.fromkeys(_SECRETS & case.keys())
