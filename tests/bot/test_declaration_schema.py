"""The JSON Schema is shipped, fits what people type, and refuses what the check refuses."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.declaration.schema import schema, schema_text, words_at

ROOT = Path(__file__).parents[2]


class _AsEditorsRead(yaml.SafeLoader):
    """YAML 1.2's core schema: numbers and null; times of day, dates and *no* are texts."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 – PyYAML's way


_AsEditorsRead.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789")
)
_AsEditorsRead.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[0-9]+\.[0-9]+$"), list("0123456789")
)
_AsEditorsRead.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])


def as_editors_read(text: str) -> Any:
    return yaml.load(text, _AsEditorsRead)  # noqa: S506 – a safe loader


def complaints(text: str) -> list[str]:
    return [error.message for error in Draft202012Validator(schema()).iter_errors(as_editors_read(text))]


def test_the_shipped_schema_is_what_the_command_prints() -> None:
    shipped = (ROOT / "organisation.schema.json").read_text("utf-8")

    assert shipped == schema_text(), "write it anew: python -m bot check --schema > organisation.schema.json"


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_the_example_fits_it_and_names_it_in_its_first_line() -> None:
    example = (ROOT / "organisation.example.yaml").read_text("utf-8")

    assert complaints(example) == []
    assert example.splitlines()[0] == "# yaml-language-server: $schema=./organisation.schema.json"


@pytest.mark.parametrize(
    "text",
    [
        "services: {}",
        "name: x\nservicess: {}",
        "name: x\nservices: {desk: {name: x, key: desk}}",
        "name: x\nservices: {Help Desk: {name: x}}",
        "name: x\nservices: {desk: {name: {de: Auskunft}}}",
        "name: x\nasking: {cool_down: 30}",
        "name: x\nasking: {quiet_from: 25:00}",
        "name: x\nthresholds: {csat: {alert: low}}",
        "name: x\nsurveys: {own: {questions: [eese]}}",
    ],
)
def test_it_refuses_what_the_check_refuses(text: str) -> None:
    assert complaints(text)


def test_every_word_is_explained() -> None:
    silent = [
        f"{name}.{word}"
        for name, definition in {**schema()["$defs"], "the file": schema()}.items()
        for word, field in definition.get("properties", {}).items()
        if "description" not in field
    ]

    assert silent == []


def test_it_knows_the_words_of_a_place() -> None:
    assert words_at(("digest",)) == ("weekday", "at", "parts", "length", "managers", "teams")
    assert words_at(("people", "maya", "away", 0)) == ("starts", "ends", "deputy")
    assert "polarity" in words_at(("surveys", "own", "questions", 0))
    assert words_at(("people", "maya", "identities")) == ()


def test_every_word_stands_in_the_documentation() -> None:
    documented = (ROOT / "docs" / "organisation.md").read_text("utf-8")
    words = {
        word
        for definition in (schema(), *schema()["$defs"].values())
        for word in (*definition.get("properties", ()), *definition.get("enum", ()))
    }

    assert {
        word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", documented)
    } == set()
