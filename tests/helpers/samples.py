"""Messages and forms of every kind, for what every channel must be able to draw."""

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Chips,
    ChoiceField,
    Facts,
    Form,
    Heading,
    Link,
    Message,
    Paragraph,
    Picture,
    Quote,
    Scale,
    Small,
    Sound,
    Style,
    TextField,
    TrendChart,
    TrendPoint,
    Verb,
)

HOSTILE = (
    "<!channel> *bold* [x](http://evil) =HYPERLINK(“…”) <b>x</b> @everyone _it_ ~no~ `code` "
    "<@U0MAYA> <http://evil|x> http://evil.example a@b.example :tada: &lt; > quote"
)
"""What somebody may type to ping, link, format or run; it must read as typed."""


def scale(chosen: int = 0) -> Scale:
    """Five points with anchors; one may be chosen."""
    points = tuple(
        Button(
            str(score),
            Action(Verb.RATE, "x7Gk2mPq", f"ease={score}"),
            spoken=f"{score} of 5",
            chosen=score == chosen,
        )
        for score in range(1, 6)
    )
    return Scale(points, "Strongly disagree", "Strongly agree")


PROMPT = Message(
    (
        Heading("How was it?"),
        Paragraph(
            "Thank you for contacting us (Pension advice). Three questions, about 20 seconds. Maya Virtanen "
            "reads your answer; we use it to improve the service. You may also choose not to answer."
        ),
        Paragraph("It was easy for me to get my matter handled.", strong=True),
        scale(),
        Buttons(
            (
                Button("I'd rather talk to Maya", Action(Verb.PERSON, "x7Gk2mPq")),
                Button("Not my matter", Action(Verb.DECLINE, "x7Gk2mPq", "not_my_matter")),
            )
        ),
        Small("Phone call on Monday 23 November at 9.12. Stop asking me: press “Not my matter”."),
    ),
    "How was your phone call about pension advice?",
)

ALERT = Message(
    (
        Heading("Tom Guest was dissatisfied (2 of 5)"),
        Facts(
            (
                ("Customer", "Tom Guest, purchasing manager, Acme Oy"),
                ("Touchpoint", "Phone call"),
                ("Getting it handled was easy", "2 of 5 (5 is best)"),
                ("May be contacted", "yes, 040 123 4567"),
                ("Answer by", "Monday 23 November at 12.30"),
            )
        ),
        Quote("I was passed on three times and nobody called back.", by="Tom Guest"),
        Bullets(("Slow", "Passed on")),
        Small("Before: 4 of 5 (May), 5 of 5 (February). One other open case."),
        Buttons(
            (
                Button(
                    "Take it", Action(Verb.TAKE, "c4Se"), Style.PRIMARY, spoken="Take the case of Tom Guest"
                ),
                Button("Hand over", Action(Verb.HAND_OVER, "c4Se")),
                Button("I called", Action(Verb.CONTACTED, "c4Se")),
                Button("Not ours", Action(Verb.NOT_OURS, "c4Se"), Style.DANGER),
            )
        ),
    ),
    "Tom Guest was dissatisfied: 2 of 5",
)

TREND = Picture(
    TrendChart(
        "Satisfied, weeks 44–47",
        tuple(TrendPoint(f"w{week}", 20, 0.9, 0.7, 0.97) for week in range(44, 48)),
        target=0.85,
    ),
    alt="Satisfied customers: 90 % in each of the weeks 44–47, n = 20 each.",
)

HEARD = Sound(
    "v7Gk",
    b"OggS, and what Tom thinks",
    "audio/ogg",
    12,
    alt="Voice message, 0:12",
    elsewhere="Elsewhere: python -m bot voice v7Gk",
)
VOICE = Message(
    (Paragraph("Voice message, 0:12 · Tom Guest", strong=True), HEARD), "Voice message, 0:12 · Tom Guest"
)

DIGEST = Message(
    (
        Heading("Service desk, week 47"),
        Paragraph("18 of 20 satisfied (90 %, 70–97 %). The change from last week is within noise."),
        TREND,
        Paragraph("In their words", strong=True),
        Quote("Sorted out while I was on the phone."),
        Quote("Passed on three times."),
        Bullets(("Tom Guest, Acme Oy: since Monday, overdue", "A. Korhonen: since Thursday")),
        Small("Asked 41, answered 20 (49 %)."),
    ),
    "Service desk, week 47: 18 of 20 satisfied",
)

