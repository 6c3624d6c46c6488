"""The peers themselves: each one starts, tells right from wrong, and is reached by the client we use."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from telegram import Bot

from tests.peers import slack_types
from tests.peers.running import ask
from tests.peers.slack import BOT_TOKEN, BOT_USER, SIGNING_SECRET, TOM_TOKEN, slack_emulator
from tests.peers.telegram import telegram_server

pytestmark = pytest.mark.peer

BUTTON = {"type": "button", "action_id": "rate-1", "text": {"type": "plain_text", "text": "1"}, "value": "1"}
BLOCKS: list[dict[str, Any]] = [
    {"type": "section", "text": {"type": "mrkdwn", "text": "How was your visit?"}},
    {"type": "actions", "block_id": "rate", "elements": [BUTTON]},
]
MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Feedback"},
    "blocks": BLOCKS[:1],
}


def test_slack_types_know_blocks() -> None:
    schema = slack_types.blocks_schema()
    assert slack_types.violation(schema, BLOCKS) is None
    assert slack_types.violation(schema, [{"type": "section", "text": 5}])
    assert slack_types.violation(schema, [{"type": "sektion", "text": BLOCKS[0]["text"]}])
    assert slack_types.violation(schema, [BLOCKS[0] | {"colour": "red"}])


def test_slack_types_know_views() -> None:
    assert slack_types.violation(slack_types.view_schema(), MODAL) is None
    assert slack_types.violation(slack_types.view_schema(), MODAL | {"title": "Feedback"})


def test_slack_types_know_commands() -> None:
    names = ("token", "command", "text", "response_url", "trigger_id", "user_id", "user_name", "api_app_id")
    command = dict.fromkeys((*names, "team_id", "team_domain", "channel_id", "channel_name"), "x")
    assert slack_types.violation(slack_types.command_schema(), command) is None
    assert slack_types.violation(slack_types.command_schema(), command | {"user_id": 5})


def test_slack_types_know_clicks() -> None:
    click = {
        "type": "block_actions",
        "token": "x",
        "api_app_id": "A1",
        "team": {"id": "T1", "domain": "clinic"},
        "user": {"id": "U1", "username": "tom", "name": "tom", "team_id": "T1"},
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "D1", "is_ephemeral": False},
        "channel": {"id": "D1", "name": "directmessage"},
        "message": {"type": "message", "ts": "1.2", "text": "How was your visit?", "user": "U2"},
        "trigger_id": "1.2.3",
        "response_url": "https://hooks.slack.com/actions/x",
        "actions": [BUTTON | {"block_id": "rate", "action_ts": "1.3"}],
    }
    schema = slack_types.inbound_schema()
    assert slack_types.violation(schema, click) is None
    assert slack_types.violation(schema, click | {"user": {"id": 5}})
    complaint = slack_types.violation(
        schema, {key: value for key, value in click.items() if key != "actions"}
    )
    assert complaint == "$: 'actions' is a required property"


@pytest.mark.parametrize("schema", [slack_types.inbound_schema, slack_types.event_schema])
def test_slack_types_refuse_what_slack_never_sends(schema: Any) -> None:
    assert slack_types.violation(schema(), {"type": "nonsense"})


async def test_slack_takes_messages_updates_and_views() -> None:
    with slack_emulator() as slack:
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api)
        assert (await client.auth_test())["user_id"] == BOT_USER
        tom = (await client.users_lookupByEmail(email="tom@example.com"))["user"]["id"]
        room = (await client.conversations_open(users=tom))["channel"]["id"]
        sent = await client.chat_postMessage(channel=room, text="How was your visit?", blocks=BLOCKS)
        changed = await client.chat_update(channel=room, ts=sent["ts"], text="Thank you!", blocks=[])
        assert changed["text"] == "Thank you!"
        history = await client.conversations_history(channel=room)
        assert [message["text"] for message in history["messages"]] == ["Thank you!"]
        assert (await client.views_publish(user_id=tom, view=MODAL | {"type": "home"}))["ok"]


async def test_slack_signs_the_events_it_sends() -> None:
    heard: asyncio.Queue[tuple[str, dict[str, str]]] = asyncio.Queue()

    async def listen(request: web.Request) -> web.Response:
        heard.put_nowait((await request.text(), dict(request.headers)))
        return web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", listen)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        with slack_emulator(events_url=f"http://127.0.0.1:{port}/slack/events") as slack:
            tom = AsyncWebClient(TOM_TOKEN, base_url=slack.api)
            room = (await tom.conversations_open(users=BOT_USER))["channel"]["id"]
            await tom.chat_postMessage(channel=room, text="The queue was long")
            body, headers = await asyncio.wait_for(heard.get(), 10)
            while "The queue was long" not in body:
                body, headers = await asyncio.wait_for(heard.get(), 10)
    finally:
        await runner.cleanup()
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(body, headers)


async def test_telegram_takes_messages() -> None:
    with telegram_server() as address:
        async with Bot("666:token", base_url=f"{address}/bot") as bot:
            assert bot.username == "KaikuTestBot"
            sent = await bot.send_message(chat_id=1, text="How was your visit?")
            assert sent.message_id
            assert sent.from_user
            assert sent.from_user.is_bot


def test_adaptive_cards_are_told_right_from_wrong() -> None:
    action = {"type": "Action.Execute", "title": "1", "verb": "rate", "data": {"score": 1}}
    card = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "x"}]}
    assert ask("adaptive_card.cjs", card | {"actions": [action]}) == []
    assert ask("adaptive_card.cjs", card | {"actions": [action | {"type": "Action.Executee"}]})


def test_slack_can_be_looked_at() -> None:
    page = ask("slack_look.mjs", BLOCKS)
    assert "How was your visit?" in page
    assert "<button" in page
