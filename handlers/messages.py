"""What we can say, in no platform's markup.

A `Message` is a sequence of parts. `Part` is a closed union: a channel's `render` ends in
`assert_never`, so a new kind of part turns every channel red in mypy. All texts are plain: the
channel escapes them for its own sink, so that nothing a person wrote can ping, link or run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from mimetypes import guess_extension
from typing import Self

from handlers.rules.targets import Signal
from storage.vocabulary import Band


class Verb(StrEnum):
    """What a button or form asks for; the value is short because Telegram allows 64 bytes in all."""

    RATE = "rate"
    RATE_AGAIN = "again"
    REASON = "why"
    SKIP = "skip"
    CHANGE = "chg"
    WRITE = "write"
    DECLINE = "no"
    PERSON = "human"
    TAKE = "take"
    HAND_OVER = "hand"
    CONTACTED = "called"
    REPLY = "reply"
    EXPERT = "expert"
    NOT_OURS = "notours"
    CLOSE = "close"
    REOPEN = "reopen"
    SHOW_CASE = "case"
    MY_CASES = "cases"
    LOG = "log"
    ASK = "ask"
    LANGUAGE = "lang"
    ASKING = "asking"
    LISTEN = "hear"
    FORGET = "forget"
    NOTE = "note"
    INTERVIEW = "interview"
    WISHES = "wishes"
    SHOW_WISH = "wish"
    NOTE_WISH = "wishnew"
    WEIGH_WISH = "weigh"
    JOIN_WISH = "join"
    DECIDE_WISH = "decide"
    DIGEST = "digest"
    LOGIN = "login"


@dataclass(frozen=True)
class Action:
    """What pressing means: a verb, an opaque token of what it is about, and a short value."""

    verb: Verb
    ref: str = ""
    value: str = ""

    def encode(self) -> str:
        """The action as it travels in a button: at most 64 bytes of ASCII."""
        return f"{self.verb}|{self.ref}|{self.value}"

    @classmethod
    def decode(cls, text: str) -> Self:
        """Read a travelled action. Raises `ValueError` for anything we did not write."""
        verb, ref, value = text.split("|", 2)
        return cls(Verb(verb), ref, value)


class Style(StrEnum):
    """How much a button stands out."""

    PLAIN = "plain"
    PRIMARY = "primary"
    DANGER = "danger"


@dataclass(frozen=True)
class Button:
    """A labelled action. `spoken` is what a screen reader says where the label alone is not enough."""

    label: str
    action: Action
    style: Style = Style.PLAIN
    spoken: str = ""
    chosen: bool = False


@dataclass(frozen=True)
class Heading:
    """The title of a message."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain words; may hold line breaks."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Quote:
    """Somebody's own words, verbatim; shown as typed."""

    text: str
    by: str = ""


@dataclass(frozen=True)
class Facts:
    """Label and value, one line each."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Bullets:
    """A short list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """A one-tap scale: the points in order with the anchors of both ends."""

    points: tuple[Button, ...]
    low_anchor: str = ""
    high_anchor: str = ""


@dataclass(frozen=True)
class Chips:
    """Options of which any number may be chosen; a chosen one is marked."""

    options: tuple[Button, ...]


