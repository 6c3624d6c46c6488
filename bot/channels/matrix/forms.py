"""Forms as a conversation: one field, one question, until all are answered. Pure.

How far a form has come travels in the content of each question, so that a restart forgets nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from bot.channels.matrix import render
from bot.channels.matrix.choices import Choice, chosen
from bot.channels.matrix.memory import ANSWERED, FORM
from handlers.messages import Action, ChoiceField, Form, FormField

NOTHING = ("-", "–", "—", "ohita", "hoppa över", "skip")
STOP = ("peru", "peruuta", "avbryt", "cancel")
HOW_TO_STOP = "peru · avbryt · cancel = ✗"
HOW_TO_SKIP = "- = ohita · hoppa över · skip"
STOPPED = "Peruttu. · Avbrutet. · Cancelled."
NOT_AN_ANSWER = (
    "Tätä vastausta en ymmärtänyt. · Det svaret förstod jag inte. · I did not understand that answer."
)
"""In three languages at once: the form is in the person's language, and does not say which it is."""


@dataclass(frozen=True)
class Filling:
    """A form that is being filled in: the action, the fields so far, which one is asked for, and where it began."""

    action: Action
    given: Mapping[str, str]
    asking: str = ""
    conversation: str = ""
    message: str = ""

    @classmethod
    def from_json(cls, travelled: Mapping[str, Any]) -> Self:
        """Read it back. Raises `ValueError` for anything we did not write."""
        try:
            given = {str(key): str(value) for key, value in travelled["given"].items()}
            rest = (str(travelled[key]) for key in ("asking", "conversation", "message"))
            return cls(Action.decode(travelled["action"]), given, *rest)
        except (KeyError, TypeError, AttributeError) as strange:
            raise ValueError("not a form of ours") from strange

    def as_json(self) -> dict[str, Any]:
        """As it travels."""
        return {
            "action": self.action.encode(),
            "given": dict(self.given),
            "asking": self.asking,
            "conversation": self.conversation,
            "message": self.message,
        }

    def with_answer(self, value: str) -> "Filling":
        """The same with the field that was asked for filled in."""
        return replace(self, given={**self.given, self.asking: value}, asking="")


def next_field(form: Form, filling: Filling) -> FormField | None:
    """The first field not yet filled in; none when the form is complete."""
    return next((field for field in form.fields if field.key not in filling.given and _askable(field)), None)


def question(form: Form, filling: Filling, problem: str = "") -> render.Content:
    """The next question of a form that is not complete."""
    field = next_field(form, filling)
    if field is None:
        raise ValueError("the form is complete")
    first = "" if filling.given or problem else form.intro
    how = HOW_TO_STOP if field.required else f"{HOW_TO_SKIP} · {HOW_TO_STOP}"
    lines = [problem, form.title, first, field.label, getattr(field, "hint", ""), *_options(field), how]
    asked = render.note("\n".join(filter(None, lines)), _choices(field))
    return {**asked, FORM: replace(filling, asking=field.key).as_json()}


def answered(event: str, said: str) -> render.Content:
    """What stands in a question's place once it is answered. `event` is the answer."""
    return {**render.note(said), ANSWERED: event}


def value_of(words: str, choices: tuple[Choice, ...]) -> str | None:
    """What an answer means for the field asked about; none when it is no option of a choice."""
    if words.strip().casefold() in NOTHING:
        return ""
    if not choices:
        return words
    choice = chosen(choices, words)
    return choice.action if choice else None


def wants_to_stop(words: str) -> bool:
    """Whether the person has had enough of the form."""
    return words.strip().casefold() in STOP


def _askable(field: FormField) -> bool:
    """A choice of nothing cannot be asked for."""
    return not isinstance(field, ChoiceField) or bool(field.options)


def _choices(field: FormField) -> tuple[Choice, ...]:
    options = field.options if isinstance(field, ChoiceField) else ()
    return tuple(Choice(str(place), label, key) for place, (key, label) in enumerate(options, 1))


def _options(field: FormField) -> list[str]:
    return [f"{choice.key} {choice.label}" for choice in _choices(field)]
