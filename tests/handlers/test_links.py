"""Opening the conversation: by a link one becomes its customer and is asked; without one, one is greeted."""

import pytest

from handlers.errors import AlreadySomebodyElse, LinkOver
from handlers.events import ConversationOpened, Sender
from handlers.found import found
from handlers.invite import decide_now, prompt_unreachable
from handlers.links import welcome
from handlers.messages import Reply, Say
from handlers.respond import opt_out
from storage.tables import Identity, Invitation, OutboxMessage, Person
from storage.vocabulary import InvitationState
from tests.helpers.desk import Desk


def opens(desk: Desk, who: str, encounter: str = "") -> Reply:
    event = ConversationOpened(by=Sender("telegram", who), at=desk.now, delivery_id="", encounter=encounter)
    return desk.do(lambda ctx: welcome(event, ctx))


def said(reply: Reply) -> str:
    assert isinstance(reply, Say)
    return reply.message.summary


def unreachable(desk: Desk) -> str:
    """Somebody known by e-mail alone was on the phone, and could not be asked."""
    recorded = desk.encounter(touchpoint="phone", customer="new@example.com", external_reference="T-1")
    desk.do(lambda ctx: decide_now(recorded.token, ctx))
    assert desk.rows(Invitation) == []
    return recorded.token


def test_who_follows_the_link_is_the_customer_and_is_asked(desk: Desk) -> None:
    token = unreachable(desk)
    assert said(opens(desk, "4242", token)).startswith(("Welcome", "Tervetuloa", "Välkommen"))

    (invitation,) = desk.rows(Invitation)
    (identity,) = [row for row in desk.rows(Identity) if row.channel == "telegram"]
    assert identity.person_id == invitation.person_id
    assert invitation.state == InvitationState.QUEUED
    assert len(desk.rows(OutboxMessage)) == 1


def test_following_it_again_asks_nothing_more(desk: Desk) -> None:
    token = unreachable(desk)
    opens(desk, "4242", token)
    opens(desk, "4242", token)
    assert len(desk.rows(Invitation)) == 1


def test_a_link_is_for_one_person(desk: Desk) -> None:
    token = unreachable(desk)
    opens(desk, "4242", token)
    with pytest.raises(LinkOver):
        opens(desk, "4343", token)
    assert len([row for row in desk.rows(Identity) if row.channel == "telegram"]) == 1


def test_a_prompt_that_reached_nobody_leaves_again(desk: Desk) -> None:
    token = unreachable(desk)
    opens(desk, "4242", token)

    desk.do(lambda ctx: prompt_unreachable(found(ctx.session.get(Invitation, 1)), ctx))
    opens(desk, "4242", token)
    (invitation,) = desk.rows(Invitation)
    assert invitation.state == InvitationState.QUEUED
    assert len(desk.rows(OutboxMessage)) == 2


@pytest.mark.parametrize("encounter", ["?", "T-1", "x7gk2mpq4abc"])
def test_what_is_no_token_of_ours_opens_nothing(desk: Desk, encounter: str) -> None:
    unreachable(desk)
    with pytest.raises(LinkOver):
        opens(desk, "4242", encounter)
    assert [row for row in desk.rows(Identity) if row.channel == "telegram"] == []


def test_somebody_who_works_here_does_not_become_a_customer(desk: Desk) -> None:
    token = unreachable(desk)
    maya = desk.person("maya")
    desk.do(
        lambda ctx: ctx.session.add(Identity(person_id=maya.id or 0, channel="telegram", external_id="4343"))
    )
    with pytest.raises(AlreadySomebodyElse):
        opens(desk, "4343", token)


def test_who_comes_without_a_link_is_told_what_can_be_done(desk: Desk) -> None:
    assert said(opens(desk, "4242"))
    assert any(row.name == "" for row in desk.rows(Person))


def test_who_had_asked_for_peace_and_comes_back_may_be_asked_again(desk: Desk) -> None:
    opens(desk, "4242")
    newcomer = desk.rows(Person)[-1]

    desk.do(lambda ctx: opt_out(found(ctx.session.get(Person, newcomer.id)), ctx))
    opens(desk, "4242")
    assert desk.rows(Person)[-1].opted_out_at is None
