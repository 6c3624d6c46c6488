"""Whose matters are meant, and which of them, as a condition on rows."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, inspect, or_, true
from sqlmodel import col

from storage.tables import Case, Response, SurveyVersion, core
from storage.vocabulary import Privacy

# By names of their own: a query that has one of these tables itself would take it for the same.
_R, _V = core(Response).alias("opened_it"), core(SurveyVersion).alias("its_wording")


@dataclass(frozen=True)
class Only:
    """What is chosen out of a scope: of each kind any of those named, and of a kind that names none all."""

    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    """Teams as they stand on the rows."""
    team_services: frozenset[str] = frozenset()
    """What those teams provide now: a request has no team, and is told by its service."""
    touchpoints: frozenset[str] = frozenset()
    """Kinds of moments, and rounds. What was said unprompted belongs to none."""
    accounts: frozenset[str] = frozenset()

    def of(self, noun: Any) -> ColumnElement[bool]:
        """The condition on a noun that has a service and an account."""
        wanted = [noun.service.in_(self.services)] if self.services else []
        if self.accounts:
            wanted.append(_of_accounts(noun, self.accounts))
        if self.teams:
            by_team = hasattr(noun, "team")
            wanted.append(noun.team.in_(self.teams) if by_team else noun.service.in_(self.team_services))
        if self.touchpoints:
            nowhere = noun.id.is_(None)
            wanted.append(noun.touchpoint.in_(self.touchpoints) if hasattr(noun, "touchpoint") else nowhere)
        return and_(true(), *wanted)


@dataclass(frozen=True)
class Scope:
    """Whose matters count: a team's services, or the services and accounts one manager answers for."""

    services: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    """Teams as they stand on the rows: who provided the service when it was answered."""
    accounts: frozenset[str] = frozenset()
    owner_id: int | None = None
    everything: bool = False
    only: Only = Only()
    """Which of them, where somebody chose."""

    @property
    def names_customers(self) -> bool:
        """Whether an account tells what belongs to it, and not the service, team and touchpoint alone."""
        return bool(self.only.accounts) or (bool(self.accounts) and not self.everything)

    @property
    def of_requests(self) -> "Scope":
        """The same in words that a request knows, which has no team: by what the chosen teams provide now."""
        if not self.only.teams:
            return self
        provided = self.only.team_services & (self.only.services or self.only.team_services)
        return (
            replace(self, only=replace(self.only, teams=frozenset(), services=provided))
            if provided
            else Scope()
        )

    def of(self, noun: Any) -> ColumnElement[bool]:
        """The condition on a noun that has a service and an account; of `teams`, one that has a team too.

        What has no account, such as anonymous sheets, belongs to none; nor does a case that a confidential survey
        opened: an account is as good as a name.
        """
        return and_(self._whose(noun), self.only.of(noun))

    def holds_openly(self, row: Any) -> bool:
        """Whether a row that has a service and a team belongs to it, and would whatever its account."""
        if self.only.accounts:
            return False
        return self.everything or row.service in self.services or row.team in self.teams

    def _whose(self, noun: Any) -> ColumnElement[bool]:
        if self.everything:
            return true()
        within = [noun.service.in_(self.services)] if self.services else []
        within += [noun.team.in_(self.teams)] if self.teams else []
        within += [_of_accounts(noun, self.accounts)] if self.accounts else []
        if self.owner_id is not None and noun is Case:
            within.append(noun.owner_id == self.owner_id)
        return or_(*within) if within else and_(col(noun.id).is_(None))


def _of_accounts(noun: Any, accounts: Collection[str]) -> ColumnElement[bool]:
    if not hasattr(noun, "account"):
        return and_(noun.id.is_(None))
    of_them = noun.account.in_(accounts)
    if inspect(noun).mapper.class_ is not Case:
        return and_(of_them)
    promised = (_R.c.survey_version_id == _V.c.id, _V.c.privacy == Privacy.CONFIDENTIAL)
    return and_(of_them, ~exists().where(_R.c.id == noun.response_id, *promised))
