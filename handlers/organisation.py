"""The organisation as declared: services, teams, people, surveys, thresholds, calendars.

One frozen model. It is what `organisation.yaml` says once it has been checked, what is kept in the
database by version, and what every handler reads. Keys are the short names used in the file;
names are what people see.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from handlers.declared import (
    ClockTime,
    Declared,
    Declares,
    Duration,
    Key,
    Language,
    OptionSection,
    QuestionSection,
    Range,
    Several,
    Target,
    Text,
    WebAddress,
    Weekday,
)
from handlers.rules import precision
from handlers.rules.rounds import Plan
from handlers.rules.routing import About, Rule
from handlers.rules.scales import Option, Question, Threshold
from handlers.wording.pack import QUESTIONS
from storage.vocabulary import DigestPart, FeedbackType, HookEvent, Length, Period, Privacy, Role, Stream

CONDITIONS = tuple(field.name for field in fields(About))
"""What the rules of routing can look at."""


Margin = Annotated[int, Field(ge=precision.SMALLEST, le=precision.LARGEST)]
"""Points to either side, at 95 %."""


class Thresholds(Declared):
    """Which scores of one question or metric do what; what is left out falls to the next wider level."""

    alert: Range | None = None
    """Scores that open a case, such as *1–2*."""
    praise: Range | None = None
    """Scores that are told to the person who did the work."""
    reference: Range | None = None
    """Scores after which a reference may be asked for."""

    def threshold(self) -> Threshold:
        """The same for the rules."""
        return Threshold(self.alert, self.praise, self.reference)


class Hours(Declared):
    """Office hours, the same on each of the named days."""

    days: tuple[Weekday, ...]
    """The days on which these hours hold."""
    opens: ClockTime
    """When the office opens."""
    closes: ClockTime
    """When it closes."""


class CalendarSection(Declared):
    """When an office is open."""

    time_zone: str | None = None
    """IANA name; the organisation's zone when left out."""
    country: str | None = None
    """ISO code of the country whose public holidays are closed days, such as *FI*."""
    hours: tuple[Hours, ...]
    """Opening hours; several entries for days that differ or for a break at noon."""
    closed: tuple[date, ...] = ()
    """Further closed days."""


class Absence(Declared):
    """A person is away from one date to another, both included; the deputy answers."""

    starts: date
    """The first day away."""
    ends: date
    """The last day away."""
    deputy: Key | None = None
    """Who answers meanwhile; the person's own deputy when left out."""


class Person(Declared):
    """Somebody who works here, or a customer known beforehand."""

    key: Key = ""
    name: str
    """First and last name, as others see it."""
    role: Role = Role.STAFF
    """What the person may do here."""
    email: str | None = None
    """E-mail address; also tells that two identities are one person."""
    phone: str | None = None
    """Shown in an alert once a customer has allowed to be contacted."""
    language: Language | None = None
    """The language to speak with them."""
    time_zone: str | None = None
    """IANA name; the team's zone when left out."""
    team: Key | None = None
    """The team they work in."""
    account: Key | None = None
    """The account a customer belongs to."""
    title: str | None = None
    """Position, shown in an alert: *purchasing manager*."""
    identities: dict[str, str] = Field(default_factory=dict)
    """Channel → the person's id there, such as `slack: U012AB3CD`."""
    prefers: str | None = None
    """The channel alerts and digests go to; the first identity when left out."""
    deputy: Key | None = None
    """Who answers when they are away."""
    away: tuple[Absence, ...] = ()
    """Absences with their dates."""


_Keys = Annotated[tuple[Key, ...], Several()]

Targets = dict[str, Target]
"""By question key or metric."""


class DigestSection(Declared):
    """When the weekly digest is posted, in the reader's zone, and what it holds."""

    weekday: Weekday = "fri"
    """The day of the week."""
    at: ClockTime = time(15, 0)
    """The time of day."""
    parts: tuple[DigestPart, ...] | None = None
    """What it holds, in this order; what is usual for a week when left out."""
    length: Length = Length.NORMAL
    """How much of each is shown before it is a tap away: `short`, `normal` or `long`."""


class WeeklyDigests(DigestSection):
    """The weekly digests of the organisation: who gets them, when, and what they hold."""

    managers: bool = True
    """Whether whoever owns a service or an account gets their own."""
    teams: bool = True
    """Whether teams with a channel get theirs."""


