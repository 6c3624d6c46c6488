"""The parts that messages about a case are put together from."""

from collections.abc import Iterator

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Facts,
    Paragraph,
    Part,
    Quote,
    Small,
    Style,
    Verb,
)
from handlers.views import (
    CaseEventView,
    CaseView,
    OpenCaseLine,
    PastScore,
    ResponseName,
    ScoreView,
    SpokenView,
)
from handlers.wording.labels import label
from handlers.wording.language import local_date, local_moment, msgid, pick, plural, quoted, translate
from handlers.wording.scores import judged, named
from handlers.wording.voices import length
from storage.vocabulary import CameBy, CaseEventKind, CaseState, OwnerRule

_EARLIER_SCORES = 3
_WORDS_OF_LABEL = 30
_LATEST_EVENTS = 5
_LATEST_VOICES = 5
_SEEN_ELSEWHERE = frozenset(
    {
        CaseEventKind.OPENED,
        CaseEventKind.COMMENTED,
        CaseEventKind.ACKNOWLEDGED,
        CaseEventKind.REMINDED,
        CaseEventKind.REFUSED,
    }
)
"""Events that show in another part of the message, or change nothing for its reader."""

_BUTTONS = {
    Verb.TAKE: msgid("Take it"),
    Verb.CONTACTED: msgid("I called or wrote…"),
    Verb.REPLY: msgid("Write to the customer…"),
    Verb.EXPERT: msgid("Ask an expert…"),
    Verb.HAND_OVER: msgid("Hand over…"),
    Verb.NOT_OURS: msgid("Not our matter…"),
    Verb.NOTE_WISH: msgid("Note as a wish"),
    Verb.CLOSE: msgid("Close…"),
    Verb.REOPEN: msgid("Reopen"),
    Verb.SHOW_CASE: msgid("Show the case"),
}
"""In the order they are shown; the ellipsis says that a form opens first."""


def title(view: CaseView, language: str) -> str:
    """*Urgent · Low score · Tom Korhonen*."""
    urgent = translate(language, "Urgent") if view.urgent else ""
    return joined(urgent, label(view.reason, language), customer(view, language))


def customer(view: CaseView | OpenCaseLine, language: str) -> str:
    """The customer's name, or why there is none."""
    if view.withheld:
        return translate(language, "a customer whose name is withheld")
    return named_or_not(view.customer, language)


def named_or_not(name: str, language: str) -> str:
    """A name, or that there is none."""
    return name or translate(language, "a customer not known by name")


def joined(*words: str, separator: str = " · ") -> str:
    """What there is of the words, side by side."""
    return separator.join(filter(None, words))


def due(view: CaseView, language: str) -> str:
    """When the case is due, in the reader's zone."""
    return local_moment(view.due_at, view.zone, language)


def status(view: CaseView, language: str) -> Iterator[Part]:
    """Where the case stands, once it is more than new."""
    if view.state is CaseState.CLOSED:
        outcome = label(view.outcome, language) if view.outcome else ""
        yield Paragraph(translate(language, "Closed: {outcome}", outcome=outcome), strong=True)
        if view.outcome_words:
            yield Quote(view.outcome_words, by=view.claimed_by or view.owner)
        return
    if view.excluded is not None:
        words = translate(language, "The customer says that this is not their matter or not about us.")
        yield Paragraph(words, strong=True)
    if view.state is CaseState.REOPENED:
        yield Paragraph(translate(language, "This case was reopened."), strong=True)
    if view.claimed_by:
        since = local_moment(view.claimed_at or view.opened_at, view.zone, language)
        words = translate(language, "In hand: {name}, since {since}", name=view.claimed_by, since=since)
        yield Paragraph(words, strong=True)
    if view.state is CaseState.CONTACTED:
        yield Paragraph(translate(language, "The customer has been contacted."), strong=True)


def who(view: CaseView, language: str) -> Facts:
    """The customer and the encounter."""
    when = local_moment(view.happened_at, view.zone, language)
    where = joined(pick(view.touchpoint, language), pick(view.service, language), when)
    kind = label(view.feedback_type, language) if view.feedback_type else ""
    return _facts(
        (
            translate(language, "Customer"),
            joined(customer(view, language), view.title, separator=", "),
        ),
        (translate(language, "Account"), view.account),
        (translate(language, "Encounter"), where),
        (translate(language, "Handled by"), view.handler),
        (translate(language, "Kind of feedback"), kind),
        (translate(language, "Source"), _source(view, language)),
        (translate(language, "Logged by"), view.logged_by),
    )


