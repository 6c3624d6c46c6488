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

_DIALECT = sqlite.dialect()

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

    def run(self, session: Session, values: Mapping[str, Any]) -> sqlite3.Cursor | Any:
        """Execute it, upon everything that the session has been told. What PostgreSQL's driver gives is used alike."""
        session.flush()
        driver = driver_of(session)
        sql, parameters = self._plan if isinstance(driver, sqlite3.Connection) else self._postgresql_plan
        return driver.execute(sql, _filled(parameters, values))

    def run_together(
        self, session: Session, several: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Ask it of several sets of values, a few in one go; each row with the place of its set.

        It is asked as rows are taken. They come as the driver has them, in no order.
        """
        if not several:
            return
        session.flush()
        driver = driver_of(session)
        sql, parameters = self._plan if isinstance(driver, sqlite3.Connection) else self._postgresql_plan
        for first in range(0, len(several), TOGETHER):
            some = several[first : first + TOGETHER]
            values = [each for one in some for each in _filled(parameters, one)]
            for place, *row in driver.execute(_together(sql, len(some)), values):
                yield first + place, tuple(row)

    def run_each(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute it for each of many rows; what a row does not name is NULL."""
        session.flush()
        driver = driver_of(session)
        sql, parameters = self._plan if isinstance(driver, sqlite3.Connection) else self._postgresql_plan
        given = (defaultdict(lambda: None, row) for row in rows)
        driver.cursor().executemany(sql, (_filled(parameters, values) for values in given))

    @property
    def sql(self) -> str:
        """What SQLite is asked."""
        return self._plan[0]

    def first(self, session: Session, values: Mapping[str, Any]) -> Record | None:
        """The first row, none when there is none."""
        cursor = self.run(session, values)
        found = cursor.fetchone()
        return None if found is None else self._record_of(cursor)(found)

    def all(self, session: Session, values: Mapping[str, Any]) -> list[Record]:
        """Every row."""
        cursor = self.run(session, values)
        return list(map(self._record_of(cursor), cursor))

    def _record_of(self, cursor: sqlite3.Cursor | Any) -> Callable[[tuple[Any, ...]], Record]:
        return self._record if isinstance(cursor, sqlite3.Cursor) else self._postgresql_record

    @cached_property
    def _plan(self) -> tuple[str, list[_Parameter]]:
        return self._compiled(_DIALECT)

    @cached_property
    def _postgresql_plan(self) -> tuple[str, list[_Parameter]]:
        return self._compiled(_postgresql())

    def _compiled(self, dialect: Dialect) -> tuple[str, list[_Parameter]]:
        """The SQL and its parameters. The compiler that found them is let go of: it is large."""
        compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"no statement: {self._statement}")
        bound = (compiled.binds[name] for name in compiled.positiontup or ())
        return compiled.string, [_parameter(one, dialect) for one in bound]

    @cached_property
    def _record(self) -> Callable[[tuple[Any, ...]], Record]:
        return self._recording(_DIALECT)

    @cached_property
    def _postgresql_record(self) -> Callable[[tuple[Any, ...]], Record]:
        return self._recording(_postgresql())

    def _recording(self, dialect: Dialect) -> Callable[[tuple[Any, ...]], Record]:
        """Makes a record of what the driver gives."""
        if not isinstance(self._statement, ReturnsRows):
            raise TypeError("only a SELECT, and what returns rows like one, has records")
        columns = self._statement.exported_columns
        row = namedtuple("row", columns.keys())  # type: ignore[misc]
        reading = ((place, _reading(column.type, dialect)) for place, column in enumerate(columns))
        converts = [(place, convert) for place, convert in reading if convert]

        def record(found: tuple[Any, ...]) -> Record:
            values = list(found)
            for place, convert in converts:
                values[place] = convert(values[place])
            return cast("Record", row(*values))

        return record


def _postgresql() -> Dialect:
    from storage.postgresql import dialect

    return cast("Dialect", dialect())


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
    is_instant = isinstance(bound.type, UtcDateTime) and dialect is _DIALECT
    convert = _instant if is_instant else _writing(bound.type, dialect)
    if bound.required:
        return bound.key, None, convert
    return None, convert(bound.value) if convert else bound.value, None


def _writing(kind: TypeEngine[Any], dialect: Dialect = _DIALECT) -> Convert | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


_instant = lru_cache(maxsize=64)(cast("Convert", _writing(UtcDateTime())))
"""An instant as its type stores it; remembered, because all that one tap writes bears the same one."""


def _reading(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
