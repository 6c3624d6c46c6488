"""The words of the house: every closed set of names, each member with its sentence.

One word per idea, the trade's own. The value is what is stored in a row and written in a
configuration file; it never changes once released.
"""

from enum import IntEnum, StrEnum


class Metric(StrEnum):
    """What a question measures; it keeps its identity over survey versions."""

    CSAT = "csat"
    """Customer satisfaction, 1–5."""
    CES = "ces"
    """Customer effort score, 1–5 or 1–7; polarity depends on the wording."""
    NPS = "nps"
    """Likelihood to recommend, 0–10."""
    GRADE = "grade"
    """A school-like grade, 1–10."""
    RESOLVED = "resolved"
    """Was the matter taken care of: yes, not yet, no."""
    FCR = "fcr"
    """First contact resolution: settled in one go, yes or no."""
    GAP = "gap"
    """Compared with what was expected, 1–5."""
    FEELING = "feeling"
    """Five smileys, 1–5."""
    CHOICE = "choice"
    """One of several named options."""
    WORDS = "words"
    """Free text in the person's own words."""
    CONSENT = "consent"
    """May we contact you: yes or no."""


class Polarity(StrEnum):
    """Which end of a scale is good."""

    HIGH_IS_GOOD = "high is good"
    LOW_IS_GOOD = "low is good"
    NONE = "none"
    """The question has no good end (free text, consent, a plain choice)."""


class Band(StrEnum):
    """What a score means, whatever its scale. For NPS: detractor, passive, promoter."""

    POOR = "poor"
    FAIR = "fair"
    GOOD = "good"


class Stream(StrEnum):
    """Whose voice it is. Staff-reported answers are never mixed into customer scores."""

    CUSTOMER = "customer"
    STAFF = "staff"
    INTERVIEW = "interview"
    """A customer's answers that staff asked for by telephone and wrote down: people answer a voice more kindly."""
    RELATIONSHIP = "relationship"
    """Customers asked in a round, about working with us as a whole: never counted with encounters."""


class Privacy(StrEnum):
    """Who learns whose an answer is."""

    NAMED = "named"
    """Whoever reads the answer sees the name."""
    CONFIDENTIAL = "confidential"
    """We know, to pass words on; nobody who reads the answer is told."""
    ANONYMOUS = "anonymous"
    """Nobody knows, Kaiku neither: answers are kept sealed, and opened shuffled and together."""


class Role(StrEnum):
    """What a person may do here; see `handlers.rules.permissions`."""

    CUSTOMER = "customer"
    STAFF = "staff"
    MANAGER = "manager"
    CX_LEAD = "cx lead"
    ADMIN = "admin"
    PROVIDER = "provider"
    """Outside staff: may give feedback and log it, may not configure or read others' cases."""


class EncounterState(StrEnum):
    """Where an encounter is on its way to being asked about."""

    WAITING = "waiting"
    """Recorded; the delay before asking has not ended."""
    DECIDED = "decided"
    """The ledger says whether it was asked about and why."""
    REOPENED = "reopened"
    """The matter was opened again before the prompt left; it waits until it is reported closed."""
    CANCELLED = "cancelled"
    """It did not happen, or should not be asked about."""


class InvitationState(StrEnum):
    """One survey, one person, one encounter: where the request stands."""

    QUEUED = "queued"
    SENT = "sent"
    ANSWERED = "answered"
    EXPIRED = "expired"
    DECLINED = "declined"
    SUPPRESSED = "suppressed"
    """Withdrawn before it was sent: reopened, cancelled, opted out."""
    UNREACHABLE = "unreachable"
    """The person cannot be reached in any channel we know."""
    REHEARSED = "rehearsed"
    """Shown in a dry run's test conversation instead of to the person; it cannot be answered and never counts."""


