"""What happened: read by everybody who works here, noted by those who act on cases."""

from typing import Any

from bot.web.dashboard.desk import Fields, Look, Page, first
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, days_in_words
from handlers.context import Context
from handlers.dashboard import annotations as facts
from handlers.dashboard.annotations import Happened
from handlers.dashboard.days import days_of
from handlers.login import PATH, Visitor
from handlers.wording.language import calendar_date, pick


def draw(look: Look) -> Page:
    """What happened on the days that were chosen, the newest first."""
    days = days_of(look.filters, look.ctx)
    found = facts.happened(days, look.filters.services, look.language, look.ctx)
    services = [
        (key, pick(service.name, look.language))
        for key, service in look.ctx.organisation.services.items()
        if look.sight.concerns(service=key)
    ]
    html = drawn(
        "happened.html",
        look,
        days=days_in_words(days, look),
        filters=choices(look, "service"),
        happened=[_line(one, look) for one in reversed(found)],
        notes=look.sight.named,
        services=services,
        today=days.until.isoformat(),
    )
    return Page(html)


def change(visitor: Visitor, fields: Fields, ctx: Context) -> str:
    """Note what happened, or take it back."""
    if token := first(fields, "take_back"):
        facts.take_back(token, visitor.person, ctx)
    else:
        facts.note(first(fields, "on"), first(fields, "words"), first(fields, "service"), visitor.person, ctx)
    return f"{PATH}/happened"


def _line(one: Happened, look: Look) -> dict[str, Any]:
    own = look.sight.everything or one.by_id == look.visitor.person.id
    return {
        "day": calendar_date(one.on, look.language),
        "words": one.words,
        "service": one.service,
        "by": one.by,
        "token": one.token if own else "",
    }
