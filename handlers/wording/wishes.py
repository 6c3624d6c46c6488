"""What is said of wishes: the register to those who keep it, and what came of a wish to who had it."""

from collections.abc import Sequence

from handlers.messages import (
    Action,
    Button,
    Buttons,
    ChoiceField,
    Facts,
    Form,
    Heading,
    Message,
    Paragraph,
    Part,
    Quote,
    Small,
    Style,
    TextField,
    Verb,
)
from handlers.views import GiverView, LikeWishView, WishLine, WishView
from handlers.wording.case_parts import joined
from handlers.wording.labels import label
from handlers.wording.language import local_date, msgid, pick, plural, quoted, translate
from storage.vocabulary import Impact, WishState

MOST_OPTIONS = 25
"""Wishes to choose from in a form; further ones are found from their own side."""
_IN_SHORT = 70

_NEWS = {
    WishState.GOES_AHEAD: msgid("Something you wished for goes ahead."),
    WishState.DONE: msgid("What you wished for is done."),
    WishState.NOT_NOW: msgid("What you wished for will not be done now. It stays on our list."),
}


def news(state: WishState, wished: str, words: str, name: str, language: str) -> Message:
    """To who wished for it, in person. `wished` are their own words, `words` those of who decided."""
    greeting = translate(language, "Hello {name}!", name=name) if name else ""
    said = translate(language, _NEWS[state])
    thanks = translate(language, "Thank you for telling us.")
    parts: list[Part] = [Paragraph(joined(greeting, said, separator=" "), strong=True), Quote(short(wished))]
    if words:
        parts.append(Paragraph(words))
    return Message((*parts, Small(thanks)), summary=said)


def register(lines: Sequence[WishLine], page: int, total: int, on_a_page: int, language: str) -> Message:
    """A page of the register; each wish is a button away."""
    if not lines:
        none = translate(language, "Nobody has wished for anything yet.")
        return Message((Paragraph(none),), summary=none)
    title = plural(language, "{n} wish", "{n} wishes", total)
    first = page * on_a_page + 1
    text = "\n".join(f"{n}. {_in_a_line(line, language)}" for n, line in enumerate(lines, first))
    buttons = tuple(_show(n, line.wish, line.need, language) for n, line in enumerate(lines, first))
    turn = _pages(page, total, on_a_page, language)
    return Message((Heading(title), Paragraph(text), Buttons((*buttons, *turn))), summary=title)


def wish(view: WishView, language: str) -> Message:
    """One wish with all that is known of it, and what can be done."""
    line = view.line
    title = joined(translate(language, "Wish"), label(line.state, language))
    parts: tuple[Part, ...] = (
        Heading(title),
        Quote(line.need),
        _facts(view, language),
        *((Quote(view.words),) if view.words else ()),
        *(Small(_giver(giver, view.zone, language)) for giver in view.givers),
        *_alike(view.alike, language),
        Buttons(
            (
                _do(translate(language, "Decide…"), Verb.DECIDE_WISH, line.wish, Style.PRIMARY),
                _do(translate(language, "Weigh…"), Verb.WEIGH_WISH, line.wish),
                _do(translate(language, "Same need as…"), Verb.JOIN_WISH, line.wish),
                Button(translate(language, "All wishes"), Action(Verb.WISHES)),
            )
        ),
    )
    return Message(parts, summary=f"{title}: {short(line.need)}")


def weigh_form(view: WishView, language: str) -> Form:
    """What it would change, whether there is money for it, whether it fits."""
    impacts = tuple((member.value, label(member, language)) for member in Impact)
    chosen = view.line.impact.value if view.line.impact else ""
    return Form(
        Action(Verb.WEIGH_WISH, view.line.wish),
        title=translate(language, "Weigh the wish"),
        fields=(
            TextField(
                "need", translate(language, "The need in a sentence"), multiline=True, value=view.line.need
            ),
            ChoiceField("impact", translate(language, "Impact"), impacts, required=False, value=chosen),
            _yes_no("budgeted", translate(language, "Is there money for it?"), view.budgeted, language),
            _yes_no("fits", translate(language, "Does it fit our plans?"), view.fits, language),
        ),
        submit=translate(language, "Save"),
    )


