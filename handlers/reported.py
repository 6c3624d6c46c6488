"""An encounter as another program or a table row reports it, and what is wrong with one in words.

The same names stand in the JSON of the API, in a line of JSONL and over a column of a CSV file.
"""

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from handlers.events import EncounterHappened, Sender


def _visible(text: str) -> str:
    """Refuse NUL and its like: a reference or a name that holds one was cut or glued by mistake."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("must not hold control characters")
    return text


def instant(value: Any) -> Any:
    """An ISO time with its offset, as UTC; anything but a text is left to the model."""
    if not isinstance(value, str):
        return value
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("must be a time such as 2026-11-27T15:00:00+02:00") from None
    if at.tzinfo is None:
        raise ValueError("must say its offset from UTC, such as 2026-11-27T15:00:00+02:00")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time of our age") from None


Line = Annotated[str, Field(max_length=200), AfterValidator(_visible)]
Email = Annotated[Line, Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$", max_length=200)]
Instant = Annotated[datetime, BeforeValidator(instant)]
OneLanguage = Literal["fi", "sv", "en"]


class ReportedEncounter(BaseModel):
    """One encounter. Required are `touchpoint`, `happened_at` and `customer` or `customer_email`."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, str_strip_whitespace=True, use_attribute_docstrings=True
    )

    touchpoint: Annotated[Line, Field(min_length=1)]
    """Key of the touchpoint in the organisation file, such as `phone` or `ticket`."""
    happened_at: Instant
    """When it ended, with its offset from UTC: `2026-11-27T15:00:00+02:00`."""
    customer: Line = ""
    """Whom it served: a person's key, an e-mail address, or channel and id: `slack:U012AB3CD`."""
    customer_email: Email = ""
    """E-mail address; links the person across channels, and is the customer when `customer` is left out."""
    customer_name: Line = ""
    """Name, shown to whoever must call."""
    customer_phone: Line = ""
    """Phone number; shown only when the customer consents to be contacted."""
    customer_language: OneLanguage | None = None
    """Language to ask in: `fi`, `sv` or `en`."""
    workspace: Line = ""
    """Workspace of the channel ids in `customer` and `handler`, where there are several."""
    account: Line = ""
    """Key of the customer's account."""
    service: Line = ""
    """Key of the service it was about; its owner as of `happened_at` answers for it."""
    handler: Line = ""
    """Who served: a person's key, an e-mail address, or channel and id."""
    external_reference: Line = ""
    """Your own id of it, such as a ticket number: reported again under the same one, it changes nothing."""
    about: Annotated[str, Field(max_length=2000)] = ""
    """A few words that tell the customer which encounter is meant: *the ticket about the printer*."""
    shared_conversation: Line = ""
    """Ask everybody in this conversation instead of the customer alone: `slack:C012AB3CD`."""
    direction: Literal["inbound", "outbound"] | None = None
    """Who contacted whom: `inbound` when the customer contacted us."""
    urgency: Literal["low", "normal", "high"] | None = None
    """How urgent the matter was to the customer."""
    journey_stage: Line = ""
    """Where the customer was in their journey, in your own words."""
    waiting_minutes: Annotated[int, Field(ge=0, le=525_600)] | None = None
    """How many minutes the customer waited."""
    critical: bool = False
    """Whether much hung on it."""

    def happened(self, source: str, by: Sender, at: datetime, delivery_id: str) -> EncounterHappened:
        """The event: reported by `by` at the instant `at`, known to `source` by the external reference."""
        return EncounterHappened(
            by=by,
            at=at,
            delivery_id=delivery_id,
            source=source,
            touchpoint=self.touchpoint,
            customer=_contact(self.customer or self.customer_email, self.workspace),
            happened_at=self.happened_at,
            customer_name=self.customer_name,
            customer_email=self.customer_email,
            customer_phone=self.customer_phone,
            customer_language=self.customer_language or "",
            service=self.service,
            account=self.account,
            handler=_contact(self.handler, self.workspace),
            external_reference=self.external_reference,
            about=self.about,
            shared_conversation=self.shared_conversation,
            direction=self.direction or "",
            urgency=self.urgency or "",
            journey_stage=self.journey_stage,
            waiting_minutes=self.waiting_minutes,
            critical=self.critical,
        )


