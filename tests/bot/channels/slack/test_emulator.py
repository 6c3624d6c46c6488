"""The loop over real sockets: signed requests at our door, and a Slack that we did not write behind the Web API."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import uvicorn
from pydantic import SecretStr

from bot.channels import Destination
from bot.channels.errors import DeliveryError
from bot.channels.slack.sender import SlackChannel
from bot.clock import Clock
from bot.settings import Settings
from handlers.events import Event, RatingGiven, WordsReceived
from handlers.messages import Action, EditInPlace, Message, Nothing, Paragraph, Reply, Verb
from tests.helpers.samples import ALERT, PROMPT
from tests.helpers.slack_payloads import as_form, block_action, signed
from tests.peers.slack import BOT_TOKEN, SIGNING_SECRET, TOM_TOKEN, SlackEmulator, slack_emulator

pytestmark = pytest.mark.peer


class House:
    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.reply: Reply = Nothing()

    async def receive(self, event: Event) -> Reply:
        await self.events.put(event)
        return self.reply

    async def next(self) -> Event:
        async with asyncio.timeout(10):
            return await self.events.get()


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def slack(port: int) -> Iterator[SlackEmulator]:
    with slack_emulator(events_url=f"http://127.0.0.1:{port}/slack/events") as running:
        yield running


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def channel(slack: SlackEmulator, house: House, port: int) -> AsyncIterator[SlackChannel]:
    settings = Settings(
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_signing_secret=SecretStr(SIGNING_SECRET),
        slack_api_url=slack.api,
    )
    opened = SlackChannel(settings, Clock())
    await opened.start(house.receive)
    assert opened.http_app
    server = uvicorn.Server(
        uvicorn.Config(opened.http_app, "127.0.0.1", port, log_level="warning", lifespan="off")
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells by an attribute
        await asyncio.sleep(0.01)
    yield opened
    server.should_exit = True
    await serving
    await opened.stop()


async def ask_slack(
    slack: SlackEmulator, method: str, token: str = BOT_TOKEN, **arguments: str
) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{slack.api}{method}", data=arguments) as answer,
    ):
        return dict(await answer.json())


async def toms_id(slack: SlackEmulator) -> str:
    return str((await ask_slack(slack, "auth.test", TOM_TOKEN))["user_id"])


async def test_a_prompt_is_sent_tapped_and_changed_in_place(
    channel: SlackChannel, house: House, slack: SlackEmulator, port: int
) -> None:
    sent = await channel.send(Destination(person=await toms_id(slack)), PROMPT, "prompt:1")
    house.reply = EditInPlace(Message((Paragraph("Thank you, Tom."),), "Thank you, Tom."))
    tap = block_action(
        Action(Verb.RATE, "x7Gk", "ease=2"), conversation=sent.conversation, message=sent.message
    )
    body = as_form(tap)
    async with aiohttp.ClientSession() as session:
        headers = signed(body, Clock().now(), SIGNING_SECRET)
        async with session.post(
            f"http://127.0.0.1:{port}/slack/events", data=body, headers=headers
        ) as answer:
            assert answer.status == 200
    assert isinstance(await house.next(), RatingGiven)
    await channel._replies.finish(within=5)
    assert "Thank you, Tom." in await history(slack, sent.conversation)


async def history(slack: SlackEmulator, conversation: str) -> str:
    return str(await ask_slack(slack, "conversations.history", channel=conversation))


async def test_an_alert_arrives_is_edited_and_taken_back(channel: SlackChannel, slack: SlackEmulator) -> None:
    sent = await channel.send(Destination(person=await toms_id(slack)), ALERT, "alert:1")
    assert ALERT.summary in await history(slack, sent.conversation)
    edited = await channel.edit(sent, Message(ALERT.parts, "Now with a comment"))
    assert edited == sent
    assert "Now with a comment" in await history(slack, sent.conversation)
    await channel.remove(sent)
    assert "Now with a comment" not in await history(slack, sent.conversation)


async def test_what_tom_writes_to_the_bot_comes_in_signed_by_slack(
    channel: SlackChannel, house: House, slack: SlackEmulator
) -> None:
    sent = await channel.send(Destination(person=await toms_id(slack)), PROMPT, "prompt:2")
    await ask_slack(slack, "chat.postMessage", TOM_TOKEN, channel=sent.conversation, text="Thanks & bye <3")
    said = await house.next()
    assert isinstance(said, WordsReceived)
    assert said.by.external_id == await toms_id(slack)
    assert said.conversation == sent.conversation


async def test_nobody_by_that_id(channel: SlackChannel) -> None:
    with pytest.raises(DeliveryError) as failure:
        await channel.send(Destination(person="U0NOBODY"), ALERT, "alert:2")
    assert failure.value.unreachable


async def test_a_token_slack_does_not_know(slack: SlackEmulator) -> None:
    settings = Settings(
        slack_bot_token=SecretStr("xoxb-unknown"),
        slack_signing_secret=SecretStr(SIGNING_SECRET),
        slack_api_url=slack.api,
    )
    channel = SlackChannel(settings, Clock())
    await channel.start(House().receive)
    with pytest.raises(DeliveryError) as failure:
        await channel.send(Destination(conversation="C000000001"), ALERT, "alert:3")
    await channel.stop()
    assert not failure.value.permanent
    assert failure.value.retry_after == 900.0
