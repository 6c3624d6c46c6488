"""Who may sit where in the sandbox."""

from bot.channels.sandbox.seats import seat_for, seats
from bot.demo.house import example
from handlers.organisation import Organisation
from storage.vocabulary import Role


def keys(organisation: Organisation, *spoken_in: str) -> list[str]:
    return [seat.key for seat in seats(organisation, spoken_in)]


def test_everybody_with_an_identity_here_has_a_direct_conversation() -> None:
    found = keys(example())

    assert {"liisa", "maya", "tom", "omar", "kaisa"} <= set(found)


def test_a_teams_conversation_is_for_its_people() -> None:
    assert [key for key in keys(example()) if "#advice" in key] == [
        "maya#advice",
        "sanna#advice",
        "olli#advice",
    ]


def test_any_other_shared_conversation_is_for_customers() -> None:
    found = [key for key in keys(example(), "#lobby", "#advice") if "#lobby" in key]

    assert found == ["tom#lobby", "aino#lobby", "linnea#lobby", "omar#lobby"]


def test_each_pane_begins_with_somebody_of_its_role() -> None:
    every = seats(example(), ())
    found = [seat_for(pane, "", every) for pane in ("customer", "staff", "manager")]

    assert [seat.role for seat in found if seat] == [Role.CUSTOMER, Role.STAFF, Role.MANAGER]


def test_a_seat_that_is_not_there_gives_way_to_a_fitting_one() -> None:
    seat = seat_for("customer", "nobody", seats(example(), ()))

    assert seat is not None
    assert seat.key == "tom"


def test_any_pane_takes_anybody() -> None:
    seat = seat_for("customer", "maya#advice", seats(example(), ()))

    assert seat is not None
    assert (seat.private, seat.label) == (False, "Maya Virtanen · #advice")


def test_an_organisation_without_anybody_here_has_no_seats() -> None:
    empty = Organisation(name="Empty")  # type: ignore[arg-type]

    assert seats(empty, ()) == ()
    assert seat_for("customer", "", ()) is None
