"""The wish register and the page of one wish."""

from typing import Any

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import number_in, told
from handlers import wishes as facts
from handlers.login import PATH
from handlers.views import WishLine
from handlers.wording.labels import label
from handlers.wording.language import plural


def draw(look: Look) -> Page:
    """What is to be decided first, by how many customers wish for it. Raises `NotAllowed`."""
    page = number_in(look, "page") or 0
    lines, total = facts.register_page(page, look.visitor.person, look.ctx)
    html = drawn(
        "wishes.html",
        look,
        total=plural(look.language, "{n} wish", "{n} wishes", total),
        lines=[_line(line, look) for line in lines],
        newest=look.path if page else "",
        more=f"{look.path}?page={page + 1}" if (page + 1) * facts.PAGE < total else "",
    )
    return Page(html)


def wish(look: Look) -> Page:
    """One wish with all that is known of it. Raises `NotAllowed` or `UnknownWish`."""
    message = facts.wish_shown(look.params["token"], look.visitor.person, look.ctx)
    title, shown = told(message)
    html = drawn("wish.html", look, title=title, wish=shown)
    return Page(html, read=("wish", look.params["token"]))


def _line(line: WishLine, look: Look) -> dict[str, Any]:
    return {
        "href": f"{PATH}/wishes/{line.wish}",
        "need": line.need or "–",
        "state": label(line.state, look.language),
        "impact": label(line.impact, look.language) if line.impact else "",
        "customers": line.customers,
        "accounts": line.accounts,
    }
