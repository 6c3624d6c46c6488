"""The board of cases and the page of one case."""

from typing import Any

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, told, with_filters
from handlers.dashboard import board as facts
from handlers.login import PATH
from handlers.views import OpenCaseLine
from handlers.wording import cases as case_words
from handlers.wording.case_parts import customer, deadline
from handlers.wording.labels import label
from handlers.wording.language import pick, plural, translate


def draw(look: Look) -> Page:
    """Cases in columns by how far they are. Raises `NotAllowed`."""
    mine = look.query.get("whose") == "mine"
    view = facts.cases_on_board(look.filters, look.visitor.person, look.sight, look.ctx, mine=mine)
    html = drawn(
        "board.html",
        look,
        columns=[(name, [card(line, look) for line in lines]) for name, lines in view.columns.items()],
        open=plural(look.language, "{n} open case", "{n} open cases", view.open),
        overdue=plural(look.language, "{n} overdue", "{n} overdue", view.overdue) if view.overdue else "",
        filters=choices(look, "team", "service", "account"),
        mine=mine,
        whose=[
            ("mine", with_filters(look.path, look, whose="mine"), mine),
            ("everybodys", with_filters(look.path, look), not mine),
        ]
        if look.sight.named
        else [],
    )
    return Page(html)


def case(look: Look) -> Page:
    """What the alert of a case shows; its buttons are in the chat. Raises `NoSuchPage` or `NotAllowed`."""
    view = facts.one_case(look.params["token"], look.visitor.person, look.sight, look.ctx)
    title, alert = told(case_words.alert(view, look.language))
    html = drawn("case.html", look, title=title, alert=alert)
    return Page(html, read=("case", view.case))


def card(line: OpenCaseLine, look: Look) -> dict[str, Any]:
    """One case in a few lines."""
    language = look.language
    return {
        "href": f"{PATH}/cases/{line.case}",
        "who": ", ".join(filter(None, (customer(line, language), line.account))),
        "service": pick(line.service, language),
        "reason": label(line.reason, language),
        "owner": line.owner or translate(language, "no owner"),
        "state": label(line.state, language),
        "due": deadline(line, language, look.zone),
        "overdue": line.overdue,
    }
