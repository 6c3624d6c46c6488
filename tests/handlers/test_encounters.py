"""Encounters as they come in: known or refused, and whose they are."""

from datetime import timedelta

import pytest

from handlers.encounters import cancel_encounter, reopen_encounter
from handlers.errors import (
    FeedbackError,
    HappensInTheFuture,
    UnknownAccount,
    UnknownCustomer,
    UnknownEncounter,
    UnknownService,
    UnknownTouchpoint,
)
from handlers.events import EncounterCancelled, EncounterReopened, Sender
from storage.tables import Encounter, Identity, LedgerEntry, Person
from storage.vocabulary import EncounterState, OwnerRule, Verdict
from tests.helpers.desk import Desk


@pytest.mark.parametrize(
    ("facts", "problem", "told"),
    [
        ({"touchpoint": "moon"}, UnknownTouchpoint, "phone"),
        ({"service": "moon"}, UnknownService, "helpdesk"),
        ({"account": "moon"}, UnknownAccount, "acme"),
        ({"customer": "moon"}, UnknownCustomer, ""),
    ],
)
def test_what_nobody_knows_is_refused_with_what_is_known(
    desk: Desk, facts: dict[str, str], problem: type[FeedbackError], told: str
) -> None:
    people = len(desk.rows(Person))
    with pytest.raises(problem) as refused:
        desk.encounter(**facts)
    assert refused.value.facts["key"] == "moon"
    assert told in refused.value.facts.get("known", "")
    assert desk.rows(Encounter) == []
    assert len(desk.rows(Person)) == people


def test_an_encounter_of_tomorrow_is_refused_and_a_clock_may_be_a_little_ahead(desk: Desk) -> None:
    with pytest.raises(HappensInTheFuture):
        desk.encounter(happened_at=desk.now + timedelta(minutes=11))
    ahead = desk.now + timedelta(minutes=9)
    desk.encounter(happened_at=ahead)
    assert desk.only(Encounter).ask_at == ahead + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("service", "account", "owner", "rule"),
    [
        ("helpdesk", "", "ville", OwnerRule.SERVICE_OWNER),
        ("helpdesk", "acme", "ville", OwnerRule.SERVICE_OWNER),
        ("", "acme", "maya", OwnerRule.ACCOUNT_MANAGER),
        ("", "", "ville", OwnerRule.ACCOUNT_MANAGER),
    ],
)
def test_its_owner_is_frozen_on_it(
    desk: Desk, service: str, account: str, owner: str, rule: OwnerRule
) -> None:
    desk.encounter(service=service, account=account)
    encounter = desk.only(Encounter)
    assert encounter.owner_id == desk.person(owner).id
    assert encounter.owner_rule == rule


@pytest.mark.parametrize("said", ["tom", "Sender", "stranger@example.org"])
def test_the_customer_is_a_key_an_identity_or_an_address(desk: Desk, said: str) -> None:
    desk.encounter(customer=Sender("sandbox", "tom") if said == "Sender" else said)
    customer = next(p for p in desk.rows(Person) if p.id == desk.only(Encounter).customer_id)
    assert customer.key == "tom" or customer.email == "stranger@example.org"


def test_an_address_in_other_letters_is_the_same_person(desk: Desk) -> None:
    desk.encounter(customer="Stranger@Example.org", external_reference="1")
    desk.encounter(customer="stranger@example.ORG ", external_reference="2")
    first, second = desk.rows(Encounter)
    assert first.customer_id == second.customer_id


def test_what_the_source_knows_of_a_newcomer_is_kept_and_what_we_know_stays(desk: Desk) -> None:
    desk.encounter(
        customer=Sender("sandbox", "nora"),
        customer_name="Nora Newcomer",
        customer_email="nora@example.org",
        customer_phone="+358 40 1",
        customer_language="sv",
        account="library",
    )
    nora = next(p for p in desk.rows(Person) if p.name == "Nora Newcomer")
    assert (nora.email, nora.phone, nora.language, nora.account) == (
        "nora@example.org",
        "+358 40 1",
        "sv",
        "library",
    )
    desk.encounter(customer="nora@example.org", customer_name="N. N.", customer_language="fi")
    again = next(p for p in desk.rows(Person) if p.id == nora.id)
    assert (again.name, again.language) == ("Nora Newcomer", "sv")


def test_a_language_we_do_not_speak_is_left_out(desk: Desk) -> None:
    desk.encounter(customer=Sender("sandbox", "klaus"), customer_language="de")
    [klaus] = [i.person_id for i in desk.rows(Identity) if i.external_id == "klaus"]
    assert next(p for p in desk.rows(Person) if p.id == klaus).language is None


@pytest.mark.parametrize(
    ("said", "handler"),
    [
        ("sanna", "sanna"),
        (Sender("sandbox", "sanna"), "sanna"),
        ("sanna.makela@example.org", "sanna"),
        (Sender("sandbox", "nobody"), None),
        ("nobody", None),
        ("", None),
    ],
)
def test_an_unknown_handler_is_nobody_and_no_reason_to_refuse(
    desk: Desk, said: Sender | str, handler: str | None
) -> None:
    desk.encounter(handler=said)
    expected = desk.person(handler).id if handler else None
    assert desk.only(Encounter).handler_id == expected


def test_optional_facts_are_kept(desk: Desk) -> None:
    desk.encounter(
        direction="inbound",
        urgency="high",
        journey_stage="applying",
        waiting_minutes=45,
        critical=True,
        about="  the  form\x00 ",
    )
    encounter = desk.only(Encounter)
    assert (encounter.direction, encounter.urgency, encounter.journey_stage) == (
        "inbound",
        "high",
        "applying",
    )
    assert (encounter.waiting_minutes, encounter.critical) == (45, True)
    assert encounter.about == "the  form"


def test_the_same_reference_of_another_source_is_another_encounter(desk: Desk) -> None:
    desk.encounter(source="api:a", external_reference="1")
    desk.encounter(source="api:b", external_reference="1")
    assert len(desk.rows(Encounter)) == 2


def _reopened(desk: Desk, reference: str) -> EncounterReopened:
    by = Sender("api", "test")
    return EncounterReopened(source="test", external_reference=reference, by=by, at=desk.now, delivery_id="")


def _cancelled(desk: Desk, reference: str) -> EncounterCancelled:
    by = Sender("api", "test")
    return EncounterCancelled(source="test", external_reference=reference, by=by, at=desk.now, delivery_id="")


def test_an_encounter_nobody_knows_cannot_be_reopened_or_cancelled(desk: Desk) -> None:
    with pytest.raises(UnknownEncounter):
        desk.do(lambda ctx: reopen_encounter(_reopened(desk, "T-9"), ctx))
    with pytest.raises(UnknownEncounter):
        desk.do(lambda ctx: cancel_encounter(_cancelled(desk, "T-9"), ctx))


def test_cancelled_twice_it_is_written_down_once(desk: Desk) -> None:
    desk.encounter(external_reference="T-1")
    event = _cancelled(desk, "T-1")
    for _ in range(2):
        desk.do(lambda ctx: cancel_encounter(event, ctx))
    assert [entry.verdict for entry in desk.rows(LedgerEntry)] == [Verdict.CANCELLED]
    assert desk.only(Encounter).state == EncounterState.CANCELLED


def test_what_was_asked_already_is_not_unasked(desk: Desk) -> None:
    desk.ask(external_reference="T-1")
    event = _reopened(desk, "T-1")
    desk.do(lambda ctx: reopen_encounter(event, ctx))
    assert [entry.verdict for entry in desk.rows(LedgerEntry)] == [Verdict.ASKED, Verdict.REOPENED]
