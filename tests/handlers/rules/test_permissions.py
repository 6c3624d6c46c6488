"""Who may do what."""

from dataclasses import replace

import pytest

from handlers.rules.permissions import RIGHTS, Right, Sight, may, may_act_on_case
from storage.vocabulary import Role

CUSTOMER, PROVIDER, STAFF, MANAGER, CX_LEAD, ADMIN = (
    Role.CUSTOMER,
    Role.PROVIDER,
    Role.STAFF,
    Role.MANAGER,
    Role.CX_LEAD,
    Role.ADMIN,
)

LEAST_ROLE = {
    Right.GIVE_FEEDBACK: CUSTOMER,
    Right.LOG_FEEDBACK: PROVIDER,
    Right.SPEAK_ANONYMOUSLY: PROVIDER,
    Right.ASK_FOR_FEEDBACK: STAFF,
    Right.REPORT_ENCOUNTERS: STAFF,
    Right.READ_GENERAL: STAFF,
    Right.READ_DIGESTS: STAFF,
    Right.READ_LEDGER: MANAGER,
    Right.READ_CASES: MANAGER,
    Right.ACT_ON_CASES: MANAGER,
    Right.HAND_OVER: MANAGER,
    Right.CLOSE_CASES: MANAGER,
    Right.KEEP_WISHES: MANAGER,
    Right.ACT_ON_EVERY_CASE: CX_LEAD,
    Right.CONFIGURE: ADMIN,
}
FROM_LEAST_TO_MOST = [CUSTOMER, PROVIDER, STAFF, MANAGER, CX_LEAD, ADMIN]


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_the_table(role: Role, right: Right) -> None:
    enough = FROM_LEAST_TO_MOST.index(role) >= FROM_LEAST_TO_MOST.index(LEAST_ROLE[right])
    assert may(role, right) is enough


def test_every_role_has_its_rights() -> None:
    assert set(RIGHTS) == set(Role)


def act(role: Role, *, is_owner: bool = False, is_claimer: bool = False, same_team: bool = False) -> bool:
    return may_act_on_case(role, is_owner=is_owner, is_claimer=is_claimer, same_team=same_team)


def test_scenario_5_the_desk_cannot_close_a_complaint_it_only_typed_in() -> None:
    assert not act(STAFF)
    assert not act(STAFF, same_team=True)


def test_scenario_5_the_applications_service_manager_can() -> None:
    assert act(MANAGER, is_owner=True)


@pytest.mark.parametrize(
    ("role", "everyones", "own_teams"),
    [
        (CUSTOMER, False, False),
        (PROVIDER, False, False),
        (STAFF, False, False),
        (MANAGER, False, True),
        (CX_LEAD, True, True),
        (ADMIN, True, True),
    ],
)
def test_cases_of_others(role: Role, everyones: bool, own_teams: bool) -> None:
    assert act(role) is everyones
    assert act(role, same_team=True) is own_teams


@pytest.mark.parametrize("role", [PROVIDER, STAFF, MANAGER, CX_LEAD, ADMIN])
def test_whoever_has_a_case_may_act_on_it(role: Role) -> None:
    assert act(role, is_owner=True)
    assert act(role, is_claimer=True)


def test_a_customer_never_acts_on_a_case() -> None:
    assert not act(CUSTOMER, is_owner=True, is_claimer=True, same_team=True)


def test_whoever_works_here_sees_the_general_level_and_no_more_than_concerns_them() -> None:
    staff = Sight(general=True, teams=frozenset({"advice"}), services=frozenset({"pension"}))
    assert staff.concerns(service="pension")
    assert staff.concerns(team="advice")
    assert not staff.concerns(service="helpdesk", account="acme", team="it")
    assert not staff.names(service="pension")
    manager = replace(staff, named=True, accounts=frozenset({"acme"}))
    assert manager.names(service="pension")
    assert manager.names(service="helpdesk", account="acme")
    assert not manager.names(service="helpdesk", team="it")
    lead = Sight(general=True, named=True, everything=True)
    assert lead.names(service="helpdesk")
    assert lead.names()


def test_nothing_concerns_somebody_who_does_not_work_here_any_more() -> None:
    gone = Sight(everything=True, named=True, services=frozenset({"pension"}))
    assert not gone.concerns(service="pension")
    assert not Sight(general=True, named=True).concerns(service=None, account=None, team=None)
