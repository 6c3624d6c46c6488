"""What is a tap away from a digest: its comments, its open cases, and why a figure moved."""

from collections.abc import Iterator, Sequence
from datetime import date

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Heading,
    Message,
    Paragraph,
    Part,
    Quote,
    Small,
    Verb,
)
from handlers.rules.scales import LocalText
from handlers.views import DigestView, ExplanationView, OpenCaseLine, PartView, UnitView, VoiceView
from handlers.wording import case_parts, cases, figures, login, reports
from handlers.wording.case_parts import joined
from handlers.wording.labels import label
from handlers.wording.language import calendar_date, percent, pick, plural, translate
from storage.vocabulary import DigestDetail, Period

ROWS = 12
"""Rows of a table on a page."""


def buttons(view: DigestView, language: str) -> tuple[Buttons, ...]:
    """What can be asked of a digest; nothing where nothing can be pressed."""
    if not view.run:
        return ()
    offered = {
        DigestDetail.WORDS: translate(language, "Show the comments") if _has_words(view) else "",
        DigestDetail.CASES: translate(language, "Show open cases") if view.open_total else "",
        DigestDetail.TABLE: translate(language, "Show every unit") if _has_more_rows(view) else "",
        DigestDetail.WHY: translate(language, "Why this change?") if view.responses else "",
    }
    found = tuple(Button(words, _more(view.run, detail)) for detail, words in offered.items() if words)
    found += (login.button(language),) if view.pages else ()
    return (Buttons(found),) if found else ()


def _has_more_rows(view: DigestView) -> bool:
    return reports.row_count(view.table) > view.sizes.rows


def _has_words(view: DigestView) -> bool:
    return bool(view.responses or view.feedback_count)


def _more(run: str, detail: DigestDetail, skip: int = 0) -> Action:
    return Action(Verb.DIGEST, run, f"{detail}:{skip}" if skip else detail.value)


def comments(page: tuple[VoiceView, ...], total: int, skip: int, run: str, language: str) -> Message:
    """A page of what was said, newest first; survey comments before what was logged."""
    if not page:
        none = translate(language, "Nobody wrote anything that could be shown.")
        return Message((Paragraph(none),), summary=none)
    title = plural(language, "{n} comment", "{n} comments", total)
    quotes = (Quote(voice.words, by=said_where(voice, language)) for voice in page)
    rest = _next(total, skip + len(page), run, DigestDetail.WORDS, language)
    return Message((Heading(title), *quotes, *rest), summary=title)


def said_where(voice: VoiceView, language: str) -> str:
    """At which kind of moment something was said, and how it came to us."""
    how = translate(language, "unprompted or logged by staff") if voice.logged else ""
    return joined(pick(voice.touchpoint, language), how, separator=", ")


def open_cases(
    lines: tuple[OpenCaseLine, ...], total: int, skip: int, run: str, *, language: str, zone: str
) -> Message:
    """A page of open cases, oldest first, each a button away for whoever may see it."""
    if not lines:
        none = translate(language, "No open cases.")
        return Message((Paragraph(none),), summary=none)
    title = plural(language, "{n} open case", "{n} open cases", total)
    rest = _next(total, skip + len(lines), run, DigestDetail.CASES, language)
    return cases.listed(title, lines, language, zone, skip=skip, rest=rest)


def _next(total: int, shown: int, run: str, detail: DigestDetail, language: str) -> tuple[Part, ...]:
    if total <= shown:
        return ()
    button = Button(translate(language, "Show the next ones"), _more(run, detail, shown))
    return (*case_parts.more(total - shown, language), Buttons((button,)))


def table(view: Sequence[UnitView], skip: int, run: str, period: Period, language: str) -> Message:
    """A page of the units with their kinds of moments."""
    title = translate(language, "Every unit")
    rows = reports.units(view, skip, ROWS, period, language)
    rest = _next(reports.row_count(view), skip + ROWS, run, DigestDetail.TABLE, language)
    return Message((Heading(title), *rows, *rest), summary=title)


# Why.


def why(
    explained: Sequence[ExplanationView], noted: Sequence[tuple[date, LocalText]], language: str
) -> Message:
    """What explains each change; and that nothing does, where nothing does."""
    title = translate(language, "Why this change?")
    parts = [part for view in explained for part in _explained(view, language)]
    if not parts:
        parts = [Paragraph(translate(language, "There were too few answers to compare."))]
    return Message((Heading(title), *parts, *_noted(noted, language)), summary=title)


def _explained(view: ExplanationView, language: str) -> Iterator[Part]:
    name = label(view.figure.question.metric, language)
    yield Paragraph(name, strong=True)
    yield Paragraph(figures.figure_in_words(view.figure, language))
    lines = [
        *(_changed(part, view, language) for part in view.telling),
        *(_mixed(part, language) for part in view.mixed),
    ]
    if lines:
        yield Bullets(tuple(lines))
    elif view.figure.change == "noise":
        yield Small(
            translate(language, "A change like this comes by chance alone: there is nothing to explain.")
        )
    elif view.figure.change in ("better", "worse"):
        yield Small(
            translate(language, "No single service or kind of moment explains it by more than chance.")
        )


def _changed(part: PartView, view: ExplanationView, language: str) -> str:
    """*Phone call: 95% good (n = 20) → 40% good (n = 20)*."""
    question = view.figure.question
    then, now = (
        translate(language, "{share} (n = {n})", share=figures.share(question, value or 0.0, language), n=n)
        for value, n in ((part.previous_value, part.previous_n), (part.value, part.n))
    )
    return f"{_name(part, language)}: {then} → {now}"


def _mixed(part: PartView, language: str) -> str:
    return translate(
        language,
        "{name}: {then} of the answers before, {now} now. That changed the figure, more than how people answered.",
        name=_name(part, language),
        then=percent(part.previous_share, language),
        now=percent(part.share, language),
    )


def _name(part: PartView, language: str) -> str:
    return pick(part.name, language) or translate(language, "About no service")


def _noted(noted: Sequence[tuple[date, LocalText]], language: str) -> Iterator[Part]:
    if not noted:
        yield Small(translate(language, "Nothing was noted on the time line for these days."))
        return
    yield Paragraph(
        translate(language, "Noted on the time line; whether it is the cause, only you can tell"), strong=True
    )
    yield Bullets(tuple(f"{calendar_date(on, language)} · {pick(words, language)}" for on, words in noted))
