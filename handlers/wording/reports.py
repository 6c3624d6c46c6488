"""What is told to those who look from farther away: units, reasons, matters arising, targets."""

from collections.abc import Iterator, Mapping, Sequence

from handlers.messages import Bullets, Facts, Paragraph, Part, Small
from handlers.rules.scales import LocalText, Question
from handlers.rules.targets import Signal
from handlers.views import (
    ArisingView,
    DigestView,
    EarlierView,
    ReasonsView,
    ReasonView,
    TableRow,
    TargetView,
    UnitView,
)
from handlers.wording import figures
from handlers.wording.case_parts import joined, more
from handlers.wording.labels import label
from handlers.wording.language import percent, pick, plural, translate
from handlers.wording.periods import short
from storage.vocabulary import Metric, Period, WishState

_LIT = (Signal.BELOW, Signal.NEAR, Signal.AT)
"""Lights that say more than the figure itself."""


def table(view: DigestView, language: str) -> Iterator[Part]:
    """Each unit with its kinds of moments, as many as fit; how they stand now and stood before."""
    yield from units(view.table, 0, view.sizes.rows, view.period, language)
    yield from more(max(row_count(view.table) - view.sizes.rows, 0), language)


def row_count(table: Sequence[UnitView]) -> int:
    """How many rows a table has over all its units."""
    return sum(len(unit.rows) for unit in table)


def units(table: Sequence[UnitView], skip: int, most: int, period: Period, language: str) -> Iterator[Part]:
    """So many rows of a table after those skipped, under the names of their units."""
    for unit in table:
        shown = unit.rows[max(skip, 0) :][: max(most, 0)]
        skip -= len(unit.rows)
        most -= len(shown)
        if shown:
            name = pick(unit.name, language) or translate(language, "About no service")
            yield Paragraph(name, strong=True)
            yield Facts(tuple(_row(row, period, language) for row in shown))


def _row(row: TableRow, period: Period, language: str) -> tuple[str, str]:
    where = pick(row.touchpoint, language) or translate(language, "Other moments")
    earlier = "; ".join(_earlier(row, seen, period, language) for seen in row.earlier[1:] if seen.n)
    metric = label(row.figure.question.metric, language)
    light = label(row.signal, language) if row.signal in _LIT else ""
    return where, joined(metric, figures.figure_in_words(row.figure, language), light, earlier)


def _earlier(row: TableRow, seen: EarlierView, period: Period, language: str) -> str:
    window = short(period, seen.window, language)
    if seen.value is None:
        return f"{window}: n = {seen.n}"
    return f"{window}: {_bare(row.figure.question, seen.value, language)} (n = {seen.n})"


def _bare(question: Question, value: float, language: str) -> str:
    """*85%*, *+40*."""
    return figures.signed(value) if question.metric is Metric.NPS else percent(value, language)


def reasons(view: ReasonsView | None, language: str) -> Iterator[Part]:
    """Top problems and, just as prominent, top positives."""
    if view is None:
        return
    for title, named in (
        (translate(language, "Named most as poor"), view.problems),
        (translate(language, "Named most as good"), view.positives),
    ):
        if named:
            yield Paragraph(title, strong=True)
            yield Bullets(tuple(_reason(reason, language) for reason in named))


def _reason(reason: ReasonView, language: str) -> str:
    before = translate(language, "before: {n}", n=reason.previous_n)
    return f"{pick(reason.label, language)} · {reason.n} ({before})"


def arising(view: ArisingView | None, language: str) -> Iterator[Part]:
    """What was open the last time and what became of it, then what is new."""
    if view is None:
        return
    lines = [*_cases_arising(view, language), *_wishes_arising(view, language)]
    if lines:
        yield Paragraph(translate(language, "Since the last time"), strong=True)
        yield Bullets(tuple(lines))


def _cases_arising(view: ArisingView, language: str) -> Iterator[str]:
    if view.open_before:
        yield translate(
            language,
            "Open then: {before}; closed since: {closed}; still open: {open}.",
            before=view.open_before,
            closed=view.closed_since,
            open=view.open_before - view.closed_since,
        )
    if view.opened:
        yield translate(
            language,
            "Cases opened since: {opened}; of those still open: {open}.",
            opened=view.opened,
            open=view.still_open,
        )
    if view.reopened:
        yield plural(language, "{n} case was opened again.", "{n} cases were opened again.", view.reopened)


def _wishes_arising(view: ArisingView, language: str) -> Iterator[str]:
    if view.wishes:
        yield plural(language, "{n} new wish was noted.", "{n} new wishes were noted.", view.wishes)
    if view.wishes_decided:
        yield translate(language, "Wishes decided: {how}.", how=_decided(view.wishes_decided, language))


def _decided(decided: Mapping[WishState, int], language: str) -> str:
    return ", ".join(f"{label(state, language)} {n}" for state, n in decided.items())


def targets(view: DigestView, language: str) -> Iterator[Part]:
    """How the reader's own figures stand, and those of each account by its plan."""
    if view.targets:
        yield Paragraph(translate(language, "Against targets"), strong=True)
        yield Facts(tuple(target(each, language, told=_is_told(each, view)) for each in view.targets))
        if any(each.of for each in view.targets):
            yield Small(translate(language, "Accounts: over the last twelve months."))


def _is_told(target: TargetView, view: DigestView) -> bool:
    """Whether the same figure stands in the digest with what it rests on."""
    figure = target.figure
    return target.of is None and any(
        (f.question, f.n, f.value) == (figure.question, figure.n, figure.value) for f in view.figures
    )


def target(view: TargetView, language: str, *, told: bool = False) -> tuple[str, str]:
    """One figure and its light, in words; without what it rests on where that is `told` beside it."""
    question = view.figure.question
    whose: LocalText | None = view.of
    goal = _bare(question, view.target / 100, language)
    reach = translate(language, "target {target}", target=goal)
    name = joined(pick(whose, language), label(question.metric, language), separator=": ")
    if view.figure.value is None:
        return name, joined(figures.figure_in_words(view.figure, language), reach)
    light = label(view.signal, language)
    value = figures.share(question, view.figure.value, language)
    return name, joined(value, reach, light, "" if told else figures.rests_on(view.figure, language))
