"""Who must act, and who stands in."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.routing import Away, Route, next_up, owner_of
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
) -> Route:
    return owner_of(
        service_owner=line["service_owner"],
        account_manager=line["account_manager"],
        team_lead=line["team_lead"],
        cx_lead=line["cx_lead"],
        away=absences or {},
        deputies=deputies or {},
        on=on,
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


@pytest.mark.parametrize(
    ("current", "deputy", "team_lead", "cx_lead", "expected"),
    [
        ("maya", "ville", "tiina", "carl", "ville"),
        ("maya", None, "tiina", "carl", "tiina"),
        ("maya", None, None, "carl", "carl"),
        ("maya", None, None, None, None),
        ("maya", "maya", "maya", "carl", "carl"),
        ("tiina", None, "tiina", "carl", "carl"),
        ("carl", None, "tiina", "carl", None),
        ("carl", "ville", "tiina", "carl", "ville"),
    ],
)
def test_escalation_goes_one_up_and_never_to_the_same_person(
    current: str, deputy: str | None, team_lead: str | None, cx_lead: str | None, expected: str | None
) -> None:
    assert next_up(current, deputy=deputy, team_lead=team_lead, cx_lead=cx_lead) == expected