class Verdict(StrEnum):
    """Why an encounter was asked about, or was not; one sentence each in `handlers.wording`."""

    ASKED = "asked"
    OPTED_OUT = "opted out"
    SNOOZED = "snoozed"
    ALREADY_ASKED_TODAY = "already asked today"
    COOL_DOWN = "cool-down"
    COOL_DOWN_ANY = "cool-down across surveys"
    ACCOUNT_CAP = "account cap"
    NOT_SAMPLED = "not sampled"
    ENOUGH_ANSWERS = "enough answers"
    """This month's answers there tell as much as is wanted."""
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    SAME_ENCOUNTER = "same encounter"
    """The same encounter was already reported through another channel."""
    UNREACHABLE = "unreachable"
    NO_SURVEY = "no survey"
    NO_KEY = "no key"
    """The survey is anonymous, and there is no key with which answers could be sealed."""
    NOT_A_CUSTOMER = "not a customer"
    """The person reported as the customer works here."""
    TOO_OLD = "too old"
    NOT_A_VOLUNTEER = "not a volunteer"
    """A pilot is on, and the person does not take part."""
    NOT_IN_PILOT = "not in the pilot"
    """A pilot is on, and this is none of its touchpoints."""
    REHEARSED = "rehearsed"
    """A dry run is on: the request went to the test conversation instead."""


class DeclineReason(StrEnum):
    """Why a person did not want to answer this one; kept, and shown apart in figures."""

    NOT_MY_MATTER = "not my matter"
    NOT_ABOUT_YOU = "not about you"
    ASK_A_COLLEAGUE = "ask a colleague"
    NO_THANKS = "no thanks"
    OPT_OUT = "opt-out"


class FeedbackType(StrEnum):
    """What kind of thing a customer said."""

    THANKS = "thanks"
    IDEA = "idea"
    COMPLAINT = "complaint"
    DEFECT = "defect"
    MISUNDERSTANDING = "misunderstanding"
    OTHER = "other"


class Tone(StrEnum):
    """How the logger judges what was said."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class FeedbackSource(StrEnum):
    """Who said it."""

    CUSTOMER = "customer"
    ORGANISATION = "organisation"
    THIRD_PARTY = "third party"


class CameBy(StrEnum):
    """How something reached us that was no answer to a request in a chat."""

    PHONE = "phone"
    EMAIL = "email"
    MEETING = "meeting"
    VISIT = "visit"
    CHAT = "chat"
    LETTER = "letter"
    PAPER = "paper"
    TOLD = "told"
    """Whoever said it wrote to us themselves."""
    LOGGED = "logged"
    """A colleague wrote it down, and not how it came."""
    INTERVIEW = "interview"


class WishState(StrEnum):
    """Where a wish stands; who wished it is told of the last three."""

    NOTED = "noted"
    CONSIDERED = "considered"
    GOES_AHEAD = "goes ahead"
    DONE = "done"
    NOT_NOW = "not now"
    """It stays in the register, with the reason."""


class Impact(StrEnum):
    """How much it would change for those who wish it."""

    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


class CaseReason(StrEnum):
    """Why a case was opened."""

    LOW_SCORE = "low score"
    NOT_HANDLED = "not handled"
    COMPLAINT = "complaint"
    URGENT_WORD = "urgent word"
    WANTS_A_PERSON = "wants a person"
    VOICE = "voice message"
    """Something was said that only a person can hear."""
    WISH = "wish"
    """Something to answer rather than to repair: an idea, a question, spontaneous words."""


class CaseState(StrEnum):
    """received → acknowledged → claimed → contacted → closed → reopened."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"
    CONTACTED = "contacted"
    CLOSED = "closed"
    REOPENED = "reopened"


class CaseEventKind(StrEnum):
    """What happened to a case; every change is an event with who and when."""

    OPENED = "opened"
    JOINED = "joined"
    """A repeat on the same matter joined this case and raised it."""
    COMMENTED = "commented"
    ACKNOWLEDGED = "acknowledged"
    CLAIMED = "claimed"
    HANDED_OVER = "handed over"
    EXPERT_ASKED = "expert asked"
    EXPERT_ANSWERED = "expert answered"
    CONTACTED = "contacted"
    WRITTEN = "written"
    """The owner's words went to the customer through the bot."""
    NOT_DELIVERED = "not delivered"
    """The words did not arrive: no channel reaches the customer."""
    CUSTOMER_REPLIED = "customer replied"
    NOT_OURS = "not ours"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    CLOSED = "closed"
    REOPENED = "reopened"
    ERASED = "customer erased"
    """Who the customer was and what they wrote is gone, as they wished; the matter may still be put right."""
    REFUSED = "refused"
    """Somebody tried what they may not do."""


