"""Parts that several pages have: what can be chosen, addresses that keep it, and a figure as a bar."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import urlencode

from markupsafe import Markup

from bot.channels.sandbox import render
from bot.web.dashboard.chrome import words
from handlers.dashboard.days import Days
from handlers.errors import NoSuchPage
from handlers.messages import (
    Buttons,
    Chart,
    DistributionChart,
    Heading,
    Message,
    Picture,
    Small,
    TrendChart,
    TrendPoint,
    WheelChart,
)
from handlers.rules.figures import MINIMUM_N
from handlers.views import FigureView
from handlers.wording.figures import figure_in_words, figure_name
from handlers.wording.language import calendar_date, number, percent, pick
from handlers.wording.pictures import finding
from handlers.wording.scores import asked
from storage.vocabulary import Band, Metric

if TYPE_CHECKING:
    from bot.web.dashboard.desk import Look


@dataclass(frozen=True)
class Choice:
    """One thing that can be chosen: its name in the address, the options (key, name) and which of them are."""

    name: str
    options: tuple[tuple[str, str], ...]
    values: tuple[str, ...]

    @property
    def lists(self) -> tuple[str, ...]:
        """What is chosen in each of its drop-down lists: where something is, there is one more for another."""
        return (*self.values, "") if len(self.values) < len(self.options) else self.values


@dataclass(frozen=True)
class Choices:
    """What can be chosen on a page; days as they stand in the address."""

    choices: tuple[Choice, ...]
    since: str
    until: str
    words: str
    pairs: tuple[tuple[str, str], ...]
    """All that is chosen, here or elsewhere."""

    def kept(self, *, search: bool, days: bool) -> tuple[tuple[str, str], ...]:
        """What is chosen and has no field on the page, so that it is not lost when something else is."""
        fields = {choice.name for choice in self.choices}
        fields |= {"words"} if search else set()
        fields |= {"since", "until"} if days else set()
        return tuple(pair for pair in self.pairs if pair[0] not in fields)


@dataclass(frozen=True)
class Bar:
    """A share from 0 to 100 with its interval and target, for a drawing; NPS runs from −100 and is shifted."""

    value: float
    low: float
    high: float
    target: float | None


@dataclass(frozen=True)
class Pictured:
    """A picture of a page: its name, where it is in light and dark, its finding, and what it shows as a table."""

    name: str
    light: str
    dark: str
    alt: str
    rows: tuple[tuple[str, str, str], ...]


def choices(look: "Look", *names: str) -> Choices:
    """What can be chosen, of the kinds named."""
    filters, organisation, language = look.filters, look.ctx.organisation, look.language
    accounts = {
        key: account.name
        for key, account in organisation.accounts.items()
        if look.sight.concerns(account=key)
    }
    options: Mapping[str, Mapping[str, str]] = {
        "team": {key: pick(team.name, language) for key, team in organisation.teams.items()},
        "service": {key: pick(service.name, language) for key, service in organisation.services.items()},
        "touchpoint": {key: pick(kind.name, language) for key, kind in organisation.touchpoints.items()},
        "account": accounts,
        "band": {band.value: words(language)[f"band_{band}"] for band in (Band.POOR, Band.FAIR, Band.GOOD)},
    }
    chosen: Mapping[str, frozenset[str]] = {
        "team": filters.teams,
        "service": filters.services,
        "touchpoint": filters.touchpoints,
        "account": filters.accounts,
        "band": frozenset(filters.bands),
    }
    return Choices(
        choices=tuple(
            Choice(name, tuple(options[name].items()), tuple(sorted(chosen[name])))
            for name in names
            if options[name]
        ),
        since=filters.since.isoformat() if filters.since else "",
        until=filters.until.isoformat() if filters.until else "",
        words=filters.words,
        pairs=tuple(filters.pairs()),
    )


def with_filters(path: str, look: "Look", **more: str) -> str:
    """An address with what is chosen here, and more; of the same kind only the new."""
    pairs = [(name, value) for name, value in look.filters.pairs() if name not in more]
    query = urlencode([*pairs, *((name, value) for name, value in more.items() if value)])
    return f"{path}?{query}" if query else path


def pictured(name: str, chart: Chart, look: "Look") -> Pictured:
    """A picture of this page, with its finding and the same as a table."""
    here = with_filters(f"{look.path}/{name}.png", look)
    dark = with_filters(f"{look.path}/{name}.png", look, dark="1")
    return Pictured(name, here, dark, finding(chart, look.language), tuple(_rows(chart, look.language)))


def _rows(chart: Chart, language: str) -> Iterator[tuple[str, str, str]]:
    """What a picture shows: a label, how many, and the share with its interval."""
    match chart:
        case TrendChart(points=points):
            for point in points:
                yield point.label, str(point.n), _share(point, language)
        case DistributionChart(bars=bars):
            for one in bars:
                share = percent(one.n / chart.n, language) if chart.n >= MINIMUM_N else ""
                yield one.label, str(one.n), share
        case WheelChart(segments=segments):
            for segment in segments:
                share = "" if segment.value is None else percent(segment.value, language)
                yield segment.label, str(segment.n), share
        case _:
            assert_never(chart)


def _share(point: TrendPoint, language: str) -> str:
    if point.value is None or point.low is None or point.high is None:
        return ""
    between = f"{number(100 * point.low, language)}–{percent(point.high, language)}"
    return f"{percent(point.value, language)} ({between})"


def figure_row(figure: FigureView, among: tuple[FigureView, ...], look: "Look") -> dict[str, Any]:
    """A figure with its name, its question and its bar."""
    organisation = pick(look.ctx.organisation.name, look.language)
    return {
        "name": figure_name(figure, among, look.language),
        "question": asked(figure.question, look.language, organisation),
        "said": figure_in_words(figure, look.language),
        "bar": bar(figure),
    }


def told(message: Message) -> tuple[str, Markup]:
    """A message of the chat as a page shows it: its title, and the rest without buttons, pictures in words."""
    title = next((part.text for part in message.parts if isinstance(part, Heading)), message.summary)
    parts = (Small(p.alt) if isinstance(p, Picture) else p for p in message.parts)
    rest = tuple(part for part in parts if not isinstance(part, Heading | Buttons))
    return title, Markup(render.html(replace(message, parts=rest)))  # noqa: S704 -- rendered, so escaped


def number_in(look: "Look", name: str) -> int | None:
    """A number in the address; none where there is none. Raises `NoSuchPage` for what no page wrote."""
    text = look.query.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise NoSuchPage
    return int(text) if text else None


def days_in_words(days: Days, look: "Look") -> str:
    """*1.9.2026 – 30.11.2026*."""
    return " – ".join(calendar_date(day, look.language) for day in (days.since, days.until))


def bar(figure: FigureView | None, target: float | None = None) -> Bar | None:
    """The figure as a bar; none below the minimum n."""
    if figure is None or figure.value is None or figure.low is None or figure.high is None:
        return None
    shift = figure.question.metric is Metric.NPS

    def scaled(value: float) -> float:
        return round(50 * (value + 1) if shift else 100 * value, 1)

    aim = None if target is None else scaled(target)
    return Bar(scaled(figure.value), scaled(figure.low), scaled(figure.high), aim)
