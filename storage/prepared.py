"""Statements for where it is hot: put into SQL once, then handed to the driver as they are.

SQLAlchemy takes ten times as long to get to SQLite as SQLite takes to answer, and a customer's tap asks
half a dozen questions. The columns' own types still convert every value, both ways.
"""

import sqlite3
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Protocol, cast

from sqlalchemy import BindParameter, ClauseElement, Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from storage.sqlite import driver_of
from storage.types import UtcDateTime
from storage.words import Sealing, attach, dialect_of, sealing_of

TOGETHER = 3
"""Sets of values in one statement. For eight PostgreSQL starts processes, which takes longer than it saves."""

Convert = Callable[[Any], Any]
_Parameter = tuple[str | None, Any, Convert | None]
"""The name of a value and how to convert it, or no name and a constant."""


class Record(Protocol):
    """A row whose columns are asked for by name."""

    def __getattr__(self, column: str, /) -> Any: ...


class Prepared:
    """A Core statement that is compiled when it is first used.

    `columns` are those that an INSERT or UPDATE is given, where they are not all. Whatever is no constant of the
    statement is given by name. A list for `IN` cannot be a value.
    """

    def __init__(self, statement: ClauseElement, columns: Iterable[str] | None = None) -> None:
        self._statement = statement
        self._columns = list(columns) if columns is not None else None
        self._plans: dict[Dialect, _Plan] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> sqlite3.Cursor | Any:
        """Execute it, upon everything that the session has been told. What PostgreSQL's driver gives is used alike."""
        session.flush()
        plan = self._plan(session)
        return driver_of(session).execute(plan.sql, _filled(plan.parameters, values))

    def run_together(
        self, session: Session, several: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Ask it of several sets of values, a few in one go; each row with the place of its set.

        It is asked as rows are taken. They come as the driver has them, in no order.
        """
        if not several:
            return
        session.flush()
        driver, plan = driver_of(session), self._plan(session)
        for first in range(0, len(several), TOGETHER):
            some = several[first : first + TOGETHER]
            values = [each for one in some for each in _filled(plan.parameters, one)]
            for place, *row in driver.execute(_together(plan.sql, len(some)), values):
                yield first + place, tuple(row)

    def run_each(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute it for each of many rows; what a row does not name is NULL."""
        session.flush()
        plan = self._plan(session)
        given = (_filled(plan.parameters, defaultdict(lambda: None, row)) for row in rows)
        driver_of(session).cursor().executemany(plan.sql, given)

    @property
    def sql(self) -> str:
        """What SQLite is asked."""
        return self._planned(_dialect("sqlite", None)).sql

    def first(self, session: Session, values: Mapping[str, Any]) -> Record | None:
        """The first row, none when there is none."""
        found = self.run(session, values).fetchone()
        return None if found is None else self._plan(session).record(found)

    def all(self, session: Session, values: Mapping[str, Any]) -> list[Record]:
        """Every row."""
        return list(map(self._plan(session).record, self.run(session, values)))

    def _plan(self, session: Session) -> "_Plan":
        theirs = dialect_of(session)
        dialect = _dialect(theirs.name, sealing_of(theirs))
        return self._plans.get(dialect) or self._planned(dialect)

    def _planned(self, dialect: Dialect) -> "_Plan":
        plan = self._plans[dialect] = _Plan(self._statement, self._columns, dialect)
        return plan


class _Plan:
    """A statement for one kind of database, in which words are held in one way."""

    def __init__(self, statement: ClauseElement, columns: list[str] | None, dialect: Dialect) -> None:
        """The compiler that finds the SQL and its parameters is let go of: it is large."""
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"no statement: {statement}")
        bound = (compiled.binds[name] for name in compiled.positiontup or ())
        self.sql = compiled.string
        self.parameters = [_parameter(one, dialect) for one in bound]
        self._statement = statement
        self._dialect = dialect

    @cached_property
    def record(self) -> Callable[[tuple[Any, ...]], Record]:
        """Makes a record of what the driver gives."""
        if not isinstance(self._statement, ReturnsRows):
            raise TypeError("only a SELECT, and what returns rows like one, has records")
        columns = self._statement.exported_columns
        row = namedtuple("row", columns.keys())  # type: ignore[misc]
        reading = ((place, _reading(column.type, self._dialect)) for place, column in enumerate(columns))
        converts = [(place, convert) for place, convert in reading if convert]

        def record(found: tuple[Any, ...]) -> Record:
            values = list(found)
            for place, convert in converts:
                values[place] = convert(values[place])
            return cast("Record", row(*values))

        return record


@lru_cache
def _dialect(name: str, sealing: Sealing | None) -> Dialect:
    """One for all engines that are alike: a statement is compiled for it once."""
    if name == "sqlite":
        return attach(sqlite.dialect(), sealing)
    from storage.postgresql import dialect

    return attach(dialect(), sealing)


@lru_cache
def _together(sql: str, many: int) -> str:
    """The same statement several times over, as one."""
    return " UNION ALL ".join(
        f"SELECT {n}, asked{n}.* FROM ({sql}) AS asked{n}"  # noqa: S608 -- it is ours
        for n in range(many)
    )


def _filled(parameters: Iterable[_Parameter], values: Mapping[str, Any]) -> list[Any]:
    return [
        constant if name is None else values[name] if convert is None else convert(values[name])
        for name, constant, convert in parameters
    ]


def _parameter(bound: BindParameter[Any], dialect: Dialect) -> _Parameter:
    is_instant = isinstance(bound.type, UtcDateTime) and dialect.name == "sqlite"
    convert = _instant if is_instant else _writing(bound.type, dialect)
    if bound.required:
        return bound.key, None, convert
    return None, convert(bound.value) if convert else bound.value, None


def _writing(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


_instant = lru_cache(maxsize=64)(cast("Convert", _writing(UtcDateTime(), sqlite.dialect())))
"""An instant as its type stores it; remembered, because all that one tap writes bears the same one."""


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
