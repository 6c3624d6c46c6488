"""Who may be asked by link, and who is known by it."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from handlers.errors import InvitationExpired, UnknownEncounter, UnknownInvitation
from handlers.people import reachable
from handlers.survey_links import Carried, NotCarried, carry, open_link
from storage.tables import Identity, Invitation, OutboxMessage, Person
from storage.vocabulary import InvitationState, OutboxKind, Verdict
from tests.helpers.town import Town

LIISA = "liisa@example.org"


async def carried(town: Town, reference: str, **options: Any) -> Carried | NotCarried:
    return await town.app.write(partial(carry, reference, **options))


async def test_who_is_in_no_chat_is_asked_by_link_and_nothing_is_sent(town: Town) -> None:
    await town.encounter("phone", LIISA, external_reference="CALL-1")
    told = await carried(town, "CALL-1")
    await town.settle()

    assert isinstance(told, Carried)
    [invitation] = await town.rows(Invitation)
    assert (invitation.token, invitation.state) == (told.invitation, InvitationState.SENT)
    assert invitation.remind_at is None
    assert await town.rows(OutboxMessage) == []
    assert [line.endswith("asked.") for line in await town.why("CALL-1")] == [True]


async def test_who_was_unreachable_is_asked_once_there_is_a_link(town: Town) -> None:
    await town.asked("phone", LIISA, external_reference="CALL-1")
    assert "cannot be reached" in (await town.why("CALL-1"))[0]
    assert isinstance(await carried(town, "CALL-1"), Carried)
    assert len(await town.why("CALL-1")) == 2


async def test_who_blocked_the_bot_is_asked_by_link_about_the_same_invitation(town: Town) -> None:
    await town.tom.vanishes()
    await town.asked("phone", "tom", external_reference="CALL-1")
    [lost] = await town.rows(Invitation)
    assert lost.state == InvitationState.UNREACHABLE
    told = await carried(town, "CALL-1")
    assert isinstance(told, Carried)
    assert told.invitation == lost.token


async def test_asked_for_again_it_is_the_same_link(town: Town) -> None:
    await town.encounter("phone", LIISA, external_reference="CALL-1")
    first, second = await carried(town, "CALL-1"), await carried(town, "CALL-1")
    assert first == second
    assert len([row for row in await town.rows(Identity) if row.channel == "link"]) == 1


async def test_the_rules_on_asking_hold_for_links_too(town: Town) -> None:
    await town.encounter("phone", LIISA, external_reference="CALL-1")
    await carried(town, "CALL-1")
    await town.later(days=2)
    await town.encounter("email", LIISA, external_reference="CALL-2")
    refused = await carried(town, "CALL-2")
    assert isinstance(refused, NotCarried)
    assert refused.decision is not None
    assert refused.decision.verdict in (Verdict.COOL_DOWN, Verdict.COOL_DOWN_ANY)
    assert len(await town.rows(Invitation)) == 1
    assert isinstance(await carried(town, "CALL-2"), NotCarried)
    assert len(await town.why("CALL-2")) == 1, "what was decided is not decided again"


async def test_one_who_is_asked_in_a_chat_may_get_the_link_to_the_same_invitation(town: Town) -> None:
    await town.asked("phone", "tom", external_reference="CALL-1")
    told = await carried(town, "CALL-1")
    [invitation] = await town.rows(Invitation)
    assert isinstance(told, Carried)
    assert told.invitation == invitation.token


async def test_a_handler_is_asked_once_however_often_the_customer_s_link_is_made(town: Town) -> None:
    await town.asked("phone", LIISA, external_reference="CALL-1", handler="sanna")
    await carried(town, "CALL-1")
    await town.settle()
    assert await town.sent(OutboxKind.STAFF_PROMPT) <= 1
    assert isinstance(await carried(town, "CALL-1"), Carried)


async def test_who_answers_by_link_cannot_be_written_to(town: Town) -> None:
    await town.encounter("phone", LIISA, external_reference="CALL-1")
    await carried(town, "CALL-1")
    liisa = next(person for person in await town.rows(Person) if person.email == LIISA)
    assert not await town.ask(lambda ctx: reachable(liisa, ctx))
    await town.later(days=60)
    await town.asked("phone", LIISA, external_reference="CALL-9")
    assert "cannot be reached" in (await town.why("CALL-9"))[0]


async def test_a_source_names_its_own_references(town: Town) -> None:
    await town.encounter("phone", LIISA, external_reference="CALL-1")
    with pytest.raises(UnknownEncounter):
        await carried(town, "CALL-1", source="api:another")
    assert isinstance(await carried(town, "CALL-1", source="api:test"), Carried)


@pytest.mark.parametrize("advance", [timedelta(), timedelta(days=20)])
async def test_only_a_link_that_was_made_opens(town: Town, advance: timedelta) -> None:
    await town.asked("phone", "tom", external_reference="CALL-1")
    [invitation] = await town.rows(Invitation)
    with pytest.raises(UnknownInvitation):
        await town.ask(lambda ctx: open_link(invitation.token, ctx))
    await carried(town, "CALL-1")
    town.clock.at += advance
    opening: Callable[[], Any] = lambda: town.ask(lambda ctx: open_link(invitation.token, ctx))  # noqa: E731
    if advance:
        with pytest.raises(InvitationExpired):
            await opening()
    else:
        assert (await opening()).view.invitation == invitation.token
