"""A front desk receives what customers say, and never owns what is another's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.errors import CannotStandIn, FeedbackError, GoesRound, OnlyReceives
from handlers.events import (
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseNotOurs,
    CaseReplied,
    CaseTaken,
    CommandGiven,
    Event,
    FormAsked,
    RatingGiven,
)
from handlers.messages import Action, ChoiceField, OpenForm, Verb
from handlers.owners import above
from storage.people import person_by_key
from storage.tables import AuditEntry, Case, Person
from storage.vocabulary import Outcome
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example

ROSA = {"name": "Rosa Rantala", "role": "manager", "team": "front", "identities": {"sandbox": "rosa"}}
TARU = {"name": "Taru Tamm", "role": "manager", "team": "front", "identities": {"sandbox": "taru"}}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The front desk provides the service in the lobby, which is Maya's, and the cloakroom, which is Taru's."""
    organisation = example(
        teams={"front": {"name": "Front desk", "receives_only": True}},
        people={"rosa": ROSA, "taru": TARU},
        services={
            "lobby": {"team": "front"},
            "cloakroom": {"name": "Cloakroom", "owner": "taru", "team": "front"},
        },
    )
    with desk_of(organisation, tmp_path) as built:
        yield built


def _case(desk: Desk, service: str) -> Case:
    invitation = desk.ask(service=service)
    desk.hear(RatingGiven, "omar", invitation=invitation, question="ease", score=1)
    return desk.only(Case)


def _owner(desk: Desk) -> str | None:
    case = desk.only(Case)
    return next(row.key for row in desk.rows(Person) if row.id == case.owner_id)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (CaseTaken, {}),
        (CaseContacted, {"words": "Called."}),
        (CaseReplied, {"words": "Hello!"}),
        (CaseClosed, {"outcome": Outcome.RESOLVED, "words": ""}),
    ],
)
def test_what_is_anothers_cannot_be_acted_on(desk: Desk, kind: type[Event], facts: dict[str, object]) -> None:
    case = _case(desk, "lobby")
    with pytest.raises(OnlyReceives) as refused:
        desk.hear(kind, "rosa", case=case.token, **facts)
    assert refused.value.facts == {"name": "Rosa Rantala", "owner": "Maya Virtanen"}
    assert desk.only(Case).claimed_by_id is None


def test_what_is_their_own_can(desk: Desk) -> None:
    case = _case(desk, "cloakroom")
    assert _owner(desk) == "taru"
    desk.hear(CaseTaken, "rosa", case=case.token)
    assert desk.only(Case).claimed_by_id == desk.person("rosa").id


def test_it_is_not_handed_to_them_and_they_are_not_among_the_choices(desk: Desk) -> None:
    case = _case(desk, "lobby")
    with pytest.raises(OnlyReceives) as refused:
        desk.hear(CaseHandedOver, "maya", case=case.token, to="rosa", reason="Yours?")
    assert refused.value.field == "to"
    form = desk.hear(FormAsked, "maya", action=Action(Verb.HAND_OVER, case.token))
    assert isinstance(form, OpenForm)
    [choices] = [f.options for f in form.form.fields if isinstance(f, ChoiceField)]
    assert {"rosa", "taru"}.isdisjoint(key for key, _ in choices)
    assert "ville" in {key for key, _ in choices}


def test_they_may_pass_on_what_came_to_their_team(desk: Desk) -> None:
    case = _case(desk, "lobby")
    desk.hear(CaseHandedOver, "rosa", case=case.token, to="ville", reason="The lift again.")
    assert _owner(desk) == "ville"


def test_they_cannot_be_named_in_chat_to_stand_in_for_another_team(desk: Desk) -> None:
    for deputy in ("Rosa", "Olli"):
        with pytest.raises(CannotStandIn):
            desk.hear(CommandGiven, "maya", words=f"away until Monday, {deputy} answers")
    desk.hear(CommandGiven, "taru", words="away until Monday, Rosa answers")
    _case(desk, "cloakroom")
    assert _owner(desk) == "rosa", "a colleague of the same desk may"


def test_a_case_may_come_back_and_is_not_sent_round(desk: Desk) -> None:
    case = _case(desk, "pension-advice")

    def gives(giver: str, taker: str) -> None:
        desk.hear(CaseHandedOver, giver, case=case.token, to=taker, reason="Yours?")

    gives("maya", "ville")
    gives("ville", "maya")
    with pytest.raises(GoesRound) as refused:
        gives("maya", "ville")
    assert refused.value.facts == {"name": "Ville Laine", "who": "Liisa Heino"}
    gives("maya", "liisa")
    gives("liisa", "ville")
    assert _owner(desk) == "ville", "the CX lead decides"


@pytest.mark.parametrize(
    ("kind", "by", "facts", "sentence"),
    [
        (
            CaseTaken,
            "rosa",
            {},
            "Rosa Rantala only receives what customers say; this case belongs to Maya Virtanen. Nothing was changed.",
        ),
        (
            CaseHandedOver,
            "maya",
            {"to": "sanna", "reason": "x"},
            "Sanna Mäkelä may not act on cases, so nothing was changed. Choose somebody else.",
        ),
        (CaseNotOurs, "pekka", {"reason": "x"}, "You do not have the right to do this."),
    ],
)
def test_a_refused_attempt_is_told_in_a_sentence_and_written_down(
    desk: Desk, kind: type[Event], by: str, facts: dict[str, object], sentence: str
) -> None:
    case = _case(desk, "lobby")
    desk.change_person(by, language="en")
    with pytest.raises(FeedbackError) as refused:
        desk.hear(kind, by, case=case.token, **facts)
    told = desk.refuse(refused.value, kind, by, case=case.token, **facts)
    assert sentence in str(told)
    entry = desk.only(AuditEntry)
    assert (entry.person_id, entry.did, entry.subject, entry.subject_id) == (
        desk.person(by).id,
        "was refused",
        kind.__name__,
        case.token,
    )


def test_a_case_is_not_escalated_to_another_teams_desk_either(desk: Desk) -> None:
    deputies = {"maya": "rosa", "taru": "rosa"}
    people = {
        key: person.model_copy(update={"deputy": deputies.get(key, person.deputy)})
        for key, person in desk.organisation.people.items()
    }
    desk.organisation = desk.organisation.model_copy(update={"people": people})

    def up(key: str) -> str | None:
        return desk.do(lambda ctx: above(person_by_key(ctx.session, key), None, ctx)[0].key)

    assert [up("maya"), up("taru")] == ["liisa", "rosa"]
