"""`/feedback …`: what was typed, and what it asks for.

Each command has its word in Finnish, Swedish and English; any of them works whatever the person's
language. Reading is separate from doing, so that what is understood can be tested as a table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from handlers import (
    absences,
    acting,
    annotations,
    anonymous,
    encounters,
    erasing,
    home,
    interviews,
    invite,
    linking,
    log,
    login,
    packs,
    privacy,
    wishes,
)
from handlers.buttons import circumstances_of
from handlers.context import Context
from handlers.errors import NoPilot, UnknownCommand, UnknownCustomer
from handlers.events import (
    CasesAsked,
    CommandGiven,
    EncounterHappened,
    FeedbackLogged,
    FeedbackRequested,
    FormAsked,
    Sender,
    WishesAsked,
    WordsReceived,
)
from handlers.ledger import read_why, why
from handlers.lookups import survey_keys
from handlers.messages import Action, Nothing, OpenForm, Reply, Say, Verb
from handlers.people import actor, demand, language_of, role_of
from handlers.respond import opt_out, take_back
from handlers.rules.permissions import Right, may
from handlers.wording import sentences
from handlers.wording.language import pick
from storage import outbox
from storage.tables import Person
from storage.vocabulary import FeedbackSource, FeedbackType, Role, Stream, Tone

_WORDS = {
    "log": ("log", "kirjaa", "logga", "anteckna"),
    "ask": ("ask", "kysy", "fråga"),
    "cases": ("cases", "tapaukset", "ärenden"),
    "third-party": ("third-party", "ulkopuoliset", "utomstående"),
    "anonymous": ("anonymous", "nimettömästi", "nimetön", "anonyymi", "anonymt", "anonym"),
    "wishes": ("wishes", "toiveet", "önskemål"),
    "why": ("why", "miksi", "varför"),
    "stop": ("stop", "lopeta", "sluta", "stopp"),
    "start": ("start", "aloita", "börja"),
    "snooze": ("snooze", "torkku", "snooza", "pausa"),
    "join": ("join", "liity", "mukaan", "gå"),
    "leave": ("leave", "poistu", "lämna"),
    "away": ("away", "poissa", "borta"),
    "back": ("back", "takaisin", "paikalla", "tillbaka"),
    "link": ("link", "yhdistä", "koppla", "länka"),
    "login": ("login", "kirjaudu", "logga in"),
    "logout": ("logout", "log out", "kirjaudu ulos", "logga ut"),
    "home": ("home", "my page", "oma sivu", "min sida"),
    "language": ("language", "kieli", "språk"),
    "privacy": ("privacy", "tietosuoja", "dataskydd", "integritet"),
    "data": ("my data", "omat tiedot", "tietoni", "mina uppgifter"),
    "forget": ("forget me", "unohda minut", "poista tietoni", "glöm mig"),
    "pack": ("pack", "kokouspaketti", "paketti", "mötespaket"),
    "note": ("note", "merkitse", "merkintä", "notera"),
    "help": ("help", "apua", "ohje", "ohjeet", "hjälp", "?"),
}
_COMMAND = {word: command for command, words in _WORDS.items() for word in words}

_LANGUAGES = {
    **dict.fromkeys(("fi", "suomi", "finnish", "finska"), "fi"),
    **dict.fromkeys(("sv", "svenska", "ruotsi", "swedish"), "sv"),
    **dict.fromkeys(("en", "english", "englanti", "engelska"), "en"),
}

_HERE = ("here", "tänne", "täällä", "här", "hit")
"""Instead of a customer: everybody in the conversation where it is typed."""

_PILOT = ("", "pilot", "the pilot", "pilottiin", "mukaan pilottiin", "pilotista", "piloten", "med i piloten")
"""What may follow *join* and *leave*: anything else is no command."""

_TONE = {"+": Tone.POSITIVE, "-": Tone.NEGATIVE, "–": Tone.NEGATIVE, "=": Tone.NEUTRAL}
_PAPER = ("paper", "paperi", "papper")
"""Alone after `log`: the form for what was written on paper."""
_INTERVIEW = ("interview", "phone", "haastattelu", "puhelin", "intervju", "telefon")
"""Alone after `log`: the form for answers to an interview by telephone."""
_SOURCES = {
    **dict.fromkeys(("organisation", "organisaatio"), FeedbackSource.ORGANISATION),
    **dict.fromkeys(("third-party", "ulkopuolinen", "utomstående"), FeedbackSource.THIRD_PARTY),
}
"""Tags that say who said it, where it was no customer."""
_HASHTAG = re.compile(r"(?:^|\s)#([\w-]+)")
_SNOOZE = timedelta(days=30)


@dataclass(frozen=True)
class Command:
    """One command and what came after it."""

    name: str
    rest: str


@dataclass(frozen=True)
class LoggedLine:
    """`+ Acme: quick fix, thanked Ville #helpdesk`, read."""

    tone: Tone
    customer: str
    words: str
    tags: tuple[str, ...]


def read(words: str) -> Command | None:
    """The command a text begins with, of one word or two; none when it begins with none."""
    typed = words.split()
    for count in (2, 1):
        if name := _COMMAND.get(" ".join(typed[:count]).casefold()):
            return Command(name, words.strip().split(maxsplit=count)[count] if len(typed) > count else "")
    return None


def read_logged(rest: str) -> LoggedLine:
    """A feedback in one line: a sign, the customer up to a colon, the words, and tags anywhere."""
    text = rest.strip()
    tone = _TONE.get(text[:1], Tone.NEUTRAL)
    text = text[1:].strip() if text[:1] in _TONE else text
    tags = tuple(_HASHTAG.findall(text))
    text = _HASHTAG.sub("", text).strip()
    customer, colon, words = text.partition(":")
    if not colon or len(customer) > 80 or "\n" in customer:
        customer, words = "", text
    return LoggedLine(tone, customer.strip(), words.strip(), tags)


def obey(event: CommandGiven, ctx: Context) -> Reply:
    """Do what was typed after `/feedback`; nothing typed opens the form. Raises `UnknownCommand`."""
    if not event.words.strip():
        return log.log_form(event, ctx)
    command = read(event.words)
    if command is None:
        raise UnknownCommand(words=event.words.strip()[:60])
    return _DO[command.name](command.rest, event, ctx)


def hear(event: WordsReceived, ctx: Context) -> Reply:
    """A message to the bot: a command typed without its slash, else what somebody has to say.

    Customers may begin a sentence with “stop” or “help”; a command of theirs stands alone.
    """
    command = read(event.words)
    person = actor(event.by, ctx)
    if command and (_is_whole(command) or role_of(person) is not Role.CUSTOMER):
        typed = CommandGiven(
            words=event.words,
            **circumstances_of(event),
        )
        return obey(typed, ctx)
    return log.hear(event, ctx)


def _is_whole(command: Command) -> bool:
    """Whether a customer's message is a command and no sentence that begins like one."""
    pilot = command.name in ("join", "leave") and command.rest.casefold() in _PILOT
    return pilot or not command.rest