class VoiceState(StrEnum):
    """Whether a voice message can be heard. Its length stands among the words from the beginning."""

    AWAITED = "awaited"
    """It is being fetched from its channel."""
    KEPT = "kept"
    LOST = "lost"
    """Its channel does not have it any more."""


class Outcome(StrEnum):
    """How a case ended; closing without one is refused."""

    RESOLVED = "resolved"
    EXPLAINED = "explained"
    APOLOGISED = "apologised"
    IMPROVEMENT = "improvement"
    """Forwarded to improvement: the matter lives on there."""
    THIRD_PARTY = "third party"
    UNREACHABLE = "unreachable"
    NO_CONTACT_WISHED = "no contact wished"


class OwnerRule(StrEnum):
    """By which rule a person became responsible; said in the alert and in `route --explain`."""

    RULE = "rule"
    """A rule of the organisation names them."""
    ROTA = "rota"
    """It is their turn."""
    SERVICE_OWNER = "service owner"
    ACCOUNT_MANAGER = "account manager"
    TEAM_LEAD = "team lead"
    CX_LEAD = "cx lead"
    DEPUTY = "deputy"
    HANDED_OVER = "handed over"
    NOBODY = "nobody"


class OutboxKind(StrEnum):
    """What an outbox row asks to be said. Rows carry ids, never words: the words are composed when sent."""

    PROMPT = "prompt"
    REMINDER = "reminder"
    STAFF_PROMPT = "staff prompt"
    SURVEY_MOVED = "survey moved"
    """The person wrote a message, and the survey goes on below it: the earlier one is closed in its place."""
    CASE_NOTICE = "case notice"
    """The alert to the owner; later revisions edit the message in place."""
    CASE_COPY = "case copy"
    """The same, for a co-owner who is informed."""
    CASE_REMINDER = "case reminder"
    CASE_ESCALATION = "case escalation"
    CASE_UNREACHABLE = "case unreachable"
    CASE_REPEATED = "case repeated"
    """To whoever has a case: its customer came back on the same matter."""
    OVERDUE = "overdue"
    """To whoever has overdue cases, as the office opens."""
    SECOND_RATING = "second rating"
    """To the customer of a closed case: did we put it right?"""
    NOT_PUT_RIGHT = "not put right"
    """To whoever has a case: the customer says that it was not, and the case is open again."""
    FORWARDED = "forwarded"
    OUTCOME = "outcome"
    OWNER_WORDS = "owner words"
    """The owner's reply to the customer."""
    CUSTOMER_WORDS = "customer words"
    """The customer's reply, brought to the case's owner."""
    PRAISE = "praise"
    REFERENCE_REQUEST = "reference request"
    DIGEST = "digest"
    GAP_REPORT = "gap report"
    """To the CX lead: where nobody could act in the coming week."""
    VOICE_MESSAGE = "voice message"
    """Something that was said, to be heard by who asked for it."""
    VOICE_LOST = "voice lost"
    """To whoever said it: what was said could not be fetched."""
    WISH_DECIDED = "wish decided"
    """To who wished for something: it goes ahead, it is done, or not now and why."""
    STAFF_NOTES = "staff notes"
    """Anonymous notes that were opened together, to whoever answers for their topic."""
    EXPERT_REQUEST = "expert request"
    EXPERT_WORDS = "expert words"
    """The expert's answer, brought to the case's owner."""
    CASE_ERASED = "case erased"
    """To whoever has an open case: its customer has been erased."""
    WEBHOOK = "webhook"
    """To another program: something happened. Its subject is a `HookEvent`."""
    TAKE_BACK = "take back"
    """A message of ours is deleted, or blanked where the platform does not delete it."""


class HookEvent(StrEnum):
    """What other programs are told of by webhooks."""

    CASE_OPENED = "case.opened"
    CASE_CLOSED = "case.closed"
    CASE_REOPENED = "case.reopened"
    RESPONSE_RECORDED = "response.recorded"
    """Somebody answered, or changed an answer."""


