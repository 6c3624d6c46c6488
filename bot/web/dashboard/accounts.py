"""Accounts, and the page of one."""

from datetime import date
from typing import Any

from bot.web.dashboard.board import card
from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, days_in_words, figure_row, pictured, told, with_filters
from handlers.dashboard import accounts as facts
from handlers.dashboard.accounts import AccountLine
from handlers.login import PATH
from handlers.messages import Chart
from handlers.wording.figures import response_rate
from handlers.wording.language import calendar_date, plural
from handlers.wording.reports import target


def draw(look: Look) -> Page:
    """The accounts that concern whoever looks."""
    lines = [_line(line, look) for line in facts.accounts(look.sight, look.ctx)]
    return Page(drawn("accounts.html", look, lines=lines))


def account(look: Look) -> Page:
    """One account. Raises `NoSuchPage`, or `NotAllowed` for somebody whom it does not concern."""
    view = facts.account(look.params["key"], look.filters, look.sight, look.ctx)
    chart = trend(look) if view.leading else None
    html = drawn(
        "account.html",
        look,
        view=view,
        days=days_in_words(view.days, look),
        filters=choices(look, "touchpoint", "service"),
        last=_day(view.last_meeting, look),
        next=_day(view.next_meeting, look),
        figures=[figure_row(figure, view.figures, look) for figure in view.figures],
        relationship=[figure_row(figure, view.relationship, look) for figure in view.relationship],
        plan=[target(one, look.language) for one in view.plan],
        asked=response_rate(view.asked, view.answered, look.language),
        pictures=[pictured("trend", chart, look)] if chart else [],
        open=_open(view.open_total, view.overdue_total, look),
        cases=[card(line, look) for line in view.cases],
        pack=look.sight.names(account=view.key),
        comments=with_filters(f"{PATH}/comments", look, account=view.key),
    )
    return Page(html, read=("account", view.key))


def pack(look: Look) -> Page:
    """The meeting pack of one account. Raises `NoSuchPage`, or `NotAllowed` for somebody who may not know names."""
    message = facts.meeting_pack(look.params["key"], look.sight, look.language, look.ctx)
    title, shown = told(message)
    html = drawn("pack.html", look, title=title, pack=shown, key=look.params["key"])
    return Page(html, read=("meeting pack", look.params["key"]))


def trend(look: Look) -> Chart | None:
    """The picture of how it went."""
    return facts.trend(look.params["key"], look.filters, look.sight, look.language, look.ctx)


def _line(line: AccountLine, look: Look) -> dict[str, Any]:
    return {
        "href": f"{PATH}/accounts/{line.key}",
        "name": line.name,
        "manager": line.manager,
        "open": _open(line.open, line.overdue, look),
        "overdue": line.overdue,
        "next": _day(line.next_meeting, look),
    }


def _open(count: int, overdue: int, look: Look) -> str:
    said = plural(look.language, "{n} open case", "{n} open cases", count)
    return f"{said}, {plural(look.language, '{n} overdue', '{n} overdue', overdue)}" if overdue else said


def _day(day: date | None, look: Look) -> str:
    return calendar_date(day, look.language) if day else ""
