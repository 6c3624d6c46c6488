"""The digest of one window: one screen, and no figure without what it rests on."""

from collections.abc import Iterator
from datetime import timedelta

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Facts,
    Heading,
    Message,
    Paragraph,
    Part,
    Quote,
    Small,
    Verb,
)
from handlers.rules.recovery import Gained
from handlers.views import DigestView, FigureView, NamelessView, VoiceView
from handlers.wording import case_parts
from handlers.wording.case_parts import joined
from handlers.wording.labels import label
from handlers.wording.language import local_date, number, percent, pick, plural, translate
from handlers.wording.pictures import picture
from handlers.wording.scores import named
from storage.vocabulary import Metric

OPEN_CASES = 5
"""Cases listed in a digest; the rest are counted."""

_QUOTED_LENGTH = 280
"""A long comment is cut here, visibly: the digest fits one screen, the whole is one tap away."""
_FEW_ASKED = 5
"""Below this many asked, a rate is said in counts alone."""


def digest(view: DigestView, language: str) -> Message:
    """What came in during the window, what it means and what is open."""
    title = _title(view, language)
    opening: list[Part] = [Heading(title)]
    if view.late:
        opening.append(Small(translate(language, "This summary comes late, but covers its planned period.")))
    if _nothing_happened(view):
        quiet = _quiet(view, language)
        return Message((*opening, Paragraph(quiet)), summary=f"{title}: {quiet}")
    came_in = _came_in(view, language)
    parts: tuple[Part, ...] = (
        *opening,
        Paragraph(came_in),
        *_facts(view.figures, language),
        *_as_staff_saw_it(view.staff_figures, language),
        *([picture(view.trend, language)] if view.trend else []),
        *_voices(translate(language, "Best words"), view.best, language),
        *_notable(view.best, view, language),
        *_voices(translate(language, "Hardest words"), view.worst, language),
        *_open_cases(view, language),
        *_done(view, language),
        *recovered(view.gained, language),
        *_rounds(view, language),
    )
    return Message(parts, summary=f"{title}: {came_in}")


def _title(view: DigestView, language: str) -> str:
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


def _came_in(view: DigestView, language: str) -> str:
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
    rate = response_rate(view.asked, view.answered, language, view.nameless)
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


def response_rate(asked: int, answered: int, language: str, nameless: NamelessView | None = None) -> str:
    """How many of those asked have answered; of anonymous surveys only how many there were of each."""
    if not nameless:
        return _rate(asked, answered, language)
    counted = translate(
        language,
        "Anonymous surveys: {asked} asked, {opened} answers opened; who has answered nobody knows.",
        asked=nameless.asked,
        opened=nameless.opened,
    )
    return f"{_rate(asked, answered, language)} {counted}" if asked else counted


def _rate(asked: int, answered: int, language: str) -> str:
    if not asked:
        return translate(language, "Nobody was asked.")
    if asked < _FEW_ASKED:
        return translate(language, "Of {asked} asked, {answered} answered.", asked=asked, answered=answered)
    return translate(
        language,
        "Of {asked} asked, {answered} answered ({share}).",
        asked=asked,
        answered=answered,
        share=percent(answered / asked, language),
    )


# Figures.


def _as_staff_saw_it(figures: tuple[FigureView, ...], language: str) -> Iterator[Part]:
    if figures:
        yield Paragraph(translate(language, "As staff saw it: not counted with customers"), strong=True)
        yield from _facts(figures, language)


def _facts(figures: tuple[FigureView, ...], language: str) -> tuple[Facts, ...]:
    rows = tuple(
        (figure_name(figure, figures, language), figure_in_words(figure, language)) for figure in figures
    )
    return (Facts(rows),) if rows else ()


def figure_name(figure: FigureView, figures: tuple[FigureView, ...], language: str) -> str:
    """What a figure is called among others: its metric, or its question where the metric is not enough."""
    alike = [other for other in figures if other.question.metric is figure.question.metric]
    return label(figure.question.metric, language) if len(alike) == 1 else named(figure.question, language)


def figure_in_words(figure: FigureView, language: str) -> str:
    """A figure, what it rests on, and whether its change is more than chance."""
    if not figure.n:
        return translate(language, "no answers")
    if figure.value is None:
        return translate(language, "n = {n}, too few for a percentage", n=figure.n)
    share = _share(figure, figure.value, language)
    return joined(
        share,
        _rests_on(figure, language),
        _mean(figure, language),
        _change(figure, language),
        _with_excluded(figure, language),
    )


