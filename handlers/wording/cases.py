"""What an owner reads about a case and fills in for it: everything needed to call the customer."""

from handlers.messages import (
    Action,
    Button,
    Buttons,
    ChoiceField,
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
from handlers.rules.scales import LocalText
from handlers.views import CaseView, OpenCaseLine, ResponseName, ScoreView
from handlers.wording import case_parts
from handlers.wording.case_parts import button, customer, due, joined
from handlers.wording.labels import label
from handlers.wording.language import pick, plural, translate
from handlers.wording.scores import judged
from storage.vocabulary import Outcome

LISTED = 10
"""Cases in one list; the rest are counted."""


def alert(view: CaseView, language: str) -> Message:
    """The case as it stands: sent when it opens, edited in place as it changes."""
    title = case_parts.title(view, language)
    worst = next((judged(score, language) for score in view.scores), "")
    parts: tuple[Part, ...] = (
        Heading(title),
        *case_parts.status(view, language),
        case_parts.who(view, language),
        *case_parts.scores(view.scores, language),
        *case_parts.reasons(view, language),
        *case_parts.quote(view.comment, by=customer(view, language)),
        *case_parts.spoken(view, language),
        case_parts.background(view, language),
        *case_parts.events(view, language),
        *case_parts.actions(view, language),
    )
    return Message(parts, summary=joined(title, view.account, worst))


def reminder(view: CaseView, language: str) -> Message:
    """To the owner, a while before the case is due."""
    who = customer(view, language)
    title = translate(language, "Due {due}: {customer}", due=due(view, language), customer=who)
    return _nudge(view, title, translate(language, "The customer has not been contacted yet."), language)


def escalation(view: CaseView, language: str) -> Message:
    """To the next person up, once the case was due and the customer had not been contacted."""
    facts = {"due": due(view, language), "customer": customer(view, language)}
    title = translate(language, "Overdue since {due}: {customer}", **facts)
    if view.claimed_by:
        story = translate(
            language, "{name} has taken the case, but has not contacted the customer.", name=view.claimed_by
        )
    elif view.owner:
        story = translate(language, "{name} has not taken the case.", name=view.owner)
    else:
        story = translate(language, "The case has no owner.")
    return _nudge(view, title, story, language)


def repeated(view: CaseView, language: str) -> Message:
    """To whoever has a case: its customer came back about the same; the alert shows with what."""
    who = customer(view, language)
    title = translate(language, "Again on the same matter: {customer}", customer=who)
    story = translate(language, "This joined the open case instead of opening another, and made it urgent.")
    return _nudge(view, title, story, language)


def not_put_right(view: CaseView, score: int, language: str) -> Message:
    """To whoever has a case: the customer says that it was not put right."""
    who = customer(view, language)
    title = translate(language, "Not put right: {customer}", customer=who)
    story = translate(
        language,
        "“Did we put it right?” was answered with {score} of 5. The case is open again.",
        score=score,
    )
    return _nudge(view, title, story, language)


def unreachable_notice(view: CaseView, language: str) -> Message:
    """To the owner: the bot can no longer carry words to the customer."""
    who = customer(view, language)
    title = translate(language, "Cannot be reached: {customer}", customer=who)
    story = translate(
        language,
        "I can no longer reach the customer, who may have left the channel or blocked me. "
        "What was sent last may not have arrived, and I will not try again.",
    )
    return _nudge(view, title, story, language)


def erased_notice(view: CaseView, language: str) -> Message:
    """To the owner of an open case: its customer has been erased."""
    title = translate(language, "The customer of a case has been erased")
    story = translate(
        language,
        "The customer wished to be forgotten: who they were and what they wrote is gone, and they cannot be "
        "contacted. The case stays open. Close it once the matter itself has been seen to.",
    )
    return _nudge(view, title, story, language)


def expert_request(view: CaseView, words: str, asker: str, language: str) -> Message:
    """To an expert who is asked into the case; `words` are the asker's."""
    title = translate(language, "{asker} asks for your help", asker=asker)
    parts: tuple[Part, ...] = (
        Heading(title),
        Quote(words, by=asker),
        case_parts.who(view, language),
        *case_parts.scores(view.scores, language),
        *case_parts.quote(view.comment, by=customer(view, language)),
        *case_parts.spoken(view, language),
        Small(translate(language, "Answer here: your words go to whoever has the case.")),
        Buttons((button(Verb.SHOW_CASE, view.case, language),)),
    )
    return Message(parts, summary=title)


def expert_words(view: CaseView, words: str, expert: str, language: str) -> Message:
    """To the owner: what the expert answered."""
    who = customer(view, language)
    title = translate(language, "{expert} answered about {customer}", expert=expert, customer=who)
    buttons = tuple(button(verb, view.case, language) for verb in (Verb.REPLY, Verb.CLOSE, Verb.SHOW_CASE))
    return Message((Heading(title), Quote(words, by=expert), Buttons(buttons)), summary=title)


def customer_words(view: CaseView, words: str, language: str) -> Message:
    """To the owner: what the customer answered through the bot."""
    who = customer(view, language)
    title = translate(language, "The customer replied: {customer}", customer=who)
    reply = (button(Verb.REPLY, view.case, language, Style.PRIMARY),) if view.can_write else ()
    rest = tuple(button(verb, view.case, language) for verb in (Verb.CLOSE, Verb.SHOW_CASE))
    return Message((Heading(title), Quote(words, by=who), Buttons((*reply, *rest))), summary=title)


def case_list(
    lines: tuple[OpenCaseLine, ...], total: int, language: str, zone: str, skip: int = 0
) -> Message:
    """Open cases, oldest first, each a button away. `total` may be more than there are `lines` after those skipped."""
    if not lines:
        none = translate(language, "No open cases.")
        return Message((Paragraph(none),), summary=none)
    title = plural(language, "{n} open case", "{n} open cases", total)
    shown = lines[:LISTED]
    rest = _next_page(skip + len(shown), "", total, language)
    return listed(title, shown, language, zone, skip=skip, rest=rest)


def listed(
    title: str,
    lines: tuple[OpenCaseLine, ...],
    language: str,
    zone: str,
    *,
    skip: int = 0,
    rest: tuple[Part, ...] = (),
) -> Message:
    """A page of open cases, each a button away, then what is left."""
    numbered = tuple(case_parts.case_line(line, language, zone) for line in lines)
    return _listed(title, lines, numbered, language, skip=skip, rest=rest)


def third_party_list(
    lines: tuple[OpenCaseLine, ...], total: int, language: str, zone: str, skip: int = 0
) -> Message:
    """What turned out to be another organisation's matter, newest first, each a button away."""
    if not lines:
        none = translate(language, "No case was the matter of another organisation.")
        return Message((Paragraph(none),), summary=none)
    title = plural(
        language, "{n} matter of another organisation", "{n} matters of other organisations", total
    )
    numbered = tuple(case_parts.ended_line(line, language, zone) for line in lines[:LISTED])
    more = _next_page(skip + len(numbered), "third party", total, language)
    return _listed(title, lines, numbered, language, skip=skip, rest=more)


def overdue(lines: tuple[OpenCaseLine, ...], total: int, language: str, zone: str) -> Message:
    """To whoever has them, as the office opens: overdue cases, the longest waiting first."""
    title = plural(language, "{n} overdue case", "{n} overdue cases", total)
    numbered = tuple(case_parts.case_line(line, language, zone) for line in lines[:LISTED])
    rest = case_parts.more(total - len(numbered), language)
    return _listed(title, lines, numbered, language, rest=rest)


def _listed(
    title: str,
    lines: tuple[OpenCaseLine, ...],
    numbered: tuple[str, ...],
    language: str,
    *,
    skip: int = 0,
    rest: tuple[Part, ...] = (),
) -> Message:
    """One page: a numbered line and a button for each, then what is left."""
    first = skip + 1
    text = "\n".join(f"{n}. {line}" for n, line in enumerate(numbered, first))
    buttons = tuple(_show_listed(n, line, language) for n, line in enumerate(lines[:LISTED], first))
    return Message((Heading(title), Paragraph(text), Buttons(buttons), *rest), summary=title)


def _next_page(shown: int, kind: str, total: int, language: str) -> tuple[Part, ...]:
    """How many are left, and the button to them."""
    if total <= shown:
        return ()
    value = f"{kind}:{shown}" if kind else str(shown)
    button_ = Button(translate(language, "Show the next ones"), Action(Verb.MY_CASES, value=value))
    return (*case_parts.more(total - shown, language), Buttons((button_,)))


def praise(
    handler: str,
    words: str,
    scores: tuple[ScoreView, ...],
    touchpoint: LocalText | None,
    language: str,
    *,
    notable: ResponseName | None = None,
) -> Message:
    """To the person who did the work, or without a name to their team: a customer was pleased."""
    thanks: tuple[Part, ...] = ()
    title = translate(language, "A customer was pleased with our work")
    if handler:
        title = translate(language, "A customer was pleased with your work")
        thanks = (Paragraph(translate(language, "Thank you, {name}!", name=handler)),)
    parts: tuple[Part, ...] = (
        Heading(title),
        *thanks,
        *_where(touchpoint, language),
        *case_parts.scores(scores, language),
        *case_parts.quote(words),
        *_notable(words, notable, language),
    )
    return Message(parts, summary=title)


def _notable(words: str, response: ResponseName | None, language: str) -> tuple[Buttons, ...]:
    """That the words may be noted as a wish, by who may."""
    return (Buttons((case_parts.note_wish(words, response, language),)),) if words and response else ()


def reference_request(
    *,
    person: str,
    account: str,
    words: str,
    scores: tuple[ScoreView, ...],
    touchpoint: LocalText | None,
    language: str,
    notable: ResponseName | None = None,
) -> Message:
    """To whoever is responsible for the customer: a good moment to ask for a reference."""
    who = joined(case_parts.named_or_not(person, language), account, separator=", ")
    title = translate(language, "Could give a reference: {customer}", customer=who)
    parts: tuple[Part, ...] = (
        Heading(title),
        *_where(touchpoint, language),
        *case_parts.scores(scores, language),
        *case_parts.quote(words, by=person),
        Paragraph(translate(language, "This is a good moment to ask. I leave the asking to you.")),
        *_notable(words, notable, language),
    )
    return Message(parts, summary=title)


# Forms.


def hand_over_form(case: str, people: tuple[tuple[str, str], ...], language: str) -> Form:
    """Who takes the case instead, and why. `people` are (key, name)."""
    return Form(
        Action(Verb.HAND_OVER, case),
        title=translate(language, "Hand over the case"),
        fields=(
            ChoiceField("to", translate(language, "To whom?"), people),
            TextField("reason", translate(language, "Why?"), multiline=True),
        ),
        submit=translate(language, "Hand over"),
    )


def contacted_form(case: str, language: str) -> Form:
    """What came of calling or writing to the customer outside the bot."""
    return Form(
        Action(Verb.CONTACTED, case),
        title=translate(language, "Customer contacted"),
        fields=(
            TextField("words", translate(language, "What did you agree on?"), multiline=True, required=False),
        ),
        submit=translate(language, "Save"),
        intro=translate(language, "Only colleagues read this. The case stays open until you close it."),
    )


def reply_form(view: CaseView, language: str) -> Form:
    """Words that the bot carries to the customer."""
    who = customer(view, language)
    label_ = translate(language, "Your words to the customer")
    return Form(
        Action(Verb.REPLY, view.case),
        title=translate(language, "Write to the customer"),
        fields=(TextField("words", label_, multiline=True),),
        submit=translate(language, "Send"),
        intro=translate(
            language, "{customer} reads this with your name on it and can answer you here.", customer=who
        ),
    )


def expert_form(case: str, people: tuple[tuple[str, str], ...], language: str) -> Form:
    """Who is asked for help, and what about. `people` are (key, name)."""
    return Form(
        Action(Verb.EXPERT, case),
        title=translate(language, "Ask an expert"),
        fields=(
            ChoiceField("expert", translate(language, "Whom?"), people),
            TextField("words", translate(language, "What do you need to know?"), multiline=True),
        ),
        submit=translate(language, "Ask"),
        intro=translate(language, "The expert sees the case and the customer's words."),
    )


def not_ours_form(case: str, to: str, language: str) -> Form:
    """Why the matter is somebody else's; `to` is who gets the case."""
    return Form(
        Action(Verb.NOT_OURS, case),
        title=translate(language, "Not our matter"),
        fields=(TextField("reason", translate(language, "Whose matter is it, and why?"), multiline=True),),
        submit=translate(language, "Return it"),
        intro=translate(language, "The case goes to {name}, who finds out whose it is.", name=to),
    )


def close_form(case: str, language: str) -> Form:
    """How the matter ended; there is no closing without an outcome."""
    outcomes = tuple((outcome.value, label(outcome, language)) for outcome in Outcome)
    hint = translate(language, "The customer reads this, unless contact was not wished.")
    return Form(
        Action(Verb.CLOSE, case),
        title=translate(language, "Close the case"),
        fields=(
            ChoiceField("outcome", translate(language, "How did it end?"), outcomes),
            TextField(
                "words", translate(language, "What was done?"), multiline=True, required=False, hint=hint
            ),
        ),
        submit=translate(language, "Close the case"),
    )


def _nudge(view: CaseView, title: str, story: str, language: str) -> Message:
    """A short message about a case that has its alert already: what is the matter, and what to do now."""
    take = () if view.claimed_by else (button(Verb.TAKE, view.case, language, Style.PRIMARY),)
    buttons = (*take, *(button(verb, view.case, language) for verb in (Verb.HAND_OVER, Verb.SHOW_CASE)))
    parts: tuple[Part, ...] = (
        Heading(title),
        Paragraph(story),
        case_parts.who(view, language),
        case_parts.background(view, language),
        Buttons(buttons),
    )
    return Message(parts, summary=title)


def _where(touchpoint: LocalText | None, language: str) -> tuple[Small, ...]:
    words = pick(touchpoint, language)
    return (Small(words),) if words else ()


def _show_listed(number: int, line: OpenCaseLine, language: str) -> Button:
    return Button(
        translate(language, "Show {number}", number=number),
        Action(Verb.SHOW_CASE, line.case),
        spoken=translate(language, "Show the case: {customer}", customer=customer(line, language)),
    )