class Report(Declared):
    """A digest for whoever it names: the management every month, the directors every quarter."""

    key: Key = ""
    name: Text
    """What stands above it: *Management team*."""
    period: Period = Period.MONTH
    """`week`, `month`, `quarter` or `year`."""
    to: _Keys = ()
    """Who gets it, each by themselves …"""
    channel: dict[str, str] = Field(default_factory=dict)
    """… and the conversation it is posted to, by channel."""
    teams: _Keys = ()
    """It tells of the services of these teams …"""
    services: _Keys = ()
    """… and of these services …"""
    accounts: _Keys = ()
    """… and of these accounts; of everything when none is named."""
    weekday: Weekday = "mon"
    """A weekly one: the day on which its week ends and it comes."""
    day: int = Field(default=1, ge=1, le=28)
    """Any other: the day of the month in which it comes, once its period has ended."""
    at: ClockTime = time(9, 0)
    """The time of day."""
    time_zone: str | None = None
    """IANA name; the organisation's zone when left out."""
    language: Language | None = None
    """The language where it is posted; people read it in their own."""
    parts: tuple[DigestPart, ...] | None = None
    """What it holds, in this order; what is usual for its period when left out."""
    length: Length = Length.NORMAL
    """How much of each is shown before it is a tap away: `short`, `normal` or `long`."""


class AnnotationSection(Declared):
    """Something that happened, so that a dip is read right."""

    on: date
    """The day."""
    words: Text
    """What happened, in a few words: *New version of the service*."""
    services: _Keys = ()
    """The services it concerned; all of them when none is named."""


class Team(Declared):
    """People who do the work together."""

    key: Key = ""
    name: Text
    """What the team is called."""
    lead: Key | None = None
    """Who answers for services without an owner."""
    channel: dict[str, str] = Field(default_factory=dict)
    """Channel → the conversation the team's digest is posted to."""
    digest: DigestSection | None = None
    """When this team's digest is posted; as in the organisation when left out."""
    time_zone: str | None = None
    """IANA name; the organisation's zone when left out."""
    language: Language | None = None
    """The language of the team's digest."""
    shares_praise: bool = False
    """Whether good words about its services are also told in the team's conversation."""
    targets: Targets = Field(default_factory=dict)
    """What its figures are to reach, by question key or metric: `satisfied: 85`, `nps: +40`."""
    receives_only: bool = False
    """Whether its people hear what customers say and pass it on, but own nothing that is another's."""


class Service(Declared):
    """Something customers get from us, with one owner."""

    key: Key = ""
    name: Text
    owner: Key | None = None
    """The service manager who answers for it."""
    informed: tuple[Key, ...] = ()
    """Co-owners who are told of a case but do not own it."""
    team: Key | None = None
    """The team that provides it."""
    calendar: Key | None = None
    """The opening hours in which its cases fall due; the organisation's calendar when left out."""
    respond_within: Duration = timedelta(hours=4)
    """Office hours until a case must have been answered."""
    margin: Margin | None = None
    """Customers are asked until the month's figure of this service is known to within so many points."""
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)
    """By question key or metric, for this service."""


class Touchpoint(Declared):
    """A kind of moment: phone call, e-mail, visit, resolved ticket."""

    key: Key = ""
    name: Text
    """What people call such a moment."""
    survey: Key | None = None
    """The survey asked after it; none means it is recorded and not asked about."""
    delay: Duration = timedelta(minutes=10)
    """How long after the encounter the prompt leaves; it is re-checked then."""
    sampling: float = Field(default=1.0, ge=0, le=1)
    """The share of encounters asked about, from 0 to 1."""
    margin: Margin | None = None
    """The same for the figure of such moments at one service: goes before what the service says."""
    staff_survey: Key | None = None
    """A survey of at most two questions for the person who handled it."""
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)
    """By question key or metric, for this touchpoint: goes before what the service says."""
    targets: Targets = Field(default_factory=dict)
    """What its figures are to reach, by question key or metric."""


