"""The page of the ledger: who was asked, who was not, why."""

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, days_in_words, number_in, with_filters
from handlers.dashboard import decisions as facts
from handlers.views import LedgerView
from handlers.wording import sentences
from handlers.wording.language import local_moment
from storage.vocabulary import Verdict

_SHOWN = {"": None, "asked": True, "not": False}
"""What may be chosen: everything, who was asked, who was not."""


def draw(look: Look) -> Page:
    """Decisions, newest first. Raises `NotAllowed`."""
    shown = look.query.get("shown", "")
    shown = shown if shown in _SHOWN else ""
    view = facts.decisions(
        look.filters, look.visitor.person, look.ctx, asked=_SHOWN[shown], before=number_in(look, "before")
    )
    html = drawn(
        "decisions.html",
        look,
        days=days_in_words(view.days, look),
        filters=choices(look, "team", "service", "touchpoint", "account"),
        all=view.all,
        asked=view.asked,
        decisions=[_decision(one, look) for one in view.decisions],
        shown=[
            (f"shown_{name or 'all'}", with_filters(look.path, look, shown=name), name == shown)
            for name in _SHOWN
        ],
        keep={"shown": shown} if shown else {},
        more=with_filters(look.path, look, shown=shown, before=str(view.more)) if view.more else "",
    )
    return Page(html, read=("ledger", look.query.get("service", "") or "all"))


def _decision(view: LedgerView, look: Look) -> tuple[str, str, bool]:
    """When it was decided, the sentence, and whether they were asked."""
    when = local_moment(view.decided_at, look.zone, look.language)
    return when, sentences.verdict(view, look.language), view.verdict is Verdict.ASKED
