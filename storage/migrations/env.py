"""Alembic's entrance. The connection, already in its transaction, comes from `storage.schema`."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate import renderers
from alembic.operations.ops import MigrateOperation
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

import storage.tables  # noqa: F401  fills the metadata
from storage.search_index import INDEX, is_shadow


def in_plain_types(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A step names the column types of the database, never ours, which may change after it."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def ours(name: str | None, kind: str, _: Any) -> bool:
    """The search index is no table of the metadata."""
    return not (kind == "table" and is_shadow(name or ""))


class MakeIndex(MigrateOperation):
    """The search index, of which each engine has its own."""


@renderers.dispatch_for(MakeIndex)
def as_loop(_: Any, __: MakeIndex) -> list[str]:
    """How it stands in a step."""
    statements = {engine: list(made) for engine, made in INDEX.items()}
    return [f"for statement in {statements!r}[op.get_bind().dialect.name]:", "op.execute(statement)"]


def with_search(_: Any, __: Any, steps: list[Any]) -> None:
    """The first step makes the search index too."""
    if context.get_context().get_current_revision() is None:
        steps[0].upgrade_ops.ops.append(MakeIndex())


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_item=in_plain_types,
    include_name=ours,
    process_revision_directives=with_search,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
