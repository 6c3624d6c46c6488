"""Slack workspaces that installed us, and who is on the way to install us."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.tables import Identity, SlackInstallation, SlackInstallAttempt

REMOVED = "Kaiku was removed from the workspace"
"""Why people of a workspace cannot be reached; installing us again makes them reachable again."""

_SLACK = "slack"


def installations(session: Session) -> Sequence[SlackInstallation]:
    """Workspaces that have us now, the first of all first."""
    return session.exec(
        select(SlackInstallation)
        .where(col(SlackInstallation.removed_at).is_(None))
        .order_by(col(SlackInstallation.id))
    ).all()


def install(session: Session, installed: SlackInstallation) -> None:
    """A workspace installed us, perhaps again: its people can be reached."""
    before = _of(session, installed.team)
    if before is not None:
        installed.id = before.id
    session.merge(installed)
    session.connection().execute(
        update(Identity)
        .where(
            col(Identity.channel) == _SLACK,
            col(Identity.workspace) == installed.team,
            col(Identity.unreachable_because) == REMOVED,
        )
        .values(unreachable_at=None, unreachable_because=None)
    )


def remove(session: Session, team: str, happened_at: datetime, now: datetime) -> bool:
    """A workspace removed us: its token is forgotten and nobody is written to through it; whether that is so.

    Slack may tell late: what happened before the workspace installed us again changes nothing.
    """
    installed = _of(session, team)
    if installed is None or installed.removed_at is not None or happened_at < installed.installed_at:
        return False
    installed.removed_at, installed.bot_token = now, None
    session.add(installed)
    session.connection().execute(
        update(Identity)
        .where(
            col(Identity.channel) == _SLACK,
            col(Identity.workspace) == team,
            col(Identity.unreachable_at).is_(None),
        )
        .values(unreachable_at=now, unreachable_because=REMOVED)
    )
    return True


def expect(session: Session, state: str, until: datetime, now: datetime) -> None:
    """Somebody goes to Slack with this state. Attempts that came to nothing are forgotten."""
    session.connection().execute(
        delete(SlackInstallAttempt).where(col(SlackInstallAttempt.expires_at) <= now)
    )
    session.add(SlackInstallAttempt(state_hash=_hash(state), expires_at=until))


def came_back(session: Session, state: str, now: datetime) -> bool:
    """Whether a state is one we gave, in time, for the first time; from now on it is not."""
    attempt = session.get(SlackInstallAttempt, _hash(state))
    if attempt is None:
        return False
    session.delete(attempt)
    return attempt.expires_at > now


def _of(session: Session, team: str) -> SlackInstallation | None:
    return session.exec(select(SlackInstallation).where(SlackInstallation.team == team)).first()


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
