"""The page of one service and its pictures."""

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import Pictured, choices, days_in_words, figure_row, pictured, with_filters
from handlers.dashboard import service as facts
from handlers.dashboard.annotations import Happened, happened
from handlers.dashboard.service import ServiceView
from handlers.login import PATH
from handlers.messages import Chart
from handlers.wording.digests import recovered
from handlers.wording.figures import response_rate
from handlers.wording.labels import label
from handlers.wording.language import calendar_date, pick, translate


def draw(look: Look) -> Page:
    """One service. Raises `NoSuchPage`."""
    view = facts.service(look.params["key"], look.filters, look.ctx)
    html = drawn(
        "service.html",
        look,
        name=pick(view.name, look.language),
        owner=view.owner,
        team=pick(view.team, look.language),
        days=days_in_words(view.days, look),
        filters=choices(look, "touchpoint", "account"),
        figures=[figure_row(figure, view.figures, look) for figure in view.figures],
        staff=[figure_row(figure, view.staff, look) for figure in view.staff],
        asked=response_rate(view.asked, view.answered, look.language, view.nameless),
        pictures=_pictures(look) if view.leading else [],
        done=list(_done(view, look)),
        happened=[_mark(one, look) for one in happened(view.days, {view.key}, look.language, look.ctx)],
        concerned=look.sight.concerns(service=view.key),
        comments=with_filters(f"{PATH}/comments", look, service=view.key),
    )
    return Page(html)


def trend(look: Look) -> Chart | None:
    """The picture of how it went."""
    return facts.trend(look.params["key"], look.filters, look.language, look.ctx)


def spread(look: Look) -> Chart | None:
    """The picture of how the answers spread."""
    return facts.distribution(look.params["key"], look.filters, look.language, look.ctx)


def _pictures(look: Look) -> list[Pictured]:
    return [
        pictured(name, chart, look)
        for name, chart in (("trend", trend(look)), ("distribution", spread(look)))
        if chart is not None
    ]


def _mark(one: Happened, look: Look) -> tuple[str, str]:
    return calendar_date(one.on, look.language), one.words


def _done(view: ServiceView, look: Look) -> list[str]:
    language = look.language
    closed = sum(view.outcomes.values())
    ends = ", ".join(f"{label(outcome, language)} {n}" for outcome, n in view.outcomes.items() if n)
    said = [
        translate(language, "Cases opened: {n}.", n=view.opened),
        translate(language, "Cases closed: {n}.", n=closed) + (f" {ends}." if ends else ""),
    ]
    return [*said, *(part.text for part in recovered(view.gained, language))]