def _source(view: CaseView, language: str) -> str:
    """How it reached us, and whose words they are where they are no customer's."""
    known = view.came_by in set(CameBy)
    way = label(CameBy(view.came_by), language) if known else view.came_by
    return joined(way, label(view.said_by, language) if view.said_by else "")


def background(view: CaseView, language: str) -> Facts:
    """What to know before calling: earlier scores, other matters, consent, when and why me."""
    earlier = "\n".join(_earlier(past, view.zone, language) for past in view.history[:_EARLIER_SCORES])
    others = view.other_open_cases
    return _facts(
        (translate(language, "Earlier"), earlier),
        (translate(language, "Other open cases"), str(others) if others else ""),
        (translate(language, "May be contacted"), _consent(view, language)),
        (translate(language, "Phone"), view.phone),
        (translate(language, "Due"), _due_fact(view, language)),
        (translate(language, "Owner"), _owner(view, language)),
    )


def score_line(score: ScoreView, language: str) -> str:
    """The question with its score in words."""
    return f"{named(score.question, language)} {judged(score, language)}"


def reasons(view: CaseView, language: str) -> tuple[Paragraph, ...]:
    """The reason chips the customer chose."""
    chosen = ", ".join(pick(reason, language) for reason in view.reasons)
    return (Paragraph(translate(language, "Chosen reasons: {reasons}", reasons=chosen)),) if chosen else ()


def scores(views: tuple[ScoreView, ...], language: str) -> tuple[Bullets, ...]:
    """All scores, one line each."""
    return (Bullets(tuple(score_line(view, language) for view in views)),) if views else ()


def quote(words: str, by: str = "") -> tuple[Quote, ...]:
    """Somebody's words, where there are any."""
    return (Quote(words, by),) if words else ()


def spoken(view: CaseView, language: str) -> Iterator[Part]:
    """What was said aloud, to be listened to."""
    if lost := sum(voice.lost for voice in view.spoken):
        yield Small(
            plural(
                language,
                "{n} voice message could not be fetched.",
                "{n} voice messages could not be fetched.",
                lost,
            )
        )
    kept = [voice for voice in view.spoken if not voice.lost]
    if kept and not view.informed:
        yield Buttons(tuple(_listen(voice, language) for voice in kept[-_LATEST_VOICES:]))


def _listen(voice: SpokenView, language: str) -> Button:
    facts = {"length": length(voice.seconds)}
    return Button(
        translate(language, "▶ Listen, {length}", **facts),
        Action(Verb.LISTEN, voice.voice),
        spoken=translate(language, "Listen to the voice message, {length}", **facts),
    )


def events(view: CaseView, language: str) -> tuple[Small, ...]:
    """The latest of what was done, oldest first."""
    told = [event for event in view.events if event.kind not in _SEEN_ELSEWHERE]
    return tuple(Small(_event(event, view.zone, language)) for event in told[-_LATEST_EVENTS:])


def actions(view: CaseView, language: str) -> tuple[Buttons, ...]:
    """What its owner can do with the case now; nothing for those who are only informed."""
    if view.informed:
        return ()
    if view.state is CaseState.CLOSED:
        return (Buttons((button(Verb.REOPEN, view.case, language),)),)
    hidden = {Verb.REOPEN, Verb.SHOW_CASE}
    if view.claimed_by:
        hidden.add(Verb.TAKE)
    if not view.can_write:
        hidden.add(Verb.REPLY)
    if view.consent is False:
        hidden.add(Verb.CONTACTED)
    if not view.comment:
        hidden.add(Verb.NOTE_WISH)
    verbs = [verb for verb in _BUTTONS if verb not in hidden]
    first = Verb.CLOSE if view.state is CaseState.CONTACTED else verbs[0]
    return (
        Buttons(
            tuple(
                button(verb, view.case, language, Style.PRIMARY if verb is first else Style.PLAIN)
                for verb in verbs
            )
        ),
    )