def _log(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    if not rest or rest.casefold() in _PAPER:
        return log.log_form(event, ctx, sentences.PAPER if rest else "")
    if rest.casefold() in _INTERVIEW:
        return interviews.open_form(event, ctx)
    line = read_logged(rest)
    sources = [_SOURCES[tag] for tag in map(str.casefold, line.tags) if tag in _SOURCES]
    tags = tuple(tag for tag in line.tags if tag.casefold() not in _SOURCES)
    service, category, kind = _sorted_tags(tags, ctx)
    logged = FeedbackLogged(
        words=line.words,
        customer=line.customer,
        service=service,
        category=category,
        tone=line.tone,
        type=kind,
        source=next(iter(sources), FeedbackSource.CUSTOMER),
        by=event.by,
        at=event.at,
        delivery_id=event.delivery_id,
    )
    return log.log_feedback(logged, ctx)


def _sorted_tags(tags: tuple[str, ...], ctx: Context) -> tuple[str, str, FeedbackType]:
    """A tag that names a service is the service, one that names a type the type; the others are categories."""
    kinds = {kind.value: kind for kind in FeedbackType}
    lowered = [tag.casefold() for tag in tags]
    service = next((tag for tag in lowered if tag in ctx.organisation.services), "")
    kind = next((kinds[tag] for tag in lowered if tag in kinds), FeedbackType.OTHER)
    category = " ".join(tag for tag in lowered if tag != service and tag not in kinds)
    return service, category, kind


def _ask(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    """`ask <@U1> visit #helpdesk the printer`; `ask here` asks everybody; without anybody named, the form."""
    person = actor(event.by, ctx)
    demand(person, Right.ASK_FOR_FEEDBACK, ctx)
    if not rest:
        return ask_form(FormAsked(action=Action(Verb.ASK), by=event.by, at=event.at, delivery_id=""), ctx)
    customer, _, about = rest.partition(" ")
    here = customer.casefold() in _HERE and not event.private
    tags = [tag.casefold() for tag in _HASHTAG.findall(about)]
    about = _HASHTAG.sub("", about).strip()
    first, _, others = about.partition(" ")
    touchpoint = first.casefold() if first.casefold() in ctx.organisation.touchpoints else ""
    return request_feedback(
        FeedbackRequested(
            customer=event.by if here else customer,
            shared=here,
            touchpoint=touchpoint,
            service=next((tag for tag in tags if tag in ctx.organisation.services), ""),
            about=others if touchpoint else about,
            by=event.by,
            at=event.at,
            delivery_id=event.delivery_id,
            conversation=event.conversation,
        ),
        ctx,
    )


def ask_form(event: FormAsked, ctx: Context) -> Reply:
    """The form that asks a customer for feedback; the customer may be known from where it was opened."""
    person = actor(event.by, ctx)
    demand(person, Right.ASK_FOR_FEEDBACK, ctx)
    language = language_of(person, ctx)
    touchpoints = tuple(
        (key, pick(touchpoint.name, language))
        for key, touchpoint in ctx.organisation.touchpoints.items()
        if touchpoint.survey in survey_keys(ctx.organisation)
    )
    form = sentences.ask_form(
        touchpoints, log.service_options(ctx.organisation, language), event.action, language
    )
    return OpenForm(form)


def request_feedback(event: FeedbackRequested, ctx: Context) -> Reply:
    """Somebody who works here asks that a customer be asked, now. What they leave out takes what is usual.

    Anybody may put a ✅ on a message; from somebody who may not ask, or on a message of ours, it means
    nothing to us.
    """
    person = actor(event.by, ctx)
    if event.source == "reaction" and not (
        may(role_of(person), Right.ASK_FOR_FEEDBACK) and not _is_ours(event, ctx)
    ):
        return Nothing()
    demand(person, Right.ASK_FOR_FEEDBACK, ctx)
    recorded = encounters.record_encounter(
        EncounterHappened(
            source=event.source,
            touchpoint=event.touchpoint or _usual_touchpoint(ctx),
            customer=_customer(event),
            happened_at=event.at,
            service=event.service,
            handler=event.by,
            about=event.about,
            external_reference=event.external_reference,
            shared_conversation=f"{event.by.channel}:{event.conversation}" if event.shared else "",
            ask_at_once=True,
            by=event.by,
            at=event.at,
            delivery_id=event.delivery_id,
        ),
        ctx,
    )
    invite.decide_now(recorded.token, ctx)
    if event.shared:
        return Say(sentences.note(sentences.asked_everybody(language_of(person, ctx))))
    decision = why(recorded.token, ctx, Stream.CUSTOMER)[-1]
    return Say(sentences.note(sentences.verdict(decision, language_of(person, ctx))))


def _is_ours(event: FeedbackRequested, ctx: Context) -> bool:
    place = (event.by.channel, event.conversation, event.message)
    return outbox.sent_message_at(ctx.session, *place) is not None


def _usual_touchpoint(ctx: Context) -> str:
    """The first touchpoint that is asked about, as the file orders them."""
    return next((k for k, t in ctx.organisation.touchpoints.items() if t.survey), "")


def _customer(event: FeedbackRequested) -> Sender | str:
    """A mention is somebody on the channel it was typed in; anything else a key, an e-mail address or an id."""
    said = event.customer
    if isinstance(said, Sender):
        return said
    if not said.strip():
        raise UnknownCustomer(key="")
    if said.startswith("<@") and said.endswith(">"):
        identity, _, name = said[2:-1].partition("|")
        return Sender(event.by.channel, identity, event.by.workspace, name=name)
    return said.strip().removeprefix("@")


def _cases(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return acting.my_cases(CasesAsked(by=event.by, at=event.at, delivery_id=event.delivery_id), ctx)


def _third_party(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return acting.my_cases(CasesAsked(third_party=True, **circumstances_of(event)), ctx)


def _anonymous(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return anonymous.explain(event, ctx)


def _wishes(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return wishes.show_register(WishesAsked(by=event.by, at=event.at, delivery_id=event.delivery_id), ctx)


def _why(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    person = actor(event.by, ctx)
    language = language_of(person, ctx)
    said = "\n".join(sentences.verdict(view, language) for view in read_why(rest, person, ctx))
    return Say(sentences.note(said or sentences.not_decided_yet(language)))


def _stop(_: str, event: CommandGiven, ctx: Context) -> Reply:
    person = actor(event.by, ctx)
    opt_out(person, ctx)
    return Say(sentences.opted_out(language_of(person, ctx)))


def _start(_: str, event: CommandGiven, ctx: Context) -> Reply:
    person = actor(event.by, ctx)
    person.opted_out_at, person.snoozed_until = None, None
    ctx.session.add(person)
    return Say(sentences.opted_in(language_of(person, ctx)))


def _snooze(_: str, event: CommandGiven, ctx: Context) -> Reply:
    person = actor(event.by, ctx)
    person.snoozed_until = ctx.now + _SNOOZE
    ctx.session.add(person)
    return Say(
        sentences.snoozed(
            person.snoozed_until, person.time_zone or ctx.organisation.time_zone, language_of(person, ctx)
        )
    )


def _join(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    person = _in_pilot(rest, event, ctx)
    person.volunteered_at = person.volunteered_at or ctx.now
    ctx.session.add(person)
    return Say(sentences.joined_pilot(language_of(person, ctx)))


def _leave(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    person = _in_pilot(rest, event, ctx)
    person.volunteered_at = None
    ctx.session.add(person)
    take_back(person, ctx)
    return Say(sentences.left_pilot(language_of(person, ctx)))


def _in_pilot(rest: str, event: CommandGiven, ctx: Context) -> Person:
    """Who joins or leaves. Raises `NoPilot`, or `UnknownCommand` when they speak of something else."""
    if rest.casefold() not in _PILOT:
        raise UnknownCommand(words=event.words.strip()[:60])
    if ctx.organisation.pilot is None:
        raise NoPilot
    return actor(event.by, ctx)


def _away(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    return absences.go_away(rest, event, ctx)


def _back(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return absences.come_back(event, ctx)


def _link(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    return linking.link(rest, event, ctx)


def _login(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return login.give_link(event, ctx)


def _logout(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return login.leave_everywhere(event, ctx)


def _home(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return Say(home.home(event, ctx))


def _language(rest: str, event: CommandGiven, ctx: Context) -> Reply:
    person = actor(event.by, ctx)
    language = _LANGUAGES.get(rest.casefold())
    if language is None:
        raise UnknownCommand(words=event.words.strip()[:60])
    person.language = language
    ctx.session.add(person)
    return Say(sentences.language_set(language))


def _privacy(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return privacy.explain(event, ctx)


def _data(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return privacy.show_data(event, ctx)


def _forget(_: str, event: CommandGiven, ctx: Context) -> Reply:
    return erasing.ask_whether(event, ctx)


def _help(_: str, event: CommandGiven, ctx: Context) -> Reply:
    person = actor(event.by, ctx)
    role, language = role_of(person), language_of(person, ctx)
    staff, manager = (may(role, right) for right in (Right.LOG_FEEDBACK, Right.ACT_ON_CASES))
    pilot = ctx.organisation.pilot is not None and ctx.organisation.pilot.volunteers
    return Say(sentences.help_text(language, staff=staff, manager=manager, pilot=pilot))


_DO: dict[str, Callable[[str, CommandGiven, Context], Reply]] = {
    "log": _log,
    "ask": _ask,
    "cases": _cases,
    "third-party": _third_party,
    "anonymous": _anonymous,
    "wishes": _wishes,
    "why": _why,
    "stop": _stop,
    "start": _start,
    "snooze": _snooze,
    "join": _join,
    "leave": _leave,
    "away": _away,
    "back": _back,
    "link": _link,
    "login": _login,
    "logout": _logout,
    "home": _home,
    "language": _language,
    "privacy": _privacy,
    "data": _data,
    "forget": _forget,
    "note": annotations.command,
    "pack": packs.command,
    "help": _help,
}