def _share(figure: FigureView, value: float, language: str) -> str:
    if figure.question.metric is Metric.NPS:
        return translate(language, "NPS {value}", value=_signed(value))
    if figure.question.metric in (Metric.RESOLVED, Metric.FCR):
        return translate(language, "{share} yes", share=percent(value, language))
    return translate(language, "{share} good", share=percent(value, language))


def _rests_on(figure: FigureView, language: str) -> str:
    if figure.low is None or figure.high is None:
        return f"n = {figure.n}"
    if figure.question.metric is Metric.NPS:
        interval = f"{_signed(figure.low)} … {_signed(figure.high)}"
    else:
        interval = f"{number(100 * figure.low, language)}–{percent(figure.high, language)}"
    return translate(language, "n = {n}, interval {interval}", n=figure.n, interval=interval)


def _mean(figure: FigureView, language: str) -> str:
    """The mean where people are used to one; elsewhere it would hide how the answers spread."""
    if figure.mean is None or figure.question.metric is not Metric.GRADE:
        return ""
    return translate(language, "mean {mean}", mean=number(figure.mean, language, 1))


def _change(figure: FigureView, language: str) -> str:
    if figure.previous_value is None or figure.change == "none":
        return ""
    facts = {"before": _share(figure, figure.previous_value, language), "n": figure.previous_n}
    if figure.change == "better":
        return translate(language, "better than before ({before}, n = {n})", **facts)
    if figure.change == "worse":
        return translate(language, "worse than before ({before}, n = {n})", **facts)
    return translate(language, "change is within noise (before: {before}, n = {n})", **facts)


def _with_excluded(figure: FigureView, language: str) -> str:
    """The figure with answers that were not about us; nothing where there are none."""
    if figure.whole_value is None or figure.whole_n <= figure.n:
        return ""
    whole = _share(figure, figure.whole_value, language)
    return translate(language, "with those not about us {whole} (n = {n})", whole=whole, n=figure.whole_n)


def _signed(value: float) -> str:
    """An NPS from −1 to 1 as it is said: *+23*, *−5*, *0*."""
    points = round(100 * value)
    return f"{points:+d}".replace("-", "−") if points else "0"


# Words and cases.


def _voices(title: str, voices: tuple[VoiceView, ...], language: str) -> tuple[Part, ...]:
    if not voices:
        return ()
    quotes = (Quote(_cut(voice.words), by=_whose(voice, language)) for voice in voices)
    return (Paragraph(title, strong=True), *quotes)


def _notable(voices: tuple[VoiceView, ...], view: DigestView, language: str) -> tuple[Buttons, ...]:
    """A button for each whose words may be a wish; what was hard has its case, and the button there."""
    named = [(voice.words, voice.response) for voice in voices if voice.response and view.keeps_wishes]
    buttons = tuple(case_parts.note_wish(words, response, language) for words, response in named)
    return (Buttons(buttons),) if buttons else ()


def _whose(voice: VoiceView, language: str) -> str:
    how = translate(language, "unprompted or logged by staff") if voice.logged else ""
    return joined(pick(voice.touchpoint, language), how, separator=", ")


def _cut(words: str) -> str:
    return words if len(words) <= _QUOTED_LENGTH else f"{words[: _QUOTED_LENGTH - 1].rstrip()}…"


def _open_cases(view: DigestView, language: str) -> tuple[Part, ...]:
    if not view.open_total:
        return (Paragraph(translate(language, "No open cases.")),)
    title = plural(language, "{n} open case", "{n} open cases", view.open_total)
    if view.overdue_total:
        late = plural(language, "{n} overdue", "{n} overdue", view.overdue_total)
        title = f"{title}, {late}"
    shown = view.open_cases[:OPEN_CASES]
    lines = tuple(case_parts.case_in_short(line, language, view.zone) for line in shown)
    show = Button(translate(language, "Show open cases"), Action(Verb.MY_CASES))
    rest = case_parts.more(view.open_total - len(shown), language)
    return (Paragraph(title, strong=True), Bullets(lines), *rest, Buttons((show,)))


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


# Relationship surveys.


def _rounds(view: DigestView, language: str) -> Iterator[Part]:
    for part in view.rounds:
        title = translate(language, "{name}: not counted with encounters", name=pick(part.name, language))
        yield Paragraph(title, strong=True)
        yield Paragraph(response_rate(part.asked, part.answered, language, part.nameless))
        yield from _facts(part.figures, language)
        yield from _voices(translate(language, "Best words"), part.best, language)
        yield from _notable(part.best, view, language)
        yield from _voices(translate(language, "Hardest words"), part.worst, language)