class Account(Declared):
    """An organisation that is our customer."""

    key: Key = ""
    name: str
    """What it is called, in one language: a name is not translated."""
    manager: Key | None = None
    """The account manager or service manager who answers for it when the service has no owner."""
    director: Key | None = None
    """Informed of each of its cases."""
    language: Language | None = None
    """The language of its people whose own we do not know."""
    aliases: tuple[str, ...] = ()
    """Other names staff type when they log feedback."""
    targets: Targets = Field(default_factory=dict)
    """What its figures are to reach by the account plan, by question key or metric."""
    meetings: tuple[date, ...] = ()
    """Days on which you meet them, past and coming; the meeting pack tells what came in since the last."""


class Survey(Declared):
    """Questions asked together. The wording an answer was given to is kept with the answer."""

    key: Key = ""
    stream: Literal[Stream.CUSTOMER, Stream.STAFF] = Stream.CUSTOMER
    """Whose voice it is: put to customers, or to the staff who served them."""
    questions: tuple[Annotated[Question, Declares(QuestionSection, QUESTIONS)], ...]
    """Questions in order; a bare key such as `ease` takes the shipped question of that name."""
    privacy: Privacy = Privacy.NAMED
    """Who learns whose an answer is; the request says so before the first question."""
    purpose: Text | None = None
    """Replaces the default sentence on what the answers are used for."""
    call_backs: bool = True
    """Whether a poor score opens a case; if not, only urgent words and wishing to talk to somebody do."""
    reasons_low: tuple[Annotated[Option, Declares(OptionSection)], ...] | None = None
    """Reason chips offered after a poor score; the shipped ones when left out."""
    reasons_high: tuple[Annotated[Option, Declares(OptionSection)], ...] | None = None
    """Reason chips offered after a good score; the shipped ones when left out."""


class Kiosk(Declared):
    """A tablet in a lobby on which passers-by tap a smiley."""

    key: Key = ""
    name: str
    """What the place is called, such as *Lobby of the main office*."""
    touchpoint: Key
    """The kind of moment its answers are counted under."""
    service: Key | None = None
    """The service its answers are about; its owner gets the cases."""
    question: Text | None = None
    """The question above the smileys, in your own words; *How did it feel?* when left out."""
    pin: str = Field(pattern=r"^[0-9]{4,8}$")
    """Digits that lead out of the kiosk. They keep visitors in; they protect no data."""


class Webhook(Declared):
    """Another program that is told when something happens."""

    key: Key = ""
    url: WebAddress
    """Where it listens: https, at a host that everybody reaches, unless `KAIKU_WEBHOOK_INSIDE` names the host."""
    events: Annotated[tuple[HookEvent, ...], Field(min_length=1)]
    """What it is told of: `case.opened`, `case.closed`, `case.reopened`, `response.recorded`."""


class QuietPeriod(Declared):
    """Days on which nobody is asked, both included."""

    starts: date
    """The first day of peace."""
    ends: date
    """The last one."""


class WhoSection(Declared):
    """Which customers a round asks; all of them when nothing is said."""

    accounts: tuple[Key, ...] = ()
    """Only people of these accounts."""
    titles: tuple[str, ...] = ()
    """Only people of these positions: *purchasing manager*."""


class Round(Declared):
    """A relationship survey that comes again and again, kept apart from what is asked after encounters."""

    key: Key = ""
    name: Text
    """What it is called in digests and in the ledger."""
    survey: Key = "relationship"
    """The survey it asks; `relationship` ships with Kaiku: would you recommend us, and why."""
    who: WhoSection = WhoSection()
    """Whom it asks."""
    every: Literal["quarter", "half-year", "year"] = "half-year"
    """How often everybody is asked."""
    slices: int = Field(default=1, ge=1, le=12)
    """Into how many parts the people are cut: a yearly round of 12 asks a twelfth each month."""
    starts: date
    """The first day of the first round."""
    quiet: tuple[QuietPeriod, ...] = ()
    """Further days on which nobody is asked; whose turn comes then is asked after them."""

    def plan(self) -> Plan:
        """The same for the rules."""
        return Plan(self.starts, MONTHS[self.every], self.slices)


MONTHS = {"quarter": 3, "half-year": 6, "year": 12}
"""How many months a round takes."""


