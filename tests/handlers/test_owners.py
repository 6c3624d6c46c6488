"""Who is responsible, by the organisation and the day."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handlers.context import Context
from handlers.errors import FeedbackError, UnknownAccount, UnknownService, UnknownTouchpoint
from handlers.events import CommandGiven
from handlers.owners import (
    Responsible,
    about_feedback,
    above,
    demand_declared,
    explained,
    informed_of,
    owner_in_principle,
    owner_today,
)
from handlers.rules.routing import About
from handlers.wording.routes import conclusion, explanation
from storage.people import colleague, person_by_key
from storage.tables import Feedback
from storage.vocabulary import FeedbackType, OwnerRule, Tone
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
        found = owner_today(About(service, account), was, ctx)
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
    in_principle = away.do(lambda ctx: owner_in_principle(About("lobby"), ctx))
    assert in_principle.person is not None
    assert in_principle.person.key == "maya", "away or not, it is hers"
    away.later(days=1)
    assert _today(away, "lobby", None) == ("maya", OwnerRule.SERVICE_OWNER)


def _above(desk: Desk, person: str | None, service: str | None) -> list[str]:
    def work(ctx: Context) -> list[str]:
        return [up.key or "" for up in above(person_by_key(ctx.session, person), service, ctx)]

    return desk.do(work)


@pytest.mark.parametrize(
    ("person", "service", "expected"),
    [
        ("maya", "lobby", ["liisa"]),
        ("ville", "helpdesk", ["maya", "liisa"]),
        ("liisa", "lobby", []),
        (None, "helpdesk", ["ville", "liisa"]),
        (None, None, ["liisa"]),
    ],
)
def test_above_somebody_are_deputy_team_lead_cx_lead(
    desk: Desk, person: str | None, service: str | None, expected: list[str]
) -> None:
    assert _above(desk, person, service) == expected


def test_who_is_away_is_told_after_those_who_are_there(away: Desk) -> None:
    assert _above(away, "ville", "helpdesk") == ["liisa", "maya"]


def test_who_has_left_is_told_nothing(desk: Desk) -> None:
    desk.change_person("maya", left_at=desk.now)
    assert _above(desk, "ville", "helpdesk") == ["liisa"]


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
    assert desk.do(lambda ctx: informed_of(About(service, account), ctx)) == expected


Ruled = Callable[..., Desk]


@pytest.fixture
def ruled(tmp_path: Path) -> Iterator[Ruled]:
    """A desk of the example with these rules of routing."""
    with ExitStack() as desks:

        def build(*rules: dict[str, Any], **changes: Any) -> Desk:
            organisation = example(routing={"rules": rules}, **changes)
            return desks.enter_context(desk_of(organisation, tmp_path))

        yield build


def _owners(desk: Desk, about: About, days: int) -> list[str]:
    """Who would own it on this Tuesday and the days after it."""
    start = date(2026, 11, 24)
    views = [desk.do(partial(explained, about, start + timedelta(d))) for d in range(days)]
    return [view.owner or "" for view in views]


def test_a_rota_goes_round_by_the_office_days_of_the_service(ruled: Ruled) -> None:
    desk = ruled({"service": "lobby", "rota": ["maya", "ville", "liisa"]})
    tuesday, *days = _owners(desk, About("lobby"), 14)
    order = ["maya", "ville", "liisa"]
    first = order.index(tuesday)
    expected = [order[(first + turn) % 3] for turn in (1, 2, 3, 4, 4, 4, 5, 6, 7, 8, 9, 9, 9)]
    assert days == expected, (
        "Saturday and Sunday are Monday's; Independence Day, on a Sunday, changes nothing"
    )


def test_whose_turn_it_is_does_not_depend_on_how_often_it_was_asked(ruled: Ruled) -> None:
    desk = ruled({"rota": ["maya", "ville"]})
    again = [desk.do(lambda ctx: owner_today(About("lobby"), None, ctx)) for _ in range(3)]
    assert {(r.person.key if r.person else "", r.rule) for r in again} == {
        (_owners(desk, About("lobby"), 1)[0], OwnerRule.ROTA)
    }


def test_a_team_is_a_rota_of_its_people_who_may_own(ruled: Ruled) -> None:
    desk = ruled({"rota": "advice"})
    assert set(_owners(desk, About("lobby"), 7)) == {"maya", "sanna"}, "olli is outside staff"


def test_who_said_in_chat_that_they_are_away_is_passed_over(ruled: Ruled) -> None:
    desk = ruled({"rota": ["maya", "ville"]})
    desk.hear(CommandGiven, "maya", words="away until Monday")
    assert set(_owners(desk, About("lobby"), 5)) == {"ville"}
    assert set(_owners(desk, About("lobby"), 10)[6:]) == {"maya", "ville"}


def test_a_turn_is_not_kept_from_the_day_of_the_encounter(ruled: Ruled) -> None:
    desk = ruled({"rota": ["maya", "ville"]})
    frozen = desk.do(lambda ctx: owner_in_principle(About("lobby"), ctx))
    desk.later(days=1)
    now = desk.do(lambda ctx: owner_today(About("lobby"), frozen, ctx))
    assert {r.person.key for r in (frozen, now) if r.person} == {"maya", "ville"}


def test_a_rule_looks_at_the_kind_and_topic_of_feedback(ruled: Ruled) -> None:
    desk = ruled(
        {"type": "idea", "owner": "liisa", "informed": ["ville"]},
        {"category": "Invoicing", "owner": "ville"},
    )

    def about(kind: FeedbackType, category: str | None) -> About:
        return about_feedback(
            Feedback(
                token="t",
                type=kind,
                tone=Tone.NEUTRAL,
                source="customer",
                words="-",
                service="lobby",
                category=category,
                at=desk.now,
            )
        )

    assert _owners(desk, about(FeedbackType.IDEA, None), 1) == ["liisa"]
    assert desk.do(lambda ctx: informed_of(about(FeedbackType.IDEA, None), ctx)) == ("ville",)
    assert _owners(desk, about(FeedbackType.COMPLAINT, "invoicing"), 1) == ["ville"]
    assert _owners(desk, about(FeedbackType.COMPLAINT, None), 1) == ["maya"]


EXPLANATIONS = {
    "en": [
        "None of the 2 rules of the organisation file is for this.",
        "Ville Laine: answers for the service.",
        "Ville Laine is away until 3 Jan 2027.",
        "Maya Virtanen is away until 23 Dec 2026.",
        "Liisa Heino stands in for Ville Laine.",
        "On 21 Dec 2026 it would be with Liisa Heino.",
        "Nobody else is told of it.",
    ],
    "fi": [
        "Mikään organisaatiotiedoston 2 säännöstä ei koske tätä.",
        "Ville Laine: vastaa palvelusta.",
        "Ville Laine on poissa 3.1.2027 asti.",
        "Maya Virtanen on poissa 23.12.2026 asti.",
        "Sijaisena on Liisa Heino; poissa on Ville Laine.",
        "21.12.2026 asian saisi Liisa Heino.",
        "Kenellekään muulle ei kerrota.",
    ],
    "sv": [
        "Ingen av de 2 reglerna i organisationsfilen gäller detta.",
        "Ville Laine: ansvarar för tjänsten.",
        "Ville Laine är borta till och med 3.1.2027.",
        "Maya Virtanen är borta till och med 23.12.2026.",
        "Liisa Heino vikarierar för Ville Laine.",
        "21.12.2026 skulle ärendet vara hos Liisa Heino.",
        "Ingen annan får veta om det.",
    ],
}


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_a_deputy_of_a_deputy_who_is_away_too_is_found_and_every_step_explained(
    ruled: Ruled, language: str
) -> None:
    desk = ruled(
        {"account": "acme", "owner": "maya"},
        {"touchpoint": "visit", "rota": ["maya", "ville"]},
        people={
            "ville": {"away": [{"starts": "2026-12-21", "ends": "2027-01-03"}]},
            "maya": {"away": [{"starts": "2026-12-21", "ends": "2026-12-23"}]},
        },
    )
    view = desk.do(lambda ctx: explained(About("single-sign-on"), date(2026, 12, 21), ctx))
    assert list(explanation(view, language)) == EXPLANATIONS[language]


def test_a_rota_and_who_is_told_are_explained(ruled: Ruled) -> None:
    desk = ruled({"service": "single-sign-on", "rota": ["maya", "ville"]})
    told = [
        explanation(desk.do(partial(explained, About("single-sign-on"), d)), "en")
        for d in (date(2026, 11, 24), date(2026, 11, 25))
    ]
    first, second = sorted(told, key=lambda lines: "turn of Ville" in lines[1])
    assert first[1] == "Rota of Maya Virtanen, Ville Laine: on this day it is the turn of Maya Virtanen."
    assert second[1] == "Rota of Ville Laine, Maya Virtanen: on this day it is the turn of Ville Laine."
    assert first[0] == "Rule 1 of the organisation file holds."
    assert first[-1] == "Told of it: Liisa Heino."


def test_that_nobody_would_get_it_is_explained_too(desk: Desk) -> None:
    bare = example().model_copy(update={"cx_lead": None})

    def work(ctx: Context) -> str:
        nobody = Context(ctx.session, bare, ctx.now)
        return conclusion(explained(About(), date(2026, 11, 24), nobody), "en")

    assert desk.do(work) == "On 24 Nov 2026 it would be with nobody."


@pytest.mark.parametrize(
    ("about", "refusal"),
    [
        (About(service="x"), UnknownService),
        (About(account="x"), UnknownAccount),
        (About(touchpoint="x"), UnknownTouchpoint),
    ],
)
def test_what_is_not_declared_is_refused(desk: Desk, about: About, refusal: type[FeedbackError]) -> None:
    with pytest.raises(refusal):
        desk.do(lambda ctx: demand_declared(about, ctx))
