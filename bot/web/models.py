"""What the API takes and answers, as programs see it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from handlers.reported import Refusal, refusals
from handlers.rules.figures import Change
from storage.vocabulary import Metric, Stream, Verdict


class Shown(BaseModel):
    """Base of everything answered."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class FieldProblem(Shown):
    """What is wrong with one field."""

    field: str
    pointer: str
    """JSON pointer to the field."""
    detail: str
    """A sentence."""


class ProblemBody(Shown):
    """Why a request was refused (RFC 9457)."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    code: str
    """The kind of problem, for programs: `unknown-touchpoint`."""
    detail: str
    """What is wrong and what to do, in a sentence."""
    errors: list[FieldProblem] = []
    """The fields it is about, where there are any."""


class Taken(Shown):
    """An encounter that is stored now."""

    index: int = 0
    """Its place in the batch, from 0."""
    status: Literal["created", "known"]
    """`known` when it was reported before under the same external reference."""
    encounter: str
    """Our token of it."""
    external_reference: str = ""


class Refused(Shown):
    """An encounter of a batch that is not stored; the others are."""

    index: int
    status: Literal["refused"] = "refused"
    external_reference: str = ""
    problem: ProblemBody


class BatchAnswer(Shown):
    """What became of each encounter of a batch, in order."""

    created: int
    known: int
    refused: int
    results: list[Annotated[Taken | Refused, Field(discriminator="status")]]


class Withdrawn(Shown):
    """An encounter whose state was changed."""

    encounter: str
    """Our token of it."""
    state: Literal["reopened", "cancelled"]


class Decision(Shown):
    """One decision of the ledger."""

    verdict: Verdict
    sentence: str
    """Why the customer was asked, or was not."""
    happened_at: str
    decided_at: str
    """Both UTC, ISO 8601."""


class Why(Shown):
    """Everything decided about an encounter, oldest first; empty while its delay has not ended."""

    reference: str
    sentence: str
    """All of it in words."""
    decisions: list[Decision]


class GivenAnswer(BaseModel):
    """An answer to one question: a `score` on its scale, or `words`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    question: Annotated[str, Field(min_length=1, max_length=200)]
    """Key of the question, such as `ease`."""
    score: int | None = None
    """A point of the question's scale; for yes/no questions 1 is yes, 2 not yet, 3 no."""
    words: str | None = None
    """Free text; for a question with options the key of the chosen one."""

    @model_validator(mode="after")
    def _one_of_both(self) -> "GivenAnswer":
        if (self.score is None) == (self.words is None):
            raise ValueError("give either a score or words")
        return self


class AnswerRefused(Exception):
    """An answer that is none, for one reason or several."""

    def __init__(self, reasons: tuple[Refusal, ...]) -> None:
        super().__init__(" ".join(reason.sentence for reason in reasons))
        self.reasons = reasons


def given_answer(fields: object) -> GivenAnswer:
    """The answer these fields give. Raises `AnswerRefused`."""
    try:
        return GivenAnswer.model_validate(fields)
    except ValidationError as error:
        if error.errors()[0]["loc"] == ():
            raise AnswerRefused((Refusal("", "Give either a “score” or “words”, in an object."),)) from None
        raise AnswerRefused(refusals(error, GivenAnswer.model_fields)) from None


class WantedLink(BaseModel):
    """A survey link that is wanted for the customer of an encounter."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    encounter: Annotated[str, Field(min_length=1, max_length=200)]
    """Your external reference, or our token."""
    language: Literal["fi", "sv", "en"] | None = None
    """Language of the words around the link; the customer's own when left out."""


class LinkRefused(Exception):
    """A wish for a link that is none, for one reason or several."""

    def __init__(self, reasons: tuple[Refusal, ...]) -> None:
        super().__init__(" ".join(reason.sentence for reason in reasons))
        self.reasons = reasons


def wanted_link(fields: object) -> WantedLink:
    """The link these fields want. Raises `LinkRefused`."""
    try:
        return WantedLink.model_validate(fields)
    except ValidationError as error:
        if error.errors()[0]["loc"] == ():
            raise LinkRefused((Refusal("", "Name the “encounter”, in an object."),)) from None
        raise LinkRefused(refusals(error, WantedLink.model_fields)) from None


class MadeLink(Shown):
    """A survey link, with words to send it with."""

    asked: Literal[True] = True
    invitation: str
    """Our token of the invitation."""
    url: str
    """For this one person and this one encounter. Whoever has it can answer in their name."""
    sms: str
    """Text of an SMS, at most 160 characters."""
    text: str
    """Lines for the end of an e-mail."""
    html: str
    """The same as HTML."""
    language: str
    expires_at: str
    """UTC, ISO 8601."""


class NoLink(Shown):
    """The customer is not to be asked."""

    asked: Literal[False] = False
    sentence: str
    """Why, as the ledger says it."""


class FigureShown(Shown):
    """One figure, honest about how much it rests on."""

    question: str
    metric: Metric
    figure: Literal["share of good answers", "nps"]
    n: int
    """Answers it rests on."""
    value: float | None
    """From 0 to 1, for NPS from -1 to 1; null where there are too few answers."""
    low: float | None
    """The interval in which it lies with 95 % confidence: from here …"""
    high: float | None
    """… to here."""
    mean: float | None
    previous_n: int
    """The same in as many days before."""
    previous_value: float | None
    change: Change
    """Whether it differs from before by more than chance."""
    n_with_excluded: int
    """With the answers that were marked as not about us."""
    value_with_excluded: float | None


class GroupShown(Shown):
    """What was counted together."""

    key: str | None
    """The service, team or touchpoint; null for what has none, or where nothing was taken apart."""
    asked: int | None
    """Requests sent in these days; null by team, which a request has not."""
    answered: int | None
    """How many of those have been answered so far."""
    figures: list[FigureShown]


class FiguresShown(Shown):
    """Figures of some days and one voice."""

    since: date
    until: date
    """The last day, included."""
    time_zone: str
    """The organisation's zone, whose days they are."""
    stream: Stream
    groups: list[GroupShown]
