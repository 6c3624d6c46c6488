"""Applying the organisation file: it is kept by version, and its people become people we can speak with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session

from handlers import organisation as declared
from handlers.difference import difference
from handlers.organisation import Organisation, Survey
from storage import logins, organisations, people
from storage.tables import Identity, OrganisationVersion, Person, SurveyVersion
from storage.vocabulary import Role


@dataclass(frozen=True)
class Applied:
    """What applying did: the version that now holds, and what changed, in sentences."""

    version: int
    changes: tuple[str, ...]


def current(session: Session) -> Organisation | None:
    """The organisation as it was last applied; none before the first time."""
    version = organisations.latest_organisation(session)
    return _read(version.declared) if version else None


@lru_cache(maxsize=4)
def _read(kept: str) -> Organisation:
    return Organisation.model_validate_json(kept)


def apply(organisation: Organisation, by: str, session: Session, now: datetime) -> Applied:
    """Make the declared organisation the one that holds. Applied again unchanged, it stores nothing.

    In: a checked organisation; `by`, who applies it; `now`, aware UTC. Its people are matched with the
    people we know by key, then by identity, then by e-mail address; who is no longer in the file has
    left, and keeps their history.
    """
    before = organisations.latest_organisation(session)
    old = _read(before.declared) if before else None
    if before and old == organisation:
        return Applied(_row_id(before), ())
    version = OrganisationVersion(declared=organisation.model_dump_json(), applied_at=now, applied_by=by)
    session.add(version)
    session.flush()
    for survey in organisation.surveys.values():
        survey_version_id(session, survey, now)
    _welcome_people(organisation, old, session, now)
    return Applied(_row_id(version), difference(old, organisation))


def survey_version_id(session: Session, survey: Survey, now: datetime) -> int:
    """The row that keeps this wording of the survey; a new version when the wording is new."""
    definition = survey.model_dump_json()
    latest = organisations.latest_survey(session, survey.key)
    if latest is None or latest.definition != definition:
        version = latest.version + 1 if latest else 1
        latest = SurveyVersion(
            key=survey.key, version=version, definition=definition, privacy=survey.privacy, created_at=now
        )
        session.add(latest)
        session.flush()
    return _row_id(latest)


def _row_id(row: OrganisationVersion | SurveyVersion | Person) -> int:
    if row.id is None:
        raise ValueError("a row has no number before it is flushed")
    return row.id


# The people of the file.


def _welcome_people(
    organisation: Organisation, old: Organisation | None, session: Session, now: datetime
) -> None:
    for row in organisations.declared_people(session):
        if row.key not in organisation.people and row.left_at is None:
            row.left_at = now
            session.add(row)
            logins.end_all(session, _row_id(row))
    for person in organisation.people.values():
        row = _known(person, organisation, session) or Person(role=person.role.value, created_at=now)
        _describe(row, person)
        session.add(row)
        session.flush()
        before = old.people.get(person.key) if old else None
        _introduce(row, person.identities, before.identities if before else {}, session)


def _known(person: declared.Person, organisation: Organisation, session: Session) -> Person | None:
    """The row of a declared person, unless it is the row of somebody else in the file."""
    if row := people.person_by_key(session, person.key):
        return row
    candidates = [
        people.person_by_identity(session, channel, external_id)
        for channel, external_id in person.identities.items()
    ]
    candidates.append(_of_address(person, session))
    return next((row for row in candidates if row and row.key not in organisation.people), None)


def _of_address(person: declared.Person, session: Session) -> Person | None:
    """Who we know by this e-mail address.

    Anybody may have given any address with an encounter: whoever has rights is never found by one
    that somebody already speaks under.
    """
    row = people.person_by_email(session, person.email) if person.email else None
    if row is None or person.role is Role.CUSTOMER or not people.identities(session, row.id or 0):
        return row
    row.email = None
    session.add(row)
    return None


def _describe(row: Person, person: declared.Person) -> None:
    """Write what the file says; a language and a time zone we learned stay where it says nothing."""
    row.key, row.name, row.role = person.key, person.name, person.role.value
    row.email, row.phone, row.title = person.email, person.phone, person.title
    row.account, row.team = person.account, person.team
    row.language = person.language or row.language
    row.time_zone = person.time_zone or row.time_zone
    row.prefers = person.prefers or next(iter(person.identities), None)
    row.left_at = None


def _introduce(row: Person, now: Mapping[str, str], before: Mapping[str, str], session: Session) -> None:
    """Give the person the declared identities, taking them from whoever had them.

    One the file no longer names is forgotten; one the person brought along themselves stays.
    """
    for channel, external_id in before.items():
        gone = people.identity_of(session, channel, external_id)
        if gone and gone.person_id == row.id and now.get(channel) != external_id:
            session.delete(gone)
    for channel, external_id in now.items():
        identity = people.identity_of(session, channel, external_id)
        if identity is None:
            identity = Identity(person_id=_row_id(row), channel=channel, external_id=external_id)
        identity.person_id = _row_id(row)
        session.add(identity)
    session.flush()
