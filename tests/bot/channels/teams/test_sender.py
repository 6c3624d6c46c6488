import pytest

from bot.channels import Destination, Sent
from bot.channels.errors import DeliveryError
from bot.channels.teams.connector import BUSY, PARKED
from bot.channels.teams.places import Place
from handlers.messages import Message, Paragraph
from tests.helpers.samples import ALERT, DIGEST, HUGE, PROMPT
from tests.helpers.teams_channel import PICTURE, Teams
from tests.helpers.teams_server import PASSWORD, TENANT, TOM, Refusal

TO_TOM = Destination(person=TOM.directory, workspace=TENANT)


async def test_a_conversation_that_is_known_is_not_opened_again(teams: Teams) -> None:
    sent = await teams.channel.send(TO_TOM, PROMPT, "1")
    assert sent.conversation == str(Place("a:tom", teams.server.url))
    await teams.channel.send(Destination(TOM.directory, sent.conversation, TENANT), ALERT, "2")
    assert teams.server.calls.count(("POST", "/v3/conversations")) == 1
    assert len(teams.server.standing("a:tom")) == 2


async def test_a_conversation_named_in_the_organisation_file_needs_no_address(teams: Teams) -> None:
    await teams.channel.send(Destination(conversation="19:abc@thread.tacv2"), DIGEST, "1")
    ((_, activity),) = teams.server.standing("19:abc@thread.tacv2")
    assert activity["summary"] == DIGEST.summary


async def test_a_picture_travels_beside_the_card(teams: Teams) -> None:
    await teams.channel.send(TO_TOM, DIGEST, "1")
    ((_, activity),) = teams.server.standing("a:tom")
    card, image = activity["attachments"]
    assert card["contentType"].endswith("adaptive")
    assert image["contentUrl"].startswith("data:image/png;base64,iVBOR")


async def test_a_picture_too_large_for_a_message_is_told_in_words(teams: Teams) -> None:
    teams.picture = PICTURE * 10_000
    await teams.channel.send(TO_TOM, DIGEST, "1")
    ((_, activity),) = teams.server.standing("a:tom")
    assert len(activity["attachments"]) == 1


async def test_the_bots_token_is_asked_for_once(teams: Teams) -> None:
    for number in range(3):
        await teams.channel.send(TO_TOM, PROMPT, str(number))
    assert teams.server.tokens == 1


async def test_a_token_that_is_refused_is_replaced_at_the_next_try(teams: Teams) -> None:
    await teams.channel.send(TO_TOM, PROMPT, "1")
    teams.server.tokens = 7  # what was granted before is good for nothing now
    with pytest.raises(DeliveryError) as refused:
        await teams.channel.send(TO_TOM, PROMPT, "2")
    assert (refused.value.permanent, refused.value.retry_after) == (False, BUSY)
    await teams.channel.send(TO_TOM, PROMPT, "2")


async def test_without_a_token_messages_wait_for_somebody_to_help(teams: Teams) -> None:
    teams.server.password = "changed last night"
    with pytest.raises(DeliveryError) as problem:
        await teams.channel.send(TO_TOM, PROMPT, "1")
    assert (problem.value.permanent, problem.value.retry_after) == (False, PARKED)
    assert problem.value.reason == "token: 401 invalid_client"
    teams.server.password = PASSWORD
    await teams.channel.send(TO_TOM, PROMPT, "1")


@pytest.mark.parametrize("status", [412, 429, 502, 504])
async def test_what_may_go_better_is_tried_again(teams: Teams, status: int) -> None:
    teams.server.scripted.append(Refusal(status, headers={"Retry-After": "3"}))
    with pytest.raises(DeliveryError) as problem:
        await teams.channel.send(TO_TOM, PROMPT, "1")
    assert (problem.value.permanent, problem.value.retry_after) == (False, 3.0)


async def test_without_a_time_of_its_own_a_busy_teams_is_left_alone_for_a_while(teams: Teams) -> None:
    teams.server.scripted.append(Refusal(429, headers={"Retry-After": "soon"}))
    with pytest.raises(DeliveryError) as problem:
        await teams.channel.send(TO_TOM, PROMPT, "1")
    assert problem.value.retry_after == BUSY


@pytest.mark.parametrize(
    ("refusal", "unreachable"),
    [
        (Refusal(403, "MessageWritesBlocked"), True),
        (Refusal(403, "BotNotInConversationRoster"), True),
        (Refusal(404, "ConversationNotFound"), True),
        (Refusal(404), True),
        (Refusal(404, "ActivityNotFoundInConversation"), False),
        (Refusal(400, "BadArgument"), False),
        (Refusal(413, "MessageSizeTooBig"), False),
    ],
)
async def test_what_cannot_go_better_is_told_from_who_is_gone(
    teams: Teams, refusal: Refusal, unreachable: bool
) -> None:
    sent = await teams.channel.send(TO_TOM, PROMPT, "1")
    teams.server.scripted.append(refusal)
    with pytest.raises(DeliveryError) as problem:
        await teams.channel.edit(sent, ALERT)
    assert (problem.value.permanent, problem.value.unreachable) == (True, unreachable)


async def test_somebody_for_whom_the_app_is_not_installed_is_unreachable(teams: Teams) -> None:
    with pytest.raises(DeliveryError) as problem:
        await teams.channel.send(Destination(person="nobody", workspace=TENANT), PROMPT, "1")
    assert problem.value.unreachable


async def test_our_token_is_sent_to_no_strangers_address(teams: Teams) -> None:
    there = Destination(conversation=str(Place("a:tom", "http://127.0.0.1:9/elsewhere")))
    with pytest.raises(DeliveryError) as problem:
        await teams.channel.send(there, PROMPT, "1")
    assert problem.value.permanent
    assert teams.server.calls == []


async def test_an_id_leads_to_no_other_path(teams: Teams) -> None:
    with pytest.raises(DeliveryError):
        await teams.channel.remove(Sent(str(Place("a:tom", teams.server.url)), "x/../../members/29:tom"))
    ((_, path),) = teams.server.calls
    assert path.startswith("/v3/conversations/a:tom/activities/x")


async def test_the_largest_message_is_below_what_teams_takes(teams: Teams) -> None:
    teams.picture = b"x" * 42_000
    await teams.channel.send(TO_TOM, Message((*HUGE.parts, Paragraph("?")), HUGE.summary), "1")
    ((_, activity),) = teams.server.standing("a:tom")
    assert len(str(activity)) < 80_000
