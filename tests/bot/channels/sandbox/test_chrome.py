"""The words around the chat: every one is there in three languages, and every one is shown."""

import re
from pathlib import Path

from bot.channels.sandbox import chrome
from handlers.wording.language import LANGUAGES

TEMPLATES = Path(chrome.__file__).with_name("templates")
COMPOSED = {"pane_customer", "pane_staff", "pane_manager", "left", "back"}
"""Looked up by the pane or by the notice."""


def test_every_word_is_shown_somewhere() -> None:
    shown = {
        name for file in TEMPLATES.iterdir() for name in re.findall(r"\bsay\.(\w+)", file.read_text("utf-8"))
    }

    assert shown | COMPOSED == set(chrome.words("en"))


def test_every_language_has_words_of_its_own() -> None:
    translations = [tuple(chrome.words(language).values()) for language in LANGUAGES]

    assert all(all(words) for words in translations)
    assert len(set(translations)) == len(LANGUAGES)
