"""What SQLite and PostgreSQL say in different words: said once, in neither's."""

import json
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Dialect,
    String,
    Text,
    bindparam,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


def one_of(
    column: ColumnElement[Any], name: str, kind: type[TypeEngine[Any]] = String
) -> ColumnElement[bool]:
    """Whether a column has a value of a list, given under that name as JSON: one value is all that a prepared
    statement can be given.
    """
    listed = bindparam(name, type_=_Listed(kind))
    # What a day looks like in JSON is what SQLite stores.
    return _OneOf(column, listed, select(_Elements(listed).table_valued("value").c.value).scalar_subquery())


class _OneOf(FunctionElement[Any]):
    """PostgreSQL is given an array, for it takes what a function gives for a hundred values and would read every row.

    It has no type: to a truth SQLAlchemy adds `= 1`, and then SQLite looks up nothing.
    """

    inherit_cache = True


@compiles(_OneOf)
def _in_list(element: Any, compiler: Any, **more: Any) -> str:
    column, _, values = element.clauses
    return f"({compiler.process(column, **more)}) IN {compiler.process(values, **more)}"


@compiles(_OneOf, "postgresql")
def _in_array(element: Any, compiler: Any, **more: Any) -> str:
    column, listed, _ = element.clauses
    return f"({compiler.process(column, **more)}) = ANY ({compiler.process(listed, **more)})"


class _Listed(TypeDecorator[str]):
    """A list in JSON. The character zero, which PostgreSQL has in no text, is nobody's name."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[TypeEngine[Any]]) -> None:
        self.kind = kind
        super().__init__()

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array, where there are arrays."""
        return ARRAY(self.kind) if dialect.name == "postgresql" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        """The list itself, where it can be given."""
        if value is None:
            return None
        named = value.replace("\\u0000", "\\ufffd")
        return json.loads(named) if dialect.name == "postgresql" else named


class _Elements(FunctionElement[Any]):
    """The texts in a list of JSON."""

    inherit_cache = True


@compiles(_Elements)
def _elements_of_sqlite(element: Any, compiler: Any, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


class new_token(FunctionElement[str]):  # noqa: N801 -- it reads like a function of SQL
    """Sixteen letters and digits by chance, anew for each row."""

    type = String()
    inherit_cache = True


@compiles(new_token)
def _new_token(*_: Any, **__: Any) -> str:
    return "lower(hex(randomblob(8)))"


@compiles(new_token, "postgresql")
def _new_token_of_postgresql(*_: Any, **__: Any) -> str:
    return "substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 17)"


class emptied(FunctionElement[Any]):  # noqa: N801
    """`emptied(facts, "about")`: JSON in which that text is empty, if it is there at all."""

    inherit_cache = True


@compiles(emptied)
def _emptied(element: Any, compiler: Any, **more: Any) -> str:
    facts, name = element.clauses
    return f"json_replace({compiler.process(facts, **more)}, '$.' || {compiler.process(name, **more)}, '')"


@compiles(emptied, "postgresql")
def _emptied_of_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    facts, name = (compiler.process(part, **more) for part in element.clauses)
    return f"""CAST(jsonb_set(CAST({facts} AS jsonb), ARRAY[{name}], '""', false) AS json)"""


class matches(FunctionElement[Any]):  # noqa: N801
    """`matches(index, stems, wanted)`: whether stems are as `storage.search.query` asks."""

    inherit_cache = True


@compiles(matches)
def _matches(element: Any, compiler: Any, **more: Any) -> str:
    index, _, wanted = element.clauses
    return f"{compiler.process(index, **more)} MATCH {compiler.process(wanted, **more)}"


@compiles(matches, "postgresql")
def _matches_of_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    """Its language differs in signs alone, and in the words themselves are none."""
    _, stems, wanted = element.clauses
    asked = compiler.process(wanted, **more)
    for theirs, ours in _SIGNS:
        asked = f"replace({asked}, '{theirs}', '{ours}')"
    return f"{compiler.process(stems, **more)} @@ CAST({asked} AS tsquery)"


_SIGNS = (('"*', "'':*"), ('"', "''"), (" OR ", " | "), (" AND ", " & "))


class indexed(FunctionElement[Any]):  # noqa: N801
    """Stems with blanks between them, as the index keeps them."""

    inherit_cache = True


@compiles(indexed)
def _indexed(element: Any, compiler: Any, **more: Any) -> str:
    return str(compiler.process(element.clauses, **more))


@compiles(indexed, "postgresql")
def _indexed_of_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    return f"array_to_tsvector(string_to_array({compiler.process(element.clauses, **more)}, ' '))"


class falls_to(FunctionElement[Any]):  # noqa: N801
    """`falls_to(name, number, of)`: whether what bears a name is that replica's, of so many. SQLite has one."""

    inherit_cache = True


@compiles(falls_to)
def _falls_to(*_: Any, **__: Any) -> str:
    return "1 = 1"


@compiles(falls_to, "postgresql")
def _falls_to_of_postgresql(element: Any, compiler: Any, **more: Any) -> str:
    name, number, of = (compiler.process(part, **more) for part in element.clauses)
    return f"mod(hashtext({name}) & 2147483647, CAST({of} AS integer)) = CAST({number} AS integer)"


def is_in(text: ColumnElement[Any], part: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a text, which is not empty, has a part."""
    return func.replace(text, part, "") != text
