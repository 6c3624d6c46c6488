"""What Slack sends: payloads as its own types describe them, and requests signed as it signs them.

`tests/bot/channels/slack/test_payloads.py` holds each of them against Slack's types.
"""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from handlers.messages import Action

Payload = dict[str, Any]

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAM = "T0CLINIC"
APP = "A000000001"
TOM = "U0TOM"
MAYA = "U0MAYA"
TOMS_CHAT = "D0TOM"
SHARED = "C0SUPPORT"


def signed(body: bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    """The headers that Slack would send with a body at an instant."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    kind = "application/json" if body.startswith(b"{") else "application/x-www-form-urlencoded"
    return {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": f"v0={digest}",
        "content-type": kind,
    }


def as_form(payload: Payload) -> bytes:
    """An interaction as it travels: JSON in a form. A command is a form by itself."""
    if "command" in payload:
        return urlencode(payload).encode()
    return urlencode({"payload": json.dumps(payload)}).encode()


def as_json(payload: Payload) -> bytes:
    """An event as it travels."""
    return json.dumps(payload).encode()


def block_action(
    action: Action,
    *,
    user: str = TOM,
    conversation: str = TOMS_CHAT,
    message: str = "1795500000.000100",
    at: str = "1795500060.123456",
    action_id: str = "rate.0",
    ephemeral: bool = False,
    response_url: str = "https://hooks.slack.com/actions/T0CLINIC/1/abc",
) -> Payload:
    """A button was pressed."""
    container = {
        "type": "message",
        "message_ts": message,
        "channel_id": conversation,
        "is_ephemeral": ephemeral,
    }
    return {
        "type": "block_actions",
        "user": _user(user),
        "api_app_id": APP,
        "token": "verification",
        "container": container,
        "trigger_id": "12466734323.1395872398.abc",
        "team": _team(),
        "is_enterprise_install": False,
        "channel": _channel(conversation),
        "message": {"type": "message", "user": "U0KAIKU", "ts": message, "text": "How was it?"},
        "response_url": response_url,
        "actions": [
            {
                "type": "button",
                "action_id": action_id,
                "block_id": "3c1f.1",
                "text": {"type": "plain_text", "text": "2", "emoji": False},
                "value": action.encode(),
                "action_ts": at,
            }
        ],
    }


def home_action(
    action: Action, *, user: str = MAYA, at: str = "1795500060.654321", action_id: str = "case.0"
) -> Payload:
    """A button was pressed in the Home tab."""
    pressed = block_action(action, user=user, at=at, action_id=action_id)
    form = view_submission(action, {})["view"]
    for name in ("channel", "message"):
        pressed.pop(name, None)
    return {
        **pressed,
        "container": {"type": "view", "view_id": "V0HOME"},
        "view": {**form, "type": "home", "id": "V0HOME", "private_metadata": "", "submit": None},
    }


def home_opened(
    *, user: str = MAYA, conversation: str = "D0MAYA", tab: str = "home", event_id: str = "Ev0HOME"
) -> Payload:
    """Somebody opened the app's Home tab, or its conversation."""
    event = {
        "type": "app_home_opened",
        "user": user,
        "channel": conversation,
        "tab": tab,
        "event_ts": "1795500064.000000",
    }
    return _envelope(event, event_id)


def view_submission(
    action: Action,
    fields: dict[str, str | None],
    *,
    choices: dict[str, str | None] | None = None,
    user: str = MAYA,
    conversation: str = "D0MAYA",
    message: str = "1795500000.000200",
    view: str = "V0FORM",
    edition: str = "156772938.1827394",
) -> Payload:
    """A form was submitted: `fields` are boxes, `choices` radio buttons."""
    values: dict[str, Any] = {
        key: {"field": {"type": "plain_text_input", "value": value}} for key, value in fields.items()
    }
    for key, value in (choices or {}).items():
        option = value and {"text": {"type": "plain_text", "text": value, "emoji": False}, "value": value}
        values[key] = {"field": {"type": "radio_buttons", "selected_option": option}}
    return {
        "type": "view_submission",
        "team": _team(),
        "user": {"id": user, "name": user.lower(), "team_id": TEAM},
        "api_app_id": APP,
        "token": "verification",
        "trigger_id": "12466734323.1395872398.def",
        "is_enterprise_install": False,
        "response_urls": [],
        "view": {
            "id": view,
            "team_id": TEAM,
            "type": "modal",
            "blocks": [],
            "private_metadata": f"{action.encode()}\n{conversation}\n{message}",
            "callback_id": "form",
            "state": {"values": values},
            "hash": edition,
            "title": {"type": "plain_text", "text": "Close", "emoji": False},
            "close": None,
            "submit": {"type": "plain_text", "text": "Close", "emoji": False},
            "clear_on_close": False,
            "notify_on_close": False,
            "previous_view_id": None,
            "root_view_id": view,
            "app_id": APP,
            "external_id": "",
            "app_installed_team_id": TEAM,
            "bot_id": "B0KAIKU",
        },
    }


def slash_command(
    words: str,
    *,
    user: str = MAYA,
    conversation: str = SHARED,
    trigger: str = "13345224609.738474920.8088930838",
) -> Payload:
    """`/feedback …` was typed."""
    return {
        "token": "verification",
        "team_id": TEAM,
        "team_domain": "clinic",
        "channel_id": conversation,
        "channel_name": "support",
        "user_id": user,
        "user_name": "maya",
        "command": "/feedback",
        "text": words,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0CLINIC/1/abc",
        "trigger_id": trigger,
    }


def message_shortcut(
    *,
    user: str = MAYA,
    author: str = TOM,
    callback_id: str = "request_feedback",
    message: str = "1795500000.000300",
) -> Payload:
    """“Ask for feedback” was chosen from a message's menu."""
    return {
        "type": "message_action",
        "token": "verification",
        "action_ts": "1795500061.654321",
        "team": {"id": TEAM, "domain": "clinic"},
        "is_enterprise_install": False,
        "user": {"id": user, "name": "maya", "team_id": TEAM, "username": "maya"},
        "channel": {"id": SHARED, "name": "support"},
        "callback_id": callback_id,
        "trigger_id": "12466734323.1395872398.ghi",
        "message_ts": message,
        "response_url": "https://hooks.slack.com/app/T0CLINIC/1/abc",
        "message": {"type": "message", "user": author, "ts": message, "text": "The printer works again."},
    }


def direct_message(
    words: str, *, user: str = TOM, conversation: str = TOMS_CHAT, event_id: str = "Ev0DM", **more: Any
) -> Payload:
    """Somebody wrote to the bot."""
    event = {
        "type": "message",
        "channel": conversation,
        "channel_type": "im",
        "user": user,
        "text": words,
        "ts": "1795500062.000400",
        "event_ts": "1795500062.000400",
        **more,
    }
    return _envelope(event, event_id)


def reaction(
    *,
    name: str = "white_check_mark",
    user: str = MAYA,
    author: str = TOM,
    conversation: str = SHARED,
    event_id: str = "Ev0CHECK",
) -> Payload:
    """A reaction was put on somebody's message."""
    event = {
        "type": "reaction_added",
        "user": user,
        "reaction": name,
        "item_user": author,
        "item": {"type": "message", "channel": conversation, "ts": "1795500000.000300"},
        "event_ts": "1795500063.000000",
    }
    return _envelope(event, event_id)


def workflow_step(
    *, asked_by: str = MAYA, callback_id: str = "request_feedback", event_id: str = "Ev0STEP", **inputs: str
) -> Payload:
    """A workflow came to the step “Ask for feedback”."""
    event = {
        "type": "function_executed",
        "function": {
            "id": "Fn0STEP",
            "callback_id": callback_id,
            "title": "Ask for feedback",
            "description": "Asks a customer how it went",
            "type": "app",
            "input_parameters": [],
            "output_parameters": [],
            "app_id": APP,
            "date_created": 1795500000,
            "date_updated": 1795500000,
            "date_deleted": 0,
        },
        "inputs": {"customer": TOM, "asked_by": asked_by, **inputs},
        "function_execution_id": "Fx0RUN",
        "workflow_execution_id": "Wx0RUN",
        "event_ts": "1795500065.000000",
        "bot_access_token": "xwfp-for-this-run",
    }
    return _envelope(event, event_id)


def removal(kind: str = "app_uninstalled", *, at: int = 1795500064, **more: Any) -> Payload:
    """A workspace removed the app, or revoked its tokens."""
    event = {"type": kind, **more}
    return {**_envelope(event, f"Ev0{kind}"), "event_time": at}


def _envelope(event: Payload, event_id: str) -> Payload:
    return {
        "token": "verification",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": 1795500062,
        "is_ext_shared_channel": False,
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": TEAM,
                "user_id": "U0KAIKU",
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
    }


def _user(user: str) -> Payload:
    return {"id": user, "username": user.lower(), "name": user.lower(), "team_id": TEAM}


def _team() -> Payload:
    return {"id": TEAM, "domain": "clinic"}


def _channel(conversation: str) -> Payload:
    return {"id": conversation, "name": "directmessage" if conversation.startswith("D") else "support"}
