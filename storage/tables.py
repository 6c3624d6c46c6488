"""The nouns: what is remembered, one table each.

Keys of declared things (`service`, `team`, `touchpoint`, `account`) are the short names of the
organisation file: its versions live in `organisation_versions`, so that a row never needs a copy.
A `token` is random and opaque; it is what leaves the house in a button or a link, never an `id`.
All instants are UTC.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from storage.types import EmailAddress, EncryptedText, Sealed, SharedText, UtcDateTime
from storage.words import Words


def core(noun: type[SQLModel]) -> Table:
    """The table beneath a noun, for Core statements where it is hot: no objects are made of its rows."""
    return SQLModel.metadata.tables[str(noun.__tablename__)]


def _at(*, optional: bool = False, index: bool = False) -> Any:
    """A column for an instant in UTC."""
    return Field(
        default=None if optional else ...,
        sa_type=UtcDateTime,
        nullable=optional,
        index=index,
    )


class OrganisationVersion(SQLModel, table=True):
    """The declared organisation as it was from `applied_at` on, whole, as JSON."""

    __tablename__ = "organisation_versions"

    id: int | None = Field(default=None, primary_key=True)
    declared: str = Field(sa_type=Text)
    applied_at: datetime = _at()
    applied_by: str


class SurveyVersion(SQLModel, table=True):
    """One wording of a survey. An answer points here, so that it keeps the words it was given to."""

    __tablename__ = "survey_versions"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    key: str
    version: int
    definition: str = Field(sa_type=SharedText)
    privacy: str
    """What it promises of whose an answer is; stands in the definition too, and here to be asked about."""
    created_at: datetime = _at()


class Person(SQLModel, table=True):
    """Somebody we speak with: a customer, somebody who works here, or both in their time."""

    __tablename__ = "people"

    id: int | None = Field(default=None, primary_key=True)
    key: str | None = Field(default=None, unique=True)
    """Their key in the organisation file; none for a customer who simply turned up."""
    name: str = ""
    role: str
    email: str | None = Field(default=None, index=True, sa_type=EmailAddress)
    phone: str | None = None
    title: str | None = None
    language: str | None = None
    time_zone: str | None = None
    account: str | None = Field(default=None, index=True)
    team: str | None = None
    prefers: str | None = None
    opted_out_at: datetime | None = _at(optional=True)
    snoozed_until: datetime | None = _at(optional=True)
    notified_at: datetime | None = _at(optional=True)
    """When the privacy notice was first shown."""
    volunteered_at: datetime | None = _at(optional=True)
    """When they said that they take part in the pilot."""
    left_at: datetime | None = _at(optional=True)
    """No longer in the organisation file."""
    erased_at: datetime | None = _at(optional=True)
    """Everything that told who they were is gone; the number stays, so that what was counted stays counted."""
    created_at: datetime = _at()


class Identity(SQLModel, table=True):
    """A person as one channel knows them."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("channel", "external_id", "workspace"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    channel: str
    external_id: str
    workspace: str = ""
    conversation: str | None = None
    """The direct conversation with them there, once known."""
    unreachable_at: datetime | None = _at(optional=True)
    unreachable_because: str | None = None


