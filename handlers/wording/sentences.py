"""Single sentences and small forms: errors, verdicts, help, and short replies."""

from datetime import date, datetime
from enum import StrEnum

from handlers.errors import FeedbackError
from handlers.messages import (
    Action,
    ChoiceField,
    Facts,
    Form,
    Heading,
    Message,
    Paragraph,
    TextField,
    Verb,
)
from handlers.views import LedgerView
from handlers.wording.labels import label
from handlers.wording.language import (
    calendar_date,
    local_date,
    local_moment,
    msgid,
    number,
    percent,
    pick,
    translate,
)
from storage.vocabulary import CameBy, FeedbackSource, FeedbackType, Stream, Tone, Verdict

_VERDICTS = {
    Verdict.ASKED: msgid("asked."),
    Verdict.OPTED_OUT: msgid("not asked, because the customer does not want to be asked."),
    Verdict.SNOOZED: msgid("not asked: the customer wished to be left in peace until {until}."),
    Verdict.ALREADY_ASKED_TODAY: msgid("not asked: already asked today about {about}."),
    Verdict.COOL_DOWN: msgid(
        "not asked: the same questions were asked on {asked_at} about {about}, and {days} days must pass."
    ),
    Verdict.COOL_DOWN_ANY: msgid(
        "not asked: asked already on {asked_at} about {about}, and {days} days must pass."
    ),
    Verdict.ACCOUNT_CAP: msgid(
        "not asked: {count} people of this account were asked within {days} days, and the most is {cap}."
    ),
    Verdict.NOT_SAMPLED: msgid(
        "not asked: only {share} of these encounters are asked about, and the draw did not fall on this one."
    ),
    Verdict.ENOUGH_ANSWERS: msgid(
        "not asked: this month's {count} answers tell enough, to within ±{margin} points; {needed} would have done."
    ),
    Verdict.CANCELLED: msgid("not asked, because the encounter was cancelled."),
    Verdict.REOPENED: msgid(
        "not asked yet: the matter was opened again. It is asked about once it is closed."
    ),
    Verdict.SAME_ENCOUNTER: msgid(
        "not asked: the same encounter was already reported through another channel."
    ),
    Verdict.UNREACHABLE: msgid("not asked, because the customer cannot be reached in any channel."),
    Verdict.NO_SURVEY: msgid("not asked: this touchpoint has no survey."),
    Verdict.NO_KEY: msgid(
        "not asked: the survey is anonymous, and there is no key to seal its answers with."
    ),
    Verdict.NOT_A_CUSTOMER: msgid("not asked: the person reported as the customer works here."),
    Verdict.TOO_OLD: msgid("not asked: the encounter was more than {days} days ago when its turn came."),
    Verdict.NOT_A_VOLUNTEER: msgid("not asked, because this is a pilot and they do not take part in it."),
    Verdict.NOT_IN_PILOT: msgid("not asked, because this is a pilot and this is no part of it."),
    Verdict.REHEARSED: msgid("not asked: this is a dry run, and the request went to the test conversation."),
}

_STAFF_VERDICTS = {
    Verdict.OPTED_OUT: msgid("not asked, because they do not want to be asked."),
    Verdict.SNOOZED: msgid("not asked: they wished to be left in peace until {until}."),
    Verdict.COOL_DOWN: msgid(
        "not asked: asked already on {asked_at} about {about}, and not before {until} again."
    ),
    Verdict.COOL_DOWN_ANY: msgid(
        "not asked: asked already on {asked_at} about {about}, and not before {until} again."
    ),
    Verdict.UNREACHABLE: msgid("not asked, because they cannot be reached in any channel."),
}
"""What is said of a member of staff in other words than of a customer."""

