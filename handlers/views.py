"""What a message is composed from: facts read from rows once, in no language and no markup.

`handlers.wording` turns a view and a language into a `Message`. Dates are aware UTC; `zone` says in
whose local time they are to be shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from handlers.messages import DistributionChart, TrendChart, WheelChart
from handlers.rules.contents import SIZES, USUAL, Sizes
from handlers.rules.recovery import Gained
from handlers.rules.routing import Step
from handlers.rules.scales import LocalText, Option, Question
from handlers.rules.targets import Signal
from storage.vocabulary import (
    Band,
    CaseEventKind,
    CaseReason,
    CaseState,
    DeclineReason,
    DigestPart,
    FeedbackSource,
    FeedbackType,
    Impact,
    Length,
    Outcome,
    OwnerRule,
    Period,
    Privacy,
    Stream,
    Tone,
    Verdict,
    WishState,
)


@dataclass(frozen=True)
class AnswerView:
    """One answer as given: a score, or words (comment or chosen option keys joined by a space)."""

    score: int | None = None
    words: str = ""
    band: Band | None = None


@dataclass(frozen=True)
class SurveyView:
    """One invitation as the person sees it now; the message is a function of this alone."""

    invitation: str
    questions: tuple[Question, ...]
    answers: Mapping[str, AnswerView]
    skipped: frozenset[str]
    current: str | None
    """Key of the question being asked; none when the survey is complete, declined or expired."""
    reasons: tuple[Option, ...]
    """Reason chips to offer beside the free-text question, in the order to show them."""
    chosen_reasons: frozenset[str]
    organisation: LocalText
    service: LocalText | None
    about: str
    """Which encounter is meant, in a few words; may be empty."""
    happened_at: datetime
    zone: str
    reader: str
    """Name of the person who reads the answer."""
    responsible: str
    """Name of the person to talk to, for “I'd rather talk to …”; empty when there is none."""
    purpose: LocalText | None
    privacy: Privacy = Privacy.NAMED
    kept_days: int | None = None
    """For how many days words are kept; none means without end."""
    stream: Stream = Stream.CUSTOMER
    shared: bool = False
    reminder: bool = False
    declined: DeclineReason | None = None
    expired: bool = False
    case_opened: bool = False
    """A person will act on this: the thanks may say so, by name."""
    editable: bool = True
    together: int = 5
    """How many anonymous answers are opened at once, at least."""
    longest: int = 20_000
    """Characters of one answer in words."""

    @property
    def nameless(self) -> bool:
        """Nobody may find out whose the answer is."""
        return self.privacy is Privacy.ANONYMOUS


@dataclass(frozen=True)
class ScoreView:
    """One closed question with its score, as an alert shows it."""

    question: Question
    score: int
    band: Band | None


@dataclass(frozen=True)
class PastScore:
    """An earlier answer of the same customer."""

    at: datetime
    touchpoint: LocalText
    question: Question
    score: int
    band: Band | None


@dataclass(frozen=True)
class CaseEventView:
    """One line of a case's history."""

    kind: CaseEventKind
    at: datetime
    by: str
    other: str
    words: str


@dataclass(frozen=True)
class SpokenView:
    """A voice message that belongs to a case."""

    voice: str
    seconds: int
    lost: bool = False
    """It can never be heard."""


