"""Statements for where it is hot: put into SQL once, then handed to the driver as they are.

SQLAlchemy takes ten times as long to get to SQLite as SQLite takes to answer, and a customer's tap asks
half a dozen questions. The columns' own types still convert every value, both ways.
"""

import sqlite3
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from typing import Any, Protocol, cast

from sqlalchemy import BindParameter, ClauseElement
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.selectable import ReturnsRows
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from storage.sqlite import driver_of
from storage.types import UtcDateTime

_DIALECT = sqlite.dialect()

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

    def run(self, session: Session, values: Mapping[str, Any]) -> sqlite3.Cursor:
        """Execute it, upon everything that the session has been told."""
        session.flush()
        sql, parameters = self._plan
        return driver_of(session).execute(sql, _filled(parameters, values))

    def run_each(self, session: Session, rows: Iterable[Mapping[str, Any]]) -> None:
        """Execute it for each of many rows; what a row does not name is NULL."""
        session.flush()
        sql, parameters = self._plan
        given = (defaultdict(lambda: None, row) for row in rows)
        driver_of(session).executemany(sql, (_filled(parameters, values) for values in given))

    @property
    def sql(self) -> str:
        """What SQLite is asked."""
        return self._plan[0]

    def first(self, session: Session, values: Mapping[str, Any]) -> Record | None:
        """The first row, none when there is none."""
        found = self.run(session, values).fetchone()
        return None if found is None else self._record(found)

    def all(self, session: Session, values: Mapping[str, Any]) -> list[Record]:
        """Every row."""
        return [self._record(found) for found in self.run(session, values)]

    @cached_property
    def _plan(self) -> tuple[str, list[_Parameter]]:
        """The SQL and its parameters. The compiler that found them is let go of: it is large."""
        compiled = self._statement.compile(dialect=_DIALECT, column_keys=self._columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"no statement: {self._statement}")
        return compiled.string, [_parameter(compiled.binds[name]) for name in compiled.positiontup or ()]

    @cached_property
    def _record(self) -> Callable[[tuple[Any, ...]], Record]:
        """Makes a record of what the driver gives."""
        if not isinstance(self._statement, ReturnsRows):
            raise TypeError("only a SELECT, and what returns rows like one, has records")
        columns = self._statement.exported_columns
        row = namedtuple("row", columns.keys())  # type: ignore[misc]
        converts = [(place, c) for place, column in enumerate(columns) if (c := _reading(column.type))]

        def record(found: tuple[Any, ...]) -> Record:
            values = list(found)
            for place, convert in converts:
                values[place] = convert(values[place])
            return cast("Record", row(*values))

        return record


def _filled(parameters: Iterable[_Parameter], values: Mapping[str, Any]) -> list[Any]:
    return [
        constant if name is None else values[name] if convert is None else convert(values[name])
        for name, constant, convert in parameters
    ]


def _parameter(bound: BindParameter[Any]) -> _Parameter:
    convert = _instant if isinstance(bound.type, UtcDateTime) else _writing(bound.type)
    if bound.required:
        return bound.key, None, convert
    return None, convert(bound.value) if convert else bound.value, None


def _writing(kind: TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)


_instant = lru_cache(maxsize=64)(cast("Convert", _writing(UtcDateTime())))
"""An instant as its type stores it; remembered, because all that one tap writes bears the same one."""


def _reading(kind: TypeEngine[Any]) -> Convert | None:
    return kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