def button(verb: Verb, case: str, language: str, style: Style = Style.PLAIN, spoken: str = "") -> Button:
    """A button that does something with a case."""
    return Button(translate(language, _BUTTONS[verb]), Action(verb, case), style, spoken)


def note_wish(words: str, response: ResponseName, language: str) -> Button:
    """A button that notes what was written with an answer as a wish; the words tell it from its neighbours."""
    short = words if len(words) <= _WORDS_OF_LABEL else f"{words[: _WORDS_OF_LABEL - 1].rstrip()}…"
    return Button(
        translate(language, "Note as a wish: {words}", words=quoted(" ".join(short.split()), language)),
        Action(Verb.NOTE_WISH, response.invitation, str(response.place)),
    )


def case_line(line: OpenCaseLine, language: str, zone: str) -> str:
    """One open case with all one needs to choose among many."""
    opened = translate(language, "opened {date}", date=local_date(line.opened_at, zone, language))
    service, state = pick(line.service, language), label(line.state, language)
    return joined(_whose(line, language), deadline(line, language, zone), service, state, opened)


def case_in_short(line: OpenCaseLine, language: str, zone: str) -> str:
    """One open case for a digest: who waits for what, for whom and until when; overdue ones marked."""
    stands = deadline(line, language, zone) or label(line.state, language)
    return joined(_whose(line, language), stands)


def _whose(line: OpenCaseLine, language: str) -> str:
    """Whose case it is, why, and who has it; by its service where others read along."""
    who = pick(line.service, language) if line.nameless else customer(line, language)
    person = joined(who, line.account, separator=", ")
    return joined(person, label(line.reason, language), line.owner or translate(language, "no owner"))


def deadline(line: OpenCaseLine, language: str, zone: str) -> str:
    """Until when a case is to be answered, or since when it is overdue; empty once the customer was answered."""
    if line.state in (CaseState.CONTACTED, CaseState.CLOSED):
        return ""
    until = local_moment(line.due_at, zone, language)
    if line.overdue:
        return translate(language, "⚠ overdue since {due}", due=until)
    return translate(language, "due {due}", due=until)


def ended_line(line: OpenCaseLine, language: str, zone: str) -> str:
    """A case that has ended, in one line: whose it was, about what, who had it, since when."""
    person = joined(customer(line, language), line.account, separator=", ")
    opened = translate(language, "opened {date}", date=local_date(line.opened_at, zone, language))
    return joined(person, pick(line.service, language), line.owner, opened)


def more(n: int, language: str) -> tuple[Small, ...]:
    """*and 3 more*, where some were left out."""
    return (Small(translate(language, "and {n} more", n=n)),) if n > 0 else ()


def _facts(*rows: tuple[str, str]) -> Facts:
    return Facts(tuple(row for row in rows if row[1]))


def _earlier(past: PastScore, zone: str, language: str) -> str:
    day = local_date(past.at, zone, language)
    return f"{day} {pick(past.touchpoint, language)}: {judged(past, language)}"


def _consent(view: CaseView, language: str) -> str:
    if view.consent is None:
        return translate(language, "not answered yet")
    if view.consent:
        return translate(language, "yes")
    return translate(language, "no: do not contact the customer about this")


def _due_fact(view: CaseView, language: str) -> str:
    if view.state is CaseState.CLOSED:
        return ""
    if view.overdue:
        return translate(language, "⚠ overdue since {due}", due=due(view, language))
    return due(view, language)


def _owner(view: CaseView, language: str) -> str:
    if not view.owner:
        return translate(language, "nobody is named as responsible")
    if view.owner_rule is OwnerRule.DEPUTY and view.deputy_for:
        why = translate(language, "stands in for {name}", name=view.deputy_for)
    else:
        why = label(view.owner_rule, language)
    return f"{view.owner} ({why})"


def _event(event: CaseEventView, zone: str, language: str) -> str:
    what = label(event.kind, language)
    to = f" → {event.other}" if event.other else ""
    words = f" {quoted(event.words, language)}" if event.words else ""
    by = f" {event.by}:" if event.by else ""
    return f"{local_moment(event.at, zone, language)}{by} {what}{to}{words}"
