"""Thresholds that name nothing, or that do not fit the question's scale and polarity."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from handlers.declared import close, listed
from handlers.lookups import survey_keys, survey_of, threshold_for
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Thresholds
from handlers.rules.scales import Question, Threshold, misfit
from handlers.wording.pack import QUESTIONS
from storage.vocabulary import Metric


class _Level(NamedTuple):
    """One place where thresholds are declared, and the questions asked within its reach."""

    path: Path
    declared: Mapping[str, Thresholds]
    questions: tuple[Question, ...]
    service: str | None = None
    touchpoint: str | None = None


def unknown_questions(organisation: Organisation) -> Iterator[Mistake]:
    """Thresholds for a question or metric that there is not, or that is never asked there."""
    own = {question.key for survey in organisation.surveys.values() for question in survey.questions}
    known = {*QUESTIONS, *own, *map(str, Metric)}
    for level in _levels(organisation):
        asked = {name for question in level.questions for name in (question.key, question.metric)}
        for name in level.declared:
            path = (*level.path, name)
            if name not in known:
                yield Mistake(
                    path,
                    f"“{name}” is neither a question nor a metric.",
                    close(name, known) or f"Metrics are {listed(map(str, Metric))}.",
                )
            elif name not in asked:
                yield Mistake(
                    path,
                    f"“{name}” is not asked here, so this threshold does nothing.",
                    "Ask it in the survey, or remove the threshold.",
                    warning=True,
                )


def misfits(organisation: Organisation) -> Iterator[Mistake]:
    """Thresholds against the polarity, beyond the scale, or over each other."""
    for level in _levels(organisation):
        for name, thresholds in level.declared.items():
            for question in level.questions:
                if name in (question.key, question.metric):
                    yield from _misfits_of(organisation, level, name, thresholds, question)


def _misfits_of(
    organisation: Organisation, level: _Level, name: str, thresholds: Thresholds, question: Question
) -> Iterator[Mistake]:
    """Each rule by itself; if all are well, how they go together with what the wider levels say."""
    alone = {
        rule: misfit(question, Threshold(**{rule: scores}))
        for rule, scores in vars(thresholds.threshold()).items()
        if scores is not None
    }
    merged = threshold_for(organisation, question, level.service, level.touchpoint)
    found: list[tuple[Path, str]] = [((rule,), sentence) for rule, sentence in alone.items() if sentence]
    if not found and (together := misfit(question, merged)):
        found = [((), together)]
    for place, sentence in found:
        yield Mistake(
            (*level.path, name, *place),
            sentence[0].upper() + sentence[1:],
            "Change the range, or declare it under the key of the question it is meant for.",
        )


def _levels(organisation: Organisation) -> Iterator[_Level]:
    everywhere = _questions(organisation, *organisation.surveys, *_asked(organisation))
    yield _Level(("thresholds",), organisation.thresholds, everywhere)
    for key, service in organisation.services.items():
        yield _Level(("services", key, "thresholds"), service.thresholds, everywhere, service=key)
    for key, touchpoint in organisation.touchpoints.items():
        yield _Level(
            ("touchpoints", key, "thresholds"),
            touchpoint.thresholds,
            _questions(organisation, touchpoint.survey, touchpoint.staff_survey),
            touchpoint=key,
        )


def _asked(organisation: Organisation) -> Iterator[str | None]:
    for touchpoint in organisation.touchpoints.values():
        yield touchpoint.survey
        yield touchpoint.staff_survey


def _questions(organisation: Organisation, *surveys: str | None) -> tuple[Question, ...]:
    """The questions of the surveys, each key once; unknown surveys are told elsewhere."""
    known = set(survey_keys(organisation))
    found = {
        question.key: question
        for survey in surveys
        if survey in known
        for question in survey_of(organisation, survey).questions
    }
    return tuple(found.values())
