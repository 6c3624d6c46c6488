"""Whose matters are meant, as a condition on rows."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, true
from sqlmodel import col

from storage.tables import Case


@dataclass(frozen=True)
class Scope:
    """Whose matters count: a team's services, or the services and accounts one manager answers for."""

    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    """Teams as they stand on the rows: who provided the service when it was answered."""
    accounts: frozenset[str] = frozenset()
    owner_id: int | None = None
    everything: bool = False

    def of(self, noun: Any) -> ColumnElement[bool]:
        """The condition on a noun that has a service and an account; of `teams`, one that has a team too."""
        if self.everything:
            return true()
        within = [noun.service.in_(self.services)] if self.services else []
        within += [noun.team.in_(self.teams)] if self.teams else []
        within += [noun.account.in_(self.accounts)] if self.accounts else []
        if self.owner_id is not None and noun is Case:
            within.append(noun.owner_id == self.owner_id)
        return or_(*within) if within else and_(col(noun.id).is_(None))
