"""The catalogues are whole: every sentence is translated, and none promises a fact that is not given."""

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from babel.messages.catalog import Catalog, Message

from handlers import errors
from handlers.wording.catalogue import ROOT, TRANSLATED, Sentence, read, refreshed, sentences

SAID = tuple(sentences())
KEYS = {sentence.msgid for sentence in SAID}


@dataclass(frozen=True)
class Entry:
    """One entry of a catalogue: its sentence, the plural of it where it has one, and the translated forms."""

    msgid: str
    plural: str
    forms: tuple[str, ...]
    fuzzy: bool


def entries(language: str) -> list[Entry]:
    return [entry(message) for message in read(language) if message.id]


def entry(message: Message) -> Entry:
    singular, plural = (message.id, "") if isinstance(message.id, str) else message.id
    forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))
    return Entry(singular, plural, forms, message.fuzzy)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_in_the_catalogue_and_nothing_else_is(language: str) -> None:
    known = {entry.msgid for entry in entries(language)}
    hint = "run python -m handlers.wording.catalogue and translate what is empty"
    assert not KEYS - known, hint
    assert not known - KEYS, hint


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_by_a_person(language: str) -> None:
    assert [entry.msgid for entry in entries(language) if entry.fuzzy or not all(entry.forms)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_uses_the_placeholders_of_its_sentence(language: str) -> None:
    for entry in entries(language):
        assert placeholders(entry.forms[-1]) == placeholders(entry.plural or entry.msgid), entry
        assert placeholders(entry.forms[0]) <= placeholders(entry.forms[-1]), entry


@pytest.mark.parametrize("language", TRANSLATED)
def test_plurals_have_the_forms_of_the_language(language: str) -> None:
    plurals = {sentence.msgid: sentence.plural for sentence in SAID}
    for entry in entries(language):
        assert entry.plural == plurals[entry.msgid]
        assert len(entry.forms) == (2 if entry.plural else 1), entry


@pytest.mark.parametrize("language", TRANSLATED)
def test_refreshing_changes_nothing_that_was_translated(language: str) -> None:
    after = refreshed(read(language), language)
    assert {e.msgid: e for e in map(entry, after) if e.msgid} == {e.msgid: e for e in entries(language)}


def test_refreshing_adds_what_is_new_and_drops_what_nobody_says() -> None:
    before = Catalog(locale="fi")
    before.add("Nobody says this any more", "Kukaan ei sano tätä enää")
    before.add("Yes", "Kyllä")
    after = refreshed(before, "fi")
    assert "Nobody says this any more" not in after
    forms = {e.msgid: e.forms for e in map(entry, after)}
    assert forms["Yes"] == ("Kyllä",)
    assert forms["No"] == ("",)


def test_no_ending_is_glued_to_a_placeholder() -> None:
    glued = re.compile(r"\}:?[a-zåäö]")
    assert [form for entry in entries("fi") for form in entry.forms if glued.search(form)] == []


def test_the_extractor_finds_what_is_said() -> None:
    assert Sentence("handlers/wording/cases.py", "{n} open case", "{n} open cases") in SAID
    assert "This request was sent to somebody else, so I did not record anything." in KEYS
    assert "It was easy for me to get my matter handled." in KEYS


def raised() -> Iterator[tuple[str, type[errors.FeedbackError], set[str]]]:
    """Every place that makes one of our errors with plain facts: where, which, and the facts' names."""
    for room in ("handlers", "bot"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    kind = getattr(errors, node.func.id, None)
                    names = {word.arg for word in node.keywords if word.arg}
                    if isinstance(kind, type) and issubclass(kind, errors.FeedbackError):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", kind, names


def test_every_error_is_raised_with_the_facts_of_its_sentence() -> None:
    lacking = [
        (where, sorted(placeholders(kind.__doc__ or "") - facts))
        for where, kind, facts in raised()
        if placeholders(kind.__doc__ or "") - facts
    ]
    assert lacking == []
