"""What is said of the time line to who notes on it."""

from collections.abc import Sequence
from datetime import date

from handlers.messages import Bullets, Heading, Message, Paragraph
from handlers.rules.scales import LocalText
from handlers.wording.language import calendar_date, pick, translate


def noted(on: date, words: str, language: str) -> Message:
    """It stands on the time line from now on."""
    told = translate(
        language, "Noted on the time line: {day}: {words}", day=calendar_date(on, language), words=words
    )
    return Message((Paragraph(told),), summary=told)


def taken_back(on: date, words: str, language: str) -> Message:
    """It stands on the time line no more."""
    told = translate(language, "Taken back: {day}: {words}", day=calendar_date(on, language), words=words)
    return Message((Paragraph(told),), summary=told)


def nothing_noted(language: str) -> Message:
    """There is nothing of theirs to take back."""
    told = translate(language, "You have noted nothing that could be taken back.")
    return Message((Paragraph(told),), summary=told)


def listed(found: Sequence[tuple[date, LocalText]], language: str) -> Message:
    """What happened lately, oldest first, and how to note more."""
    how = translate(
        language,
        "To note something: /feedback note 2026-11-20 New version #service. "
        "/feedback note undo takes back what you noted last.",
    )
    if not found:
        none = translate(language, "Nothing was noted in the last three months.")
        return Message((Paragraph(none), Paragraph(how)), summary=none)
    title = translate(language, "Noted in the last three months")
    lines = tuple(f"{calendar_date(on, language)} · {pick(words, language)}" for on, words in found)
    return Message((Heading(title), Bullets(lines), Paragraph(how)), summary=title)
