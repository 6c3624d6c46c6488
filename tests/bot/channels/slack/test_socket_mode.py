import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from slack_bolt.response import BoltResponse

from bot.channels.slack.sender import SlackChannel
from bot.channels.slack.socket_mode import Socket
from bot.channels.slack.web_api import WebApi
from bot.clock import Clock
from bot.settings import Settings
from handlers.events import Event, RatingGiven
from handlers.messages import Action, EditInPlace, Message, Reply, Verb
from tests.helpers.slack_payloads import block_action, direct_message, slash_command
from tests.helpers.slack_server import Refusal, SlackServer, slack_server

TAP = block_action(Action(Verb.RATE, "x7Gk", "ease=2"))


class Ears:
    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer = BoltResponse(status=200)

    async def __call__(self, body: dict[str, Any]) -> BoltResponse:
        self.heard.append(body)
        return self.answer


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with slack_server() as running:
        yield running


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def socket(server: SlackServer, ears: Ears) -> AsyncIterator[Socket]:
    api = WebApi("xoxb-local", server.api)
    await api.open()
    opened = Socket("xapp-local", api.client, ears, ping=0.05, silence=0.4)
    await opened.start()
    yield opened
    await opened.stop()
    await api.close()


async def acked(server: SlackServer) -> dict[str, Any]:
    async with asyncio.timeout(5):
        return await server.acks.get()


@pytest.mark.usefixtures("socket")
async def test_what_comes_over_the_socket_is_heard_and_acknowledged(server: SlackServer, ears: Ears) -> None:
    await server.push(TAP, "envelope-1")
    assert await acked(server) == {"envelope_id": "envelope-1"}
    assert ears.heard == [TAP]


@pytest.mark.usefixtures("socket")
async def test_an_answer_travels_in_the_acknowledgement(server: SlackServer, ears: Ears) -> None:
    ears.answer = BoltResponse(status=200, body={"text": "help"})
    await server.push(slash_command("help"), "e2", "slash_commands")
    assert await acked(server) == {"envelope_id": "e2", "payload": {"text": "help"}}


@pytest.mark.usefixtures("socket")
async def test_what_was_not_stored_is_not_acknowledged(server: SlackServer, ears: Ears) -> None:
    ears.answer = BoltResponse(status=503)
    await server.push(direct_message("hi"), "lost", "events_api")
    ears_before = len(ears.heard)
    await asyncio.sleep(0.1)
    ears.answer = BoltResponse(status=200)
    await server.push(direct_message("hi"), "again", "events_api")
    assert (await acked(server))["envelope_id"] == "again"
    assert len(ears.heard) > ears_before


@pytest.mark.usefixtures("socket")
async def test_when_slack_recycles_the_socket_a_new_one_is_opened(server: SlackServer, ears: Ears) -> None:
    await server.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
    await server.connected(times=2)
    await server.push(TAP, "after")
    assert (await acked(server))["envelope_id"] == "after"


@pytest.mark.usefixtures("socket")
async def test_when_the_socket_breaks_a_new_one_is_opened(server: SlackServer) -> None:
    await server.sockets[0].close()
    await server.connected(times=2)


async def test_a_socket_that_looks_alive_but_is_dead_is_abandoned(
    socket: Socket, server: SlackServer, ears: Ears
) -> None:
    # A dead connection can look alive to the SDK (slackapi/bolt-python#1529); here its watch is gone.
    assert socket.client
    assert socket.client.current_session_monitor
    socket.client.current_session_monitor.cancel()
    server.deaf = True
    await server.connected(times=2)
    server.deaf = False
    await server.push(TAP, "after")
    assert (await acked(server))["envelope_id"] == "after"


async def test_a_slack_that_is_away_at_the_start_is_found_later(server: SlackServer, ears: Ears) -> None:
    server.scripted["apps.connections.open"].extend([Refusal("internal_error"), Refusal("", 503)])
    api = WebApi("xoxb-local", server.api)
    await api.open()
    socket = Socket("xapp-local", api.client, ears, ping=0.05, silence=1.0)
    await socket.start()
    assert len(server.to("apps.connections.open")) == 3
    await socket.stop()
    await api.close()


async def test_stopping_does_not_wait_for_a_peer_that_is_gone(server: SlackServer, ears: Ears) -> None:
    api = WebApi("xoxb-local", server.api)
    await api.open()
    socket = Socket("xapp-local", api.client, ears, ping=0.05, silence=60.0)
    await socket.start()
    server.deaf = True
    async with asyncio.timeout(4.5):
        await socket.stop()
    await api.close()


async def test_the_whole_channel_over_a_socket(server: SlackServer) -> None:
    events: list[Event] = []

    async def receive(event: Event) -> Reply:
        events.append(event)
        return EditInPlace(Message((), "Thank you."))

    settings = Settings(
        slack_bot_token=SecretStr("xoxb-local"),
        slack_app_token=SecretStr("xapp-local"),
        slack_api_url=server.api,
    )
    channel = SlackChannel(settings, Clock())
    await channel.start(receive)
    await server.push(TAP, "e1")
    assert await acked(server) == {"envelope_id": "e1"}
    assert isinstance(events[0], RatingGiven)
    assert (await server.told("chat.update"))["text"] == "Thank you."
    await channel.stop()