class RetentionSection(Declared):
    """How long what can be traced to a person is kept. What was counted stays; null keeps without end."""

    words: Duration | None = timedelta(days=730)
    """Comments, feedback and the words in a case that is closed, from when they were written."""
    voice: Duration | None = timedelta(days=180)
    """Voice messages, from when they were sent."""
    customers: Duration | None = timedelta(days=1095)
    """Names, addresses and identities of customers of whom nothing was heard for so long, as if they were erased."""
    deliveries: Duration = timedelta(days=3)
    """Which deliveries from platforms were taken in; platforms repeat them for a day or two."""
    audit: Duration | None = timedelta(days=1095)
    """Who read, changed, was refused or exported what."""


class PilotSection(Declared):
    """A beginning with few: everybody else is not asked, and the ledger says that it is a pilot."""

    volunteers: bool = True
    """Only who takes part by `/feedback join the pilot` is asked."""
    touchpoints: tuple[Key, ...] = ()
    """Only these touchpoints, and rounds, ask; all of them when none is named."""
    dry_run: str | None = Field(default=None, pattern=r"^[a-z]+:.+$")
    """The conversation, such as `slack:C012AB3CD`, that gets every request instead of the person."""


class AskingSection(Declared):
    """How often and when people may be asked."""

    cool_down: Duration = timedelta(days=30)
    """The shortest time between two requests of the same survey to one person."""
    cool_down_any: Duration = timedelta(days=7)
    """The shortest time between any two requests to one person."""
    staff_cool_down: Duration = timedelta(hours=12)
    """The shortest time between two requests to one person who served; *12 h* is about one a working day."""
    account_cap: int | None = Field(default=None, ge=1)
    """Requests to one account within `account_window` at most."""
    account_window: Duration = timedelta(days=30)
    """The time in which `account_cap` counts."""
    quiet_from: ClockTime = time(20, 0)
    """Nobody is asked from then on, in the recipient's own zone …"""
    quiet_until: ClockTime = time(8, 0)
    """… and until then."""
    days: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    """Days on which people are asked."""
    reminder_after: Duration | None = timedelta(days=2)
    """One reminder this long after the request; none when null."""
    expires_after: Duration = timedelta(days=14)
    """How long a request can be answered."""
    second_rating_after: Duration | None = timedelta(days=1)
    """How long after its case was closed a contacted customer is asked *Did we put it right?*; never when null."""
    edit_window: Duration = timedelta(hours=24)
    """How long a changed mind replaces an answer."""
    too_old_after: Duration = timedelta(days=5)
    """An encounter older than this when its turn comes is not asked about."""
    interviews_count: bool = False
    """Whether scores that staff asked for by telephone count with those customers gave themselves."""


class AnonymousSection(Declared):
    """What staff may say without their name."""

    minimum_group: int = Field(default=5, ge=3)
    """Notes on one topic are opened together, and not before so many people have written."""


class UrgentWords(Declared):
    """Words in a comment that open a case, by language; stems match inflected forms."""

    fi: tuple[str, ...] = ()
    """Finnish stems."""
    sv: tuple[str, ...] = ()
    """Swedish stems."""
    en: tuple[str, ...] = ()
    """English stems."""


class RoutingRule(Declared):
    """Which matters go to whom, whoever owns their service. What is left out of the conditions may be anything."""

    service: _Keys = ()
    """Of these services."""
    account: _Keys = ()
    """Of these accounts."""
    touchpoint: _Keys = ()
    """At these kinds of moments."""
    category: Annotated[tuple[str, ...], Several()] = ()
    """Of these topics, as they are typed when feedback is logged; capitals do not count."""
    type: Annotated[tuple[FeedbackType, ...], Several()] = ()
    """These kinds of feedback; answers to a survey have none."""
    owner: Key | None = None
    """The person who answers …"""
    rota: _Keys = ()
    """… or people who take turns, an office day each; a team's key stands for its people."""
    informed: tuple[Key, ...] = ()
    """Who is told of each case and need not act."""

    def rule(self, number: int) -> Rule:
        """The same for the rules, at its place in the file."""
        conditions = {name: getattr(self, name) for name in CONDITIONS}
        wanted = {
            name: frozenset(str(value).casefold() for value in values)
            for name, values in conditions.items()
            if values
        }
        return Rule(number, wanted, self.owner, self.rota, self.informed)


