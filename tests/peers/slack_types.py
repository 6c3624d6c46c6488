"""Slack's own TypeScript types as JSON schemas, both directions.

What we send is checked with `blocks_schema` and `view_schema`; what a test pretends that Slack sends is
checked with `inbound_schema`, `command_schema` and `event_schema`. The types know no lengths: slack_sdk's
models know those.
"""

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from tests.peers import modules, node
from tests.peers.places import CACHE, HERE

Schema = dict[str, Any]


def blocks_schema() -> Schema:
    """A list of Block Kit blocks."""
    return _schema("slack-outbound.ts", "Blocks")


def view_schema() -> Schema:
    """A modal or a Home tab."""
    return _schema("slack-outbound.ts", "SlackView")


def inbound_schema() -> Schema:
    """What interactivity sends: a click, a submitted or closed view, a shortcut."""
    return _schema("slack-inbound.ts", "Inbound")


def command_schema() -> Schema:
    """What a slash command sends."""
    return _schema("slack-inbound.ts", "Command")


def event_schema() -> Schema:
    """What the Events API sends, in its envelope."""
    return _schema("slack-inbound.ts", "Event")


SCHEMAS: tuple[Callable[[], Schema], ...] = (
    blocks_schema,
    view_schema,
    inbound_schema,
    command_schema,
    event_schema,
)


def violation(schema: Schema, payload: object) -> str | None:
    """Say in one line what is wrong with *payload*, or nothing at all."""
    worst = next(iter(Draft7Validator(schema).iter_errors(payload)), None)
    while worst and worst.context:
        worst = _nearest_miss(worst.context)
    return worst and f"{worst.json_path}: {worst.message[:500]}"


def _nearest_miss(errors: Sequence[ValidationError]) -> ValidationError:
    """Of all possible shapes take the one whose ``type`` it bears, then the one it fails least."""
    branches: dict[str | int, list[ValidationError]] = {}
    for error in errors:
        branches.setdefault(error.relative_schema_path[0], []).append(error)
    nearest = min(
        branches.values(),
        key=lambda branch: (any("type" in error.relative_path for error in branch), len(branch)),
    )
    return nearest[0]


@lru_cache
def _schema(source: str, name: str) -> Schema:
    config = HERE / "tsconfig.json"
    edition = hashlib.sha256((HERE / source).read_bytes() + config.read_bytes()).hexdigest()[:16]
    kept = CACHE / "schemas" / f"{name}-{edition}.json"
    if not kept.is_file():
        _generate(HERE / source, config, name, kept)
    schema: Schema = json.loads(kept.read_text())
    return schema


def _generate(source: Path, config: Path, name: str, target: Path) -> None:
    generator = modules() / "ts-json-schema-generator" / "bin" / "ts-json-schema-generator.js"
    target.parent.mkdir(exist_ok=True)
    options: list[str | Path] = ["--path", source, "--tsconfig", config, "--type", name, "--no-type-check"]
    done = subprocess.run([node(), generator, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(f"ts-json-schema-generator could not read {source.name}:\n{done.stderr}{done.stdout}")
    # Two workers may get here at once; a rename shows each of them a whole file.
    handle, draft = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "w") as file:
        file.write(done.stdout)
    Path(draft).rename(target)
