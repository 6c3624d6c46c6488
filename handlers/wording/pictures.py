"""Pictures, each with its finding in words: for those who do not see it, and those who have thirty seconds."""

from collections.abc import Iterator, Mapping
from typing import assert_never

from handlers.messages import (
    Chart,
    DistributionChart,
    Picture,
    TrendChart,
    WheelChart,
    WheelSegment,
)
from handlers.rules.figures import MINIMUM_N
from handlers.rules.targets import Signal
from handlers.wording.language import msgid, percent, plural, translate
from storage.vocabulary import Band


def picture(chart: Chart, language: str) -> Picture:
    """The picture with its finding."""
    return Picture(chart, alt=finding(chart, language))


def finding(chart: Chart, language: str) -> str:
    """What a picture shows, in a sentence or a few."""
    match chart:
        case TrendChart():
            return " ".join(_trend(chart, language))
        case DistributionChart():
            return _distribution(chart, language)
        case WheelChart():
            return " ".join(_wheel(chart, language))
        case _:
            assert_never(chart)


_MEANS = {
    Signal.BELOW: msgid("below target, by more than chance explains"),
    Signal.NEAR: msgid("a little below target, which may be chance"),
    Signal.AT: msgid("at target or above"),
    Signal.FEW: msgid("fewer than {n} answers: too few to say"),
    Signal.UNTARGETED: msgid("nobody set a target"),
}


def legend(language: str) -> Mapping[Signal, str]:
    """What each light of the wheel means, the worst first."""
    return {light: translate(language, means, n=MINIMUM_N) for light, means in _MEANS.items()}


def _opening(chart: TrendChart | DistributionChart) -> str:
    """What the finding goes on after: a question loses its mark."""
    return chart.title.rstrip("?").rstrip()


def _trend(chart: TrendChart, language: str) -> Iterator[str]:
    yield _course(chart, language)
    if chart.target is not None:
        yield translate(language, "Target: {share}.", share=percent(chart.target, language))
    for mark in chart.annotations:
        if 0 <= mark.place < len(chart.points):
            yield f"{chart.points[mark.place].label}: {mark.words}."


def _course(chart: TrendChart, language: str) -> str:
    known = [(point, point.value) for point in chart.points if point.value is not None]
    if not known:
        return translate(
            language, "{title}: no period had enough answers for a share.", title=_opening(chart)
        )
    (first, then), (last, now) = known[0], known[-1]
    facts = {"title": _opening(chart), "now": percent(now, language), "label": last.label, "n": last.n}
    if len(known) == 1:
        return translate(language, "{title}: {now} in {label} (n = {n}).", **facts)
    return translate(
        language,
        "{title}: {then} in {start} (n = {n_then}), {now} in {label} (n = {n}).",
        **facts,
        then=percent(then, language),
        start=first.label,
        n_then=first.n,
    )


def _distribution(chart: DistributionChart, language: str) -> str:
    """The shares of the ends and the point chosen most; below the minimum n no share."""
    if not chart.n:
        return translate(language, "{title}: no answers.", title=_opening(chart))
    if chart.n < MINIMUM_N:
        return translate(
            language, "{title}: n = {n}, too few for a percentage.", title=_opening(chart), n=chart.n
        )
    most = max(chart.bars, key=lambda bar: bar.n)
    return translate(
        language,
        "{title}: {good} good, {poor} poor, most often {most} (n = {n}).",
        title=_opening(chart),
        good=percent(_share(chart, Band.GOOD), language),
        poor=percent(_share(chart, Band.POOR), language),
        most=most.label,
        n=chart.n,
    )


def _share(chart: DistributionChart, band: Band) -> float:
    return sum(bar.n for bar in chart.bars if bar.band is band) / chart.n


def _wheel(chart: WheelChart, language: str) -> Iterator[str]:
    """What is worst comes first."""
    count = len(chart.segments)
    yield f"{chart.title}: {plural(language, '{n} touchpoint.', '{n} touchpoints.', count)}"
    for light in Signal:
        alike = [segment for segment in chart.segments if segment.signal is light]
        if alike:
            said = alike[0].said
            yield f"{said[:1].upper()}{said[1:]}: {', '.join(_named(s, language) for s in alike)}."


def _named(segment: WheelSegment, language: str) -> str:
    """A touchpoint with its share and what the share rests on."""
    if segment.value is None:
        return f"{segment.label} (n = {segment.n})"
    return f"{segment.label} ({percent(segment.value, language)}, n = {segment.n})"