class OutboxState(StrEnum):
    """Where an outbound message stands."""

    QUEUED = "queued"
    SENT = "sent"
    DEAD = "dead"
    """Given up: visible to `doctor`, can be sent again by a person."""
    DROPPED = "dropped"
    """No longer true when its time came (an answered invitation's reminder), so not said."""
    HELD = "held"
    """Waited when a backup was put back and may have been said since: a person lets it go, or drops it."""


class Priority(IntEnum):
    """Smaller goes first: an alert overtakes any number of queued prompts."""

    ALERT = 0
    REPLY = 1
    DIGEST = 2
    PROMPT = 3


class Period(StrEnum):
    """How long a time a digest tells of; each is of the calendar, in the zone of its readers."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class DigestPart(StrEnum):
    """What a digest may hold."""

    FIGURES = "figures"
    """What customers answered, question by question."""
    STAFF = "staff"
    """What staff answered about the same encounters."""
    TARGETS = "targets"
    """How figures stand against what was to be reached."""
    TABLE = "table"
    """Every unit by touchpoint and period."""
    TREND = "trend"
    """The picture of the last periods."""
    SPREAD = "spread"
    """The picture of how the answers spread over the scale."""
    WHEEL = "wheel"
    """The picture of every kind of moment against its target."""
    REASONS = "reasons"
    """What was named most as good and as poor."""
    WORDS = "words"
    """Best and hardest words."""
    ARISING = "arising"
    """What was open the last time and what became of it; what has come since."""
    CASES = "cases"
    """Open cases, oldest first."""
    DONE = "done"
    """What was done, and what it gained."""
    ROUNDS = "rounds"
    """Relationship surveys."""


class DigestDetail(StrEnum):
    """What is a tap away from a digest."""

    WORDS = "words"
    """Every comment, newest first."""
    CASES = "cases"
    """Open cases, oldest first."""
    TABLE = "table"
    """Every unit by kind of moment and period."""
    WHY = "why"
    """Which services and kinds of moments explain a change, and what was noted on the time line."""


class Length(StrEnum):
    """How much a digest shows before the rest is a tap away."""

    SHORT = "short"
    NORMAL = "normal"
    LONG = "long"


class DigestAudience(StrEnum):
    """Whom a digest is composed for."""

    TEAM = "team"
    MANAGER = "manager"
    REPORT = "report"
    """Whoever a report of the organisation file names."""
    ACCOUNT = "account"
    """Who meets an account: what has come in since they met it last."""
    GAPS = "gaps"
    """The CX lead, of where nobody could act: looked for once a week."""


class Line(StrEnum):
    """What comes one after the other, and is counted day by day."""

    RESPONSES = "responses"
    """By when they were first given."""
    REQUESTS = "requests"
    """By when they were sent."""


class Counted(StrEnum):
    """What is counted of a line."""

    SCORES = "scores"
    RESPONSES = "responses"
    REQUESTS = "requests"
    """Those that bear a name, and of which it is known whether they were answered."""
    NAMELESS = "anonymous requests"

    @property
    def line(self) -> Line:
        """Where it is found."""
        return Line.RESPONSES if self in (Counted.SCORES, Counted.RESPONSES) else Line.REQUESTS


class FileForm(StrEnum):
    """What a file that is given out looks like."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class Scope(StrEnum):
    """What a key of the HTTP API opens; a key has one or more."""

    ENCOUNTERS_WRITE = "encounters:write"
    """Report encounters, and that one was reopened or cancelled."""
    ANSWERS_WRITE = "answers:write"
    """Answer an invitation in the name of the person it was sent to."""
    LEDGER_READ = "ledger:read"
    """Read why an encounter was asked about or was not."""
    FIGURES_READ = "figures:read"
    """Read figures: shares with their intervals, and how many were asked and answered."""
    RESPONSES_READ = "responses:read"
    """Read what was answered and said, row by row, without names and words."""
    CASES_READ = "cases:read"
    """Read cases, without names and words."""
    NAMES_READ = "names:read"
    """Besides another scope: who it was, and what they wrote. It is written down when."""
    METRICS_READ = "metrics:read"
    """Read the figures of the running program at `/metrics`."""