@dataclass(frozen=True)
class CaseView:
    """What an owner needs to call the customer."""

    case: str
    reason: CaseReason
    state: CaseState
    urgent: bool
    customer: str
    """Name; empty when the customer is not known by name."""
    title: str
    account: str
    phone: str
    """Empty unless the customer consented to be contacted."""
    touchpoint: LocalText | None
    service: LocalText | None
    handler: str
    happened_at: datetime
    opened_at: datetime
    due_at: datetime
    overdue: bool
    zone: str
    scores: tuple[ScoreView, ...]
    reasons: tuple[LocalText, ...]
    comment: str
    """The customer's words so far; empty when none."""
    history: tuple[PastScore, ...]
    other_open_cases: int
    consent: bool | None
    can_write: bool
    """The bot can carry words to the customer: reachable, and has not refused contact."""
    owner: str
    owner_rule: OwnerRule
    claimed_by: str
    claimed_at: datetime | None
    outcome: Outcome | None
    outcome_words: str
    events: tuple[CaseEventView, ...]
    feedback_type: FeedbackType | None = None
    logged_by: str = ""
    came_by: str = ""
    """A `CameBy`, or another way as it was typed; empty for an answer to a request."""
    said_by: FeedbackSource | None = None
    """Whose words they are, where they are no customer's."""
    deputy_for: str = ""
    """Name of the person the owner stands in for, where the rule is `DEPUTY`."""
    informed: bool = False
    """The reader is only informed: no buttons."""
    excluded: DeclineReason | None = None
    """The customer said that it is not about us, or not their matter."""
    spoken: tuple[SpokenView, ...] = ()
    """What was said aloud, oldest first."""
    withheld: bool = False
    """We know who the customer is and do not tell: the survey was confidential."""


@dataclass(frozen=True)
class FeedbackView:
    """Feedback that was said unprompted or logged."""

    feedback: str
    type: FeedbackType
    tone: Tone
    words: str
    customer: str
    account: str
    service: LocalText | None
    reader: str
    """Who reads it, by name."""
    logged_by: str
    case_opened: bool
    source: FeedbackSource = FeedbackSource.CUSTOMER


@dataclass(frozen=True)
class FigureView:
    """One figure of a digest, honest about how much it rests on."""

    question: Question
    n: int
    value: float | None
    """Share of good answers from 0 to 1 (for NPS from −1 to 1); none below the minimum n."""
    low: float | None
    high: float | None
    mean: float | None
    previous_n: int
    previous_value: float | None
    change: str
    """`none` (nothing to compare), `noise`, `better`, `worse`."""
    whole_n: int = 0
    """How many answers there are with those marked as not about us; at least n where it was counted."""
    whole_value: float | None = None
    """The figure with those."""


@dataclass(frozen=True)
class OpenCaseLine:
    """One open case in a digest, oldest first."""

    case: str
    customer: str
    account: str
    service: LocalText | None
    reason: CaseReason
    state: CaseState
    owner: str
    opened_at: datetime
    due_at: datetime
    overdue: bool
    withheld: bool = False
    """The customer's name is not told."""
    nameless: bool = False
    """Others read along: nobody is told whose it is."""


@dataclass(frozen=True)
class ResponseName:
    """A response as a button names it: the invitation it answers, and its place among those to it."""

    invitation: str
    place: int


@dataclass(frozen=True)
class VoiceView:
    """One person's words in a digest, verbatim."""

    words: str
    band: Band | None
    touchpoint: LocalText | None
    logged: bool
    """Logged by staff or said unprompted, rather than written to a survey."""
    response: ResponseName | None = None
    """Where it was written."""


@dataclass(frozen=True)
class NamelessView:
    """Anonymous surveys in a window. Which answers belong to which requests nobody knows."""

    asked: int = 0
    """Requests sent in the window."""
    opened: int = 0
    """Answers opened in the window, together and shuffled."""

    def __bool__(self) -> bool:
        return bool(self.asked or self.opened)


@dataclass(frozen=True)
class RoundFiguresView:
    """What a window held of one round, apart from everything that was asked after encounters."""

    name: LocalText
    asked: int
    """Requests sent in the window."""
    answered: int
    """… of which have at least one answer so far."""
    figures: tuple[FigureView, ...]
    best: tuple[VoiceView, ...] = ()
    worst: tuple[VoiceView, ...] = ()
    nameless: NamelessView = NamelessView()
    """Where it is anonymous; not among the asked and answered."""