_COMMANDS = {
    msgid("stop"): msgid(
        "No more requests for feedback; “snooze” is for a month, and after “start” I may ask again"
    ),
    msgid("home"): msgid("Your own page: where matters stand, the language I speak, whether I may ask you"),
    msgid("link"): msgid("Use the same me in two channels: a code to type in the other one"),
    msgid("privacy"): msgid("What I keep of you, who reads it, how long, and how to have it erased"),
    msgid("help"): msgid("This text"),
}
_STAFF_COMMANDS = {
    msgid("log + Acme: quick fix, thanked Ville #helpdesk"): msgid(
        "Log what a customer said: + good, - bad, #service or #topic; “log” alone opens a form"
    ),
    msgid("ask"): msgid("Ask a customer for feedback"),
    msgid("login"): msgid("A link to the dashboard, for you alone; “logout” ends it in every browser"),
    msgid("anonymous"): msgid("Say something about your own work without your name"),
    msgid("away until Monday, Ville answers"): msgid(
        "You are away and Ville gets your new cases; “back” ends it"
    ),
}
_MANAGER_COMMANDS = {
    msgid("cases"): msgid("Your open cases; “third-party” lists what was the matter of another organisation"),
    msgid("wishes"): msgid("What customers wish for, and how many of them"),
    msgid("pack Acme"): msgid("Everything about an account since you met them last"),
    msgid("note 2026-11-20 New version #helpdesk"): msgid(
        "Note what happened, so that a dip is read right; “note” alone lists what was noted"
    ),
    msgid("why T-1042"): msgid("Why the customer of that matter was asked or was not"),
}
"""What people type, as `handlers.commands` reads it, and what it does."""
_PILOT_COMMANDS = {msgid("join the pilot"): msgid("Take part in the pilot: only who does is asked")}

_TYPED_AS_CAME_BY = (
    CameBy.PHONE,
    CameBy.EMAIL,
    CameBy.MEETING,
    CameBy.VISIT,
    CameBy.CHAT,
    CameBy.LETTER,
    CameBy.PAPER,
)
"""What whoever logs something chooses from; the rest is known without asking."""
PAPER = CameBy.PAPER
"""The variant of the form for what was written on paper."""


def error(problem: FeedbackError, language: str) -> str:
    """The error's sentence. An instant among its facts is shown in the zone of its fact `zone`, or UTC."""
    sentence = " ".join((type(problem).__doc__ or "").split())
    zone = str(problem.facts.get("zone", "UTC"))
    return translate(language, sentence, **{k: _said(v, zone, language) for k, v in problem.facts.items()})


def verdict(view: LedgerView, language: str) -> str:
    """Why somebody was asked about an encounter or was not, in one sentence."""
    facts = {name: _fact(name, value, view.zone, language) for name, value in view.facts.items()}
    when = local_moment(view.happened_at, view.zone, language)
    who, why = view.person, _VERDICTS[view.verdict]
    if view.stream is Stream.STAFF:
        who = translate(language, "{name} (who served)", name=view.person)
        why = _STAFF_VERDICTS.get(view.verdict, why)
    said = translate(language, why, **facts)
    if "waits_until" in facts:
        said = f"{said} {translate(language, 'The round waits until {waits_until}.', **facts)}"
    of_whom = ", ".join(filter(None, (who, pick(view.touchpoint, language), when)))
    return f"{of_whom}: {said}"


def note(text: str) -> Message:
    """A plain line."""
    return Message((Paragraph(text),), summary=text)


def internal_error(reference: str, language: str) -> Message:
    """A calm line when the mistake is ours."""
    return note(
        translate(
            language,
            "Something went wrong on my side, and nothing was recorded. Please try again. "
            "If it happens again, tell your administrator: {reference}",
            reference=reference,
        )
    )


def opted_out(language: str) -> Message:
    """The person is asked no more."""
    return note(
        translate(language, "I will not ask you for feedback any more. Write “start” if I may ask again.")
    )


def joined_pilot(language: str) -> Message:
    """The person takes part in the pilot."""
    return note(translate(language, "Thank you for taking part in the pilot. “leave the pilot” ends it."))


def left_pilot(language: str) -> Message:
    """The person takes part no more."""
    return note(translate(language, "You have left the pilot and are not asked in it any more."))


def opted_in(language: str) -> Message:
    """The person may be asked again."""
    return note(translate(language, "Thank you, I may ask you for feedback again. Write “stop” to end it."))


