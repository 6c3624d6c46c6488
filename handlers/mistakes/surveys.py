"""Surveys that are empty, too long, contradict each other or stand in the wrong place."""

from collections import Counter
from collections.abc import Iterator

from handlers.lookups import SHIPPED_SURVEYS, survey_of
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Survey
from handlers.rules.scales import Question, is_closed
from handlers.wording.pack import QUESTIONS
from storage.vocabulary import Metric, Stream

MOST_CLOSED = 3
"""Closed questions before free text and consent; more, and people leave."""
MOST_FOR_STAFF = 2
_PUT_TO = {Stream.CUSTOMER: "customers", Stream.STAFF: "staff"}


def unfit_questions(organisation: Organisation) -> Iterator[Mistake]:
    """Keys that mean two questions, within a survey or between two."""
    first: dict[str, Question] = dict(QUESTIONS)
    for key, survey in organisation.surveys.items():
        for asked, times in Counter(question.key for question in survey.questions).items():
            if times > 1:
                yield Mistake(
                    ("surveys", key, "questions"),
                    f"The survey “{key}” asks “{asked}” {times} times.",
                    "Leave it in once, or give the other question a key of its own.",
                )
        for place, question in enumerate(survey.questions):
            if not _comparable(first.setdefault(question.key, question), question):
                yield Mistake(
                    ("surveys", key, "questions", place),
                    f"Another question “{question.key}” has a different metric, scale or polarity.",
                    "Give this one its own key: answers under one key are counted together.",
                )


def _comparable(one: Question, other: Question) -> bool:
    def measure(question: Question) -> tuple[object, ...]:
        return question.metric, question.polarity, question.lowest, question.highest

    return measure(one) == measure(other)


def unfit_lengths(organisation: Organisation) -> Iterator[Mistake]:
    """Surveys without questions or with too many."""
    for key, survey in organisation.surveys.items():
        path: Path = ("surveys", key, "questions")
        closed = sum(map(_counts_as_closed, survey.questions))
        if not survey.questions:
            yield Mistake(path, f"The survey “{key}” asks nothing.", "Add questions, or remove the survey.")
        elif survey.stream is Stream.STAFF and len(survey.questions) > MOST_FOR_STAFF:
            yield Mistake(
                path,
                f"“{key}” has {len(survey.questions)} questions; staff are asked two at most.",
                "Leave some out.",
            )
        elif closed > MOST_CLOSED:
            yield Mistake(
                path,
                f"“{key}” has {closed} closed questions; with more than three, fewer people answer.",
                "Leave some out, or spread them over several touchpoints.",
                warning=True,
            )


def _counts_as_closed(question: Question) -> bool:
    return (is_closed(question) or question.metric is Metric.CHOICE) and question.metric is not Metric.CONSENT


def wrong_streams(organisation: Organisation) -> Iterator[Mistake]:
    """Staff surveys put to customers and the other way round: the two voices are never mixed."""
    for key, touchpoint in organisation.touchpoints.items():
        for field, stream in (("survey", Stream.CUSTOMER), ("staff_survey", Stream.STAFF)):
            survey = _known_survey(organisation, getattr(touchpoint, field))
            if survey and survey.stream is not stream:
                yield Mistake(
                    ("touchpoints", key, field),
                    f"“{survey.key}” is for {_PUT_TO[survey.stream]}, and `{field}` is put to {_PUT_TO[stream]}.",
                    f"Name a survey with `stream: {stream.value}`.",
                )
    for key, declared in organisation.rounds.items():
        survey = _known_survey(organisation, declared.survey)
        if survey and survey.stream is not Stream.CUSTOMER:
            yield Mistake(
                ("rounds", key, "survey"),
                f"“{survey.key}” is for {_PUT_TO[survey.stream]}, and a round asks customers.",
                f"Name a survey with `stream: {Stream.CUSTOMER.value}`.",
            )


def _known_survey(organisation: Organisation, key: str | None) -> Survey | None:
    known = key in organisation.surveys or key in SHIPPED_SURVEYS
    return survey_of(organisation, key) if key and known else None