class Encounter(SQLModel, table=True):
    """One occurrence of a touchpoint. Who owned the service at that time is frozen on it."""

    __tablename__ = "encounters"
    __table_args__ = (
        UniqueConstraint("source", "external_reference"),
        Index("encounters_waiting", "state", "ask_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    source: str
    external_reference: str | None = None
    touchpoint: str
    service: str | None = None
    account: str | None = None
    customer_id: int = Field(foreign_key="people.id", index=True)
    handler_id: int | None = Field(default=None, foreign_key="people.id")
    owner_id: int | None = Field(default=None, foreign_key="people.id")
    owner_rule: str
    happened_at: datetime = _at()
    reported_at: datetime = _at()
    ask_at: datetime = _at()
    state: str
    about: str | None = None
    """A few words that tell the customer which encounter is meant: *the ticket about the printer*."""
    shared_conversation: str | None = None
    """Channel and conversation, when anyone there may answer: `slack:C012AB3CD`."""
    direction: str | None = None
    urgency: str | None = None
    journey_stage: str | None = None
    waiting_minutes: int | None = None
    critical: bool = False


class LedgerEntry(SQLModel, table=True):
    """Why an encounter was asked about, or was not; one entry a decision, never changed."""

    __tablename__ = "ledger"

    id: int | None = Field(default=None, primary_key=True)
    encounter_id: int = Field(foreign_key="encounters.id", index=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    survey: str | None = None
    verdict: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """What the sentence needs: dates, shares, counts."""
    decided_at: datetime = _at()


class Invitation(SQLModel, table=True):
    """One survey, one person, one encounter. `person_id` is empty where anyone in a shared channel may answer."""

    __tablename__ = "invitations"
    __table_args__ = (
        UniqueConstraint("encounter_id", "survey", "person_id"),
        Index("invitations_of_person", "person_id", "created_at"),
        Index("invitations_by_state", "state", "expires_at"),
        Index("invitations_by_time", "sent_at"),
        Index("invitations_by_service", "service", "sent_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    encounter_id: int = Field(foreign_key="encounters.id")
    person_id: int | None = Field(default=None, foreign_key="people.id")
    survey: str
    survey_version_id: int = Field(foreign_key="survey_versions.id")
    stream: str
    state: str
    created_at: datetime = _at()
    sent_at: datetime | None = _at(optional=True)
    remind_at: datetime | None = _at(optional=True)
    expires_at: datetime = _at()
    answered_at: datetime | None = _at(optional=True)
    declined_because: str | None = None
    account: str | None = None
    service: str | None = None
    touchpoint: str


class RoundSlice(SQLModel, table=True):
    """A part of the people of a round, whose turn has come: exactly one row, so each of them once.

    People are given their turn a few at a time; each turn is an encounter of the source `round`.
    """

    __tablename__ = "round_slices"
    __table_args__ = (UniqueConstraint("round", "starts_on"),)

    id: int | None = Field(default=None, primary_key=True)
    round: str
    turn_starts_on: date
    """The first day of the turn of the round; with it a person has one encounter."""
    number: int
    starts_on: date
    reached: int = 0
    """The last person who was looked at."""
    people: int = 0
    """How many have been given their turn."""
    opened_at: datetime = _at()
    filled_at: datetime | None = _at(optional=True)
    """When the last of them had it."""


class Response(SQLModel, table=True):
    """What one person answered to one invitation; a part counts. Service, team and account are copied for counting."""

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("invitation_id", "person_id"),
        Index("responses_by_time", "first_at"),
        Index("responses_by_service", "service", "first_at"),
        Index("responses_by_team", "team", "first_at"),
        Index("responses_by_account", "account", "first_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    invitation_id: int = Field(foreign_key="invitations.id")
    encounter_id: int = Field(foreign_key="encounters.id", index=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    survey_version_id: int = Field(foreign_key="survey_versions.id")
    stream: str
    service: str | None = None
    team: str | None = None
    touchpoint: str
    account: str | None = None
    handler_id: int | None = None
    first_at: datetime = _at()
    last_at: datetime = _at()
    entered_by_id: int | None = Field(default=None, foreign_key="people.id")
    """Who wrote the answers down for the person, in an interview or from paper."""
    excluded_because: str | None = None
    """*Not my matter*, *not about you*: kept, and figures are shown with and without."""
    consent: bool | None = None
    """May we contact them; none when not asked or not answered."""


class Answer(SQLModel, table=True):
    """One question answered. A changed mind writes a new version; only the current one counts."""

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("response_id", "question"),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 10)", name="answers_score_on_a_scale"),
    )

    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="responses.id")
    question: str
    metric: str
    score: int | None = None
    band: str | None = None
    words: str | None = Field(default=None, sa_type=Words)
    """A comment, or the keys of chosen options joined by a space."""
    at: datetime = _at()


class SettledDays(SQLModel, table=True):
    """A UTC day, or a week of them, whose responses or requests are counted already in `counts`, or are just being.

    Whoever changes what was answered on such a day takes it out of here: until it is settled again, its
    rows are counted one by one.
    """

    __tablename__ = "settled_days"

    day: date = Field(primary_key=True)
    """The first of them; a week begins on Monday."""
    days: int = Field(primary_key=True)
    """1 or 7."""
    line: str = Field(primary_key=True)
    """Responses, by when they were first given, or requests, by when they were sent."""
    counted_at: datetime = _at()
    """Until where it is counted: the instant of the last row that was, and its number."""
    counted_id: int
    settled: bool
    """It is counted to its end."""


class Series(SQLModel, table=True):
    """What is counted together, day by day: the scores of one question, the responses, or the requests.

    An empty word stands for none, as rows are told apart by all of them.
    """

    __tablename__ = "series"
    __table_args__ = (
        UniqueConstraint(
            "service",
            "team",
            "touchpoint",
            "stream",
            "survey_version_id",
            "question",
            "excluded",
            "what",
            "whole",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    what: str
    whole: bool
    """Of all services and teams together, for whoever looks at everything: every row is in two series."""
    service: str
    team: str
    touchpoint: str
    stream: str
    survey_version_id: int = Field(foreign_key="survey_versions.id")
    question: str
    excluded: bool
    """Marked as not about us."""


COUNTS = Table(
    "counts",
    SQLModel.metadata,
    Column("days", Integer, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("series_id", ForeignKey("series.id"), primary_key=True),
    *(Column(f"n{score}", Integer, nullable=False) for score in range(11)),
    sqlite_with_rowid=False,
)
"""How often each score of a series was given on settled days. Of responses and requests: 1 with an answer, 0 without.

What is settled together stands together, so that settling it writes a few pages and not one for each series.
"""


class AnswerChange(SQLModel, table=True):
    """What an answer was before the person changed their mind."""

    __tablename__ = "answer_changes"

    id: int | None = Field(default=None, primary_key=True)
    answer_id: int = Field(foreign_key="answers.id", index=True)
    score: int | None = None
    words: str | None = Field(default=None, sa_type=Words)
    given_at: datetime = _at()
    replaced_at: datetime = _at()


class Feedback(SQLModel, table=True):
    """Something said unprompted, or logged by staff in the customer's own words."""

    __tablename__ = "feedback"

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    type: str
    tone: str
    source: str
    words: str = Field(sa_type=Words)
    said_by_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    said_by_name: str | None = None
    """The customer as the logger typed it, when we do not know the person."""
    logged_by_id: int | None = Field(default=None, foreign_key="people.id")
    account: str | None = Field(default=None, index=True)
    service: str | None = Field(default=None, index=True)
    team: str | None = None
    category: str | None = None
    came_by: str | None = None
    """Phone, visit, e-mail, chat: how the words reached the logger."""
    consent: bool | None = None
    """May we contact who said it; none when they said it to us, or were not asked."""
    at: datetime = _at(index=True)


class Wish(SQLModel, table=True):
    """A need that somebody told us of. It is never dropped: joined with the same need, or decided with words."""

    __tablename__ = "wishes"
    __table_args__ = (Index("wishes_by_state", "state", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    need: str = Field(sa_type=Words)
    impact: str | None = None
    observed_at: datetime = _at()
    """When the need was first told."""
    budgeted: bool | None = None
    fits: bool | None = None
    """Whether it fits where the service is going."""
    state: str
    words: str | None = Field(default=None, sa_type=Words)
    """What was said with the last decision; who wished it reads them."""
    service: str | None = Field(default=None, index=True)
    joined_to_id: int | None = Field(default=None, foreign_key="wishes.id", index=True)
    """The wish for the same need in which this one lives on."""
    changed_at: datetime = _at()


class WishGiver(SQLModel, table=True):
    """Somebody who told us of a need, and where they did."""

    __tablename__ = "wish_givers"
    __table_args__ = (UniqueConstraint("feedback_id"), UniqueConstraint("response_id"))

    id: int | None = Field(default=None, primary_key=True)
    wish_id: int = Field(foreign_key="wishes.id", index=True)
    feedback_id: int | None = Field(default=None, foreign_key="feedback.id")
    response_id: int | None = Field(default=None, foreign_key="responses.id")
    person_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    name: str | None = None
    """As it was typed, of somebody we do not know."""
    account: str | None = None
    words: str = Field(sa_type=Words)
    at: datetime = _at()
    told: str | None = None
    """The last state of the wish that they were told of."""


class SealedNote(SQLModel, table=True):
    """What a member of staff wrote anonymously, until enough have come in. Nothing here tells who, when or what."""

    __tablename__ = "sealed_notes"

    name: str = Field(primary_key=True)
    """A hash of the form it came from: submitted twice, it is one note."""
    box: bytes | None = Field(default=None, sa_type=LargeBinary)
    """Topic and words, sealed and all of one length; none once the note was opened."""
    sealed_with: str


class NoteBatch(SQLModel, table=True):
    """Anonymous notes on one topic that were opened together, on a day and no time of day."""

    __tablename__ = "note_batches"

    id: int | None = Field(default=None, primary_key=True)
    topic: str
    """The key of a service, empty for the work as a whole, or `*` for several topics together."""
    opened_on: date


class StaffNote(SQLModel, table=True):
    """One anonymous note, opened. Its number says nothing about when it was written."""

    __tablename__ = "staff_notes"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="note_batches.id", index=True)
    words: str = Field(sa_type=Words)


class SealedSheet(SQLModel, table=True):
    """What one person answers to an anonymous survey, until enough sheets are there. Nothing here tells who."""

    __tablename__ = "sealed_sheets"

    name: str = Field(primary_key=True)
    """A hash of the invitation, keyed with what is not in the database: without the key it leads nowhere."""
    box: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The answers and what they are about, sealed and all of one length; none once the sheet was opened."""
    sealed_with: str
    begun_on: date = Field(index=True)


class SheetBatch(SQLModel, table=True):
    """Anonymous sheets about the same that were opened together."""

    __tablename__ = "sheet_batches"

    id: int | None = Field(default=None, primary_key=True)
    survey_version_id: int = Field(foreign_key="survey_versions.id")
    stream: str
    service: str | None = None
    team: str | None = None
    touchpoint: str
    sheets: int
    opened_at: datetime = _at(index=True)
    """The beginning of the day, where the organisation is: no time of day is kept."""


class SheetAnswer(SQLModel, table=True):
    """One question answered on an anonymous sheet. Its numbers say nothing about when, or in which order."""

    __tablename__ = "sheet_answers"

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="sheet_batches.id", index=True)
    sheet: int
    """Which of the batch, as chance has shuffled them."""
    question: str
    metric: str
    score: int | None = None
    band: str | None = None
    words: str | None = Field(default=None, sa_type=Words)


class Case(SQLModel, table=True):
    """A matter that one person must put right, from one response or one piece of feedback."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("response_id"),
        UniqueConstraint("feedback_id"),
        Index("cases_open_of_owner", "owner_id", "state"),
        Index("cases_due", "state", "due_at"),
        Index("cases_of_customer", "customer_id", "service"),
        Index("cases_of_account", "account", "service"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    reason: str
    state: str
    urgent: bool = False
    response_id: int | None = Field(default=None, foreign_key="responses.id")
    feedback_id: int | None = Field(default=None, foreign_key="feedback.id")
    encounter_id: int | None = Field(default=None, foreign_key="encounters.id")
    customer_id: int | None = Field(default=None, foreign_key="people.id")
    account: str | None = None
    service: str | None = Field(default=None, index=True)
    team: str | None = None
    touchpoint: str | None = None
    owner_id: int | None = Field(default=None, foreign_key="people.id")
    owner_rule: str
    claimed_by_id: int | None = Field(default=None, foreign_key="people.id")
    opened_at: datetime = _at(index=True)
    due_at: datetime = _at()
    remind_at: datetime | None = _at(optional=True)
    """When the owner is reminded; emptied once said."""
    escalate_at: datetime | None = _at(optional=True)
    """When the next person up is told; emptied once said."""
    contacted_at: datetime | None = _at(optional=True)
    closed_at: datetime | None = _at(optional=True)
    outcome: str | None = None
    revision: int = 1
    """Raised by every change a reader of the alert should see; the alert is edited to it."""


class CaseEvent(SQLModel, table=True):
    """One change of a case: what, when, by whom, in which words."""

    __tablename__ = "case_events"

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    kind: str
    at: datetime = _at()
    by_id: int | None = Field(default=None, foreign_key="people.id")
    other_id: int | None = Field(default=None, foreign_key="people.id")
    """The other person it concerns: who it was handed to, which expert was asked."""
    words: str | None = Field(default=None, sa_type=Words)


class Repeat(SQLModel, table=True):
    """The same customer came back on the matter of an open case: a further response, or something said.

    What opened a case stands on the case itself, so what belongs to one is that and its repeats.
    """

    __tablename__ = "repeats"
    __table_args__ = (
        CheckConstraint(
            "(response_id IS NULL) <> (feedback_id IS NULL)", name="repeats_are_of_one_response_or_feedback"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    case_id: int = Field(foreign_key="cases.id", index=True)
    response_id: int | None = Field(default=None, foreign_key="responses.id", unique=True)
    feedback_id: int | None = Field(default=None, foreign_key="feedback.id", unique=True)
    at: datetime = _at()


class SecondRating(SQLModel, table=True):
    """Asked once after a case was closed: did we put it right? Never counted with the scores of encounters."""

    __tablename__ = "second_ratings"
    __table_args__ = (
        CheckConstraint("score IS NULL OR score BETWEEN 1 AND 5", name="second_ratings_on_the_scale"),
        CheckConstraint("before IS NULL OR before BETWEEN 1 AND 5", name="second_ratings_from_the_scale"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    case_id: int = Field(foreign_key="cases.id", unique=True)
    customer_id: int = Field(foreign_key="people.id", index=True)
    account: str | None = None
    service: str | None = None
    before: int | None = None
    """How the customer rated us when the case was opened, on the same five steps; none without a score."""
    score: int | None = None
    """From 1, not at all, to 5, completely."""
    asked_at: datetime = _at()
    answered_at: datetime | None = _at(optional=True, index=True)


class VoiceMessage(SQLModel, table=True):
    """What somebody said instead of writing it: for a survey, as feedback, or into a case.

    Its length stands among the words of what it belongs to, so that nobody overlooks it.
    """

    __tablename__ = "voice_messages"
    __table_args__ = (
        CheckConstraint(
            "response_id IS NOT NULL OR feedback_id IS NOT NULL OR case_id IS NOT NULL",
            name="voice_messages_belong_somewhere",
        ),
        Index("voice_messages_by_state", "state", "channel"),
        Index("voice_messages_of_person", "said_by_id", "at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    response_id: int | None = Field(default=None, foreign_key="responses.id", index=True)
    feedback_id: int | None = Field(default=None, foreign_key="feedback.id", index=True)
    case_id: int | None = Field(default=None, foreign_key="cases.id", index=True)
    said_by_id: int = Field(foreign_key="people.id")
    channel: str
    source: str
    """By what name its channel gives it out."""
    media_type: str
    seconds: int
    state: str
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    """The sound, once fetched; encrypted where `sealed_with` names a key."""
    sealed_with: str | None = None
    at: datetime = _at()


_CLAIMED = text("claimed_at IS NOT NULL")


class OutboxMessage(SQLModel, table=True):
    """Something to be said. It carries ids, never words: the words are composed when it is sent.

    At-least-once: `claimed_at` is a lease, `sent_at` the record. Composing twice is impossible
    because `dedupe_key` is unique.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_due", "state", "priority", "not_before", "id"),
        Index("outbox_claimed", "claimed_at", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
        Index("outbox_of_subject", "subject", "subject_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    """The table the message is about: `invitation`, `case`, `feedback`, `digest`, `case_event`, `voice_message`,
    `wish_giver`, `note_batch`."""
    subject_id: int
    person_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    conversation: str | None = None
    """`channel:conversation`, for a message to a shared conversation instead of a person."""
    dedupe_key: str = Field(unique=True)
    priority: int
    not_before: datetime = _at()
    state: str
    attempts: int = 0
    claimed_at: datetime | None = _at(optional=True)
    claimed_by: str | None = None
    sent_at: datetime | None = _at(optional=True)
    error: str | None = None
    created_at: datetime = _at()
    failed_at: datetime | None = _at(optional=True)
    """When it failed for the first time since it was queued."""
    request: str | None = None
    """The id under which whatever asked for it stands in the log. Chance alone; none for what a tick brought."""


class SentMessage(SQLModel, table=True):
    """Where a message stands on a platform, so that it can be edited in place or taken back."""

    __tablename__ = "sent_messages"
    __table_args__ = (
        UniqueConstraint("channel", "conversation", "message"),
        Index("sent_of_subject", "subject", "subject_id", "person_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: str
    subject_id: int
    person_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    channel: str
    conversation: str
    message: str
    revision: int = 1
    sent_at: datetime = _at()


class InboundDelivery(SQLModel, table=True):
    """A delivery from a platform that was taken in; seen again, it changes nothing."""

    __tablename__ = "inbound"

    channel: str = Field(primary_key=True)
    delivery_id: str = Field(primary_key=True)
    at: datetime = _at(index=True)


class Cursor(SQLModel, table=True):
    """How far a channel has read what its platform keeps for it, and what else it must not forget."""

    __tablename__ = "cursors"

    name: str = Field(primary_key=True)
    value: str


class PendingForm(SQLModel, table=True):
    """A form that a person fills in question by question, on a channel that has no forms of its own."""

    __tablename__ = "pending_forms"

    channel: str = Field(primary_key=True)
    external_id: str = Field(primary_key=True)
    """The person, as the channel knows them: one form at a time."""
    state: str = Field(sa_type=Words)
    """The form, and what was answered so far, in the channel's own JSON."""
    at: datetime = _at(index=True)


class DigestRun(SQLModel, table=True):
    """One digest for one audience and one window: exactly one row, so exactly one digest.

    A window is told by its name, so that neither a changed clock nor a changed hour makes it come twice.
    """

    __tablename__ = "digest_runs"
    __table_args__ = (UniqueConstraint("audience", "audience_key", "period", "window"),)

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    audience: str
    audience_key: str
    period: str
    window: str
    """*2026-W47*, *2026-11*, *2026-Q4* or *2026*; of a meeting, its day."""
    window_starts_at: datetime = _at()
    window_ends_at: datetime = _at()
    composed_at: datetime = _at()


class ApiKey(SQLModel, table=True):
    """A client of the HTTP API. Only a hash of the key is kept."""

    __tablename__ = "api_keys"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    key_hash: str = Field(unique=True)
    scopes: str
    """Words separated by spaces, such as `encounters:write`."""
    created_at: datetime = _at()
    revoked_at: datetime | None = _at(optional=True)


class IdempotentRequest(SQLModel, table=True):
    """An API request that was answered, with its answer: asked again, it is answered the same."""

    __tablename__ = "idempotent_requests"

    client: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    answer: str = Field(sa_type=Text)
    at: datetime = _at()


class AuditEntry(SQLModel, table=True):
    """Who read, changed, was refused or exported what."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _at()
    person_id: int | None = Field(default=None, foreign_key="people.id")
    did: str
    subject: str
    subject_id: str


class ChatMessage(SQLModel, table=True):
    """A message in Kaiku's own browser chat, the sandbox."""

    __tablename__ = "chat_messages"
    __table_args__ = (Index("chat_of_conversation", "conversation", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    conversation: str
    """The sandbox identity whose direct conversation it is, or `#` and the name of a shared one."""
    author: str
    """A sandbox identity, or empty for the bot."""
    body: str = Field(sa_type=Text)
    """The bot's rendered message as JSON; a person's plain words."""
    delivery: str | None = Field(default=None, unique=True)
    """The key of the delivery it came by: delivered again, it is the same message. None for a person's words."""
    at: datetime = _at()
    edited_at: datetime | None = _at(optional=True)


class Absence(SQLModel, table=True):
    """Somebody said by chat that they are away, both days included; the file's absences are in the file."""

    __tablename__ = "absences"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    starts_on: date
    ends_on: date
    deputy_id: int | None = Field(default=None, foreign_key="people.id")
    said_at: datetime = _at()


class LinkCode(SQLModel, table=True):
    """A code that links a second identity to a person: typed once, soon, elsewhere. Only its hash is kept."""

    __tablename__ = "link_codes"

    code_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="people.id")
    expires_at: datetime = _at()
    used_at: datetime | None = _at(optional=True)


class LoginLink(SQLModel, table=True):
    """A link by which one person opens the dashboard: once, soon. Only a hash of its secret is kept."""

    __tablename__ = "login_links"

    secret_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    expires_at: datetime = _at()
    used_at: datetime | None = _at(optional=True)


class WebSession(SQLModel, table=True):
    """Somebody who is logged in, in one browser. Only a hash of the cookie is kept; ended, it is gone."""

    __tablename__ = "web_sessions"

    secret_hash: str = Field(primary_key=True)
    person_id: int = Field(foreign_key="people.id", index=True)
    began_at: datetime = _at()
    seen_at: datetime = _at()
    """When a page was last looked at, to the quarter of an hour."""


class Annotation(SQLModel, table=True):
    """What happened on a day, so that a dip in a trend is read right: a new version, a strike, a billing run."""

    __tablename__ = "annotations"

    id: int | None = Field(default=None, primary_key=True)
    token: str = Field(unique=True)
    happened_on: date = Field(index=True)
    words: str = Field(sa_type=Text)
    service: str | None = None
    """The service it concerned; none when it concerned everything."""
    by_id: int | None = Field(default=None, foreign_key="people.id", index=True)
    noted_at: datetime = _at()


class Unindexed(SQLModel, table=True):
    """Words that were said and cannot be searched for yet: finding their stems takes longer than a tap may."""

    __tablename__ = "search_waiting"

    kind: str = Field(primary_key=True)
    """The table they stand in: `answers` or `feedback`."""
    row_id: int = Field(primary_key=True)


class SlackInstallation(SQLModel, table=True):
    """A Slack workspace that installed us. Its token is kept encrypted, and not at all once it removed us."""

    __tablename__ = "slack_installations"

    id: int | None = Field(default=None, primary_key=True)
    team: str = Field(unique=True)
    enterprise: str | None = None
    name: str
    bot_user: str
    bot_token: Sealed | None = Field(default=None, sa_type=EncryptedText)
    scopes: str
    """Words separated by commas, as Slack writes them."""
    installed_at: datetime = _at()
    installed_by: str
    """Slack's id of who installed us."""
    removed_at: datetime | None = _at(optional=True)


class SlackInstallAttempt(SQLModel, table=True):
    """Somebody went to Slack to install us and may come back once, soon. Only a hash of their state is kept."""

    __tablename__ = "slack_install_attempts"

    state_hash: str = Field(primary_key=True)
    expires_at: datetime = _at()


def _widen_numbers() -> None:
    """Numbers of rows have 64 bits in PostgreSQL, as they have in SQLite, where only INTEGER names a row."""
    wide = BigInteger().with_variant(Integer(), "sqlite")
    for table in SQLModel.metadata.tables.values():
        for column in table.c:
            if isinstance(column.type, Integer) and (column.name == "id" or column.name.endswith("_id")):
                column.type = wide


_widen_numbers()