def join_form(
    token: str, need: str, options: Sequence[tuple[str, str]], likest: Sequence[str], language: str
) -> Form:
    """For which other wish it is the same need. `options` are (token, need), `likest` the suggested tokens."""
    suggested = translate(language, "similar")
    named = tuple(
        (key, joined(suggested if key in likest else "", short(words, _IN_SHORT - 15), separator=": "))
        for key, words in options
    )
    field = ChoiceField("to", translate(language, "It is the same need as"), named)
    return Form(
        Action(Verb.JOIN_WISH, token),
        title=translate(language, "The same need"),
        fields=(field,),
        submit=translate(language, "Join them"),
        intro=translate(language, "This wish will live on in the other one: {need}", need=short(need)),
    )


def decide_form(token: str, state: WishState, language: str) -> Form:
    """Where it stands, and what those who wished for it read."""
    states = tuple((member.value, label(member, language)) for member in WishState)
    hint = translate(language, "They read this when it goes ahead, is done, or has to wait.")
    told = translate(language, "Your words to those who wished for it")
    return Form(
        Action(Verb.DECIDE_WISH, token),
        title=translate(language, "Decide on the wish"),
        fields=(
            ChoiceField("state", translate(language, "Where does it stand?"), states, value=state),
            TextField("words", told, multiline=True, required=False, hint=hint),
        ),
        submit=translate(language, "Save"),
    )


def short(words: str, most: int = _IN_SHORT) -> str:
    """In one line, and not a long one."""
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _in_a_line(line: WishLine, language: str) -> str:
    impact = _impact(line.impact, language) if line.impact else ""
    by = plural(language, "{n} customer", "{n} customers", line.customers)
    return joined(short(line.need), label(line.state, language), by, impact)


def _impact(impact: Impact, language: str) -> str:
    return translate(language, "impact {impact}", impact=label(impact, language))


def _show(number: int, token: str, need: str, language: str) -> Button:
    return Button(
        translate(language, "Show {number}", number=number),
        Action(Verb.SHOW_WISH, token),
        spoken=translate(language, "Show the wish: {need}", need=short(need)),
    )


def _pages(page: int, total: int, on_a_page: int, language: str) -> tuple[Button, ...]:
    back = Button(translate(language, "Back"), Action(Verb.WISHES, value=str(page - 1)))
    on = Button(translate(language, "Further"), Action(Verb.WISHES, value=str(page + 1)))
    return (*((back,) if page else ()), *((on,) if (page + 1) * on_a_page < total else ()))


def _facts(view: WishView, language: str) -> Facts:
    line = view.line
    customers = plural(language, "{n} customer", "{n} customers", line.customers)
    accounts = plural(language, "{n} account", "{n} accounts", line.accounts) if line.accounts else ""
    rows = (
        (translate(language, "Wished for by"), joined(customers, accounts)),
        (translate(language, "First heard"), local_date(view.observed_at, view.zone, language)),
        (translate(language, "Last heard"), local_date(view.heard_at, view.zone, language)),
        (translate(language, "Service"), pick(view.service, language)),
        (translate(language, "Impact"), label(line.impact, language) if line.impact else ""),
        (translate(language, "Is there money for it?"), _said(view.budgeted, language)),
        (translate(language, "Does it fit our plans?"), _said(view.fits, language)),
    )
    return Facts(tuple(row for row in rows if row[1]))


def _said(answer: bool | None, language: str) -> str:
    if answer is None:
        return ""
    return translate(language, "yes") if answer else translate(language, "no")


def _giver(giver: GiverView, zone: str, language: str) -> str:
    who = joined(giver.name, giver.account, separator=", ")
    said = quoted(short(giver.words), language)
    return joined(local_date(giver.at, zone, language), who, said)


def _alike(others: Sequence[LikeWishView], language: str) -> tuple[Small, ...]:
    """What may be the same need, and why it seems so; a person decides."""
    return tuple(
        Small(
            translate(
                language,
                "May be the same need: {need} (both say {words})",
                need=quoted(short(other.need), language),
                words=", ".join(other.shared),
            )
        )
        for other in others
    )


def _do(words: str, verb: Verb, token: str, style: Style = Style.PLAIN) -> Button:
    return Button(words, Action(verb, token), style)


def _yes_no(key: str, words: str, chosen: bool | None, language: str) -> ChoiceField:
    options = (("yes", translate(language, "yes")), ("no", translate(language, "no")))
    value = "" if chosen is None else ("yes" if chosen else "no")
    return ChoiceField(key, words, options, required=False, value=value)
