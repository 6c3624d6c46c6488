"""The JSON Schema of the organisation file, as people type it: editors complete and explain from it."""

import json
from collections.abc import Iterator
from datetime import time, timedelta
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import CoreSchema

from handlers.declared import duration_in_words
from handlers.difference import SECTIONS
from handlers.mistakes.mistake import Path
from handlers.organisation import Organisation

_REFERENCE = "#/$defs/"


class _AsTyped(GenerateJsonSchema):
    """Defaults are written the way they are typed, and fields go by their names alone."""

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, timedelta):
            return duration_in_words(dft)
        if isinstance(dft, time):
            return f"{dft:%H:%M}"
        return super().encode_default(dft)

    def field_title_should_be_set(self, schema: CoreSchema) -> bool:
        return False


@cache
def schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    described = Organisation.model_json_schema(schema_generator=_AsTyped)
    for section in SECTIONS:
        entries = described["properties"][section]
        entries["additionalProperties"] = False
        for entry in entries["patternProperties"].values():
            # the key is what stands before the colon
            _definition(described, entry)["properties"].pop("key", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_plain(described),
        "title": "Kaiku's organisation file",
    }


def schema_text() -> str:
    """What `organisation.schema.json` holds."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Without titles made from names, and without defaults that say *nothing*."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _plain(inner)
        for key, inner in value.items()
        if not (key == "title" and isinstance(inner, str))
        and not (key == "default" and (not inner or isinstance(inner, dict)))
    }


def _definition(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    reference = node.get("$ref", "")
    found: dict[str, Any] = root["$defs"][reference.removeprefix(_REFERENCE)] if reference else node
    return found


def words_at(path: Path) -> tuple[str, ...]:
    """The words that may be written under a path of the file; none where any may be."""
    nodes = [schema()]
    for step in path:
        nodes = [inner for node in nodes for inner in _inside(node, step)]
    return tuple(dict.fromkeys(word for node in nodes for word in node.get("properties", ())))


def _inside(node: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    """What the schema says one step further in, through references and alternatives."""
    if isinstance(step, int):
        inner = [node["items"]] if "items" in node else []
    elif step in node.get("properties", {}):
        inner = [node["properties"][step]]
    else:
        inner = [*node.get("patternProperties", {}).values()]
        inner += [extra] if isinstance(extra := node.get("additionalProperties"), dict) else []
    for each in inner:
        for alternative in each.get("anyOf", [each]):
            yield _definition(schema(), alternative)
