"""Who may do what: one table, read by every command and every page."""

from dataclasses import dataclass
from enum import StrEnum

from storage.vocabulary import Role


class Right(StrEnum):
    """One thing a person may or may not do, whatever it is done to."""

    GIVE_FEEDBACK = "give feedback"
    """Answer a survey, say something unprompted, ask for a person."""
    LOG_FEEDBACK = "log feedback"
    """Write down what somebody else said."""
    SPEAK_ANONYMOUSLY = "speak anonymously"
    """Say something about one's own work without one's name."""
    ASK_FOR_FEEDBACK = "ask for feedback"
    """Have a customer asked about an encounter."""
    REPORT_ENCOUNTERS = "report encounters"
    READ_GENERAL = "read the general level"
    """Figures, topics and what was done, without names and full texts."""
    READ_DIGESTS = "read digests"
    READ_LEDGER = "read the ledger"
    """Why a customer was asked or not."""
    READ_CASES = "read cases"
    ACT_ON_CASES = "act on cases"
    """Take a case, write to the customer, record a contact: in their own team."""
    HAND_OVER = "hand over cases"
    CLOSE_CASES = "close cases"
    ACT_ON_EVERY_CASE = "act on every case"
    """The same, whichever team the case belongs to."""
    KEEP_WISHES = "keep the wish register"
    """Weigh what customers wish for, join the same needs, decide what goes ahead."""
    CONFIGURE = "configure"


_CUSTOMER = frozenset({Right.GIVE_FEEDBACK})
_PROVIDER = _CUSTOMER | {Right.LOG_FEEDBACK, Right.SPEAK_ANONYMOUSLY}
_STAFF = _PROVIDER | {
    Right.ASK_FOR_FEEDBACK,
    Right.REPORT_ENCOUNTERS,
    Right.READ_GENERAL,
    Right.READ_DIGESTS,
}
_MANAGER = _STAFF | {
    Right.READ_LEDGER,
    Right.READ_CASES,
    Right.ACT_ON_CASES,
    Right.HAND_OVER,
    Right.CLOSE_CASES,
    Right.KEEP_WISHES,
}
_CX_LEAD = _MANAGER | {Right.ACT_ON_EVERY_CASE}
_ADMIN = _CX_LEAD | {Right.CONFIGURE}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.CUSTOMER: _CUSTOMER,
    Role.PROVIDER: _PROVIDER,
    Role.STAFF: _STAFF,
    Role.MANAGER: _MANAGER,
    Role.CX_LEAD: _CX_LEAD,
    Role.ADMIN: _ADMIN,
}


OWNERS = (Role.STAFF, Role.MANAGER, Role.CX_LEAD, Role.ADMIN)
"""Roles that may own a case."""


def may(role: Role, right: Right) -> bool:
    """Whether the role has the right at all. For one case, `may_act_on_case` has the last word."""
    return right in RIGHTS[role]


def may_act_on_case(role: Role, *, is_owner: bool, is_claimer: bool, same_team: bool) -> bool:
    """Whether somebody may read and act on this case.

    Whoever owns or has claimed it may, a staff member standing in for a manager too. Others may within
    their own team, or everywhere, as their role says. So the service desk cannot close a complaint it
    only typed in, and a customer never acts on a case at all.
    """
    if role is Role.CUSTOMER:
        return False
    if is_owner or is_claimer or may(role, Right.ACT_ON_EVERY_CASE):
        return True
    return same_team and may(role, Right.ACT_ON_CASES)


@dataclass(frozen=True)
class Sight:
    """How far somebody sees.

    Whoever works here reads the general level: figures, and what was done. Full words are for those whom they
    concern: who works in the team, owns or is told of the service, or answers for the account; names, cases
    and the ledger for those among them who act on cases. What a survey promised to keep from its readers, and
    what too few said, nobody sees, whatever their sight.
    """

    general: bool = False
    named: bool = False
    """Whether names are for their eyes, where a matter concerns them."""
    everything: bool = False
    """Whether every matter concerns them."""
    teams: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()

    def concerns(
        self, *, service: str | None = None, account: str | None = None, team: str | None = None
    ) -> bool:
        """Whether a matter of this service, account or team concerns them: they read it in full."""
        if not self.general:
            return False
        theirs = service in self.services or account in self.accounts or team in self.teams
        return self.everything or theirs

    def names(
        self, *, service: str | None = None, account: str | None = None, team: str | None = None
    ) -> bool:
        """Whether they may also know whose matter it is, what became of it, and why somebody was asked."""
        return self.named and self.concerns(service=service, account=account, team=team)
