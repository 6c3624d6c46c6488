"""Acting on a case: whoever does whatever in whatever order, its history tells one story."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from handlers.errors import (
    AlreadyClaimed,
    CaseIsClosed,
    FeedbackError,
    HandOverToOneself,
    ManyByThatName,
    MayNotOwn,
    NobodyByThatName,
    NotAllowed,
    OutcomeMissing,
    UnknownCase,
    WordsMissing,
)
from handlers.events import (
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseNotOurs,
    CaseReopened,
    CaseReplied,
    CaseShown,
    CaseTaken,
    Event,
    ExpertAsked,
    RatingGiven,
    Sender,
    WordsReceived,
)
from handlers.messages import EditInPlace, Say
from storage.tables import Case, CaseEvent
from storage.vocabulary import CaseEventKind, CaseState, Outcome
from tests.helpers.desk import Desk


@dataclass
class Deed:
    """One thing somebody tries on a case."""

    by: str
    kind: type[Event]
    facts: dict[str, object] = field(default_factory=dict)


PEOPLE = st.sampled_from(["maya", "liisa", "ville", "kaisa", "sanna", "olli", "omar"])
DEEDS = st.one_of(
    st.builds(Deed, PEOPLE, st.sampled_from([CaseTaken, CaseShown, CaseReopened])),
    st.builds(
        lambda by, to: Deed(by, CaseHandedOver, {"to": to, "reason": "yours"}),
        PEOPLE,
        st.sampled_from(["maya", "liisa", "ville", "sanna"]),
    ),
    st.builds(lambda by: Deed(by, CaseNotOurs, {"reason": "not ours"}), PEOPLE),
    st.builds(lambda by: Deed(by, CaseContacted, {"words": ""}), PEOPLE),
    st.builds(lambda by: Deed(by, CaseReplied, {"words": "Hello"}), PEOPLE),
    st.builds(
        lambda by, outcome: Deed(by, CaseClosed, {"outcome": outcome}),
        PEOPLE,
        st.sampled_from([None, *Outcome]),
    ),
)


def _case(desk: Desk, customer: str = "omar") -> Case:
    """Omar was badly served by the pension office."""
    invitation = desk.ask(customer=Sender("sandbox", customer), service="pension-advice")
    desk.hear(RatingGiven, customer, invitation=invitation, question="ease", score=1)
    return desk.rows(Case)[-1]


@given(st.lists(DEEDS, max_size=10))
@settings(
    max_examples=30,
    phases=[Phase.generate],  # to shrink a story over a growing database takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whoever_does_whatever_the_history_tells_one_story(desk: Desk, deeds: list[Deed]) -> None:
    case = _case(desk, f"customer-{len(desk.rows(Case))}")
    for deed in deeds:
        desk.later(minutes=1)
        before, events = case, _events(desk, case)
        try:
            reply = desk.hear(deed.kind, deed.by, case=case.token, **deed.facts)
        except FeedbackError:
            assert _again(desk, case).model_dump() == before.model_dump(), "what is refused changes nothing"
            assert _events(desk, case) == events
            continue
        assert isinstance(reply, Say | EditInPlace)
        case = _again(desk, case)
        _demand_sense(case)
        assert _events(desk, case)[: len(events)] == events, "history is only added to"
        assert (case.revision > before.revision) == (len(_events(desk, case)) > len(events))
        assert deed.by not in ("omar", "olli"), "neither customers nor outside staff get this far"


def _demand_sense(case: Case) -> None:
    assert (case.state == CaseState.CLOSED) == (case.outcome is not None) == (case.closed_at is not None)
    if case.state in (CaseState.CLAIMED, CaseState.CONTACTED, CaseState.CLOSED):
        assert case.claimed_by_id is not None
    assert case.owner_id is not None


def _again(desk: Desk, case: Case) -> Case:
    return next(row for row in desk.rows(Case) if row.id == case.id)


def _events(desk: Desk, case: Case) -> list[tuple[str, object]]:
    return [(event.kind, event.at) for event in desk.rows(CaseEvent) if event.case_id == case.id]


@pytest.mark.parametrize(
    ("by", "kind", "facts", "problem"),
    [
        ("maya", CaseHandedOver, {"to": "ville", "reason": "  "}, WordsMissing),
        ("maya", CaseHandedOver, {"to": "", "reason": "x"}, NobodyByThatName),
        ("maya", CaseHandedOver, {"to": "omar", "reason": "x"}, NobodyByThatName),
        ("maya", CaseHandedOver, {"to": "sanna", "reason": "x"}, MayNotOwn),
        ("maya", CaseHandedOver, {"to": "L", "reason": "x"}, ManyByThatName),
        ("maya", CaseHandedOver, {"to": "maya", "reason": "x"}, HandOverToOneself),
        ("liisa", CaseNotOurs, {"reason": "x"}, HandOverToOneself),
        ("maya", CaseNotOurs, {"reason": ""}, WordsMissing),
        ("maya", CaseReplied, {"words": ""}, WordsMissing),
        ("maya", CaseClosed, {"outcome": None}, OutcomeMissing),
        ("maya", ExpertAsked, {"expert": "nobody", "words": "x"}, NobodyByThatName),
        ("maya", ExpertAsked, {"expert": "ville", "words": ""}, WordsMissing),
        ("ville", CaseTaken, {}, NotAllowed),
        ("sanna", CaseTaken, {}, NotAllowed),
        ("olli", CaseShown, {}, NotAllowed),
        ("omar", CaseClosed, {"outcome": Outcome.RESOLVED}, NotAllowed),
    ],
)
def test_what_cannot_be_done_is_refused(
    desk: Desk, by: str, kind: type[Event], facts: dict[str, object], problem: type[FeedbackError]
) -> None:
    case = _case(desk)
    with pytest.raises(problem):
        desk.hear(kind, by, case=case.token, **facts)
    assert [kind for kind, _ in _events(desk, case)] == [CaseEventKind.OPENED]


def test_a_case_nobody_knows_is_refused(desk: Desk) -> None:
    with pytest.raises(UnknownCase):
        desk.hear(CaseTaken, "maya", case="none")


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (CaseHandedOver, {"to": "ville", "reason": "x"}),
        (CaseNotOurs, {"reason": "x"}),
        (CaseContacted, {"words": ""}),
        (ExpertAsked, {"expert": "ville", "words": "x"}),
        (CaseClosed, {"outcome": Outcome.RESOLVED}),
    ],
)
def test_a_closed_case_is_opened_before_anything_else(
    desk: Desk, kind: type[Event], facts: dict[str, object]
) -> None:
    case = _case(desk)
    desk.hear(CaseClosed, "maya", case=case.token, outcome=Outcome.RESOLVED)
    with pytest.raises(CaseIsClosed):
        desk.hear(kind, "maya", case=case.token, **facts)
    desk.hear(CaseReopened, "maya", case=case.token, reason="")
    desk.hear(kind, "maya", case=case.token, **facts)


def test_whoever_has_the_case_is_named_with_the_time(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseTaken, "maya", case=case.token)
    with pytest.raises(AlreadyClaimed) as refused:
        desk.hear(CaseTaken, "liisa", case=case.token)
    assert refused.value.facts["name"] == "Maya Virtanen"
    assert "10.00" in refused.value.facts["since"]
    desk.hear(CaseTaken, "maya", case=case.token)
    assert [kind for kind, _ in _events(desk, case)].count(CaseEventKind.CLAIMED) == 1


def test_handed_over_the_due_time_stays(desk: Desk) -> None:
    case = _case(desk)
    desk.later(hours=2)
    desk.hear(CaseHandedOver, "maya", case=case.token, to="ville", reason="yours")
    assert _again(desk, case).due_at == case.due_at


def test_words_of_a_customer_with_a_closed_case_come_back_to_it(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseClosed, "maya", case=case.token, outcome=Outcome.RESOLVED)
    desk.hear(WordsReceived, "omar", words="It is not resolved at all.")
    assert _again(desk, case).state == CaseState.REOPENED


def test_a_last_word_to_the_customer_opens_nothing_again(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseClosed, "maya", case=case.token, outcome=Outcome.RESOLVED)
    desk.hear(CaseReplied, "maya", case=case.token, words="You are welcome.")
    assert (_again(desk, case).state, _again(desk, case).outcome) == (CaseState.CLOSED, Outcome.RESOLVED)


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        (CaseNotOurs, {"reason": "x"}),
        (CaseContacted, {"words": ""}),
        (CaseReplied, {"words": "Hello"}),
        (CaseClosed, {"outcome": Outcome.RESOLVED}),
    ],
)
def test_nobody_does_anything_to_a_case_that_another_has_in_hand(
    desk: Desk, kind: type[Event], facts: dict[str, object]
) -> None:
    case = _case(desk)
    desk.hear(CaseTaken, "maya", case=case.token)
    with pytest.raises(AlreadyClaimed):
        desk.hear(kind, "kaisa", case=case.token, **facts)


def test_only_who_may_act_on_every_case_moves_one_that_another_has_in_hand(desk: Desk) -> None:
    case = _case(desk)
    desk.hear(CaseTaken, "maya", case=case.token)
    desk.hear(CaseHandedOver, "kaisa", case=case.token, to="ville", reason="Maya is ill.")
    assert _again(desk, case).claimed_by_id is None
    assert _again(desk, case).state == CaseState.RECEIVED
