"""Views as a handler would read them: the pension office on the Friday before the digest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from handlers.messages import (
    Action,
    Button,
    Buttons,
    Chips,
    DistributionChart,
    Form,
    Message,
    Scale,
    ScoreBar,
    TrendChart,
    TrendPoint,
    WheelChart,
    WheelSegment,
)
from handlers.rules.contents import USUAL
from handlers.rules.targets import Signal
from handlers.views import (
    AnswerView,
    ArisingView,
    CaseEventView,
    CaseView,
    DigestView,
    EarlierView,
    ExplanationView,
    FeedbackView,
    FigureView,
    LedgerView,
    OpenCaseLine,
    PackView,
    PartView,
    PastScore,
    ReasonsView,
    ReasonView,
    ScoreView,
    SurveyView,
    TableRow,
    TargetView,
    UnitView,
    VoiceView,
)
from handlers.wording.pack import DEFAULT_SURVEYS, QUESTIONS, REASONS_LOW
from storage.vocabulary import (
    Band,
    CaseEventKind,
    CaseReason,
    CaseState,
    FeedbackType,
    Outcome,
    OwnerRule,
    Period,
    Privacy,
    Stream,
    Tone,
    Verdict,
    WishState,
)

FRIDAY = datetime(2026, 11, 27, 13, 0, tzinfo=UTC)
"""Friday 27 November 2026 at 15:00 in Helsinki."""
ZONE = "Europe/Helsinki"
TOKEN = "q7Gk2mPq9xYz"

OFFICE = {"fi": "Eläkelaitos", "sv": "Pensionsanstalten", "en": "Pension office"}
ADVICE = {"fi": "Eläkeneuvonta", "sv": "Pensionsrådgivning", "en": "Pension advice"}
CALL = {"fi": "Puhelu", "sv": "Samtal", "en": "Phone call"}

SURVEY = SurveyView(
    invitation=TOKEN,
    questions=tuple(QUESTIONS[key] for key in DEFAULT_SURVEYS["encounter"]),
    answers={},
    skipped=frozenset(),
    current="ease",
    reasons=(),
    chosen_reasons=frozenset(),
    organisation=OFFICE,
    service=ADVICE,
    about="eläkepäätös",
    happened_at=FRIDAY,
    zone=ZONE,
    reader="Maija Virtanen",
    responsible="Maija Virtanen",
    purpose=None,
)
NAMELESS = replace(SURVEY, privacy=Privacy.ANONYMOUS)
AT_THE_WORDS = replace(
    SURVEY,
    answers={"ease": AnswerView(2), "satisfied": AnswerView(2), "handled": AnswerView(3)},
    current="words",
    reasons=REASONS_LOW,
    chosen_reasons=frozenset({"waiting"}),
)
COMPLETE = replace(
    AT_THE_WORDS,
    answers={
        **AT_THE_WORDS.answers,
        "words": AnswerView(words="Jonotin kauan."),
        "contact": AnswerView(1),
    },
    current=None,
    case_opened=True,
)
STAFF = replace(
    SURVEY,
    questions=tuple(QUESTIONS[key] for key in DEFAULT_SURVEYS["staff"]),
    current="staff_said",
    stream=Stream.STAFF,
)

CASE = CaseView(
    case=TOKEN,
    reason=CaseReason.LOW_SCORE,
    state=CaseState.RECEIVED,
    urgent=False,
    customer="Tom Korhonen",
    title="ostopäällikkö",
    account="Acme Oy",
    phone="040 123 4567",
    touchpoint=CALL,
    service=ADVICE,
    handler="Ville Niemi",
    happened_at=FRIDAY,
    opened_at=FRIDAY,
    due_at=FRIDAY + timedelta(hours=3),
    overdue=False,
    zone=ZONE,
    scores=(ScoreView(QUESTIONS["satisfied"], 2, Band.POOR), ScoreView(QUESTIONS["handled"], 3, Band.POOR)),
    reasons=(REASONS_LOW[0].label,),
    comment="Jonotin kauan.",
    history=(PastScore(FRIDAY - timedelta(days=60), CALL, QUESTIONS["satisfied"], 4, Band.GOOD),),
    other_open_cases=1,
    consent=True,
    can_write=True,
    owner="Maija Virtanen",
    owner_rule=OwnerRule.SERVICE_OWNER,
    claimed_by="",
    claimed_at=None,
    outcome=None,
    outcome_words="",
    events=(CaseEventView(CaseEventKind.OPENED, FRIDAY, "", "", ""),),
)
CLAIMED = replace(CASE, state=CaseState.CLAIMED, claimed_by="Maija Virtanen", claimed_at=FRIDAY)
CLOSED = replace(
    CLAIMED, state=CaseState.CLOSED, outcome=Outcome.APOLOGISED, outcome_words="Soitin ja pahoittelin."
)

OPEN_LINE = OpenCaseLine(
    case=TOKEN,
    customer="Tom Korhonen",
    account="Acme Oy",
    service=ADVICE,
    reason=CaseReason.LOW_SCORE,
    state=CaseState.RECEIVED,
    owner="Maija Virtanen",
    opened_at=FRIDAY - timedelta(days=3),
    due_at=FRIDAY - timedelta(days=2),
    overdue=True,
)

FEEDBACK = FeedbackView(
    feedback=TOKEN,
    type=FeedbackType.IDEA,
    tone=Tone.POSITIVE,
    words="Lomakkeen voisi täyttää puhelimella.",
    customer="Tom Korhonen",
    account="Acme Oy",
    service=ADVICE,
    reader="Maija Virtanen",
    logged_by="Ville Niemi",
    case_opened=True,
)

FIGURE = FigureView(
    question=QUESTIONS["satisfied"],
    n=20,
    value=0.75,
    low=0.53,
    high=0.89,
    mean=4.1,
    previous_n=20,
    previous_value=0.9,
    change="noise",
)
TREND = TrendChart(
    "Tyytyväisyys",
    (
        TrendPoint("W45", 20, 0.9, 0.7, 0.97),
        TrendPoint("W46", 2, None, None, None),
        TrendPoint("W47", 20, 0.75, 0.53, 0.89),
    ),
)
WHEEL = WheelChart(
    "Kosketuspisteet",
    (
        WheelSegment("phone", "Puhelu", 100, 0.6, Signal.BELOW, "alle tavoitteen", 0.8),
        WheelSegment("visit", "Käynti", 40, 0.75, Signal.NEAR, "lähellä tavoitetta", 0.8),
        WheelSegment("email", "Sähköposti", 40, 0.9, Signal.AT, "tavoitteessa", 0.8),
        WheelSegment("ticket", "Tukipyyntö", 3, None, Signal.FEW, "liian vähän vastauksia"),
        WheelSegment("project", "Projektin vaihe", 40, 0.9, Signal.UNTARGETED, "ei tavoitetta"),
    ),
)
SPREAD = DistributionChart(
    "Kuinka tyytyväinen olit palveluun",
    (
        ScoreBar("1", 1, Band.POOR),
        ScoreBar("2", 2, Band.POOR),
        ScoreBar("3", 2, Band.FAIR),
        ScoreBar("4", 6, Band.GOOD),
        ScoreBar("5", 9, Band.GOOD),
    ),
    "Erittäin tyytymätön",
    "Erittäin tyytyväinen",
)
DIGEST = DigestView(
    audience=ADVICE,
    starts_at=FRIDAY - timedelta(days=7),
    ends_at=FRIDAY,
    zone=ZONE,
    late=False,
    asked=40,
    answered=20,
    responses=20,
    staff_responses=3,
    feedback_count=1,
    excluded=1,
    figures=(FIGURE,),
    best=(VoiceView("Nopeaa ja ystävällistä!", Band.GOOD, CALL, logged=False),),
    worst=(VoiceView("Jonotin kauan.", Band.POOR, CALL, logged=True),),
    open_cases=(OPEN_LINE,) * 5,
    open_total=7,
    overdue_total=2,
    opened=3,
    closed=2,
    closed_outcomes={Outcome.RESOLVED: 1, Outcome.EXPLAINED: 1},
    trend=TREND,
)
EMPTY_WEEK = replace(
    DIGEST,
    asked=0,
    answered=0,
    responses=0,
    staff_responses=0,
    feedback_count=0,
    excluded=0,
    figures=(),
    best=(),
    worst=(),
    open_cases=(),
    open_total=0,
    overdue_total=0,
    opened=0,
    closed=0,
    closed_outcomes={},
    trend=None,
)

TABLE_ROW = TableRow(
    CALL,
    FIGURE,
    (EarlierView("2026-Q3", 20, 0.9), EarlierView("2026-Q2", 3, None), EarlierView("2026-Q1", 18, 0.8)),
    Signal.NEAR,
)
QUARTER = replace(
    DIGEST,
    period=Period.QUARTER,
    window="2026-Q4",
    parts=USUAL[Period.QUARTER],
    trend=None,
    wheel=WHEEL,
    table=(UnitView(ADVICE, (TABLE_ROW, replace(TABLE_ROW, touchpoint=None))), UnitView(None, (TABLE_ROW,))),
    reasons=ReasonsView(
        problems=(ReasonView(REASONS_LOW[0].label, 12, 7),), positives=(ReasonView(ADVICE, 30, 28),)
    ),
    arising=ArisingView(7, 5, 12, 2, 1, 3, {WishState.DONE: 1, WishState.NOT_NOW: 2}),
    targets=(
        TargetView(None, FIGURE, 85, Signal.NEAR),
        TargetView(
            {"fi": "Acme Oy"},
            replace(FIGURE, question=QUESTIONS["recommend"], value=0.23, low=-0.1, high=0.5),
            40,
            Signal.NEAR,
        ),
        TargetView({"fi": "Kasvatus"}, replace(FIGURE, n=3, value=None), 90, Signal.FEW),
    ),
    run="r7Gk2mPq9xYz",
)
MONTH = replace(
    QUARTER,
    period=Period.MONTH,
    window="2026-11",
    parts=USUAL[Period.MONTH],
    spread=SPREAD,
    wheel=None,
    table=(),
)
PACK = PackView(
    digest=replace(DIGEST, audience={"fi": "Acme Oy"}, trend=None),
    last_met=date(2026, 9, 1),
    meets_next=date(2026, 12, 1),
    contacts=("Tom Korhonen, hankintapäällikkö",),
    wishes=(("Yksi kirjautuminen kaikkeen.", WishState.CONSIDERED),),
    noted=((date(2026, 11, 20), {"fi": "Uusi versio", "sv": "Ny version", "en": "New version"}),),
)
EXPLANATION = ExplanationView(
    figure=replace(FIGURE, change="worse"),
    telling=(PartView(CALL, 20, 0.25, 20, 1.0, 0.5, 0.5),),
    mixed=(PartView(ADVICE, 30, 0.7, 10, 0.7, 0.75, 0.25),),
)

FACTS_OF_VERDICTS: dict[Verdict, dict[str, str | int | float]] = {
    Verdict.SNOOZED: {"until": FRIDAY.isoformat()},
    Verdict.TOO_OLD: {"happened_at": FRIDAY.isoformat(), "days": 5},
    Verdict.ALREADY_ASKED_TODAY: {"asked_at": FRIDAY.isoformat(), "about": "eläkepäätös"},
    Verdict.COOL_DOWN: {
        "asked_at": FRIDAY.isoformat(),
        "about": "eläkepäätös",
        "days": 30,
        "until": FRIDAY.isoformat(),
    },
    Verdict.COOL_DOWN_ANY: {
        "asked_at": FRIDAY.isoformat(),
        "about": "eläkepäätös",
        "days": 0.5,
        "until": FRIDAY.isoformat(),
    },
    Verdict.ACCOUNT_CAP: {"count": 3, "cap": 3, "days": 30},
    Verdict.ENOUGH_ANSWERS: {"count": 141, "needed": 138, "margin": 5},
    Verdict.NOT_SAMPLED: {"share": 0.3},
    Verdict.ASKED: {"share": 1.0},
}
"""As `handlers.rules.fatigue` gives them; the other verdicts have none."""


def decision(verdict: Verdict, stream: Stream = Stream.CUSTOMER) -> LedgerView:
    """One decision of the ledger with the facts it comes with."""
    facts = FACTS_OF_VERDICTS.get(verdict, {})
    return LedgerView(verdict, facts, "Tom Korhonen", stream, CALL, FRIDAY, FRIDAY, ZONE)


def buttons(message: Message) -> list[Button]:
    """Every button of a message, wherever it stands."""
    found: list[Button] = []
    for part in message.parts:
        match part:
            case Scale(points=some) | Chips(options=some) | Buttons(buttons=some):
                found += some
            case _:
                pass
    return found


def actions(message: Message) -> list[Action]:
    """What can be done with a message."""
    return [button.action for button in buttons(message)]


def keys(form: Form) -> list[str]:
    """The keys of a form's fields, in order."""
    return [field.key for field in form.fields]
