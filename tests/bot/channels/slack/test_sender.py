from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.channels import Destination, Sent
from bot.channels.errors import DeliveryError
from bot.channels.slack.sender import SlackChannel
from bot.clock import Clock
from bot.settings import Settings
from handlers.events import Event
from handlers.messages import Chart, Message, Nothing, Quote, Reply
from tests.helpers.samples import ALERT, DIGEST, HEARD, VOICE
from tests.helpers.slack_payloads import SECRET
from tests.helpers.slack_server import Refusal, SlackServer, slack_server

TOM = Destination(person="U0TOM")
PNG = b"\x89PNG"
TEAM = Destination(conversation="C0TEAM")


async def ignore(event: Event) -> Reply:
    return Nothing()


def over_http(server: SlackServer) -> SlackChannel:
    settings = Settings(
        slack_bot_token=SecretStr("xoxb-local"),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=server.api,
    )
    return SlackChannel(settings, Clock(), draw=lambda chart: PNG + chart.title.encode())


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with slack_server() as running:
        yield running


@pytest.fixture
async def channel(server: SlackServer) -> AsyncIterator[SlackChannel]:
    opened = over_http(server)
    opened.settling = (0.0, 0.0)
    await opened.start(ignore)
    server.calls.clear()
    yield opened
    await opened.stop()


async def test_a_person_is_written_to_directly(channel: SlackChannel, server: SlackServer) -> None:
    sent = await channel.send(TOM, ALERT, "alert:7:1")
    assert sent.conversation == "D0OPENED"
    assert server.to("conversations.open") == [{"users": "U0TOM"}]
    [posted] = server.to("chat.postMessage")
    assert posted["channel"] == "D0OPENED"
    assert posted["metadata"] == {"event_type": "kaiku_message", "event_payload": {"key": "alert:7:1"}}
    assert posted["text"] == "Tom Guest was dissatisfied: 2 of 5"
    assert (posted["unfurl_links"], posted["link_names"], posted["parse"]) == (False, False, "none")


async def test_a_direct_conversation_is_asked_for_once(channel: SlackChannel, server: SlackServer) -> None:
    await channel.send(TOM, ALERT, "a")
    await channel.send(TOM, ALERT, "b")
    assert len(server.to("conversations.open")) == 1


async def test_known_conversations_do_not_grow_without_end(channel: SlackChannel) -> None:
    channel.most_direct = 3
    for n in range(9):
        await channel.send(Destination(person=f"U{n}"), ALERT, str(n))
    assert [person for _, person in channel._direct] == ["U6", "U7", "U8"]


async def test_a_message_is_replaced_and_taken_back(channel: SlackChannel, server: SlackServer) -> None:
    sent = Sent("D0OPENED", "1795500000.000001")
    await channel.edit(sent, ALERT)
    await channel.remove(sent)
    assert server.to("chat.update")[0]["ts"] == sent.message
    assert server.to("chat.delete") == [{"channel": "D0OPENED", "ts": sent.message}]


@pytest.mark.parametrize(
    ("refusal", "meaning"),
    [
        (Refusal("ratelimited", 429, {"Retry-After": "17"}), (False, False, 17.0)),
        (Refusal("ratelimited", 429), (False, False, None)),
        (Refusal("internal_error"), (False, False, None)),
        (Refusal("", 500), (False, False, None)),
        (Refusal("channel_not_found"), (True, True, None)),
        (Refusal("is_archived"), (True, True, None)),
        (Refusal("not_in_channel"), (True, True, None)),
        (Refusal("token_revoked"), (False, False, 900.0)),
        (Refusal("invalid_auth"), (False, False, 900.0)),
        (Refusal("account_inactive"), (False, False, 900.0)),
        (Refusal("no_text"), (True, False, None)),
    ],
    ids=lambda value: value.error or str(value.status) if isinstance(value, Refusal) else None,
)
async def test_what_a_refusal_means(
    channel: SlackChannel, server: SlackServer, refusal: Refusal, meaning: tuple[bool, bool, float | None]
) -> None:
    server.scripted["chat.postMessage"].append(refusal)
    with pytest.raises(DeliveryError) as failure:
        await channel.send(TEAM, ALERT, "a")
    found = failure.value
    assert (found.permanent, found.unreachable, found.retry_after) == meaning


@pytest.mark.parametrize("error", ["user_not_found", "user_disabled", "cannot_dm_bot"])
async def test_somebody_who_left_cannot_be_reached(
    channel: SlackChannel, server: SlackServer, error: str
) -> None:
    server.scripted["conversations.open"].append(Refusal(error))
    with pytest.raises(DeliveryError) as failure:
        await channel.send(TOM, ALERT, "a")
    assert failure.value.unreachable


