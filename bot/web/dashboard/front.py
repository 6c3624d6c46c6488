"""The first page."""

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn


def draw(look: Look) -> Page:
    """How every touchpoint is doing."""
    return Page(drawn("front.html", look))