@dataclass(frozen=True)
class Buttons:
    """What can be done now."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True)
class Small:
    """Fine print."""

    text: str


@dataclass(frozen=True)
class TrendPoint:
    """One window of a trend: its label, how many answers, the share from 0 to 1 and its 95 % interval.

    `value` is none where there were too few answers for a share.
    """

    label: str
    n: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class TrendMark:
    """Something noted on the time line: in which window, counted from the first as 0, and in a few words."""

    place: int
    words: str


@dataclass(frozen=True)
class TrendChart:
    """What a trend picture shows; drawn in `bot.pictures`."""

    title: str
    points: tuple[TrendPoint, ...]
    target: float | None = None
    annotations: tuple[TrendMark, ...] = ()
    """What happened, so that a dip is read right."""


@dataclass(frozen=True)
class ScoreBar:
    """How often one point of a scale was chosen, and what choosing it means."""

    label: str
    n: int
    band: Band | None


@dataclass(frozen=True)
class DistributionChart:
    """How the answers to one question spread: every point of its scale in order, also those nobody chose."""

    title: str
    bars: tuple[ScoreBar, ...]
    low_anchor: str = ""
    high_anchor: str = ""

    @property
    def n(self) -> int:
        """How many answers there are in all."""
        return sum(bar.n for bar in self.bars)


@dataclass(frozen=True)
class WheelSegment:
    """One touchpoint of the wheel: its light, and the share of good answers from 0 to 1.

    `value` is none where there were too few answers for a share; `said` is the light in words.
    """

    key: str
    label: str
    n: int
    value: float | None
    signal: Signal
    said: str
    target: float | None = None


@dataclass(frozen=True)
class WheelChart:
    """Touchpoints around a wheel, each a traffic light against its target; told by symbols and words too."""

    title: str
    segments: tuple[WheelSegment, ...]


Chart = TrendChart | DistributionChart | WheelChart
"""What a picture may show."""


@dataclass(frozen=True)
class Picture:
    """A chart with its finding in words, for those who do not see it."""

    chart: Chart
    alt: str


@dataclass(frozen=True)
class Sound:
    """Something to hear. Where a channel can play nothing, `elsewhere` says how to hear it all the same."""

    name: str
    """The token of the voice message."""
    content: bytes = field(repr=False)
    media_type: str
    seconds: int
    alt: str
    elsewhere: str

    @property
    def file_name(self) -> str:
        """What it is called as a file."""
        # Python calls it .oga, which telephones do not know.
        ending = ".ogg" if self.media_type == "audio/ogg" else guess_extension(self.media_type) or ""
        return f"{self.name}{ending}"


@dataclass(frozen=True)
class Link:
    """A page of ours to open in a browser. The address is always one that we made."""

    label: str
    address: str


Part = (
    Heading | Paragraph | Quote | Facts | Bullets | Scale | Chips | Buttons | Small | Picture | Sound | Link
)


@dataclass(frozen=True)
class Message:
    """One message. `summary` is its one-line sense: notification, screen reader, last resort."""

    parts: tuple[Part, ...]
    summary: str


@dataclass(frozen=True)
class TextField:
    """A field for words."""

    key: str
    label: str
    multiline: bool = False
    required: bool = True
    hint: str = ""
    value: str = ""
    max_length: int = 3000


@dataclass(frozen=True)
class ChoiceField:
    """A field for one of some options: (key, label) each, in order."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]
    required: bool = True
    value: str = ""


FormField = TextField | ChoiceField


@dataclass(frozen=True)
class Form:
    """Fields to fill in before an action can be done; submitted, it comes back as the action with values."""

    action: Action
    title: str
    """At most 24 characters: the shortest limit of our channels."""
    fields: tuple[FormField, ...]
    submit: str
    intro: str = ""
    confidential: bool = False
    """Nothing that is filled in may be written down on the way: a channel keeps it in memory alone."""


@dataclass(frozen=True)
class EditInPlace:
    """Replace the message that was acted on.

    Given as words, or as how to find them: then they are found when `message` is first read, which is after
    what was done has become durable, and never when a newer reply takes its place.
    """

    said: Message | Callable[[], Message]

    __match_args__ = ("message",)

    @cached_property
    def message(self) -> Message:
        """What stands there from now on."""
        return self.said() if callable(self.said) else self.said


@dataclass(frozen=True)
class Say:
    """Say it to the person who acted, privately; leave the message they acted on as it is."""

    message: Message
    refused: bool = False
    """It says why what they wanted was not done."""


@dataclass(frozen=True)
class OpenForm:
    """Open a form for the person who acted."""

    form: Form


@dataclass(frozen=True)
class FormErrors:
    """The submitted form cannot be taken: field key → sentence. The form stays open with what was typed."""

    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Nothing:
    """Nothing to say: taken in, or seen before."""


Reply = EditInPlace | Say | OpenForm | FormErrors | Nothing
