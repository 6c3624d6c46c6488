"""What we send and what we pretend to receive, held against Slack's own TypeScript types."""

from typing import Any

import pytest

from bot.channels.slack import render
from handlers.messages import Action, Form, Message, Verb
from tests.helpers import slack_payloads as slack
from tests.helpers.samples import FORMS, MESSAGES, TREND
from tests.peers import slack_types

pytestmark = pytest.mark.peer

TWO = Action(Verb.RATE, "x7Gk", "ease=2")


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_messages_are_blocks(message: Message) -> None:
    for pictures in ({}, {TREND: "F0PICTURE1"}):
        assert slack_types.violation(slack_types.blocks_schema(), render.blocks(message, pictures)) is None


@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
def test_home_tabs_are_views(message: Message) -> None:
    assert slack_types.violation(slack_types.view_schema(), render.home(message)) is None


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_forms_are_views(form: Form) -> None:
    assert (
        slack_types.violation(slack_types.view_schema(), render.view(form, "close|c4Se|\nD0MAYA\n1.2"))
        is None
    )


@pytest.mark.parametrize(
    "payload",
    [
        slack.block_action(TWO),
        slack.block_action(TWO, conversation="C0SUPPORT", ephemeral=True),
        slack.view_submission(
            Action(Verb.CLOSE, "c"), {"words": None}, choices={"outcome": "resolved", "x": None}
        ),
        slack.message_shortcut(),
        slack.home_action(Action(Verb.SHOW_CASE, "c4Se")),
    ],
    ids=["tap", "ephemeral tap", "form", "shortcut", "home"],
)
def test_interactions_are_slacks(payload: dict[str, Any]) -> None:
    assert slack_types.violation(slack_types.inbound_schema(), payload) is None


def test_commands_are_slacks() -> None:
    assert slack_types.violation(slack_types.command_schema(), slack.slash_command("help")) is None


@pytest.mark.parametrize(
    "payload",
    [
        slack.direct_message("hi"),
        slack.direct_message("hi", thread_ts="1.2"),
        slack.reaction(),
        slack.home_opened(),
        slack.workflow_step(touchpoint="phone", about="the printer"),
        slack.removal(),
        slack.removal("tokens_revoked", tokens={"bot": ["U0KAIKU"], "oauth": []}),
    ],
)
def test_events_are_slacks(payload: dict[str, Any]) -> None:
    assert slack_types.violation(slack_types.event_schema(), payload) is None
