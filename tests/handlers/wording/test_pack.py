"""The shipped questions ask what they are meant to ask."""

import pytest

from handlers.rules.scales import Ends, Option, ends
from handlers.wording.language import LANGUAGES
from handlers.wording.pack import DEFAULT_SURVEYS, QUESTIONS, REASONS_HIGH, REASONS_LOW
from storage.vocabulary import Metric


@pytest.mark.parametrize("key", QUESTIONS)
def test_every_text_of_a_question_is_there_in_every_language(key: str) -> None:
    question = QUESTIONS[key]
    texts = [question.wording, question.low_anchor, question.high_anchor]
    for text in filter(None, texts):
        assert list(text) == list(LANGUAGES)
        assert len({*text.values()}) == len(LANGUAGES), "somebody forgot to translate"


def test_the_wording_is_the_agreed_one() -> None:
    assert QUESTIONS["ease"].wording == {
        "fi": "Asiani hoitaminen oli minulle helppoa.",
        "sv": "Det var lätt för mig att få mitt ärende skött.",
        "en": "It was easy for me to get my matter handled.",
    }
    assert QUESTIONS["handled"].wording["fi"] == "Tuliko asiasi hoidetuksi?"
    assert QUESTIONS["satisfied"].high_anchor["sv"] == "Mycket nöjd"


@pytest.mark.parametrize(
    ("key", "worst", "best"),
    [
        ("ease", 1, 5),
        ("effort", 5, 1),
        ("satisfied", 1, 5),
        ("recommend", 0, 10),
        ("grade", 1, 10),
        ("handled", 3, 1),
        ("once", 3, 1),
        ("expected", 1, 5),
        ("feeling", 1, 5),
        ("staff_felt", 1, 5),
    ],
)
def test_polarity_is_part_of_the_question(key: str, worst: int, best: int) -> None:
    assert ends(QUESTIONS[key]) == Ends(worst=worst, best=best)


def test_the_default_surveys_are_short_and_made_of_shipped_questions() -> None:
    assert {key for keys in DEFAULT_SURVEYS.values() for key in keys} <= set(QUESTIONS)
    closed = [
        k for k in DEFAULT_SURVEYS["encounter"] if QUESTIONS[k].metric not in (Metric.WORDS, Metric.CONSENT)
    ]
    assert len(closed) <= 3
    assert len(DEFAULT_SURVEYS["staff"]) <= 2


@pytest.mark.parametrize("chips", [REASONS_LOW, REASONS_HIGH])
def test_reason_chips_have_distinct_keys_and_end_with_something_else(chips: tuple[Option, ...]) -> None:
    keys = [option.key for option in chips]
    assert len(keys) == len(set(keys))
    assert keys[-1] == "other"
