"""Who leaves the organisation file while they have a case."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.cases import rehome_left
from handlers.events import CaseHandedOver, CaseTaken, RatingGiven
from storage.tables import Case, CaseEvent, Person
from storage.vocabulary import CaseEventKind, CaseState, OwnerRule
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A rule gives what comes by phone to Ville, whichever service it is about."""
    organisation = example(routing={"rules": [{"touchpoint": "phone", "owner": "ville"}]})
    with desk_of(organisation, tmp_path) as built:
        yield built


def _case(desk: Desk) -> Case:
    invitation = desk.ask(service="pension-advice")
    desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=1)
    return desk.only(Case)


def _names(desk: Desk) -> dict[int | None, str | None]:
    return {None: None, **{row.id: row.key for row in desk.rows(Person)}}


def _leave(desk: Desk, key: str) -> None:
    """They are out of the file, and so is the rule that named them."""
    people = {k: person for k, person in desk.organisation.people.items() if k != key}
    rules = tuple(rule for rule in desk.organisation.routing.rules if rule.owner != key)
    routing = desk.organisation.routing.model_copy(update={"rules": rules})
    desk.organisation = desk.organisation.model_copy(update={"people": people, "routing": routing})
    desk.change_person(key, left_at=desk.now)


def test_what_a_rule_gave_to_somebody_goes_to_whoever_answers_without_the_rule(desk: Desk) -> None:
    case = _case(desk)
    assert (_names(desk)[case.owner_id], case.owner_rule) == ("ville", OwnerRule.RULE)
    _leave(desk, "ville")
    assert [desk.do(rehome_left), desk.do(rehome_left)] == [1, 0]
    case = desk.only(Case)
    assert (_names(desk)[case.owner_id], case.owner_rule) == ("maya", OwnerRule.SERVICE_OWNER)


def test_what_somebody_who_left_had_in_hand_is_free_to_be_taken(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseTaken, "ville", case=case.token)
    _leave(desk, "ville")
    desk.do(rehome_left)
    case = desk.only(Case)
    assert (case.state, case.claimed_by_id) == (CaseState.RECEIVED, None)
    assert [event.kind for event in desk.rows(CaseEvent)][-1] == CaseEventKind.HANDED_OVER
    desk.hear(CaseTaken, "maya", case=case.token)
    assert desk.only(Case).state == CaseState.CLAIMED


def test_a_case_that_the_cx_lead_took_from_its_owner_returns_to_the_owner(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseTaken, "liisa", case=case.token)
    _leave(desk, "liisa")
    assert desk.do(rehome_left) == 1
    case = desk.only(Case)
    assert (_names(desk)[case.owner_id], case.claimed_by_id) == ("ville", None)


def test_what_was_handed_over_to_somebody_who_leaves_goes_by_the_rules_again(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseHandedOver, "ville", case=case.token, to="maya", reason="Yours.")
    _leave(desk, "maya")
    assert desk.do(rehome_left) == 1
    assert _names(desk)[desk.only(Case).owner_id] == "ville"
