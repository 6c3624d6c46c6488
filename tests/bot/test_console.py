"""What the command line prints: nobody's words colour, move or turn anything in the terminal that shows them."""

import io

import pytest
from rich.console import Console

from bot import console
from bot.declaration import Problem
from bot.findings import Finding
from tests.helpers.town import ROOT

TRICKS = "Liisa\x1b[31m\x1b]0;title\x07\x9b2J\u202e\u2066\u200b\ufeff\x08\rLahti"
TOLD = "Liisa[31m]0;title2JLahti"


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal that shows colours."""
    stream = io.StringIO()
    for name in ("_out", "_err"):
        monkeypatch.setattr(
            console,
            name,
            lambda: Console(file=stream, no_color=True, width=200, highlight=False, soft_wrap=True),
        )
    return stream


def test_words_do_nothing_in_whatever_is_printed(shown: io.StringIO) -> None:
    console.say(TRICKS)
    console.note(TRICKS)
    console.warn(TRICKS)
    console.complain(TRICKS)
    console.show_changes([f"+ {TRICKS}"])
    console.show_findings([Finding(False, "Owners", TRICKS, TRICKS)])
    console.show_problems([Problem(ROOT / "organisation.yaml", 1, "people", TRICKS, TRICKS)])
    console.table(["who"], [[TRICKS]])

    printed = shown.getvalue()
    assert printed.count(TOLD) == 10
    assert not set("\x1b\x07\x9b\u202e\u2066\u200b\ufeff\x08\r") & set(printed)


def test_scripts_and_emoji_are_printed_as_they_are(shown: io.StringIO) -> None:
    console.say("שלום 👩‍👩‍👧‍👦 مرحبا äö €")
    assert shown.getvalue() == "שלום 👩‍👩‍👧‍👦 مرحبا äö €\n"