class Routing(Declared):
    """Who must act."""

    rules: tuple[RoutingRule, ...] = ()
    """Looked at in this order, the first that fits holds; where none does, the owner of the service acts."""

    complaint_types: tuple[FeedbackType, ...] = (FeedbackType.COMPLAINT, FeedbackType.DEFECT)
    """Kinds of feedback that open a case at once."""
    repeats_within: Duration = timedelta(days=14)
    """A customer who comes back about the same service this soon joins the open case and makes it urgent."""
    remind_before: Duration = timedelta(hours=1)
    """Office time before the due time at which the owner is reminded."""
    escalate_every: Duration = timedelta(hours=4)
    """Office time after which the next person up is told of a case that is still overdue."""
    staff_quiet_from: ClockTime = time(0, 0)
    """From then on, and on days the office is closed, alerts wait until it opens, except urgent ones …"""
    staff_quiet_until: ClockTime = time(0, 0)
    """… until then, in the zone of the service's calendar. The same time twice: alerts never wait."""


class Organisation(Declared):
    """The whole organisation."""

    name: Text
    """What customers call it."""
    language: Language = "fi"
    """The language of people whose own we do not know."""
    time_zone: str = "Europe/Helsinki"
    """IANA name of the zone in which it works."""
    cx_lead: Key | None = None
    """Who answers when nobody else does."""
    calendar: Key | None = None
    """The calendar of services that name none."""
    calendars: dict[Key, CalendarSection] = Field(default_factory=dict)
    """Opening hours by key."""
    teams: dict[Key, Team] = Field(default_factory=dict)
    """Teams by key."""
    people: dict[Key, Person] = Field(default_factory=dict)
    """Those who work here, and customers known beforehand, by key."""
    services: dict[Key, Service] = Field(default_factory=dict)
    """What customers get from us, by key."""
    touchpoints: dict[Key, Touchpoint] = Field(default_factory=dict)
    """Kinds of moments, by key."""
    accounts: dict[Key, Account] = Field(default_factory=dict)
    """Customers that are organisations, by key."""
    surveys: dict[Key, Survey] = Field(default_factory=dict)
    """Surveys of its own, by key; `encounter` and `staff` ship with Kaiku."""
    kiosks: dict[Key, Kiosk] = Field(default_factory=dict)
    """Tablets in lobbies, by key."""
    thresholds: dict[str, Thresholds] = Field(default_factory=dict)
    """By question key or metric, for the whole organisation."""
    webhooks: dict[Key, Webhook] = Field(default_factory=dict)
    """Other programs that are told when something happens, by key; `KAIKU_WEBHOOK_SECRETS` has the secret of each."""
    rounds: dict[Key, Round] = Field(default_factory=dict)
    """Relationship surveys that come again and again, by key."""
    pilot: PilotSection | None = None
    """A pilot or dry run, while there is one."""
    asking: AskingSection = AskingSection()
    """How often and when people are asked."""
    minimum_group: int = Field(default=5, ge=3)
    """Answers to confidential surveys are shown in digests from so many on, and anonymous ones opened together;
    fewer could be told apart."""
    retention: RetentionSection = RetentionSection()
    """How long what can be traced to a person is kept."""
    routing: Routing = Routing()
    """Who must act, and when."""
    anonymous: AnonymousSection = AnonymousSection()
    """What staff say without their name."""
    digest: WeeklyDigests = WeeklyDigests()
    """The weekly digests of managers and teams."""
    reports: dict[Key, Report] = Field(default_factory=dict)
    """Further digests by key: for the management, the CX group, the directors."""
    targets: Targets = Field(default_factory=dict)
    """What figures are to reach where nothing closer is said, by question key or metric."""
    annotations: tuple[AnnotationSection, ...] = ()
    """What happened: it stands on the time line of every figure it concerns."""
    urgent_words: UrgentWords = UrgentWords()
    """Words that open a case whatever the score; those of a language replace the shipped ones."""

    @model_validator(mode="before")
    @classmethod
    def _name_each(cls, data: Any) -> Any:
        """Give each entry of a section its own key, so that it can be passed about alone."""
        if not isinstance(data, Mapping):
            return data
        for section in (
            "teams",
            "people",
            "services",
            "touchpoints",
            "accounts",
            "surveys",
            "kiosks",
            "rounds",
            "webhooks",
            "reports",
        ):
            entries = data.get(section)
            if isinstance(entries, Mapping):
                named = {k: {"key": k, **v} if isinstance(v, Mapping) else v for k, v in entries.items()}
                data = {**data, section: named}
        return data