def welcome(organisation: str, language: str) -> Message:
    """Said to a customer who has just opened the conversation by a link."""
    return note(
        translate(
            language,
            "Welcome. {organisation} asks you here how it went, and you can write to me whenever you have "
            "something to say. Write “stop” if you do not want to be asked.",
            organisation=organisation,
        )
    )


def snoozed(until: datetime, zone: str, language: str) -> Message:
    """The person is left in peace for a while."""
    day = local_date(until, zone, language)
    return note(translate(language, "I will not ask you for feedback before {day}.", day=day))


def language_set(language: str) -> Message:
    """Said in the language just chosen."""
    return note(translate(language, "From now on I speak English with you."))


def not_decided_yet(language: str) -> str:
    """Asked why, before the delay has ended."""
    return translate(language, "Nothing has been decided yet: the time to ask has not come.")


def asked_everybody(language: str) -> str:
    """To whoever asked everybody in a conversation."""
    return translate(language, "Everybody here is asked; each answer is seen by its reader only.")


def gone_away(last_day: date, deputy: str, language: str) -> Message:
    """To somebody who said they are away; the deputy's name may be empty."""
    day = calendar_date(last_day, language)
    told = translate(language, "You are away up to and including {day}.", day=day)
    if deputy:
        answers = translate(language, "New cases go to this person meanwhile: {name}", name=deputy)
    else:
        answers = translate(language, "New cases go to whoever comes next: team lead, then CX lead.")
    return note(f"{told} {answers}")


def come_back(language: str) -> Message:
    """To somebody who is here again."""
    return note(translate(language, "Welcome back. New cases come to you again."))


def link_code(code: str, language: str) -> Message:
    """The code that links another channel to this person."""
    return note(
        translate(
            language,
            "Your code is {code}. Write “link {code}” to me in the other channel within ten minutes.",
            code=code,
        )
    )


def linked(name: str, language: str) -> Message:
    """Two identities are one person now."""
    return note(translate(language, "Done: I know you here too. You are {name}.", name=name))


def person_will_call(name: str, language: str) -> str:
    """To a customer who would rather talk to a person. The name may be empty."""
    if not name:
        return translate(language, "Your wish has been passed on: a person will contact you.")
    return translate(language, "Your wish has been passed on: {name} will contact you.", name=name)


def passed_on(name: str, language: str) -> str:
    """To a customer who answered their case's owner. The name may be empty."""
    if not name:
        return translate(language, "Thank you, your answer has been passed on.")
    return translate(language, "Thank you, {name} will get your answer.", name=name)


def help_text(language: str, *, staff: bool, manager: bool = False, pilot: bool = False) -> Message:
    """What counts as feedback and what can be typed, in one screen: nothing that would be refused."""
    title = translate(language, "What you can tell me")
    invitation = translate(
        language,
        "Thanks, ideas, complaints, defects and misunderstandings are all feedback. "
        "Just write to me in your own words: a person reads them, and you hear back.",
    )
    typed = translate(language, "You can type these to me, or after /feedback:")
    commands = {
        **(_STAFF_COMMANDS if staff else {}),
        **(_MANAGER_COMMANDS if manager else {}),
        **(_PILOT_COMMANDS if pilot else {}),
        **_COMMANDS,
    }
    rows = tuple((translate(language, c), translate(language, does)) for c, does in commands.items())
    return Message((Heading(title), Paragraph(invitation), Paragraph(typed), Facts(rows)), summary=title)


def paper_form(services: tuple[tuple[str, str], ...], language: str) -> Form:
    """What somebody wrote on paper, copied by staff. `services` are (key, name)."""
    types = tuple((member.value, label(member, language)) for member in FeedbackType)
    return Form(
        Action(Verb.LOG, value=PAPER),
        title=translate(language, "Log from paper"),
        fields=(
            TextField("customer", translate(language, "Customer or account"), required=False, max_length=200),
            TextField("words", translate(language, "As it is written"), multiline=True),
            ChoiceField("type", translate(language, "Kind of feedback"), types, value=FeedbackType.OTHER),
            *_service_field(services, language),
            _may_contact(language),
        ),
        submit=translate(language, "Save"),
        intro=translate(language, "Copy it word by word. It is kept that you logged it, and who wrote it."),
    )


