"""Passers-by on a kiosk: counted once, nobody in particular, and a case only where there is something to act on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handlers.errors import NotOnTheScale, UnknownKiosk
from handlers.kiosks import Tap, record_tap
from handlers.organisation import Kiosk
from handlers.people import reachable
from storage.tables import Answer, Case, Encounter, Invitation, OutboxMessage, Person, Response
from storage.vocabulary import CaseReason, OutboxKind
from tests.helpers.town import Town, example, town_of

pytestmark = pytest.mark.whole

LOBBY = Kiosk(key="lobby", name="Lobby", touchpoint="phone", service="pension-advice", pin="2580")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """The example with a kiosk in its lobby."""
    async with town_of(example(kiosks={"lobby": LOBBY}), tmp_path) as town:
        yield town


async def tapped(town: Town, score: int, *, nonce: str = "visitor-1", **facts: Any) -> None:
    tap = Tap(**{"kiosk": "lobby", "nonce": nonce, "score": score, "at": town.clock.at, **facts})
    await town.app.write(partial(record_tap, tap))
    await town.settle()


async def test_each_visitor_counts_once_however_often_the_tablet_tells(town: Town) -> None:
    for nonce in ("visitor-1", "visitor-1", "visitor-2"):
        await tapped(town, 4, nonce=nonce)
    await tapped(town, 4, words="Friendly.")
    assert len(await town.rows(Encounter)) == len(await town.rows(Response)) == 2
    assert sorted(str(row.score or row.words) for row in await town.rows(Answer)) == ["4", "4", "Friendly."]


async def test_nobody_is_known_and_nobody_can_be_written_to(town: Town) -> None:
    await tapped(town, 5)
    await tapped(town, 5, nonce="visitor-2")
    [place] = [person for person in await town.rows(Person) if person.name == "Lobby"]
    assert {row.customer_id for row in await town.rows(Encounter)} == {place.id}
    assert not await town.ask(lambda ctx: reachable(place, ctx))
    assert await town.rows(OutboxMessage) == []
    assert [row.sent_at for row in await town.rows(Invitation)] == [None, None], "nobody was asked"


async def test_a_poor_smiley_opens_a_case_once_it_has_words(town: Town) -> None:
    await tapped(town, 1)
    assert await town.rows(Case) == []
    await tapped(town, 1, words="The queue took an hour.")
    await tapped(town, 1, words="The queue took an hour.")
    [case] = await town.rows(Case)
    assert case.reason == CaseReason.LOW_SCORE
    assert await town.sent(OutboxKind.CASE_NOTICE) == 1
    alert = await town.maya.reads()
    assert "The queue took an hour." in alert
    assert not await town.maya.can("Write to the customer")


async def test_an_urgent_word_opens_a_case_whatever_the_smiley(town: Town) -> None:
    await tapped(town, 4, words="I will call a lawyer.")
    [case] = await town.rows(Case)
    assert (case.reason, case.urgent) == (CaseReason.URGENT_WORD, True)


async def test_a_tap_keeps_its_own_time_but_never_one_to_come(town: Town) -> None:
    earlier = town.clock.at - timedelta(hours=5)
    await tapped(town, 3, at=earlier)
    await tapped(town, 3, nonce="visitor-2", at=town.clock.at + timedelta(days=1))
    assert [row.first_at for row in await town.rows(Response)] == [earlier, town.clock.at]


@pytest.mark.parametrize(
    ("facts", "refusal"), [({"kiosk": "attic"}, UnknownKiosk), ({"score": 6}, NotOnTheScale)]
)
async def test_what_is_not_there_is_refused_and_leaves_nothing(
    town: Town, facts: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await tapped(town, **{"score": 3, **facts})
    assert await town.rows(Encounter) == []