CHIPS = Message(
    (
        Paragraph("What went wrong?"),
        Chips(
            (
                Button("Slow", Action(Verb.REASON, "x7Gk2mPq", "words=slow"), chosen=True),
                Button("Passed on", Action(Verb.REASON, "x7Gk2mPq", "words=passed-on")),
            )
        ),
        Buttons((Button("Write", Action(Verb.WRITE, "x7Gk2mPq", "words"), Style.PRIMARY),)),
    ),
    "What went wrong?",
)

UGLY = Message(
    (
        Heading(HOSTILE),
        Paragraph(HOSTILE),
        Paragraph(HOSTILE, strong=True),
        Quote(HOSTILE, by=HOSTILE),
        Facts(((HOSTILE, HOSTILE), ("empty", ""))),
        Bullets((HOSTILE,)),
        Scale((Button(HOSTILE, Action(Verb.RATE, "t", "q=1"), spoken=HOSTILE),), HOSTILE, HOSTILE),
        Chips((Button(HOSTILE, Action(Verb.REASON, "t", "q=x"), chosen=True),)),
        Buttons((Button(HOSTILE, Action(Verb.TAKE, "t")),)),
        Small(HOSTILE),
        Picture(TREND.chart, HOSTILE),
        Link(HOSTILE, "https://kaiku.test/dashboard/login/k7Gk"),
    ),
    HOSTILE,
)
"""Every kind of part, full of hostile words."""

HUGE = Message(
    (
        Heading("H" * 500),
        Paragraph("P" * 10_000),
        Quote("& <" * 4000, by="B" * 300),
        Facts(tuple((f"label {n}", "F" * 500) for n in range(30))),
        Bullets(tuple("L" * 400 for _ in range(60))),
        *(Paragraph(f"line {n}") for n in range(70)),
        *(Small(f"note {n}") for n in range(40)),
        Scale(
            tuple(Button(str(n), Action(Verb.RATE, "t", f"q={n}"), spoken="S" * 200) for n in range(11)),
            "L",
            "H",
        ),
        Chips(tuple(Button("C" * 200, Action(Verb.REASON, "t", f"q={n}")) for n in range(60))),
        Buttons((Button("Take it", Action(Verb.TAKE, "c4Se")),)),
        Small("S" * 5000),
        Picture(TREND.chart, "A" * 5000),
        Link("K" * 5000, "https://kaiku.test/dashboard/login/k7Gk"),
    ),
    "S" * 9000,
)
"""Beyond every limit there is."""

MESSAGES = {
    "prompt": PROMPT,
    "alert": ALERT,
    "digest": DIGEST,
    "chips": CHIPS,
    "voice": VOICE,
    "ugly": UGLY,
    "huge": HUGE,
    "rated": Message((scale(chosen=2),), "You chose 2 of 5"),
    "bare": Message((), "Nothing but a summary"),
}

CLOSING = Form(
    Action(Verb.CLOSE, "c4Se"),
    "Close the case",
    (
        ChoiceField(
            "outcome",
            "How did it end?",
            (("resolved", "Resolved"), ("explained", "Explained")),
            value="explained",
        ),
        TextField(
            "words", "What was agreed", multiline=True, required=False, hint="The customer does not see it"
        ),
    ),
    "Close it",
    intro="Tom Guest: 2 of 5",
)

LOGGING = Form(
    Action(Verb.LOG),
    "Log feedback from a customer who called",
    (
        TextField("customer", "Customer", value="Acme"),
        ChoiceField(
            "service", "Service", tuple((f"s{n}", f"Service number {n}") for n in range(246)), required=False
        ),
        ChoiceField("type", "Kind", tuple((f"t{n}", f"Kind {n}") for n in range(12))),
        ChoiceField("none", "Nothing to choose from", ()),
        TextField("words", HOSTILE, multiline=True, hint=HOSTILE, value=HOSTILE, max_length=40),
    ),
    "Log what they said, please",
    intro=HOSTILE,
)

FORMS = {"closing": CLOSING, "logging": LOGGING}
