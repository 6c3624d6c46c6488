"""How things are written in the organisation file: keys, texts, durations, scores, times of day, questions.

Each type reads what a person types, is kept in that same form, and tells its form to editors in the
JSON Schema.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from handlers.rules.scales import NO, YES, Option, Question, ScoreRange
from handlers.wording.language import LANGUAGES
from handlers.wording.pack import QUESTIONS
from storage.vocabulary import Metric, Polarity

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
WordKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=23)]
"""The key of a question or an option: two of them travel in a button of 64 bytes, with a verb and a token."""
Language = Literal["fi", "sv", "en"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Declared(BaseModel):
    """Base of everything declared: frozen, and an unknown word in the file is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def refusal(sentence: str, advice: str) -> PydanticCustomError:
    """What to raise when something typed cannot be taken: a sentence, and what to do."""
    return PydanticCustomError("refused", "{sentence}. {advice}", {"sentence": sentence, "advice": advice})


def close(word: str, known: Iterable[str]) -> str:
    """*Did you mean …?* for the known word that is nearest to a mistyped one; empty when none is near."""
    near = get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"Did you mean `{near[0]}`?" if near else ""


def listed(words: Iterable[str]) -> str:
    """*a, b and c*."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


_DURATION = re.compile(r"^\s*(\d{1,6})\s*(s|min|m|h|d|w)\s*$")
_UNIT = {"s": "seconds", "min": "minutes", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST = timedelta(days=3660)
"""Ten years. Beyond some thousand, a date would leave the calendar."""
_LENGTHS = {"d": timedelta(days=1), "h": timedelta(hours=1), "min": timedelta(minutes=1)}


def parse_duration(value: Any) -> Any:
    """Read *10 min*, *8 h*, *30 d* or *2 w* into a timedelta; anything else is refused."""
    if isinstance(value, str) and (match := _DURATION.match(value)):
        return _demand_short(timedelta(**{_UNIT[match[2]]: int(match[1])}), value)
    if isinstance(value, timedelta):
        return value
    raise refusal(f"“{value}” is not a duration", "Write a number and a unit: 10 min, 4 h, 30 d or 2 w.")


def _demand_short(duration: timedelta, typed: str) -> timedelta:
    if duration > _LONGEST:
        raise refusal(f"“{typed}” is longer than ten years", "Write a shorter time.")
    return duration


def duration_in_words(value: timedelta) -> str:
    """Write a duration in its largest whole unit, the way it is typed: *30 d*, *4 h*, *90 s*."""
    for unit, length in _LENGTHS.items():
        if value and not value % length:
            return f"{value // length} {unit}"
    return f"{value // timedelta(seconds=1)} s"


_RANGE = re.compile(r"^\s*(\d{1,3})\s*(?:[-–]\s*(\d{1,3}))?\s*$")


def parse_range(value: Any) -> Any:
    """Read *4–5*, *1-7* or *5* into a score range."""
    if isinstance(value, ScoreRange):
        return value
    match = None if isinstance(value, bool) else _RANGE.match(str(value))
    if match and int(match[1]) <= int(match[2] or match[1]):
        return ScoreRange(int(match[1]), int(match[2] or match[1]))
    raise refusal(
        f"“{value}” is not a range of scores", "Write the lowest and the highest: 1-2; or one score: 9."
    )


_CLOCK_TIME = re.compile(r"^\s*([01]?\d|2[0-3])[:.]([0-5]\d)(?::00)?\s*$")


def parse_clock_time(value: Any) -> Any:
    """Read *8:30*, *08:30* or *8.30* into a time of day."""
    if isinstance(value, str) and (match := _CLOCK_TIME.match(value)):
        return time(int(match[1]), int(match[2]))
    if isinstance(value, time):
        return value
    raise refusal(f"“{value}” is not a time of day", "Write hours and minutes, such as 08:30.")


def _web_address(value: str) -> str:
    """Refuse what nothing can be sent to, and what holds a password: it would stand in the file and in logs."""
    try:
        parts = urlsplit(value)
        port, host = parts.port, parts.hostname
    except ValueError:
        parts, port, host = urlsplit(""), None, None
    if parts.scheme not in ("https", "http") or not host or port == 0 or not value.isascii() or " " in value:
        raise refusal(f"“{value}” is not a web address", "Write it like https://example.org/kaiku.")
    if parts.username is not None or parts.password is not None:
        raise refusal("A web address here must hold no password", "What is sent is signed instead.")
    return value


WebAddress = Annotated[str, Field(max_length=2000), AfterValidator(_web_address)]


def _in_every_language(value: Any) -> Any:
    """A plain text stands for every language."""
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


def _known_language(code: str) -> str:
    if code not in LANGUAGES:
        raise refusal(f"“{code}” is not a language we speak", f"Ours are {listed(LANGUAGES)}.")
    return code


_TEXT_SCHEMA = {
    "description": "One text for all languages, or one for each.",
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {language: {"type": "string"} for language in LANGUAGES},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ],
}
_DURATION_SCHEMA = {
    "type": "string",
    "pattern": _DURATION.pattern,
    "examples": ["10 min", "4 h", "30 d", "2 w"],
}
_RANGE_SCHEMA = {
    "anyOf": [{"type": "integer"}, {"type": "string", "pattern": _RANGE.pattern}],
    "examples": ["1-2", "9"],
}
_CLOCK_TIME_SCHEMA = {"type": "string", "pattern": _CLOCK_TIME.pattern, "examples": ["08:00", "16:15"]}

_TARGET = re.compile(r"^\s*([+−-]?)\s*(\d{1,3})\s*%?\s*$")


def parse_target(value: Any) -> Any:
    """Read *85*, *85 %* or, of NPS, *+40* into whole per cent."""
    match = None if isinstance(value, bool) else _TARGET.match(str(value))
    number = int(match[2]) * (-1 if match[1] in ("-", "−") else 1) if match else None
    if number is None or not -100 <= number <= 100:
        raise refusal(
            f"“{value}” is not a target", "Write per cent, such as 85; of NPS a figure such as +40."
        )
    if number == 0:
        raise refusal("A target of 0 says nothing", "Write what you want to reach, or remove the line.")
    return number


_TARGET_SCHEMA = {
    "anyOf": [
        {"type": "integer", "minimum": -100, "maximum": 100, "not": {"const": 0}},
        {"type": "string", "pattern": _TARGET.pattern},
    ],
    "examples": [85, "85 %", "+40"],
}

LanguageCode = Annotated[str, AfterValidator(_known_language)]
Text = Annotated[
    dict[LanguageCode, str],
    BeforeValidator(_in_every_language),
    Field(min_length=1),
    WithJsonSchema(_TEXT_SCHEMA),
]
"""What people read: one text for all, or `{fi: …, sv: …, en: …}`."""
Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(duration_in_words, return_type=str, when_used="json"),
    WithJsonSchema(_DURATION_SCHEMA),
]
Range = Annotated[
    ScoreRange,
    BeforeValidator(parse_range),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema(_RANGE_SCHEMA),
]
ClockTime = Annotated[
    time,
    BeforeValidator(parse_clock_time),
    PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str, when_used="json"),
    WithJsonSchema(_CLOCK_TIME_SCHEMA),
]


Target = Annotated[int, BeforeValidator(parse_target), WithJsonSchema(_TARGET_SCHEMA)]
"""What a figure is to reach: whole per cent, of NPS from −100 to 100."""


class Several:
    """Marks a list of which one alone may be written without brackets: `service: lobby`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def listed_alone(value: Any) -> Any:
            return (value,) if isinstance(value, str) else value

        return core_schema.no_info_before_validator_function(listed_alone, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler(schema)
        return {"anyOf": [whole["items"], whole]}


class OptionSection(Declared):
    """One named option of a choice question, or one reason chip."""

    key: WordKey
    """A short name for it."""
    label: Text
    """What people read."""

    @classmethod
    def of(cls, value: Any) -> Any:
        """The section that would declare an option; anything else as it is."""
        return cls(key=value.key, label=dict(value.label)) if isinstance(value, Option) else value

    @staticmethod
    def kept(option: Option) -> Any:
        """The option as the file would say it."""
        return OptionSection.of(option).model_dump(mode="json")

    def declared(self) -> Option:
        """The option."""
        return Option(self.key, self.label)


class Declares:
    """Lets a value of the rules be declared by a section: it is read, kept and described as that section."""

    def __init__(self, section: type[OptionSection] | type["QuestionSection"], shipped: Iterable[str] = ()):
        self.section = section
        self.shipped = sorted(shipped)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        section = handler.generate_schema(self.section)
        return core_schema.no_info_before_validator_function(
            self.section.of,
            core_schema.no_info_after_validator_function(self.section.declared, section),
            serialization=core_schema.plain_serializer_function_ser_schema(
                self.section.kept, when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler(schema)
        return {"anyOf": [{"type": "string", "enum": self.shipped}, whole]} if self.shipped else whole


class QuestionSection(Declared):
    """A question in your own words. What is left out is as usual for the metric."""

    key: WordKey
    """A short name; figures of questions with the same key are comparable."""
    metric: Metric
    """What it measures."""
    wording: Text
    """What is asked."""
    polarity: Polarity | None = None
    """Which end of the scale is good. An effort question (`ces`) must say it: agreeing that it was easy and
    having had to work hard are both 5."""
    scale: Range | None = None
    """The lowest and the highest score, such as *1-7*."""
    low_anchor: Text | None = None
    """What the lowest score means."""
    high_anchor: Text | None = None
    """What the highest score means."""
    options: tuple[Annotated[Option, Declares(OptionSection)], ...] = ()
    """The options of a `choice` question."""

    @classmethod
    def of(cls, value: Any) -> Any:
        """The section that would declare a question, or the shipped question of that key; else as it is."""
        question = QUESTIONS.get(value) if isinstance(value, str) else value
        if isinstance(value, str) and question is None:
            raise refusal(
                f"“{value}” is not a shipped question",
                close(value, QUESTIONS) or f"Shipped are {listed(QUESTIONS)}; or write the question out.",
            )
        return cls._declaring(question) if isinstance(question, Question) else value

    @classmethod
    def _declaring(cls, question: Question) -> Self:
        return cls(
            key=question.key,
            metric=question.metric,
            wording=dict(question.wording),
            polarity=question.polarity,
            scale=ScoreRange(question.lowest, question.highest) if question.highest else None,
            low_anchor=dict(question.low_anchor) or None,
            high_anchor=dict(question.high_anchor) or None,
            options=question.options,
        )

    @staticmethod
    def kept(question: Question) -> Any:
        """The question written out, a shipped one too: its words may change with a new Kaiku."""
        return QuestionSection.of(question).model_dump(mode="json", exclude_defaults=True)

    def declared(self) -> Question:
        """The question, with what is usual for the metric where nothing else was said."""
        scale, polarity = self._usual_or_said()
        if self.metric is Metric.CHOICE and len(self.options) < 2:
            raise refusal(f"the choice question “{self.key}” has fewer than two options", "Add `options`.")
        return Question(
            key=self.key,
            metric=self.metric,
            wording=self.wording,
            polarity=polarity,
            lowest=scale.lowest,
            highest=scale.highest,
            low_anchor=self.low_anchor or {},
            high_anchor=self.high_anchor or {},
            options=self.options,
        )

    def _usual_or_said(self) -> tuple[ScoreRange, Polarity]:
        usual = USUAL[self.metric]
        scale, polarity = self.scale or usual.scale, self.polarity or usual.polarity
        if polarity is None or (polarity is Polarity.NONE and usual.polarity is not Polarity.NONE):
            raise refusal(
                f"the question “{self.key}” does not say which end of its scale is good",
                "Add `polarity: high is good` or `polarity: low is good`.",
            )
        if usual.fixed and (scale, polarity) != (usual.scale, usual.polarity):
            raise refusal(
                f"a question of the metric {self.metric.value} has its own scale and polarity",
                "Leave `scale` and `polarity` out, or choose another metric.",
            )
        if scale.highest > 10:
            raise refusal(f"the scale {scale} of “{self.key}” goes beyond 10", "Choose one within 0-10.")
        return scale, polarity


@dataclass(frozen=True)
class Usual:
    """The scale and polarity a metric usually has; `fixed` when it can have no other."""

    scale: ScoreRange
    polarity: Polarity | None
    fixed: bool = False


_FIVE, _YES_TO_NO, _NONE = ScoreRange(1, 5), ScoreRange(YES, NO), ScoreRange(0, 0)

USUAL = {
    Metric.CSAT: Usual(_FIVE, Polarity.HIGH_IS_GOOD),
    Metric.CES: Usual(_FIVE, None),
    Metric.NPS: Usual(ScoreRange(0, 10), Polarity.HIGH_IS_GOOD, fixed=True),
    Metric.GRADE: Usual(ScoreRange(1, 10), Polarity.HIGH_IS_GOOD),
    Metric.GAP: Usual(_FIVE, Polarity.HIGH_IS_GOOD),
    Metric.FEELING: Usual(_FIVE, Polarity.HIGH_IS_GOOD, fixed=True),
    Metric.RESOLVED: Usual(_YES_TO_NO, Polarity.LOW_IS_GOOD, fixed=True),
    Metric.FCR: Usual(_YES_TO_NO, Polarity.LOW_IS_GOOD, fixed=True),
    Metric.CONSENT: Usual(_YES_TO_NO, Polarity.NONE, fixed=True),
    Metric.CHOICE: Usual(_NONE, Polarity.NONE, fixed=True),
    Metric.WORDS: Usual(_NONE, Polarity.NONE, fixed=True),
}
