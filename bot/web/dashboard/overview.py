"""The first page, the wheel of touchpoints, and one step below it the services of one touchpoint."""

from typing import Any

from bot.pictures.svg import wheel_svg
from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import bar, choices, days_in_words, with_filters
from handlers.dashboard import overview as facts
from handlers.dashboard.overview import Line, Waiting
from handlers.login import PATH
from handlers.messages import WheelChart, WheelSegment
from handlers.wording.figures import figure_in_words, response_rate
from handlers.wording.labels import label
from handlers.wording.language import pick, plural
from handlers.wording.pictures import finding, legend
from handlers.wording.scores import asked


def front(look: Look) -> Page:
    """How every touchpoint is doing, with what waits for whoever looks."""
    view = facts.overview(look.filters, look.visitor.person, look.sight, look.ctx)
    chart = WheelChart(
        days_in_words(view.days, look), tuple(_segment(line, look) for line in view.touchpoints)
    )
    wheel = wheel_svg(
        chart, lambda segment: _address("touchpoints", segment.key, look), alt=finding(chart, look.language)
    )
    html = drawn(
        "front.html",
        look,
        days=days_in_words(view.days, look),
        wheel=wheel,
        legend=legend(look.language),
        lines=[_row(line, "touchpoints", look) for line in view.touchpoints],
        asked=response_rate(view.asked, view.answered, look.language, view.nameless),
        cases=_waiting(view.cases, look) if view.cases else None,
        filters=choices(look, "team", "service", "account"),
    )
    return Page(html)


def touchpoint(look: Look) -> Page:
    """One touchpoint, service by service. Raises `NoSuchPage`."""
    view = facts.touchpoint(look.params["key"], look.filters, look.ctx)
    html = drawn(
        "touchpoint.html",
        look,
        name=pick(view.name, look.language),
        days=days_in_words(view.days, look),
        whole=_row(view.whole, "touchpoints", look),
        lines=[_row(line, "services", look, touchpoint=view.key) for line in view.services],
        comments=with_filters(f"{PATH}/comments", look, touchpoint=view.key),
        filters=choices(look, "team", "service", "account"),
    )
    return Page(html)


def _segment(line: Line, look: Look) -> WheelSegment:
    figure = line.figure
    return WheelSegment(
        key=line.key,
        label=pick(line.name, look.language),
        n=figure.n if figure else 0,
        value=figure.value if figure else None,
        signal=line.signal,
        said=label(line.signal, look.language),
        target=line.target,
    )


def _row(line: Line, section: str, look: Look, **more: str) -> dict[str, Any]:
    """A line of the table: everything that the wheel tells, in words."""
    figure, language = line.figure, look.language
    organisation = pick(look.ctx.organisation.name, language)
    return {
        "name": pick(line.name, language),
        "href": _address(section, line.key, look, **more),
        "question": asked(figure.question, language, organisation) if figure else "",
        "said": figure_in_words(figure, language) if figure else "",
        "bar": bar(figure, line.target),
        "signal": line.signal.value,
        "standing": label(line.signal, language),
        "asked": response_rate(line.asked, line.answered, language, line.nameless),
    }


def _address(section: str, key: str, look: Look, **more: str) -> str:
    return with_filters(f"{PATH}/{section}/{key}", look, **more)


def _waiting(waiting: Waiting, look: Look) -> dict[str, Any]:
    language = look.language
    return {
        "open": plural(language, "{n} open case", "{n} open cases", waiting.open) if waiting.open else "",
        "overdue": plural(language, "{n} overdue", "{n} overdue", waiting.overdue) if waiting.overdue else "",
    }
