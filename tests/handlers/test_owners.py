"""Who is responsible, by the organisation and the day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.context import Context
from handlers.owners import Responsible, informed_of, next_up, owner_in_principle, owner_today
from storage.people import colleague, person_by_key
from storage.vocabulary import OwnerRule
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Desk]:
    """Maya is away on this Tuesday, and so is her deputy's colleague."""
    absence = [{"starts": "2026-11-24", "ends": "2026-11-24"}]
    with desk_of(example(people={"maya": {"away": absence}}), tmp_path) as desk:
        yield desk


def _today(
    desk: Desk, service: str | None, account: str | None, frozen: str | None = None
) -> tuple[str, OwnerRule]:
    def work(ctx: Context) -> tuple[str, OwnerRule]:
        person = colleague(ctx.session, frozen)
        was = Responsible(person, OwnerRule.ACCOUNT_MANAGER) if frozen else None
        found = owner_today(service, account, was, ctx)
        return (found.person.key if found.person else ""), found.rule

    return desk.do(work)


@pytest.mark.parametrize(
    ("service", "account", "expected"),
    [
        ("helpdesk", None, ("ville", OwnerRule.SERVICE_OWNER)),
        ("helpdesk", "acme", ("ville", OwnerRule.SERVICE_OWNER)),
        (None, "acme", ("maya", OwnerRule.ACCOUNT_MANAGER)),
        ("no longer there", "acme", ("maya", OwnerRule.ACCOUNT_MANAGER)),
        (None, None, ("liisa", OwnerRule.CX_LEAD)),
    ],
)
def test_the_closest_to_the_matter_acts(
    desk: Desk, service: str | None, account: str | None, expected: tuple[str, OwnerRule]
) -> None:
    assert _today(desk, service, account) == expected


def test_who_owned_the_encounter_still_does_by_the_same_rule(desk: Desk) -> None:
    assert _today(desk, "helpdesk", None, frozen="maya") == ("maya", OwnerRule.ACCOUNT_MANAGER)


def test_who_has_left_the_house_does_not(desk: Desk) -> None:
    desk.change_person("maya", left_at=desk.now)
    assert _today(desk, "helpdesk", None, frozen="maya") == ("ville", OwnerRule.SERVICE_OWNER)


def test_a_deputy_stands_in_for_whoever_owned_the_encounter(away: Desk) -> None:
    assert _today(away, "helpdesk", None, frozen="maya") == ("liisa", OwnerRule.DEPUTY)
    in_principle = away.do(lambda ctx: owner_in_principle("lobby", None, ctx))
    assert in_principle.person is not None
    assert in_principle.person.key == "maya", "away or not, it is hers"
    away.later(days=1)
    assert _today(away, "lobby", None) == ("maya", OwnerRule.SERVICE_OWNER)


@pytest.mark.parametrize(
    ("person", "service", "expected"),
    [
        ("maya", "lobby", "liisa"),
        ("ville", "helpdesk", "maya"),
        ("liisa", "lobby", None),
        (None, "helpdesk", "ville"),
        (None, None, "liisa"),
    ],
)
def test_the_next_in_line_is_deputy_team_lead_cx_lead(
    desk: Desk, person: str | None, service: str | None, expected: str | None
) -> None:
    def work(ctx: Context) -> str | None:
        up = next_up(person_by_key(ctx.session, person), service, ctx)
        return up.key if up else None

    assert desk.do(work) == expected


@pytest.mark.parametrize(
    ("service", "account", "expected"),
    [
        ("single-sign-on", "acme", ("liisa",)),
        ("helpdesk", "acme", ("liisa",)),
        ("helpdesk", None, ()),
        (None, None, ()),
        ("no longer there", "neither", ()),
    ],
)
def test_co_owners_and_directors_are_informed_once(
    desk: Desk, service: str | None, account: str | None, expected: tuple[str, ...]
) -> None:
    assert desk.do(lambda ctx: informed_of(service, account, ctx)) == expected
