"""How a figure is said: never without what it rests on."""

from handlers.messages import Facts
from handlers.rules.scales import Question
from handlers.views import FigureView, NamelessView
from handlers.wording.case_parts import joined
from handlers.wording.labels import label
from handlers.wording.language import number, percent, translate
from handlers.wording.scores import named
from storage.vocabulary import Metric

_FEW_ASKED = 5
"""Below this many asked, a rate is said in counts alone."""


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
    """As a percentage only of enough."""
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


def facts(figures: tuple[FigureView, ...], language: str) -> tuple[Facts, ...]:
    """A line for each figure; nothing where there is none."""
    rows = tuple(
        (figure_name(figure, figures, language), figure_in_words(figure, language)) for figure in figures
    )
    return (Facts(rows),) if rows else ()


def figure_name(figure: FigureView, figures: tuple[FigureView, ...], language: str) -> str:
    """By its metric; by its question where several of the figures share that metric."""
    alike = [other for other in figures if other.question.metric is figure.question.metric]
    return label(figure.question.metric, language) if len(alike) == 1 else named(figure.question, language)


def figure_in_words(figure: FigureView, language: str) -> str:
    """The figure with its n and interval, and how it moved; below the minimum n only that there are too few."""
    if not figure.n:
        return translate(language, "no answers")
    if figure.value is None:
        return translate(language, "n = {n}, too few for a percentage", n=figure.n)
    return joined(
        share(figure.question, figure.value, language),
        rests_on(figure, language),
        _mean(figure, language),
        change(figure, language),
        _with_excluded(figure, language),
    )


def share(question: Question, value: float, language: str) -> str:
    """*75% good*, *75% yes*, *NPS +23*."""
    if question.metric is Metric.NPS:
        return translate(language, "NPS {value}", value=signed(value))
    if question.metric in (Metric.RESOLVED, Metric.FCR):
        return translate(language, "{share} yes", share=percent(value, language))
    return translate(language, "{share} good", share=percent(value, language))


def rests_on(figure: FigureView, language: str) -> str:
    """How many answers, and where the true value plausibly is."""
    if figure.low is None or figure.high is None:
        return f"n = {figure.n}"
    if figure.question.metric is Metric.NPS:
        interval = f"{signed(figure.low)} … {signed(figure.high)}"
    else:
        interval = f"{number(100 * figure.low, language)}–{percent(figure.high, language)}"
    return translate(language, "n = {n}, interval {interval}", n=figure.n, interval=interval)


def _mean(figure: FigureView, language: str) -> str:
    """The mean where people are used to one; elsewhere it would hide how the answers spread."""
    if figure.mean is None or figure.question.metric is not Metric.GRADE:
        return ""
    return translate(language, "mean {mean}", mean=number(figure.mean, language, 1))


def change(figure: FigureView, language: str) -> str:
    """How it moved since the window before, and whether that is more than chance; empty without one to compare."""
    if figure.previous_value is None or figure.change == "none":
        return ""
    told = {"before": share(figure.question, figure.previous_value, language), "n": figure.previous_n}
    if figure.change == "better":
        return translate(language, "better than before ({before}, n = {n})", **told)
    if figure.change == "worse":
        return translate(language, "worse than before ({before}, n = {n})", **told)
    return translate(language, "change is within noise (before: {before}, n = {n})", **told)


def _with_excluded(figure: FigureView, language: str) -> str:
    """The figure with answers that were not about us; nothing where they make no difference."""
    if figure.whole_value is None or figure.whole_n <= figure.n:
        return ""
    whole = share(figure.question, figure.whole_value, language)
    if figure.value is not None and whole == share(figure.question, figure.value, language):
        return ""
    return translate(language, "with those not about us {whole} (n = {n})", whole=whole, n=figure.whole_n)


def signed(value: float) -> str:
    """An NPS from −1 to 1 as it is said: *+23*, *−5*, *0*."""
    points = round(100 * value)
    return f"{points:+d}".replace("-", "−") if points else "0"
