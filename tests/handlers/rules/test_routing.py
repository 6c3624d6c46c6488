"""Who must act, and who stands in."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.routing import (
    About,
    Away,
    Route,
    Rule,
    Staff,
    Step,
    StepKind,
    first_match,
    goes_round,
    owner_of,
)
from storage.vocabulary import OwnerRule

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)
EVERYBODY: dict[str, str | None] = {
    "service_owner": "maya",
    "account_manager": "antti",
    "team_lead": "tiina",
    "cx_lead": "carl",
}


def away(*people: str, deputy: str | None = None) -> Mapping[str, tuple[Away, ...]]:
    return {person: (Away(person, FRIDAY, MONDAY, deputy),) for person in people}


def route(
    absences: Mapping[str, tuple[Away, ...]] | None = None,
    deputies: Mapping[str, str | None] | None = None,
    *,
    on: date = FRIDAY,
    line: Mapping[str, str | None] = EVERYBODY,
    rule: Rule | None = None,
    turn: int = 0,
    kept_by: str | None = None,
    desks: Mapping[str, str] | None = None,
) -> Route:
    return owner_of(
        Staff(on, absences or {}, deputies or {}, desks or {}),
        rule=rule,
        turn=turn,
        kept_by=kept_by,
        service_owner=line["service_owner"],
        account_manager=line["account_manager"],
        team_lead=line["team_lead"],
        cx_lead=line["cx_lead"],
    )


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ((), Route("maya", OwnerRule.SERVICE_OWNER)),
        (("service_owner",), Route("antti", OwnerRule.ACCOUNT_MANAGER)),
        (("service_owner", "account_manager"), Route("tiina", OwnerRule.TEAM_LEAD)),
        (("service_owner", "account_manager", "team_lead"), Route("carl", OwnerRule.CX_LEAD)),
        (tuple(EVERYBODY), Route(None, OwnerRule.NOBODY)),
    ],
)
def test_the_line_of_responsibility(missing: tuple[str, ...], expected: Route) -> None:
    assert route(line=EVERYBODY | dict.fromkeys(missing)) == expected


def test_the_absences_deputy_stands_in() -> None:
    assert route(away("maya", deputy="ville")) == Route(
        "ville", OwnerRule.DEPUTY, stands_in_for="maya", base_rule=OwnerRule.SERVICE_OWNER
    )


def test_the_usual_deputy_stands_in_where_the_absence_names_none() -> None:
    assert route(away("maya"), {"maya": "ville"}).person == "ville"


def test_the_absences_deputy_goes_before_the_usual_one() -> None:
    assert route(away("maya", deputy="ville"), {"maya": "sanna"}).person == "ville"


def test_a_deputys_deputy_stands_in() -> None:
    assert route(away("maya", "ville"), {"maya": "ville", "ville": "sanna"}) == Route(
        "sanna", OwnerRule.DEPUTY, stands_in_for="maya", base_rule=OwnerRule.SERVICE_OWNER
    )


def test_without_a_deputy_the_next_in_line_acts() -> None:
    assert route(away("maya")) == Route("antti", OwnerRule.ACCOUNT_MANAGER)


def test_deputies_in_a_circle_lead_to_the_next_in_line() -> None:
    assert route(away("maya", "ville"), {"maya": "ville", "ville": "maya"}).person == "antti"


def test_deputies_in_a_circle_beside_whom_they_stand_in_for_lead_there_too() -> None:
    circle = {"maya": "ville", "ville": "sanna", "sanna": "ville"}
    assert route(away("maya", "ville", "sanna"), circle).person == "antti"


def test_who_had_the_encounter_keeps_it_before_everybody_else() -> None:
    assert route(rule=ROTA, kept_by="sanna") == Route("sanna", OwnerRule.SERVICE_OWNER)


def test_turns_begin_with_the_first() -> None:
    assert (
        owner_of(
            Staff(FRIDAY), rule=ROTA, service_owner=None, account_manager=None, team_lead=None, cx_lead=None
        ).person
        == "maya"
    )


def test_when_everybody_is_away_the_first_in_line_keeps_it() -> None:
    assert route(away("maya", "antti", "tiina", "carl")) == Route("maya", OwnerRule.SERVICE_OWNER)


@pytest.mark.parametrize(
    ("on", "person"),
    [
        (date(2026, 11, 26), "maya"),
        (FRIDAY, "ville"),
        (SATURDAY, "ville"),
        (MONDAY, "ville"),
        (date(2026, 12, 1), "maya"),
    ],
)
def test_both_ends_of_an_absence_belong_to_it(on: date, person: str) -> None:
    assert route(away("maya", deputy="ville"), on=on).person == person


names = st.sampled_from(["maya", "antti", "tiina", "carl", "ville", "sanna"])


@given(
    st.fixed_dictionaries({key: st.none() | names for key in EVERYBODY}),
    st.sets(names),
    st.dictionaries(names, st.none() | names),
    st.none() | names,
)
def test_every_case_finds_somebody_and_somebody_present_if_it_can(
    line: dict[str, str | None], absent: set[str], deputies: dict[str, str | None], deputy: str | None
) -> None:
    found = route(away(*absent, deputy=deputy), deputies, line=line)
    in_line = [person for person in line.values() if person]
    assert (found.person is None) == (not in_line) == (found.rule is OwnerRule.NOBODY)
    if any(person not in absent for person in in_line):
        assert found.person not in absent
    if found.rule is OwnerRule.DEPUTY:
        assert found.stands_in_for in absent
        assert found.base_rule is not None


ROTA = Rule(1, {}, rota=("maya", "ville", "sanna"))
COMPLAINTS_OF_ACME = Rule(1, {"account": frozenset({"acme"}), "type": frozenset({"complaint"})}, "liisa")
PHONE = Rule(2, {"touchpoint": frozenset({"phone", "chat"})}, "ville")
INVOICES = Rule(3, {"category": frozenset({"invoicing"})}, "sanna")


@pytest.mark.parametrize(
    ("about", "number"),
    [
        (About(account="acme", type="complaint"), 1),
        (About(service="desk", account="acme", type="complaint"), 1),
        (About(account="acme", type="idea"), None),
        (About(account="acme"), None),
        (About(account="acme", touchpoint="chat"), 2),
        (About(category="Invoicing"), 3),
        (About(), None),
    ],
)
def test_the_first_rule_that_fits_holds(about: About, number: int | None) -> None:
    found = first_match([COMPLAINTS_OF_ACME, PHONE, INVOICES], about)
    assert (found.number if found else None) == number


@pytest.mark.parametrize(
    ("earlier", "later", "all_of_it"),
    [
        ({}, {"account": {"acme"}}, True),
        ({}, {}, True),
        ({"account": {"acme"}}, {}, False),
        ({"account": {"acme"}}, {"account": {"acme"}, "type": {"idea"}}, True),
        ({"account": {"acme", "library"}}, {"account": {"acme"}}, True),
        ({"account": {"acme"}}, {"account": {"acme", "library"}}, False),
        ({"account": {"acme"}}, {"touchpoint": {"phone"}}, False),
    ],
)
def test_a_rule_takes_all_of_a_later_one(
    earlier: dict[str, set[str]], later: dict[str, set[str]], *, all_of_it: bool
) -> None:
    def rule(wanted: dict[str, set[str]]) -> Rule:
        return Rule(1, {name: frozenset(values) for name, values in wanted.items()})

    assert rule(earlier).takes_all_of(rule(later)) is all_of_it


def test_a_rule_goes_before_the_owner_of_the_service_who_acts_where_nobody_of_it_can() -> None:
    assert route(rule=PHONE) == Route("ville", OwnerRule.RULE)
    assert route(away("ville"), rule=PHONE) == Route("maya", OwnerRule.SERVICE_OWNER)
    assert route(away("ville"), {"ville": "sanna"}, rule=PHONE) == Route(
        "sanna", OwnerRule.DEPUTY, stands_in_for="ville", base_rule=OwnerRule.RULE
    )


@pytest.mark.parametrize(
    ("turn", "absent", "person"),
    [
        (0, (), "maya"),
        (1, (), "ville"),
        (2, (), "sanna"),
        (3, (), "maya"),
        (-1, (), "sanna"),
        (1, ("ville",), "sanna"),
        (2, ("ville",), "sanna"),
        (0, ("maya", "ville"), "sanna"),
        (2, ("sanna", "maya"), "ville"),
    ],
)
def test_turns_go_round_and_pass_over_who_is_away(turn: int, absent: tuple[str, ...], person: str) -> None:
    assert route(away(*absent), rule=ROTA, turn=turn) == Route(person, OwnerRule.ROTA)


def test_when_a_whole_rota_is_away_the_deputy_of_whose_turn_it_is_acts_else_the_next_in_line() -> None:
    absent = away("maya", "ville", "sanna")
    assert route(absent, {"ville": "antti"}, rule=ROTA, turn=1) == Route(
        "antti", OwnerRule.DEPUTY, stands_in_for="ville", base_rule=OwnerRule.ROTA
    )
    assert route(absent, rule=ROTA, turn=1).person == "antti"


def test_who_only_receives_stands_in_for_nobody_but_a_colleague_of_the_same_desk() -> None:
    lobby = {"olli": "lobby", "outi": "lobby"}
    assert route(away("maya"), {"maya": "olli"}, desks=lobby) == Route("antti", OwnerRule.ACCOUNT_MANAGER)
    line = {**EVERYBODY, "service_owner": "outi"}
    assert route(away("outi"), {"outi": "olli"}, line=line, desks=lobby).person == "olli"


@pytest.mark.parametrize(
    ("absent", "deputies", "rule", "turn", "expected"),
    [
        ((), {}, None, 0, ["maya: responsible"]),
        (("maya",), {"maya": "ville"}, None, 0, ["maya: responsible", "maya: away", "ville: stands in"]),
        (
            ("maya", "ville"),
            {"maya": "ville"},
            None,
            0,
            ["maya: responsible", "maya: away", "ville: away", "maya: no deputy", "antti: responsible"],
        ),
        ((), {}, ROTA, 1, ["ville: turn"]),
        (("ville",), {}, ROTA, 1, ["ville: turn", "ville: away", "sanna: passes"]),
    ],
)
def test_each_step_is_told(
    absent: tuple[str, ...],
    deputies: dict[str, str | None],
    rule: Rule | None,
    turn: int,
    expected: list[str],
) -> None:
    found = route(away(*absent), deputies, rule=rule, turn=turn)
    assert [f"{step.person}: {step.kind}" for step in found.steps] == expected


def test_each_step_says_of_whom_until_when_and_by_which_rule() -> None:
    assert route(away("maya", "ville"), {"maya": "ville", "ville": "sanna"}).steps == (
        Step(StepKind.RESPONSIBLE, "maya", rule=OwnerRule.SERVICE_OWNER),
        Step(StepKind.AWAY, "maya", until=MONDAY),
        Step(StepKind.AWAY, "ville", until=MONDAY),
        Step(StepKind.STANDS_IN, "sanna", "maya"),
    )
    rota = ("ville", "sanna", "maya")
    assert route(away("ville"), rule=ROTA, turn=1).steps == (
        Step(StepKind.TURN, "ville", rule=OwnerRule.ROTA, people=rota),
        Step(StepKind.AWAY, "ville", until=MONDAY),
        Step(StepKind.PASSES, "sanna", rule=OwnerRule.ROTA, people=rota),
    )
    assert (
        Step(StepKind.ONLY_RECEIVES, "olli")
        in route(away("maya"), {"maya": "olli"}, desks={"olli": "lobby"}).steps
    )


def test_that_everybody_is_away_and_that_nobody_is_named_is_told() -> None:
    kept = route(away("maya", "antti", "tiina", "carl"))
    assert (kept.steps[-1].kind, kept.steps[-1].person) == (StepKind.ALL_AWAY, "maya")
    assert [step.kind for step in route(line=dict.fromkeys(EVERYBODY)).steps] == [StepKind.NOBODY]


@pytest.mark.parametrize(
    ("handed", "to", "round_again"),
    [
        ([], "ville", False),
        (["maya ville"], "sanna", False),
        (["maya ville"], "maya", False),
        (["maya ville", "ville maya"], "ville", True),
        (["maya ville", "ville sanna"], "ville", False),
        (["maya ville", "ville sanna"], "maya", True),
        (["maya ville", "ville sanna", "sanna ville"], "sanna", True),
        (["maya ville", "ville maya"], "sanna", False),
    ],
)
def test_a_case_may_come_back_once_and_never_goes_round(
    handed: list[str], to: str, *, round_again: bool
) -> None:
    pairs = [(giver, taker) for giver, _, taker in (pair.partition(" ") for pair in handed)]
    assert goes_round(pairs, to) is round_again
