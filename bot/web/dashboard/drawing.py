"""Pages from facts and words: the templates of this package, and what each of them always needs."""

from typing import TYPE_CHECKING, Any

from bot.web.dashboard.chrome import FOR_THOSE_WHO_ACT, NAVIGATION, words
from bot.web.survey.drawing import LANGUAGE_NAMES
from bot.web.templating import templates
from handlers.errors import FeedbackError
from handlers.login import PATH
from handlers.people import name_of
from handlers.wording import sentences
from handlers.wording.language import pick

if TYPE_CHECKING:
    from bot.web.dashboard.desk import Look


def drawn(template: str, look: "Look", **facts: Any) -> str:
    """A page for somebody who is logged in."""
    return _rendered(
        template,
        look.language,
        org=pick(look.ctx.organisation.name, look.language),
        path=look.path,
        here=look.path + (f"?{look.query}" if look.query else ""),
        who=name_of(look.visitor.person),
        csrf=look.csrf,
        navigation=_navigation(look),
        languages=LANGUAGE_NAMES,
        **facts,
    )


def _navigation(look: "Look") -> list[tuple[str, str, bool]]:
    """Address and name of every page, and whether it is the one that is shown."""
    chrome, names = words(look.language), look.sight.named
    return [
        (f"{PATH}{path}", chrome[name], look.path == f"{PATH}{path}")
        for path, name in NAVIGATION.items()
        if names or path not in FOR_THOSE_WHO_ACT
    ]


def entrance(language: str, *, oidc: bool) -> str:
    """How to come in."""
    return _rendered("entrance.html", language, oidc=oidc)


def invitation(name: str, language: str) -> str:
    """The button behind a link from the chat."""
    return _rendered("invitation.html", language, name=name)


def refusal(problem: FeedbackError, language: str, title: str = "not_shown") -> str:
    """What somebody may not see or do, or what is not there, and what to do; `title` by its name in `chrome`."""
    why = sentences.error(problem, language)
    return _rendered("calm.html", language, title=words(language)[title], why=why)


def _rendered(template: str, language: str, **facts: Any) -> str:
    page = templates("bot.web.dashboard").get_template(template)
    return page.render(language=language, w=words(language), home=PATH, **facts)
