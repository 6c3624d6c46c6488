"""What can happen, in no platform's words: frozen, past tense.

A channel's listener tames a platform's payload into one of these; from then on nobody knows the
platform. `handlers.buttons` turns a pressed button or a submitted form into its event.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.messages import Action
from storage.vocabulary import (
    DeclineReason,
    DigestDetail,
    FeedbackSource,
    FeedbackType,
    Impact,
    Outcome,
    Tone,
    WishState,
)


@dataclass(frozen=True)
class Sender:
    """Somebody as a channel knows them. Name and e-mail where the platform tells them, else empty.

    An e-mail address links people over channels: a channel gives it only where the platform vouches for it.
    """

    channel: str
    external_id: str
    workspace: str = ""
    name: str = ""
    email: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Event:
    """What every event carries: who, when (aware, UTC), the platform's id of this delivery, and where."""

    by: Sender
    at: datetime
    delivery_id: str
    conversation: str = ""
    message: str = ""
    """The platform's id of the message it was done on, where there is one."""
    private: bool = True
    """False in a conversation that others read too."""


# The customer answers.


@dataclass(frozen=True, kw_only=True)
class RatingGiven(Event):
    """A score was tapped: a point of a scale, yes/no (`scales.YES` …), consent."""

    invitation: str
    question: str
    score: int


@dataclass(frozen=True, kw_only=True)
class RecoveryRated(Event):
    """The customer of a closed case said how well it was put right, from 1 to 5."""

    rating: str
    score: int


@dataclass(frozen=True, kw_only=True)
class ReasonToggled(Event):
    """A reason chip or the option of a choice question was tapped; tapped again, it is taken back."""

    invitation: str
    question: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class QuestionSkipped(Event):
    """The person left a question out."""

    invitation: str
    question: str


@dataclass(frozen=True, kw_only=True)
class QuestionReopened(Event):
    """The person wants to change an answer."""

    invitation: str
    question: str


@dataclass(frozen=True, kw_only=True)
class CommentGiven(Event):
    """Words were written for one free-text question of an invitation."""

    invitation: str
    question: str
    words: str


@dataclass(frozen=True, kw_only=True)
class InvitationDeclined(Event):
    """Not my matter, not about you, ask a colleague, no thanks, or never again."""

    invitation: str
    reason: DeclineReason


@dataclass(frozen=True, kw_only=True)
class PersonWanted(Event):
    """The customer would rather talk to a person."""

    invitation: str


@dataclass(frozen=True, kw_only=True)
class WordsReceived(Event):
    """Somebody wrote to the bot: a comment to an open question, a reply in a case, or feedback unprompted."""

    words: str
    reply_to: str = ""
    """The platform's id of the message it replies to."""


@dataclass(frozen=True, kw_only=True)
class VoiceReceived(Event):
    """Somebody sent a voice message; the sound is fetched once this is recorded."""

    source: str
    """By what name the channel gives it out."""
    seconds: int
    size: int = 0
    """Bytes, where the channel tells them."""
    media_type: str = "audio/ogg"
    invitation: str = ""
    """The survey for whose words it was asked for; empty where it was simply sent."""
    question: str = ""


@dataclass(frozen=True, kw_only=True)
class VoiceFetched(Event):
    """The sound of a voice message has come from its channel."""

    voice: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class VoiceLost(Event):
    """The channel does not give the sound out, and will not."""

    voice: str


@dataclass(frozen=True, kw_only=True)
class VoiceAsked(Event):
    """Somebody wants to hear a voice message."""

    voice: str


@dataclass(frozen=True, kw_only=True)
class ConversationOpened(Event):
    """Somebody opened the conversation with the bot, where a bot may not speak first."""

    encounter: str = ""
    """Token of the encounter whose customer was given the link that was followed; empty without one."""


@dataclass(frozen=True, kw_only=True)
class CommandGiven(Event):
    """`/feedback …` was typed; `words` is what came after it, mentions already as `<@id>`."""

    words: str


# Staff log and act.


@dataclass(frozen=True, kw_only=True)
class FeedbackLogged(Event):
    """Staff logged what a customer said, by form or in one line."""

    words: str
    customer: str = ""
    """Customer or account, as typed."""
    service: str = ""
    type: FeedbackType = FeedbackType.OTHER
    tone: Tone = Tone.NEUTRAL
    source: FeedbackSource = FeedbackSource.CUSTOMER
    category: str = ""
    came_by: str = ""
    consent: bool | None = None
    """May who said it be contacted; none when they were not asked."""


@dataclass(frozen=True, kw_only=True)
class FormAsked(Event):
    """A button that needs words or a choice first was pressed: the form is wanted."""

    action: Action


@dataclass(frozen=True, kw_only=True)
class CaseTaken(Event):
    """Somebody takes the case."""

    case: str


@dataclass(frozen=True, kw_only=True)
class CaseHandedOver(Event):
    """The case goes to another person, with a reason."""

    case: str
    to: str
    """Key of the person."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseContacted(Event):
    """The customer was called or written to outside the bot."""

    case: str
    words: str


@dataclass(frozen=True, kw_only=True)
class CaseReplied(Event):
    """The owner writes to the customer through the bot."""

    case: str
    words: str


@dataclass(frozen=True, kw_only=True)
class ExpertAsked(Event):
    """An expert is asked into the case."""

    case: str
    expert: str
    words: str


@dataclass(frozen=True, kw_only=True)
class CaseNotOurs(Event):
    """The owner says it is not our matter; it goes back to the CX lead with the reason."""

    case: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """The case ends with an outcome."""

    case: str
    outcome: Outcome | None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseReopened(Event):
    """A closed case is opened again."""

    case: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class CasesAsked(Event):
    """The person's open cases are wanted, or those of third parties; from which one on, counted from 0."""

    skip: int = 0
    third_party: bool = False