@dataclass(frozen=True)
class ReasonView:
    """What was named as good or as poor, how often, and how often the time before."""

    label: LocalText
    n: int
    previous_n: int


@dataclass(frozen=True)
class ReasonsView:
    """What was named most: chosen beside an answer, or the category of what was logged."""

    problems: tuple[ReasonView, ...]
    positives: tuple[ReasonView, ...]


@dataclass(frozen=True)
class ArisingView:
    """What was open as the window began and what became of it; what has come since."""

    open_before: int
    closed_since: int
    """Of those."""
    opened: int
    still_open: int
    """Of those opened in the window."""
    reopened: int
    wishes: int
    """First told in the window."""
    wishes_decided: Mapping[WishState, int]


@dataclass(frozen=True)
class EarlierView:
    """A figure as it was in an earlier window."""

    window: str
    n: int
    value: float | None


@dataclass(frozen=True)
class TableRow:
    """One kind of moment of a unit, with its question that was answered most."""

    touchpoint: LocalText | None
    figure: FigureView
    earlier: tuple[EarlierView, ...]
    """The newest first; the window just before is in the figure."""
    signal: Signal = Signal.UNTARGETED
    """How the figure stands against its target."""


@dataclass(frozen=True)
class UnitView:
    """A unit with its kinds of moments; without a name, what concerns no service."""

    name: LocalText | None
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class TargetView:
    """A figure against what it is to reach, in per cent."""

    of: LocalText | None
    """The account whose plan says so; none for the reader's own figures."""
    figure: FigureView
    target: int
    signal: Signal


@dataclass(frozen=True)
class PartView:
    """A service or kind of moment in two windows, and which share of the answers came from it in each."""

    name: LocalText | None
    n: int
    value: float | None
    previous_n: int
    previous_value: float | None
    share: float
    previous_share: float


@dataclass(frozen=True)
class ExplanationView:
    """What explains how a figure moved."""

    figure: FigureView
    telling: tuple[PartView, ...]
    """Those that changed by more than chance in the same direction."""
    mixed: tuple[PartView, ...]
    """Those of which more or fewer answers came, where that explains at least half."""


@dataclass(frozen=True)
class DigestView:
    """One window of one audience."""

    audience: LocalText
    starts_at: datetime
    ends_at: datetime
    zone: str
    late: bool
    asked: int
    """Invitations sent in the window."""
    answered: int
    """… of which have at least one answer so far."""
    responses: int
    """Customer responses first given in the window, whenever asked."""
    staff_responses: int
    feedback_count: int
    excluded: int
    """Responses marked as not about us, not in the figures."""
    open_total: int
    overdue_total: int
    opened: int
    closed: int
    figures: tuple[FigureView, ...] = ()
    best: tuple[VoiceView, ...] = ()
    worst: tuple[VoiceView, ...] = ()
    open_cases: tuple[OpenCaseLine, ...] = ()
    closed_outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    trend: TrendChart | None = None
    spread: DistributionChart | None = None
    wheel: WheelChart | None = None
    gained: Gained | None = None
    """What customers said after their cases were closed; none when nobody was heard again."""
    rounds: tuple[RoundFiguresView, ...] = ()
    """Relationship surveys of which something was asked or answered."""
    keeps_wishes: bool = False
    """The reader may note a wish from what was written."""
    staff_figures: tuple[FigureView, ...] = ()
    """What staff answered about the same encounters, never counted with customers."""
    interviews: int = 0
    """Responses that staff asked for by telephone and wrote down."""
    nameless: NamelessView = NamelessView()
    """Not among the asked and answered; what was opened is among the responses."""
    period: Period = Period.WEEK
    window: str = ""
    """What the window is called, such as *2026-W47*."""
    parts: tuple[DigestPart, ...] = USUAL[Period.WEEK]
    """What is to be told, in this order; what is not among them was not read."""
    sizes: Sizes = SIZES[Length.NORMAL]
    reasons: ReasonsView | None = None
    arising: ArisingView | None = None
    table: tuple[UnitView, ...] = ()
    targets: tuple[TargetView, ...] = ()
    run: str = ""
    """The token by which its buttons know it; empty where nothing can be pressed."""
    pages: bool = False
    """There is a dashboard to open from it."""


