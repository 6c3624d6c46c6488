"""Who somebody is, how they are spoken with, and whom a name means."""

import pytest

from handlers.context import Context
from handlers.errors import FeedbackError, ManyByThatName, NobodyByThatName
from handlers.events import Sender
from handlers.found import found
from handlers.people import (
    actor,
    colleagues,
    find_colleague,
    language_of,
    name_of,
    reachable,
    reachable_through,
    role_of,
    zone_of_person,
)
from storage import people
from storage.tables import Identity, Person
from storage.vocabulary import Role
from tests.helpers.desk import Desk
from tests.helpers.town import TUESDAY_TEN


def _known_as(desk: Desk, by: Sender) -> str:
    return desk.do(lambda ctx: f"{actor(by, ctx).id}")


def test_somebody_new_becomes_a_customer_once(desk: Desk) -> None:
    by = Sender("slack", "U1", "T1", name="Nora", email="", language="sv")
    assert _known_as(desk, by) == _known_as(desk, by)
    [nora] = [row for row in desk.rows(Person) if row.name == "Nora"]
    assert (nora.role, nora.language, nora.key) == (Role.CUSTOMER, "sv", None)


def test_an_address_links_the_channels_of_one_person(desk: Desk) -> None:
    known = desk.person("maya").id
    assert _known_as(desk, Sender("slack", "U9", email="MAYA.virtanen@example.org")) == str(known)
    assert sorted(i.channel for i in desk.rows(Identity) if i.person_id == known) == ["sandbox", "slack"]


def test_the_same_id_in_another_workspace_is_somebody_else(desk: Desk) -> None:
    one = _known_as(desk, Sender("slack", "U1", "T1"))
    assert _known_as(desk, Sender("slack", "U1", "T2")) != one
    assert _known_as(desk, Sender("slack", "U1", "T1")) == one


def test_who_writes_again_can_be_reached_again(desk: Desk) -> None:
    def lose(ctx: Context) -> bool:
        identity = found(people.identity_of(ctx.session, "sandbox", "omar"))
        people.lose(ctx.session, identity, "gone", ctx.now)
        return reachable(found(people.person_by_key(ctx.session, "omar")), ctx)

    assert desk.do(lose) is False
    assert desk.do(lambda ctx: reachable(actor(Sender("sandbox", "omar"), ctx), ctx)) is True


def test_the_preferred_channel_comes_first_and_only_running_ones_count(desk: Desk) -> None:
    desk.do(lambda ctx: actor(Sender("slack", "U9", email="maya.virtanen@example.org"), ctx).id)

    def channels(*running: str) -> list[str]:
        def work(ctx: Context) -> list[str]:
            maya = found(people.person_by_key(ctx.session, "maya"))
            return [identity.channel for identity in reachable_through(maya, running, ctx)]

        return desk.do(work)

    assert channels("sandbox", "slack") == ["sandbox", "slack"]
    desk.change_person("maya", prefers="slack")
    assert channels("sandbox", "slack") == ["slack", "sandbox"]
    assert channels("sandbox") == ["sandbox"]
    assert channels("teams") == []


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("ville", "ville"),
        ("@ville", "ville"),
        ("Ville", "ville"),
        ("ville l", "ville"),
        ("Laine", "ville"),
        ("<@ville>", "ville"),
        ("<@ville|Ville>", "ville"),
        ("  sanna ", "sanna"),
    ],
)
def test_a_colleague_is_a_key_a_mention_or_the_beginning_of_a_name(desk: Desk, said: str, key: str) -> None:
    assert desk.do(lambda ctx: find_colleague(said, "sandbox", ctx).key) == key


@pytest.mark.parametrize("said", ["Öhman", "öhman", "ÅKE", "åke öh"])
def test_a_name_may_begin_with_any_letter(desk: Desk, said: str) -> None:
    desk.change_person("ville", name="Åke Öhman")
    assert desk.do(lambda ctx: find_colleague(said, "sandbox", ctx).key) == "ville"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("", NobodyByThatName),
        ("   ", NobodyByThatName),
        ("%", NobodyByThatName),
        ("nobody", NobodyByThatName),
        ("omar", NobodyByThatName),
        ("<@omar>", NobodyByThatName),
        ("<@U404>", NobodyByThatName),
        ("L", ManyByThatName),
    ],
)
def test_customers_and_strangers_are_nobodys_colleagues(
    desk: Desk, said: str, problem: type[FeedbackError]
) -> None:
    with pytest.raises(problem):
        desk.do(lambda ctx: find_colleague(said, "sandbox", ctx).key)


def test_colleagues_who_may_act_are_offered_in_forms(desk: Desk) -> None:
    maya = desk.person("maya").id
    keys = [key for key, _ in desk.do(lambda ctx: colleagues(ctx, but=maya))]
    assert sorted(keys) == ["kaisa", "liisa", "ville"]
    desk.change_person("ville", left_at=desk.now)
    assert "ville" not in [key for key, _ in desk.do(colleagues)]


def test_somebody_who_has_left_is_a_customer_like_anybody() -> None:
    assert role_of(Person(role="manager", left_at=None)) is Role.MANAGER
    assert role_of(Person(role="manager", left_at=TUESDAY_TEN)) is Role.CUSTOMER


@pytest.mark.parametrize(
    ("person", "language", "zone"),
    [
        (None, "fi", "Europe/Helsinki"),
        (Person(role="customer"), "fi", "Europe/Helsinki"),
        (Person(role="customer", account="library"), "sv", "Europe/Helsinki"),
        (Person(role="customer", account="library", language="en"), "en", "Europe/Helsinki"),
        (Person(role="customer", time_zone="Asia/Tokyo"), "fi", "Asia/Tokyo"),
    ],
)
def test_a_language_and_a_zone_are_found_as_close_as_they_are_said(
    desk: Desk, person: Person | None, language: str, zone: str
) -> None:
    assert desk.do(lambda ctx: language_of(person, ctx)) == language
    assert desk.do(lambda ctx: zone_of_person(person, ctx)) == zone


def test_a_name_is_a_name_else_an_address_else_nothing() -> None:
    assert name_of(Person(role="customer", name="Nora", email="n@example.org")) == "Nora"
    assert name_of(Person(role="customer", email="n@example.org")) == "n@example.org"
    assert name_of(None) == ""
