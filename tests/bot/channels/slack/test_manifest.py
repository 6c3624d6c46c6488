import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.channels.slack.doctor import MANIFEST, needed_scopes
from bot.channels.slack.payloads import REQUEST

SPECS = Path(os.environ.get("KAIKU_SPECS", Path(__file__).parents[5] / "shared" / "specs"))

Manifest = dict[str, Any]


@pytest.fixture
def manifest() -> Manifest:
    return dict(yaml.safe_load(MANIFEST.read_text()))


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    file = SPECS / "slack-manifest.schema.json"
    if not file.is_file():
        pytest.skip(
            f"Slack's manifest schema is not here: put it at {file}, or set KAIKU_SPECS to its folder"
        )
    return Draft7Validator(json.loads(file.read_text()))


def test_the_manifest_is_valid_to_slack(manifest: Manifest, schema: Draft7Validator) -> None:
    assert [error.message for error in schema.iter_errors(manifest)] == []


def _unnamed(manifest: Manifest) -> None:
    del manifest["display_information"]["name"]


def _twice_the_same_event(manifest: Manifest) -> None:
    manifest["settings"]["event_subscriptions"]["bot_events"] *= 2


def _shortcut_from_nowhere(manifest: Manifest) -> None:
    manifest["features"]["shortcuts"][0]["type"] = "sideways"


def _misspelt(manifest: Manifest) -> None:
    manifest["features"]["slash_comands"] = manifest["features"].pop("slash_commands")


def _unslashed(manifest: Manifest) -> None:
    manifest["features"]["slash_commands"][0]["command"] = "feedback please"


def _not_a_bool(manifest: Manifest) -> None:
    manifest["settings"]["socket_mode_enabled"] = "yes"


@pytest.mark.parametrize(
    "mutate", [_unnamed, _twice_the_same_event, _shortcut_from_nowhere, _misspelt, _unslashed, _not_a_bool]
)
def test_a_mutated_manifest_is_refused(
    manifest: Manifest, schema: Draft7Validator, mutate: Callable[[Manifest], None]
) -> None:
    mutate(manifest)
    assert not schema.is_valid(manifest)


def test_people_can_answer_in_the_direct_conversation(manifest: Manifest) -> None:
    assert manifest["features"]["app_home"]["messages_tab_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False


def test_the_manifest_brings_what_the_listener_hears(manifest: Manifest) -> None:
    assert manifest["features"]["shortcuts"][0]["callback_id"] == REQUEST
    assert manifest["features"]["slash_commands"][0]["command"] == "/feedback"
    assert manifest["settings"]["event_subscriptions"]["bot_events"] == [
        "app_home_opened", "app_uninstalled", "function_executed", "message.im", "reaction_added", "tokens_revoked",
    ]  # fmt: skip
    assert manifest["settings"]["socket_mode_enabled"] is True


def test_the_workflow_step_takes_what_the_listener_reads(manifest: Manifest) -> None:
    step = manifest["functions"][REQUEST]
    assert set(step["input_parameters"]["properties"]) == {"customer", "asked_by", "touchpoint", "about"}
    assert set(step["output_parameters"]["properties"]) == {"answer"}
    assert manifest["settings"]["function_runtime"] == "remote"


def test_it_asks_for_nothing_that_is_not_used() -> None:
    assert set(needed_scopes()) == {
        "chat:write", "commands", "files:write", "im:history", "im:write", "reactions:read",
        "users:read", "users:read.email",
    }  # fmt: skip


def test_each_permission_is_explained() -> None:
    page = (Path(__file__).parents[4] / "docs" / "slack.md").read_text()
    assert [scope for scope in needed_scopes() if f"`{scope}`" not in page] == []
