"""A scope as a prepared statement knows it: which kinds of things it names, and apart from that the names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, false, func, not_, or_, true

from storage.dialects import one_of
from storage.scope import Scope

_COLUMNS = {"services": "service", "teams": "team", "touchpoints": "touchpoint", "accounts": "account"}
_ONLY = "only_"


@dataclass(frozen=True)
class Shape:
    """Which kinds a scope names. What has no account, such as anonymous sheets, belongs to none."""

    everything: bool
    kinds: frozenset[str]
    """`services`, `only_services` and so on."""

    def places(self, table: Table) -> ColumnElement[bool]:
        """What belongs to the scope's services and teams, whoever's account it is."""
        return and_(self._places(table), self._chosen(table, "services", "teams", "touchpoints"))

    def whole(self, table: Table) -> ColumnElement[bool]:
        """What belongs to the scope, by an account too."""
        return and_(or_(self._places(table), self._named(table, "accounts")), self._chosen(table, *_COLUMNS))

    def elsewhere(self, table: Table) -> ColumnElement[bool]:
        """What belongs to it by an account alone."""
        return and_(self.whole(table), not_(func.coalesce(self._places(table), false())))

    def _places(self, table: Table) -> ColumnElement[bool]:
        return true() if self.everything else or_(self._named(table, "services"), self._named(table, "teams"))

    def _chosen(self, table: Table, *kinds: str) -> ColumnElement[bool]:
        chosen = [kind for kind in kinds if _ONLY + kind in self.kinds]
        return and_(true(), *(self._named(table, kind, _ONLY) for kind in chosen))

    def _named(self, table: Table, kind: str, prefix: str = "") -> ColumnElement[bool]:
        if prefix + kind not in self.kinds or _COLUMNS[kind] not in table.c:
            return false()
        return one_of(table.c[_COLUMNS[kind]], prefix + kind)


@lru_cache(maxsize=1024)
def shaped(scope: Scope) -> tuple[Shape, Mapping[str, Any]]:
    """The shape of a scope, and the names that its statements are given."""
    named = {kind: getattr(scope, kind) for kind in ("services", "teams", "accounts")}
    named |= {_ONLY + kind: getattr(scope.only, kind) for kind in _COLUMNS}
    values = {kind: json.dumps(sorted(names)) for kind, names in named.items() if names}
    return Shape(scope.everything, frozenset(values)), values
