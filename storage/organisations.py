"""Questions asked of the organisation's versions and of the versions of its surveys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import OrganisationVersion, Person, SurveyVersion


def latest_organisation(session: Session) -> OrganisationVersion | None:
    """The version that holds now; none before the first was applied."""
    return session.exec(select(OrganisationVersion).order_by(col(OrganisationVersion.id).desc())).first()


def versions(session: Session) -> Sequence[OrganisationVersion]:
    """Every version that is kept."""
    return session.exec(select(OrganisationVersion)).all()


def first_applied_at(session: Session) -> datetime | None:
    """When the first organisation was applied; none before."""
    return session.exec(select(func.min(OrganisationVersion.applied_at))).one()


def latest_survey(session: Session, key: str) -> SurveyVersion | None:
    """The newest wording of a survey; none when it was never asked or applied."""
    return session.exec(
        select(SurveyVersion).where(SurveyVersion.key == key).order_by(col(SurveyVersion.version).desc())
    ).first()


def declared_people(session: Session) -> Sequence[Person]:
    """Everybody who is or was in the organisation file."""
    return session.exec(select(Person).where(col(Person.key).is_not(None)).order_by(col(Person.id))).all()
