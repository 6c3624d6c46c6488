"""The loop over real sockets: signed requests at our door, and a Slack that we did not write behind the Web API."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from bot.channels import Destination
from bot.channels.errors import DeliveryError
from bot.channels.slack.sender import SlackChannel
from bot.clock import Clock
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from handlers.events import Event, RatingGiven, WordsReceived
from handlers.messages import Action, EditInPlace, Message, Nothing, Paragraph, Reply, Verb
from storage import installations
from tests.helpers.samples import ALERT, PROMPT
from tests.helpers.slack_payloads import as_form, block_action, signed
from tests.helpers.town import example, fresh_database
from tests.peers.slack import BOT_TOKEN, BOT_USER, SIGNING_SECRET, TOM_TOKEN, SlackEmulator, slack_emulator

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


async def test_a_workspace_installs_us_and_is_spoken_to(slack: SlackEmulator, tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        database_url=fresh_database(tmp_path),
        public_url="http://127.0.0.1:3000",
        slack_client_id="12345.67890",
        slack_client_secret=SecretStr("example_client_secret"),
        slack_signing_secret=SecretStr(SIGNING_SECRET),
        encryption_key=SecretStr(base64.b64encode(b"k" * 32).decode()),
        slack_api_url=slack.api,
    )
    app = build(settings)
    app.open()
    app.apply(example(), "a test")
    channel = app.channels["slack"]
    await channel.start(app.receive)
    transport = httpx.ASGITransport(create_site(app))
    async with (
        httpx.AsyncClient(transport=transport, base_url=settings.public_url) as browser,
        httpx.AsyncClient() as at_slack,
    ):
        away = await browser.get("/slack/install")
        assert "Kaiku" in (await at_slack.get(away.headers["location"])).text
        asked = dict(parse_qsl(urlsplit(away.headers["location"]).query))
        said_yes = await at_slack.post(
            f"{slack.url}/oauth/v2/authorize/callback", data={**asked, "user_id": await toms_id(slack)}
        )
        back = urlsplit(said_yes.headers["location"])
        answer = await browser.get(f"{back.path}?{back.query}")
        assert (answer.status_code, "Kaiku is now in your Slack" in answer.text) == (200, True)
    [installed] = app.database.read_now(installations.installations)
    assert (installed.bot_user, installed.installed_by) == (BOT_USER, await toms_id(slack))
    tom = Destination(person=await toms_id(slack), workspace=installed.team)
    sent = await channel.send(tom, ALERT, "alert:oauth")
    workspace, _, conversation = sent.conversation.partition("/")
    assert workspace == installed.team
    assert ALERT.summary in await history(slack, conversation)
    await channel.stop()
    app.close()
