"""Own figures against targets."""

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, days_in_words, figure_row
from handlers.dashboard import own as facts
from handlers.login import PATH
from handlers.wording.figures import response_rate
from handlers.wording.language import pick
from handlers.wording.reports import target


def draw(look: Look) -> Page:
    """What whoever looks answers for, or their team."""
    view = facts.own(look.filters, look.visitor.person, look.ctx)
    if view is None:
        return Page(drawn("own.html", look, of="", days="", filters=choices(look)))
    html = drawn(
        "own.html",
        look,
        of=pick(view.of, look.language),
        days=days_in_words(view.days, look),
        filters=choices(look),
        targets=[(target(one, look.language), one.signal.value) for one in view.targets],
        figures=[figure_row(figure, view.figures, look) for figure in view.figures],
        asked=response_rate(view.asked, view.answered, look.language),
        services=[(f"{PATH}/services/{key}", pick(name, look.language)) for key, name in view.services],
    )
    return Page(html)