@dataclass(frozen=True, kw_only=True)
class CaseShown(Event):
    """One case is wanted in full."""

    case: str


@dataclass(frozen=True, kw_only=True)
class InterviewHeld(Event):
    """Staff asked a customer by telephone and wrote down the answers."""

    permitted: bool
    customer: str
    service: str
    answers: Mapping[str, str]
    """By key of the question, as they were filled in; empty for one that was left out."""
    consent: bool | None


@dataclass(frozen=True, kw_only=True, repr=False)
class NoteWritten(Event):
    """A member of staff wrote something that nobody may know to be theirs. Not shown whole, lest a log keep it."""

    form: str
    """The name of the form it came from."""
    topic: str
    """The key of a service, or empty."""
    words: str


# The wish register.


@dataclass(frozen=True, kw_only=True)
class DetailAsked(Event):
    """More of a digest is wanted: its comments, its open cases, or why a figure changed."""

    run: str
    detail: DigestDetail
    skip: int = 0
    """So many of them were seen already."""


@dataclass(frozen=True, kw_only=True)
class WishesAsked(Event):
    """The wish register is wanted, from a page on; the first is 0."""

    page: int = 0


@dataclass(frozen=True, kw_only=True)
class WishShown(Event):
    """One wish is wanted in full."""

    wish: str


@dataclass(frozen=True, kw_only=True)
class WishNoted(Event):
    """What the customer of a case said, or wrote with an answer, is to stand in the wish register."""

    case: str = ""
    invitation: str = ""
    place: int = 1
    """Which of the responses to the invitation."""


@dataclass(frozen=True, kw_only=True)
class WishWeighed(Event):
    """Somebody says what a wish would change, whether there is money for it, and whether it fits."""

    wish: str
    need: str
    impact: Impact | None
    budgeted: bool | None
    fits: bool | None


@dataclass(frozen=True, kw_only=True)
class WishesJoined(Event):
    """A person says that two wishes are for the same need."""

    wish: str
    to: str
    """Token of the one in which it lives on."""


@dataclass(frozen=True, kw_only=True)
class WishDecided(Event):
    """Whether a wish goes ahead, is done, or waits."""

    wish: str
    state: WishState
    words: str = ""


# What belongs to a person alone.


@dataclass(frozen=True, kw_only=True)
class HomeOpened(Event):
    """Somebody looks at what is theirs: open cases or own feedback, language, whether they are asked."""


@dataclass(frozen=True, kw_only=True)
class LoginAsked(Event):
    """Somebody wants to look at the dashboard."""


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Event):
    """A person says in which language to speak with them: `fi`, `sv` or `en`."""

    language: str


@dataclass(frozen=True, kw_only=True)
class AskingChosen(Event):
    """A person says whether they want to be asked for feedback."""

    welcome: bool


@dataclass(frozen=True, kw_only=True)
class ErasureAnswered(Event):
    """A person who asked to be forgotten confirms it, or has changed their mind."""

    erase: bool


# Encounters come in.


@dataclass(frozen=True, kw_only=True)
class FeedbackRequested(Event):
    """Staff ask that a customer be asked: by shortcut, reaction or form. Empty fields take what is usual."""

    customer: Sender | str
    """The customer as a channel knows them, or a channel id, key, name or e-mail as typed."""
    touchpoint: str = ""
    service: str = ""
    about: str = ""
    external_reference: str = ""
    source: str = "command"
    shared: bool = False
    """Ask everybody in the conversation it was requested from."""


@dataclass(frozen=True, kw_only=True)
class EncounterHappened(Event):
    """An encounter ended and may be asked about. `by` is who reported it."""

    source: str
    """`api:<client>`, `import`, `command`, `shortcut`, `reaction`."""
    touchpoint: str
    customer: Sender | str
    """The customer as a channel knows them, or a person's key or e-mail address."""
    happened_at: datetime
    customer_name: str = ""
    customer_email: str = ""
    customer_phone: str = ""
    customer_language: str = ""
    service: str = ""
    account: str = ""
    handler: Sender | str = ""
    external_reference: str = ""
    about: str = ""
    shared_conversation: str = ""
    direction: str = ""
    urgency: str = ""
    journey_stage: str = ""
    waiting_minutes: int | None = None
    critical: bool = False
    ask_at_once: bool = False
    """Without the touchpoint's delay: somebody stands there and asks for it."""


@dataclass(frozen=True, kw_only=True)
class EncounterReopened(Event):
    """The matter was opened again: it is not asked about until reported closed."""

    source: str
    external_reference: str


@dataclass(frozen=True, kw_only=True)
class EncounterCancelled(Event):
    """The encounter is not to be asked about."""

    source: str
    external_reference: str


@dataclass(frozen=True, kw_only=True)
class PersonLost(Event):
    """A channel says that a person can no longer be reached there."""

    person: Sender
    reason: str