@dataclass(frozen=True)
class Refusal:
    """Why something was not taken: the field it concerns, empty for the whole, and a sentence."""

    field: str
    sentence: str


class EncounterRefused(Exception):
    """What was reported is no encounter, for one reason or several."""

    def __init__(self, reasons: Iterable[Refusal]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(" ".join(reason.sentence for reason in self.reasons))


def reported(fields: Any, channels: Collection[str], wrong: Iterable[Refusal] = ()) -> ReportedEncounter:
    """The encounter these fields report, unless something is wrong with them already.

    `channels` are those in which people may be known. Raises `EncounterRefused` with every reason at once.
    """
    reasons = list(wrong)
    known_wrong = {reason.field for reason in reasons}
    try:
        encounter = ReportedEncounter.model_validate(fields)
    except ValidationError as error:
        found = refusals(error, ReportedEncounter.model_fields)
        raise EncounterRefused([*reasons, *(r for r in found if r.field not in known_wrong)]) from None
    if not (encounter.customer or encounter.customer_email):
        reasons.append(Refusal("customer", "“customer” is missing."))
    reasons += _nowhere(encounter, channels)
    if reasons:
        raise EncounterRefused(reasons)
    return encounter


def _nowhere(encounter: ReportedEncounter, channels: Collection[str]) -> Iterator[Refusal]:
    """Why somebody, or a conversation, is in no channel there is: nobody would ever hear of it."""
    for field in ("customer", "handler", "shared_conversation"):
        text = getattr(encounter, field)
        says_channel = isinstance(_contact(text, ""), Sender) or field == "shared_conversation"
        if text and says_channel and (sentence := _wrong_place(field, text, channels)):
            yield Refusal(field, sentence)


def _wrong_place(field: str, text: str, channels: Collection[str]) -> str:
    """What is wrong with `channel:id`; empty when nothing is."""
    channel, colon, external_id = (part.strip() for part in text.partition(":"))
    if not colon:
        return f"“{field}” must be channel and id, such as slack:C012AB3CD."
    if channel not in channels:
        return (
            f"“{field}” is in “{channel}”, a channel I do not know. {did_you_mean(channel, channels)}".strip()
        )
    return "" if external_id else f"“{field}” has no id after “{channel}:”."


def refusals(error: ValidationError, known: Iterable[str]) -> tuple[Refusal, ...]:
    """What pydantic refused, a sentence each; `known` are the fields there are."""
    fields = tuple(known)
    return tuple(_refusal(mistake, fields) for mistake in error.errors())


def _contact(text: str, workspace: str) -> Sender | str:
    """A channel identity for `channel:id`; a key or an e-mail address stays as it is."""
    channel, colon, external_id = text.partition(":")
    if not colon or "@" in channel:
        return text
    return Sender(channel=channel.strip(), external_id=external_id.strip(), workspace=workspace)


_SENTENCES = {
    "missing": "“{field}” is missing.",
    "string_type": "“{field}” must be a text.",
    "int_type": "“{field}” must be a whole number.",
    "bool_type": "“{field}” must be true or false.",
    "datetime_type": "“{field}” must be a time such as 2026-11-27T15:00:00+02:00, in quotes.",
    "string_too_short": "“{field}” is empty.",
    "string_too_long": "“{field}” is longer than {max_length} characters.",
    "greater_than_equal": "“{field}” must be at least {ge}.",
    "less_than_equal": "“{field}” must be at most {le}.",
    "literal_error": "“{field}” must be {expected}.",
    "string_pattern_mismatch": "“{field}” is not an e-mail address.",
    "value_error": "“{field}” {error}.",
    "model_type": "This must be an object with fields.",
}


def _refusal(mistake: ErrorDetails, known: tuple[str, ...]) -> Refusal:
    field = str(mistake["loc"][0])[:60] if mistake["loc"] else ""
    if mistake["type"] == "extra_forbidden":
        return Refusal(field, f"“{field}” is not a field I know. {did_you_mean(field, known)}".strip())
    words = _SENTENCES.get(mistake["type"], "“{field}” cannot be read.")
    facts = {name: str(fact).replace("'", "") for name, fact in mistake.get("ctx", {}).items()}
    return Refusal(field, words.format(field=field, **facts))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, or nothing."""
    near = get_close_matches(word.lower(), known, n=1)
    return f"Did you mean “{near[0]}”?" if near else ""