def _may_contact(language: str) -> ChoiceField:
    answers = (("yes", translate(language, "yes")), ("no", translate(language, "no")))
    asked = translate(language, "Do they allow us to contact them about it?")
    return ChoiceField("consent", asked, answers, required=False)


def log_form(services: tuple[tuple[str, str], ...], language: str) -> Form:
    """What a customer said, logged by staff in ten seconds. `services` are (key, name)."""
    types = tuple((member.value, label(member, language)) for member in FeedbackType)
    tones = tuple((member.value, label(member, language)) for member in Tone)
    sources = tuple((member.value, label(member, language)) for member in FeedbackSource)
    came_by = tuple((way.value, label(way, language)) for way in _TYPED_AS_CAME_BY)
    return Form(
        Action(Verb.LOG),
        title=translate(language, "Log feedback"),
        fields=(
            TextField("customer", translate(language, "Customer or account"), required=False, max_length=200),
            TextField("words", translate(language, "In the customer's own words"), multiline=True),
            ChoiceField("type", translate(language, "Kind of feedback"), types, value=FeedbackType.OTHER),
            ChoiceField("tone", translate(language, "Tone"), tones, value=Tone.NEUTRAL),
            *_service_field(services, language),
            TextField("category", translate(language, "Topic"), required=False, max_length=100),
            ChoiceField("came_by", translate(language, "How did it reach you?"), came_by, required=False),
            ChoiceField(
                "source", translate(language, "Who said it?"), sources, value=FeedbackSource.CUSTOMER
            ),
            _may_contact(language),
        ),
        submit=translate(language, "Save"),
    )


def tell_form(action: Action, services: tuple[tuple[str, str], ...], language: str) -> Form:
    """What a customer wants to say. `services` are (key, name)."""
    about = ChoiceField("service", translate(language, "What is it about?"), services, required=False)
    return Form(
        action,
        title=translate(language, "Tell us"),
        fields=(
            TextField("words", translate(language, "In your own words"), multiline=True),
            *((about,) if services else ()),
        ),
        submit=translate(language, "Send"),
        intro=translate(language, "A person reads it, and you hear back."),
    )


def ask_form(
    touchpoints: tuple[tuple[str, str], ...],
    services: tuple[tuple[str, str], ...],
    action: Action,
    language: str,
) -> Form:
    """Whom to ask and about which encounter; options are (key, name). The customer may be in `action.ref`."""
    who = TextField(
        "customer",
        translate(language, "Customer"),
        hint=translate(language, "A name, an e-mail address or a mention"),
        max_length=200,
    )
    about = TextField("about", translate(language, "What was it about?"), required=False, max_length=200)
    return Form(
        action,
        title=translate(language, "Ask for feedback"),
        fields=(
            *(() if action.ref else (who,)),
            ChoiceField("touchpoint", translate(language, "Touchpoint"), touchpoints),
            *_service_field(services, language),
            about,
        ),
        submit=translate(language, "Ask"),
    )


def _service_field(services: tuple[tuple[str, str], ...], language: str) -> tuple[ChoiceField, ...]:
    """Which service it concerns, where there are any to choose from."""
    return (
        (ChoiceField("service", translate(language, "Service"), services, required=False),)
        if services
        else ()
    )


def _said(value: object, zone: str, language: str) -> object:
    match value:
        case datetime():
            return local_moment(value, zone, language)
        case StrEnum():
            return label(value, language)
        case _:
            return value


def _fact(name: str, value: str | float, zone: str, language: str) -> str:
    if name in ("asked_at", "until", "happened_at", "waits_until"):
        return local_moment(datetime.fromisoformat(str(value)), zone, language)
    if name == "share":
        return percent(float(value), language)
    if isinstance(value, int | float):
        return number(value, language, 0 if float(value).is_integer() else 1)
    return value
