"""What the model refuses, in plain words: pydantic's error types, each with a sentence and what to do."""

from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from bot.declaration.schema import words_at
from handlers.declared import close, listed
from handlers.mistakes.mistake import Path


class Words(NamedTuple):
    """A sentence and an advice."""

    sentence: str
    advice: str


def words_for(error: ErrorDetails) -> Words:
    """The sentence and the advice for one of pydantic's errors."""
    if error["input"] is None and error["type"] not in ("missing", "refused"):
        return Words(f"“{name_of(error)}” is empty.", "Write something after the colon, or remove the line.")
    return _WORDS.get(error["type"], _otherwise)(error)


def path_of(error: ErrorDetails) -> Path:
    """The path in the file; pydantic's mark for *the key itself* is taken away."""
    return tuple(step for step in error["loc"] if step != "[key]")


def name_of(error: ErrorDetails) -> str:
    """The last word of the path."""
    return str(next((step for step in reversed(path_of(error)) if isinstance(step, str)), "the file"))


def _missing(error: ErrorDetails) -> Words:
    return Words(f"“{name_of(error)}” is missing here.", f"Add `{name_of(error)}:` and its value.")


def _unknown(error: ErrorDetails) -> Words:
    word, known = name_of(error), words_at(path_of(error)[:-1])
    near = close(word, known)
    return Words(f"“{word}” is not a word I know here.", near or f"Known here are {listed(sorted(known))}.")


def _key(error: ErrorDetails) -> Words:
    return Words(
        f"“{error['input']}” cannot be a key.",
        "Use small letters, digits and hyphens, such as service-desk, and begin with a letter or digit.",
    )


def _too_long(error: ErrorDetails) -> Words:
    return Words(f"“{error['input']}” is too long.", f"Use at most {_fact(error, 'max_length')} characters.")


def _not_one_of(error: ErrorDetails) -> Words:
    expected = str(_fact(error, "expected")).replace(" or ", ", ")
    known = [word.strip("' ") for word in expected.split(",")]
    typed = str(error["input"])
    near = close(typed, known)
    return Words(f"“{typed}” cannot stand here.", near or f"Write one of {listed(known)}.")


def _demand(what: str, advice: str) -> Callable[[ErrorDetails], Words]:
    def words(error: ErrorDetails) -> Words:
        return Words(f"“{_short(error['input'])}” is not {what}.", advice)

    return words


def _bound(word: str, fact: str) -> Callable[[ErrorDetails], Words]:
    def words(error: ErrorDetails) -> Words:
        return Words(
            f"“{name_of(error)}” is {error['input']}, but must be at {word} {_fact(error, fact):g}.",
            "Choose another number.",
        )

    return words


def _section_expected(error: ErrorDetails) -> Words:
    return Words(
        f"After “{name_of(error)}” I expect an indented section, not “{_short(error['input'])}”.",
        "Write `word: value` lines below it.",
    )


def _list_expected(error: ErrorDetails) -> Words:
    return Words(
        f"After “{name_of(error)}” I expect a list, not “{_short(error['input'])}”.",
        "Write [one, two], or each on a line of its own after a dash.",
    )


def _text_expected(error: ErrorDetails) -> Words:
    return Words(
        f"After “{name_of(error)}” I expect a text, not “{_short(error['input'])}”.", "Put it in quotes."
    )


def _refused(error: ErrorDetails) -> Words:
    sentence = str(_fact(error, "sentence"))
    return Words(f"{sentence[0].upper()}{sentence[1:]}.", str(_fact(error, "advice")))


def _otherwise(error: ErrorDetails) -> Words:
    return Words(
        f"“{_short(error['input'])}” cannot stand here: {error['msg']}.", "See docs/organisation.md."
    )


def _fact(error: ErrorDetails, name: str) -> Any:
    return error.get("ctx", {})[name]


def _short(value: object) -> str:
    words = str(value)
    return words if len(words) <= 40 else f"{words[:39]}…"


_A_DATE = _demand("a date", "Write year, month and day: 2026-12-24.")
_A_NUMBER = _demand("a number", "Write digits, with a point before decimals: 0.3.")
_YES_OR_NO = _demand("a yes or no", "Write true or false.")
_A_WHOLE_NUMBER = _demand("a whole number", "Write digits only.")

_WORDS: dict[str, Callable[[ErrorDetails], Words]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "string_pattern_mismatch": _key,
    "string_too_long": _too_long,
    "literal_error": _not_one_of,
    "enum": _not_one_of,
    "date_type": _A_DATE,
    "date_parsing": _A_DATE,
    "date_from_datetime_parsing": _A_DATE,
    "date_from_datetime_inexact": _A_DATE,
    "float_type": _A_NUMBER,
    "float_parsing": _A_NUMBER,
    "finite_number": _A_NUMBER,
    "int_type": _A_WHOLE_NUMBER,
    "int_parsing": _A_WHOLE_NUMBER,
    "int_from_float": _A_WHOLE_NUMBER,
    "greater_than_equal": _bound("least", "ge"),
    "less_than_equal": _bound("most", "le"),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "dict_type": _section_expected,
    "model_type": _section_expected,
    "model_attributes_type": _section_expected,
    "tuple_type": _list_expected,
    "string_type": _text_expected,
    "too_short": lambda _: Words("This text is empty.", "Write it in at least one language."),
    "refused": _refused,
}
