"""The digest of one window: one screen, and no figure without what it rests on."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from handlers.messages import (
    Bullets,
    Buttons,
    Chart,
    Heading,
    Message,
    Paragraph,
    Part,
    Quote,
    Small,
)
from handlers.rules.recovery import Gained
from handlers.views import DigestView, VoiceView
from handlers.wording import case_parts, details, figures, reports
from handlers.wording.labels import label
from handlers.wording.language import local_date, number, pick, plural, translate
from handlers.wording.periods import long
from handlers.wording.pictures import picture
from storage.vocabulary import DigestPart, Period

_QUOTED_LENGTH = 280
"""A long comment is cut here, visibly: the digest fits one screen, the whole is one tap away."""


def digest(view: DigestView, language: str) -> Message:
    """What came in during the window, what it means and what is open."""
    title = _title(view, language)
    opening: list[Part] = [Heading(title)]
    if view.late:
        opening.append(Small(translate(language, "This summary comes late, but covers its planned period.")))
    if _nothing_happened(view):
        quiet = _quiet(view, language)
        return Message((*opening, Paragraph(quiet)), summary=f"{title}: {quiet}")
    came = came_in(view, language)
    more = details.buttons(view, language)
    return Message((*opening, Paragraph(came), *told(view, language), *more), summary=f"{title}: {came}")


def told(view: DigestView, language: str) -> list[Part]:
    """Each of its parts, in their order."""
    return [part for kind in view.parts for part in _PARTS[kind](view, language)]


def _title(view: DigestView, language: str) -> str:
    if view.period is not Period.WEEK:
        return f"{pick(view.audience, language)} · {long(view.period, view.window, language)}"
    last_instant = view.ends_at - timedelta(microseconds=1)
    first, last = (local_date(at, view.zone, language) for at in (view.starts_at, last_instant))
    return f"{pick(view.audience, language)} · {first} – {last}"


# What came in.


def _nothing_happened(view: DigestView) -> bool:
    came = view.responses + view.staff_responses + view.interviews + view.feedback_count + view.nameless.asked
    return not (came or view.rounds or view.open_total or view.opened or view.closed)


def _quiet(view: DigestView, language: str) -> str:
    if not view.asked:
        return translate(language, "Nobody was asked, no feedback came in, and no case is open.")
    return plural(
        language,
        "One person was asked and has not answered; no case is open.",
        "{n} people were asked and none has answered; no case is open.",
        view.asked,
    )


def came_in(view: DigestView, language: str) -> str:
    """How much came in, and of how many who were asked."""
    counts = [plural(language, "{n} answer from customers", "{n} answers from customers", view.responses)]
    if view.staff_responses:
        counts.append(
            plural(language, "{n} answer from staff", "{n} answers from staff", view.staff_responses)
        )
    if view.interviews:
        counts.append(
            plural(language, "{n} interview by telephone", "{n} interviews by telephone", view.interviews)
        )
    if view.feedback_count:
        counts.append(
            plural(
                language, "{n} other piece of feedback", "{n} other pieces of feedback", view.feedback_count
            )
        )
    rate = figures.response_rate(view.asked, view.answered, language, view.nameless)
    sentences = [f"{', '.join(counts)}.", rate]
    if view.excluded:
        sentences.append(
            plural(
                language,
                "{n} answer was not about us and is left out of the figures.",
                "{n} answers were not about us and are left out of the figures.",
                view.excluded,
            )
        )
    return " ".join(sentences)


# Words and cases.


def _as_staff_saw_it(view: DigestView, language: str) -> Iterator[Part]:
    if view.staff_figures:
        yield Paragraph(translate(language, "As staff saw it: not counted with customers"), strong=True)
        yield from figures.facts(view.staff_figures, language)


def _words(
    best: tuple[VoiceView, ...], worst: tuple[VoiceView, ...], view: DigestView, language: str
) -> Iterator[Part]:
    yield from _voices(translate(language, "Best words"), best, language)
    yield from _notable(best, view, language)
    yield from _voices(translate(language, "Hardest words"), worst, language)


def _voices(title: str, voices: tuple[VoiceView, ...], language: str) -> tuple[Part, ...]:
    if not voices:
        return ()
    quotes = (Quote(_cut(voice.words), by=details.said_where(voice, language)) for voice in voices)
    return (Paragraph(title, strong=True), *quotes)


def _notable(voices: tuple[VoiceView, ...], view: DigestView, language: str) -> tuple[Buttons, ...]:
    """A button for each whose words may be a wish; what was hard has its case, and the button there."""
    named = [(voice.words, voice.response) for voice in voices if voice.response and view.keeps_wishes]
    buttons = tuple(case_parts.note_wish(words, response, language) for words, response in named)
    return (Buttons(buttons),) if buttons else ()


def _cut(words: str) -> str:
    return words if len(words) <= _QUOTED_LENGTH else f"{words[: _QUOTED_LENGTH - 1].rstrip()}…"


def _open_cases(view: DigestView, language: str) -> tuple[Part, ...]:
    if not view.open_total:
        return (Paragraph(translate(language, "No open cases.")),)
    title = plural(language, "{n} open case", "{n} open cases", view.open_total)
    if view.overdue_total:
        late = plural(language, "{n} overdue", "{n} overdue", view.overdue_total)
        title = f"{title}, {late}"
    lines = tuple(case_parts.case_in_short(line, language, view.zone) for line in view.open_cases)
    rest = case_parts.more(view.open_total - len(lines), language)
    return (Paragraph(title, strong=True), Bullets(lines), *rest)


def _done(view: DigestView, language: str) -> tuple[Small, ...]:
    if not (view.opened or view.closed):
        return ()
    opened = translate(language, "Cases opened: {n}.", n=view.opened)
    closed = translate(language, "Cases closed: {n}.", n=view.closed)
    how = ", ".join(f"{label(o, language)} {n}" for o, n in view.closed_outcomes.items() if n)
    return (Small(f"{opened} {closed}" + (f" {how}." if how else "")),)


def recovered(gained: Gained | None, language: str) -> Iterator[Small]:
    """What cases gained: the same people before and after, on the same five steps, and no mean below the minimum n."""
    if gained is None:
        return
    asked = translate(language, "Did we put it right?")
    if gained.before is None or gained.after is None:
        few = translate(language, "n = {n}, too few for a comparison", n=gained.n)
        yield Small(f"{asked} {few}.")
        return
    facts = {"before": number(gained.before, language, 1), "after": number(gained.after, language, 1)}
    means = translate(language, "{before} before → {after} after, of 5 (n = {n})", n=gained.compared, **facts)
    yield Small(f"{asked} {means}.{_gain(gained, language)}")


def _gain(gained: Gained, language: str) -> str:
    """By how much, with its interval: with few pairs a gain may be nothing but chance."""
    if gained.gain is None or gained.before is None or gained.after is None:
        return ""
    steps = (gained.after - gained.before, gained.gain.low, gained.gain.high)
    gain, low, high = (_steps(step, language) for step in steps)
    sentence = translate(
        language, "The gain is {gain}, interval {low} … {high}.", gain=gain, low=low, high=high
    )
    return f" {sentence}"


def _steps(step: float, language: str) -> str:
    """A gain in steps of the scale with its sign: *+2.2*, *−0.4*, *0.0*."""
    sign = "+" if round(step, 1) > 0 else ""
    return f"{sign}{number(step, language, 1)}".replace("-", "−")


def _picture(chart: Chart | None, language: str) -> Iterator[Part]:
    if chart is not None:
        yield picture(chart, language)


# Relationship surveys.


def _rounds(view: DigestView, language: str) -> Iterator[Part]:
    for part in view.rounds:
        title = translate(language, "{name}: not counted with encounters", name=pick(part.name, language))
        yield Paragraph(title, strong=True)
        yield Paragraph(figures.response_rate(part.asked, part.answered, language, part.nameless))
        yield from figures.facts(part.figures, language)
        yield from _words(part.best, part.worst, view, language)


_PARTS: dict[DigestPart, Callable[[DigestView, str], Iterable[Part]]] = {
    DigestPart.FIGURES: lambda view, language: figures.facts(view.figures, language),
    DigestPart.STAFF: _as_staff_saw_it,
    DigestPart.TARGETS: reports.targets,
    DigestPart.TABLE: reports.table,
    DigestPart.TREND: lambda view, language: _picture(view.trend, language),
    DigestPart.SPREAD: lambda view, language: _picture(view.spread, language),
    DigestPart.WHEEL: lambda view, language: _picture(view.wheel, language),
    DigestPart.REASONS: lambda view, language: reports.reasons(view.reasons, language),
    DigestPart.WORDS: lambda view, language: _words(view.best, view.worst, view, language),
    DigestPart.ARISING: lambda view, language: reports.arising(view.arising, language),
    DigestPart.CASES: _open_cases,
    DigestPart.DONE: lambda view, language: [*_done(view, language), *recovered(view.gained, language)],
    DigestPart.ROUNDS: _rounds,
}
"""How each part that a digest may hold is said."""
