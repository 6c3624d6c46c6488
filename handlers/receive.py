"""The one way in: an event from any channel finds its verb.

A delivery is remembered in the transaction of its effect. Delivered again, it changes nothing and
the person sees how things stand.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from handlers import (
    acting,
    anonymous,
    commands,
    erasing,
    home,
    interviews,
    links,
    log,
    login,
    loop,
    people,
    recoveries,
    respond,
    voice,
    wishes,
)
from handlers.context import Context
from handlers.digests import details
from handlers.errors import (
    FeedbackError,
    GoesRound,
    MayNotOwn,
    NotAllowed,
    NotYourInvitation,
    OnlyReceives,
)
from handlers.events import (
    AskingChosen,
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseNotOurs,
    CaseReopened,
    CaseReplied,
    CasesAsked,
    CaseShown,
    CaseTaken,
    CommandGiven,
    CommentGiven,
    ConversationOpened,
    DetailAsked,
    ErasureAnswered,
    Event,
    ExpertAsked,
    FeedbackLogged,
    FeedbackRequested,
    FormAsked,
    HomeOpened,
    InterviewHeld,
    InvitationDeclined,
    LanguageChosen,
    LoginAsked,
    NoteWritten,
    PersonLost,
    PersonWanted,
    QuestionReopened,
    QuestionSkipped,
    RatingGiven,
    ReasonToggled,
    RecoveryRated,
    VoiceAsked,
    VoiceFetched,
    VoiceLost,
    VoiceReceived,
    WishDecided,
    WishesAsked,
    WishesJoined,
    WishNoted,
    WishShown,
    WishWeighed,
    WordsReceived,
)
from handlers.forms import open_form
from handlers.messages import FormErrors, Nothing, Reply, Say
from handlers.wording import sentences
from storage import inbound
from storage.tokens import is_nameless

E = TypeVar("E", bound=Event)

_VERBS: dict[type[Event], Callable[[Any, Context], Reply]] = {
    RatingGiven: respond.record_rating,
    RecoveryRated: recoveries.rate,
    ReasonToggled: respond.toggle_reason,
    QuestionSkipped: respond.skip_question,
    QuestionReopened: respond.reopen_question,
    CommentGiven: respond.record_comment,
    InvitationDeclined: respond.decline,
    PersonWanted: respond.call_for_person,
    WordsReceived: commands.hear,
    VoiceReceived: voice.hear,
    VoiceFetched: voice.keep,
    VoiceLost: voice.lose,
    VoiceAsked: voice.play,
    CommandGiven: commands.obey,
    ConversationOpened: links.welcome,
    DetailAsked: details.show,
    FeedbackLogged: log.log_feedback,
    FeedbackRequested: commands.request_feedback,
    FormAsked: open_form,
    CaseTaken: acting.take,
    CaseHandedOver: acting.hand_over,
    CaseContacted: acting.contacted,
    CaseReplied: loop.write_to_customer,
    ExpertAsked: acting.ask_expert,
    CaseNotOurs: acting.not_ours,
    CaseClosed: acting.close,
    CaseReopened: acting.reopen,
    CaseShown: acting.show_case,
    CasesAsked: acting.my_cases,
    HomeOpened: home.open_home,
    LanguageChosen: home.choose_language,
    LoginAsked: login.give_link,
    AskingChosen: home.choose_asking,
    ErasureAnswered: erasing.answer,
    PersonLost: loop.lose_person,
    InterviewHeld: interviews.record,
    NoteWritten: anonymous.take,
    WishesAsked: wishes.show_register,
    WishShown: wishes.show,
    WishNoted: wishes.note,
    WishWeighed: wishes.weigh,
    WishesJoined: wishes.join,
    WishDecided: wishes.decide,
}
"""Every event and its verb: the table of contents of what Kaiku does."""

_FROM_FORMS = (
    CommentGiven,
    FeedbackLogged,
    FeedbackRequested,
    CaseHandedOver,
    CaseContacted,
    CaseReplied,
    ExpertAsked,
    CaseNotOurs,
    CaseClosed,
    NoteWritten,
    InterviewHeld,
    WishWeighed,
    WishesJoined,
    WishDecided,
)
"""Events that come from a form: what is wrong is said in the form, with what was typed still in it."""

_TRESPASS = (NotAllowed, NotYourInvitation, OnlyReceives, MayNotOwn, GoesRound)
"""What is written down beside being refused."""

_OF_A_SURVEY = (RatingGiven, ReasonToggled, QuestionSkipped, CommentGiven, InvitationDeclined)


def receive(event: Event, ctx: Context) -> Reply:
    """Do what an event asks for and return what to say.

    Raises `FeedbackError` when it cannot be done: the caller rolls back and says `refusal` instead.
    """
    remembered = bool(event.delivery_id) and not leaves_no_trace(event)
    if remembered and not inbound.remember(ctx.session, event.by.channel, event.delivery_id, event.at):
        return _seen_before(event, ctx)
    return _VERBS[type(event)](event, ctx)


def leaves_no_trace(event: Event) -> bool:
    """Whether neither a row nor a log line may tell when it came: something anonymous was said.

    Its delivery is not remembered, and what comes twice changes nothing.
    """
    token = event.action.ref if isinstance(event, FormAsked) else getattr(event, "invitation", "")
    return is_nameless(token) or isinstance(event, NoteWritten)


def _seen_before(event: Event, ctx: Context) -> Reply:
    if isinstance(event, _OF_A_SURVEY):
        return respond.show(event.invitation, event, ctx)
    return Nothing()


def refusal(problem: FeedbackError, event: Event, ctx: Context) -> Reply:
    """What to say when an event was refused, in the person's language; trespass is written down.

    Whoever only tries something that is gone, perhaps because they were erased, is not remembered for it.
    """
    trespass = isinstance(problem, _TRESPASS)
    person = people.actor(event.by, ctx) if trespass else people.known(event.by, ctx)
    if trespass:
        people.audit(person, "was refused", type(event).__name__, _subject(event), ctx)
    language = people.language_of(person, ctx) if person else event.by.language or ctx.organisation.language
    sentence = sentences.error(problem, language)
    if problem.field and isinstance(event, _FROM_FORMS):
        return FormErrors({problem.field: sentence})
    return Say(sentences.note(sentence), refused=True)


def _subject(event: Event) -> str:
    """The token of what somebody tried to reach."""
    return next(
        (str(token) for name in ("case", "invitation", "wish") if (token := getattr(event, name, ""))), ""
    )
