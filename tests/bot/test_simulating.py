"""What `simulate` prints."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.simulating import as_json, sentences, show
from handlers.encounters import cancel_encounter
from handlers.events import EncounterCancelled, Sender
from handlers.invite import decide_due
from handlers.simulate import simulate
from storage.vocabulary import EncounterState
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_of(example(asking={"account_cap": 2}), tmp_path) as desk:
        for number, customer in enumerate(("omar", "aino", "tom", "linnea")):
            desk.encounter(
                customer=Sender("sandbox", customer),
                account="acme",
                service="helpdesk",
                external_reference=f"C-{number}",
            )
        off = EncounterCancelled(
            source="test", external_reference="C-3", by=Sender("api", "x"), at=desk.now, delivery_id=""
        )
        desk.do(lambda ctx: cancel_encounter(off, ctx))
        desk.now += timedelta(hours=1)
        desk.do(decide_due)
        yield desk


def test_it_says_what_matters_first_and_what_it_cannot_know_last(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    found = desk.do(lambda ctx: simulate(example(), 90, ctx))
    show(found)
    told = capsys.readouterr().out
    assert told.startswith("Would ask 3 instead of 2, about 3 encounters of the last 90 days.\n")
    assert "Would alert 0 as now, of 0 responses that were given." in told
    assert "Accounts at their cap: none." in told
    table = [line.split() for line in told.splitlines()]
    assert ["asked", "2", "2", "3"] in table
    assert ["not", "asked:", "account", "cap", "1", "1", "0"] in table
    assert ["phone,", "helpdesk", "2", "2", "3"] in table
    assert told.endswith("Left out, because they were called off or opened again: 1.\n")


def test_changed_rules_are_told_from_what_the_rules_were(desk: Desk) -> None:
    desk.organisation = example(asking={"account_cap": 1})
    told = list(sentences(desk.do(lambda ctx: simulate(example(), 90, ctx))))
    assert told[1].startswith("The rules that hold now, replayed, ask 1:")


def test_other_programs_read_the_same(desk: Desk) -> None:
    found = as_json(desk.do(lambda ctx: simulate(example(asking={"account_cap": 1}), 90, ctx)))
    assert found["left_out"] == {EncounterState.CANCELLED: 1}
    assert found["in_truth"]["by_reason"] == {"account cap": 1, "asked": 2}
    assert found["new_rules"]["accounts_at_their_cap"] == ["acme"]
    assert found["new_rules"]["asked_by_touchpoint_and_service"] == [
        {"touchpoint": "phone", "service": "helpdesk", "asked": 1}
    ]
