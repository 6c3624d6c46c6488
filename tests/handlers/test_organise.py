"""Applying an organisation: kept by version, its people known, their history theirs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlmodel import Session, SQLModel, select

from bot.declaration import read
from handlers.organisation import Organisation
from handlers.organise import Applied, apply, current, survey_version_id
from storage.people import identities, person_by_identity, person_by_key
from storage.tables import Identity, OrganisationVersion, Person, SurveyVersion

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
MAYA = {"name": "Maya", "role": "manager", "identities": {"sandbox": "maya"}}
VILLE = {"name": "Ville", "role": "manager", "email": "ville@example.org", "identities": {"sandbox": "ville"}}


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


def organisation(**declared: Any) -> Organisation:
    return Organisation.model_validate({"name": "Kaiku", "people": {"maya": MAYA}, **declared})


def applied(session: Session, declared: Organisation, at: datetime = MONDAY) -> Applied:
    return apply(declared, "kaisa", session, at)


def known(session: Session, key: str) -> Person:
    person = person_by_key(session, key)
    assert person is not None
    return person


def identities_of(session: Session, key: str) -> set[tuple[str, str]]:
    return {(i.channel, i.external_id) for i in identities(session, known(session, key).id or 0)}


def test_before_the_first_time_there_is_none(session: Session) -> None:
    assert current(session) is None


def test_the_example_applies_from_empty_and_a_second_time_changes_nothing(session: Session) -> None:
    example = read(Path(__file__).parents[2] / "organisation.example.yaml").organisation
    assert example is not None

    first = applied(session, example)
    second = applied(session, example, TUESDAY)

    assert "+ service helpdesk" in first.changes
    assert second == Applied(first.version, ())
    assert current(session) == example
    assert len(session.exec(select(OrganisationVersion)).all()) == 1
    assert {person.key for person in session.exec(select(Person))} == set(example.people)


def test_each_version_is_kept_with_who_applied_it_and_when(session: Session) -> None:
    applied(session, organisation())
    changes = applied(session, organisation(language="sv"), TUESDAY).changes

    versions = session.exec(select(OrganisationVersion)).all()
    assert changes == ("organisation: language fi → sv",)
    assert [(v.applied_by, v.applied_at) for v in versions] == [("kaisa", MONDAY), ("kaisa", TUESDAY)]
    assert '"language":"fi"' in versions[0].declared
    latest = current(session)
    assert latest is not None
    assert latest.language == "sv"


def test_people_become_people_we_can_speak_with(session: Session) -> None:
    maya = {
        **MAYA,
        "identities": {"slack": "U1", "sandbox": "maya"},
        "email": "maya@example.org",
        "phone": "+358 1",
    }
    applied(session, organisation(people={"maya": maya}))

    row = known(session, "maya")
    assert (row.name, row.role, row.email, row.phone) == ("Maya", "manager", "maya@example.org", "+358 1")
    assert row.prefers == "slack"
    assert identities_of(session, "maya") == {("slack", "U1"), ("sandbox", "maya")}


def test_somebody_who_turned_up_before_is_recognised_by_identity_or_address(session: Session) -> None:
    guest = Person(name="maya?", role="customer", created_at=MONDAY, language="sv")
    writer = Person(name="", role="customer", email="VILLE@example.org", created_at=MONDAY)
    session.add_all([guest, writer])
    session.flush()
    session.add(Identity(person_id=guest.id or 0, channel="sandbox", external_id="maya"))

    applied(session, organisation(people={"maya": MAYA, "ville": VILLE}))

    assert known(session, "maya").id == guest.id
    assert known(session, "maya").language == "sv"
    assert known(session, "ville").id == writer.id
    assert len(session.exec(select(Person)).all()) == 2


def test_a_new_key_for_the_same_identity_is_the_same_person(session: Session) -> None:
    applied(session, organisation())
    before = known(session, "maya").id

    applied(session, organisation(people={"maya-v": MAYA}), TUESDAY)

    assert known(session, "maya-v").id == before
    assert known(session, "maya-v").left_at is None
    assert person_by_key(session, "maya") is None


def test_who_is_no_longer_in_the_file_has_left_and_can_return(session: Session) -> None:
    applied(session, organisation(people={"maya": MAYA, "ville": VILLE}))
    applied(session, organisation(), TUESDAY)
    left = known(session, "ville").left_at
    applied(session, organisation(people={"maya": MAYA, "ville": VILLE}), TUESDAY)

    assert left == TUESDAY
    assert known(session, "ville").left_at is None
    assert known(session, "maya").left_at is None


def test_an_identity_moves_to_the_person_who_is_declared_with_it(session: Session) -> None:
    applied(session, organisation(people={"maya": {**MAYA, "identities": {"slack": "U1"}}, "ville": VILLE}))
    swapped = {
        "maya": {**MAYA, "identities": {"sandbox": "ville"}},
        "ville": {**VILLE, "identities": {"slack": "U1"}},
    }
    applied(session, organisation(people=swapped), TUESDAY)

    assert identities_of(session, "maya") == {("sandbox", "ville")}
    assert identities_of(session, "ville") == {("slack", "U1")}
    assert known(session, "maya").prefers == "sandbox"


def test_an_identity_no_longer_declared_is_forgotten_and_a_learned_one_stays(session: Session) -> None:
    applied(
        session, organisation(people={"maya": {**MAYA, "identities": {"slack": "U1", "sandbox": "maya"}}})
    )
    maya = known(session, "maya").id or 0
    session.add(Identity(person_id=maya, channel="telegram", external_id="7"))
    applied(session, organisation(people={"maya": {**MAYA, "identities": {"slack": "U2"}}}), TUESDAY)

    assert identities_of(session, "maya") == {("slack", "U2"), ("telegram", "7")}
    assert person_by_identity(session, "slack", "U1") is None


def test_a_phone_number_taken_from_the_file_is_taken_from_the_person(session: Session) -> None:
    applied(session, organisation(people={"maya": {**MAYA, "phone": "+358 1"}}))
    applied(session, organisation(), TUESDAY)

    assert known(session, "maya").phone is None


def test_a_survey_keeps_each_of_its_wordings(session: Session) -> None:
    def asking(words: str) -> Organisation:
        question = {"key": "nice", "metric": "csat", "wording": words}
        return organisation(surveys={"own": {"questions": [question, "words"]}})

    for words, at in (("Nice?", MONDAY), ("Nice?", TUESDAY), ("Was it nice?", TUESDAY)):
        applied(session, asking(words), at)

    versions = session.exec(select(SurveyVersion)).all()
    assert [(v.key, v.version) for v in versions] == [("own", 1), ("own", 2)]
    assert ["Was it nice?" in v.definition for v in versions] == [False, True]
    # a shipped question is kept with its words too: they may change with a new Kaiku
    assert "In your own words" in versions[0].definition
    assert survey_version_id(session, asking("Was it nice?").surveys["own"], TUESDAY) == versions[1].id
