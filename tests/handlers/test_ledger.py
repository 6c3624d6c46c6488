"""Why: every decision read back as a sentence, with its facts."""

import pytest

from handlers.errors import UnknownEncounter
from handlers.events import Sender
from handlers.invite import decide_due
from handlers.ledger import recent, why
from handlers.wording.sentences import verdict
from storage.tables import LedgerEntry
from storage.vocabulary import Verdict
from tests.helpers.desk import Desk


def _why(desk: Desk, reference: str) -> list[str]:
    return desk.do(lambda ctx: [verdict(view, "en") for view in why(reference, ctx)])


def test_an_encounter_is_known_by_its_reference_and_by_its_token(desk: Desk) -> None:
    token = desk.encounter(external_reference="T-1").token
    desk.later(minutes=15)
    assert desk.do(decide_due) == 1
    assert _why(desk, "T-1") == _why(desk, token) == ["Omar Hassan, Phone call, Tue 24 Nov 10:00: asked."]


def test_before_its_turn_nothing_has_been_decided(desk: Desk) -> None:
    desk.encounter(external_reference="T-1")
    assert desk.do(decide_due) == 0
    assert _why(desk, "T-1") == []


def test_an_encounter_nobody_knows_is_said_to_be_unknown(desk: Desk) -> None:
    with pytest.raises(UnknownEncounter):
        _why(desk, "T-9")


def test_a_decision_keeps_its_facts_whatever_becomes_of_the_rules(desk: Desk) -> None:
    desk.ask(about="the invoice")
    desk.encounter(external_reference="T-2", touchpoint="visit")
    desk.later(minutes=15)
    desk.do(decide_due)
    entry = desk.rows(LedgerEntry)[-1]
    assert entry.verdict == Verdict.ALREADY_ASKED_TODAY
    assert entry.facts["about"] == "the invoice"
    assert entry.facts["survey"] == "encounter"
    desk.organisation = desk.organisation.model_copy(update={"touchpoints": {}})
    assert _why(desk, "T-2")[0].endswith("already asked today about the invoice.")


def test_the_newest_decisions_come_first_as_many_as_wanted(desk: Desk) -> None:
    for customer in ("ella", "emil", "elias"):
        desk.ask(customer=Sender("sandbox", customer), customer_name=customer.title())
    lines = desk.do(lambda ctx: recent(ctx, 2))
    assert [line.split(",")[0] for line in lines] == ["Elias", "Emil"]


def test_a_decision_is_shown_in_the_customers_zone(desk: Desk) -> None:
    desk.change_person("omar", time_zone="Asia/Tokyo")
    desk.ask(external_reference="T-1")
    assert "17:00" in _why(desk, "T-1")[0]


def test_names_are_read_as_they_are_now(desk: Desk) -> None:
    """Rows hold no copies of a name, so that an erased one is gone here, too."""
    desk.ask(external_reference="T-1")
    desk.change_person("omar", name="O. H.")
    assert _why(desk, "T-1")[0].startswith("O. H.,")