@dataclass(frozen=True)
class PackView:
    """Everything about one account since it was met last."""

    digest: DigestView
    last_met: date | None
    meets_next: date | None
    contacts: tuple[str, ...]
    """The people we know there, with their positions."""
    wishes: tuple[tuple[str, WishState], ...]
    """What they wished for and where it stands, the latest first."""
    noted: tuple[tuple[date, LocalText], ...]
    """What happened meanwhile."""


@dataclass(frozen=True)
class LedgerView:
    """One decision of the ledger."""

    verdict: Verdict
    facts: Mapping[str, str | int | float]
    person: str
    """Who was asked, or was not."""
    stream: Stream
    """As the customer, or as the member of staff who served them."""
    touchpoint: LocalText
    happened_at: datetime
    decided_at: datetime
    zone: str


@dataclass(frozen=True)
class MatterView:
    """Something a customer said or was asked about, as they may know it."""

    at: datetime
    words: str = ""
    touchpoint: LocalText | None = None
    about: str = ""
    awaited: bool = False
    """Asked and not answered yet."""
    state: CaseState | None = None
    """Of the case it opened; none where nothing was to be put right."""
    holder: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True)
class HomeView:
    """What is a person's own: cases to act on for who works here, else what they said; and how they are spoken to."""

    acts_on_cases: bool
    cases: tuple[OpenCaseLine, ...]
    total: int
    """Open cases in all."""
    matters: tuple[MatterView, ...]
    asked: bool
    """Whether they may be asked for feedback now."""
    zone: str
    pages: bool = False
    """There is a dashboard that they may open."""


@dataclass(frozen=True)
class RouteView:
    """Who would own a matter that came up on a day, how that was found, and who is told; people by key."""

    on: date
    """Local to the office."""
    rule: int | None
    """The number of the rule of the organisation that holds."""
    rules: int
    """How many rules there are."""
    owner: str | None
    informed: tuple[str, ...]
    steps: tuple[Step, ...]
    names: Mapping[str, str]
    """Key → name, of everybody in the organisation file."""


@dataclass(frozen=True)
class WishLine:
    """One wish of the register, in a line."""

    wish: str
    need: str
    state: WishState
    customers: int
    accounts: int
    impact: Impact | None


@dataclass(frozen=True)
class GiverView:
    """Somebody who wished for it, in their own words."""

    name: str
    account: str
    words: str
    at: datetime


@dataclass(frozen=True)
class LikeWishView:
    """Another wish that may be for the same need, and the words by which it seems so."""

    wish: str
    need: str
    shared: tuple[str, ...]


@dataclass(frozen=True)
class WishView:
    """One wish with all that is known of it."""

    line: WishLine
    service: LocalText | None
    observed_at: datetime
    heard_at: datetime
    """When it was last told."""
    budgeted: bool | None
    fits: bool | None
    words: str
    """What was said with the last decision."""
    givers: tuple[GiverView, ...]
    """The latest, oldest first."""
    alike: tuple[LikeWishView, ...]
    zone: str


class GapKind(StrEnum):
    """Why nobody could act."""

    NO_OWNER = "no owner"
    LEFT = "left"
    UNREACHABLE = "unreachable"
    """In no channel that is running."""
    AWAY = "away"
    """Without anybody who stands in."""


@dataclass(frozen=True)
class GapView:
    """Services or kinds of moments on whose matters nobody who is named could act, and why."""

    kind: GapKind
    names: tuple[LocalText, ...]
    person: str
    on: date | None
    """The first day, local to the office, on which somebody who is away is missed."""
    instead: str
    """Who gets the cases meanwhile; empty when nobody else does."""
