"""From a submitted form to events: what was answered or changed, and what is wrong with it."""

import hmac
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict

from handlers.errors import WordsTooLong
from handlers.events import CommentGiven, Event, RatingGiven, ReasonToggled, Sender
from handlers.rules import scales, words
from handlers.rules.scales import Question
from handlers.views import AnswerView, SurveyView
from handlers.wording import sentences
from storage.vocabulary import Metric

REASONS = "reasons"
"""Name of the reason boxes; with `_OFFERED` beside them none ticked means none, rather than not asked."""
_OFFERED = "reasons-offered"
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")

Fields = Mapping[str, Sequence[str]]


class _Common(TypedDict):
    by: Sender
    at: datetime
    invitation: str


@dataclass
class Submitted:
    """A form as it was sent. `errors` are sentences by question key; the empty key is about the whole form."""

    events: list[Event]
    errors: dict[str, str] = field(default_factory=dict)


def name_of(question: Question) -> str:
    """The name of a question's field in the form."""
    return f"q-{question.key}"


def nonce_in(fields: Fields) -> str:
    """The form's own name, which makes sending it twice harmless; empty for one we did not make."""
    nonce = first(fields, "nonce")
    return nonce if _NONCE.fullmatch(nonce) else ""


def first(fields: Fields, name: str) -> str:
    """The first value of a field; empty when it was not sent."""
    return next(iter(fields.get(name, ())), "")


def delivery_id(nonce: str, invitation: str, key: str, value: str) -> str:
    """The same for the same value of one field of one form, however often it is sent; another for another.

    The form's own name is nowhere kept, so that nobody who reads the id can try what the value was.
    """
    form = nonce or secrets.token_hex()
    told = hmac.digest(form.encode(), f"{key}:{value}".encode(), "sha256").hex()
    return f"{invitation}:{key}:{told[:32]}"


def submitted(fields: Fields, view: SurveyView, by: Sender, at: datetime, language: str) -> Submitted:
    """What a form says, compared with what stands. With errors there are no events: all of it or nothing."""
    common: _Common = {"by": by, "at": at, "invitation": view.invitation}
    form = Submitted([])
    nonce = nonce_in(fields)
    for question in view.questions:
        typed = first(fields, name_of(question))
        if error := _error(question, typed, view.longest, language):
            form.errors[question.key] = error
        elif _is_new(question, typed, view):
            form.events.append(_event(question, typed, nonce, common))
    form.events += _reasons(fields, view, nonce, common)
    if form.errors:
        form.events = []
    return form


def _error(question: Question, typed: str, longest: int, language: str) -> str:
    """A name in `chrome`, or a sentence; empty when all is well."""
    if not typed:
        return ""
    if question.metric is Metric.WORDS:
        length = len(words.clean(typed))
        too_long = WordsTooLong(length=length, most=longest)
        return sentences.error(too_long, language) if length > longest else ""
    if question.metric is Metric.CHOICE:
        return "" if typed in {option.key for option in question.options} else "choose"
    shown = {str(point) for point in scales.points(question)}
    return "" if typed in shown else "choose"


def _is_new(question: Question, typed: str, view: SurveyView) -> bool:
    """Whether it says something else than what stands. A field left or made empty says nothing."""
    stands = view.answers.get(question.key, AnswerView())
    if scales.is_closed(question):
        return bool(typed) and typed != str(stands.score)
    return bool(words.clean(typed)) and words.clean(typed) != stands.words


def _event(question: Question, typed: str, nonce: str, common: _Common) -> Event:
    delivery = delivery_id(nonce, common["invitation"], question.key, typed)
    if scales.is_closed(question):
        return RatingGiven(**common, delivery_id=delivery, question=question.key, score=int(typed))
    if question.metric is Metric.CHOICE:
        return ReasonToggled(**common, delivery_id=delivery, question=question.key, reason=typed)
    return CommentGiven(**common, delivery_id=delivery, question=question.key, words=typed)


def _reasons(fields: Fields, view: SurveyView, nonce: str, common: _Common) -> Iterator[Event]:
    """A toggle for each reason that is ticked now and was not, or the other way round."""
    about = next((question.key for question in view.questions if question.metric is Metric.WORDS), "")
    ticked = frozenset(fields.get(REASONS, ()))
    if not first(fields, _OFFERED):
        return
    for option in view.reasons:
        if (option.key in ticked) != (option.key in view.chosen_reasons):
            value = f"{option.key}={option.key in ticked}"
            delivery = delivery_id(nonce, view.invitation, REASONS, value)
            yield ReasonToggled(**common, delivery_id=delivery, question=about, reason=option.key)
