"""The page that is a person's own, in their language."""

from handlers.messages import Action, Button, Buttons, Heading, Message, Paragraph, Part, Small, Verb
from handlers.views import HomeView, MatterView
from handlers.wording import login
from handlers.wording.case_parts import joined
from handlers.wording.cases import case_list
from handlers.wording.labels import label
from handlers.wording.language import local_date, msgid, pick, quoted, translate
from storage.vocabulary import CaseState

_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}
"""Each language by its own name, so that whoever was given the wrong one finds theirs."""
_QUOTED = 80

_HELD = msgid("with the person responsible: {name}")
_WITH = {
    CaseState.CLAIMED: msgid("being worked on: {name}"),
    CaseState.CONTACTED: msgid("has contacted you: {name}"),
}


def home(view: HomeView, language: str) -> Message:
    """Open cases with a button each, or what the person said and where it stands; then what they may open or choose."""
    cases = case_list(view.cases, view.total, language, view.zone).parts
    own = cases if view.acts_on_cases else _matters(view, language)
    pages = (Buttons((login.button(language),)),) if view.pages else ()
    parts: tuple[Part, ...] = (*own, *pages, *_asking(view, language), *_languages(language))
    return Message(parts, summary=translate(language, "Your Kaiku"))


def _matters(view: HomeView, language: str) -> tuple[Part, ...]:
    heading = Heading(translate(language, "Your feedback and where it stands"))
    lines = "\n".join(_matter(matter, view.zone, language) for matter in view.matters)
    none = translate(
        language, "Nothing yet. Write to me whenever there is something to say: a person reads it."
    )
    return heading, Paragraph(lines or none)


def _matter(matter: MatterView, zone: str, language: str) -> str:
    words = " ".join(matter.words.split())
    shortened = words if len(words) <= _QUOTED else f"{words[:_QUOTED].rstrip()}…"
    what = quoted(shortened, language) if words else joined(pick(matter.touchpoint, language), matter.about)
    return f"{local_date(matter.at, zone, language)} · {what} – {_standing(matter, language)}"


def _standing(matter: MatterView, language: str) -> str:
    if matter.awaited:
        return translate(language, "waiting for your answer")
    if matter.state is None:
        return translate(language, "received, thank you")
    if matter.state is CaseState.CLOSED:
        outcome = label(matter.outcome, language) if matter.outcome else ""
        return joined(translate(language, "done"), outcome, separator=": ")
    if not matter.holder:
        return translate(language, "received, on its way to somebody who can act")
    return translate(language, _WITH.get(matter.state, _HELD), name=matter.holder)


def _asking(view: HomeView, language: str) -> tuple[Part, ...]:
    if view.asked:
        says = translate(language, "I may ask you for feedback now and then.")
        button = Button(translate(language, "Don't ask me"), Action(Verb.ASKING, value="no"))
    else:
        says = translate(language, "I do not ask you for feedback.")
        button = Button(translate(language, "Ask me again"), Action(Verb.ASKING, value="yes"))
    return Small(says), Buttons((button,))


def _languages(language: str) -> tuple[Part, ...]:
    buttons = tuple(
        Button(name, Action(Verb.LANGUAGE, value=key), chosen=key == language) for key, name in _NAMES.items()
    )
    return Small(translate(language, "The language I speak with you")), Buttons(buttons)
