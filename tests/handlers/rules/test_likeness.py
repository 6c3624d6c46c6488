"""Which wishes may be for the same need, and why it seems so."""

import pytest

from handlers.rules.likeness import LIKE, MOST, alike, likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Tickets by e-mail, please", "Could we file a ticket by email or mail?"),
        ("Lomakkeen tallennus kesken", "Toivoisin, että lomakkeet voisi tallentaa"),
        ("Blanketten borde kunna sparas halvvägs", "Jag vill spara blanketter"),
        ("Aukioloaikoja pitäisi jatkaa iltaan", "Pidemmät aukioloajat iltaisin"),
    ],
)
def test_the_same_need_in_other_endings_is_found(one: str, other: str) -> None:
    assert likeness(one, other).share >= 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Longer opening hours", "Tickets by e-mail"),
        ("I would like to have more of this, please", "I would like to have more of that, please"),
        ("The form", "The form for parking permits"),
        ("", "Anything"),
        ("!!! 123", "!!! 123"),
    ],
)
def test_what_only_has_common_words_is_not(one: str, other: str) -> None:
    assert likeness(one, other).share == 0


def test_the_reason_is_in_the_words_of_the_first() -> None:
    shared = likeness("Saving forms halfway", "The form should save itself").shared
    assert set(shared) == {"saving", "forms"}


def test_it_does_not_matter_which_comes_first_or_how_it_is_capitalised() -> None:
    one, other = "SAVE the Form", "forms that save themselves"
    assert likeness(one, other).share == likeness(other, one).share == 1


def test_the_likest_come_first_and_not_too_many() -> None:
    others = [(str(n), f"save forms {'and print them nicely ' * (n % 3)}") for n in range(20)]
    found = alike("save forms and print", [("far", "longer hours"), *others])
    assert len(found) == MOST
    assert "far" not in dict(found)


def test_the_order_is_by_share_and_then_by_how_much_is_shared() -> None:
    need = "save forms, print receipts, open earlier"
    others = [
        ("half", "save forms quickly everywhere"),
        ("less", "save forms everywhere quickly today"),
        ("whole", "receipts print"),
        ("longest", "save print receipts"),
    ]
    assert [key for key, _ in alike(need, others)] == ["longest", "whole", "half"]
    assert [key for key, like in alike(need, others) if like.share == LIKE] == ["half"]