async def test_a_slack_that_is_not_there_may_come_back() -> None:
    async with slack_server() as server:
        channel = over_http(server)
        await channel.start(ignore)
    with pytest.raises(DeliveryError) as failure:
        await channel.send(TEAM, ALERT, "a")
    await channel.stop()
    assert not failure.value.permanent


async def test_an_alert_that_slack_finds_too_long_is_said_in_short(
    channel: SlackChannel, server: SlackServer
) -> None:
    server.scripted["chat.postMessage"].extend([Refusal("msg_blocks_too_long"), {}])
    await channel.send(TEAM, Message((Quote("x" * 20_000),), "long"), "a")
    long, short = (str(posted["blocks"]) for posted in server.to("chat.postMessage"))
    assert 2500 < len(short) < 3500 < len(long)


async def test_an_alert_whose_blocks_slack_refuses_is_said_in_bare_words(
    channel: SlackChannel, server: SlackServer
) -> None:
    server.scripted["chat.postMessage"].extend([Refusal("invalid_blocks"), Refusal("invalid_blocks"), {}])
    await channel.send(TEAM, ALERT, "a")
    last = server.to("chat.postMessage")[-1]
    assert last["blocks"] == []
    assert "passed on three times" in last["text"]


def images(message: dict[str, list[dict[str, object]]]) -> list[object]:
    return [block["slack_file"] for block in message["blocks"] if block["type"] == "image"]


async def test_a_picture_is_uploaded_and_shown(channel: SlackChannel, server: SlackServer) -> None:
    await channel.send(TEAM, DIGEST, "a")
    assert server.to("/hooks/upload") == [{"bytes": PNG + "Satisfied, weeks 44–47".encode()}]
    assert images(server.to("chat.postMessage")[0]) == [{"id": "F0PICTURE1"}]


async def test_a_digest_goes_out_without_its_picture(channel: SlackChannel, server: SlackServer) -> None:
    server.scripted["files.getUploadURLExternal"].append(Refusal("missing_scope"))
    await channel.send(TEAM, DIGEST, "a")
    [posted] = server.to("chat.postMessage")
    assert images(posted) == []
    assert "90 % in each of the weeks" in str(posted["blocks"])


async def test_a_picture_slack_is_not_done_with_is_tried_again_and_then_left_out(
    channel: SlackChannel, server: SlackServer
) -> None:
    server.scripted["chat.postMessage"].extend([Refusal("invalid_blocks")] * 3)
    await channel.send(TEAM, DIGEST, "a")
    assert [len(images(posted)) for posted in server.to("chat.postMessage")] == [1, 1, 1, 0]


async def test_a_picture_that_cannot_be_drawn_is_left_out(channel: SlackChannel, server: SlackServer) -> None:
    def broken(chart: Chart) -> bytes:
        raise ZeroDivisionError

    channel._draw = broken
    await channel.send(TEAM, DIGEST, "a")
    assert len(server.to("chat.postMessage")) == 1


async def test_a_voice_message_is_a_file_in_the_conversation(
    channel: SlackChannel, server: SlackServer
) -> None:
    await channel.send(TOM, VOICE, "a")
    assert server.to("/hooks/upload") == [{"bytes": HEARD.content}]
    [shared] = server.to("files.completeUploadExternal")
    assert shared["channel_id"] == "D0OPENED"


async def test_where_slack_takes_no_file_it_is_told_how_to_hear(
    channel: SlackChannel, server: SlackServer
) -> None:
    server.scripted["files.getUploadURLExternal"].append(Refusal("missing_scope"))
    await channel.send(TOM, VOICE, "a")
    assert server.to("chat.postMessage")[-1]["text"] == HEARD.elsewhere


def test_without_any_way_in_it_does_not_start() -> None:
    with pytest.raises(ValueError, match="KAIKU_SLACK_SIGNING_SECRET"):
        SlackChannel(Settings(slack_bot_token=SecretStr("xoxb-local")), Clock())


def test_an_app_token_means_a_socket_and_no_door() -> None:
    settings = Settings(slack_bot_token=SecretStr("xoxb-local"), slack_app_token=SecretStr("xapp-local"))
    assert SlackChannel(settings, Clock()).http_app is None


async def test_a_refused_token_does_not_keep_the_house_from_starting(server: SlackServer) -> None:
    server.scripted["auth.test"].append(Refusal("invalid_auth"))
    channel = over_http(server)
    await channel.start(ignore)
    await channel.stop()


async def test_it_is_deaf_before_it_is_started() -> None:
    async with slack_server() as server:
        answer = await over_http(server)._hear({})
    assert answer.status == 503
