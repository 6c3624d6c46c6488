"""What an anonymous survey cannot do, because nobody may know whose an answer is."""

from collections.abc import Iterator

from handlers.lookups import survey_keys, survey_of
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Survey
from storage.vocabulary import Metric, Privacy


def unfit_for_anonymity(organisation: Organisation) -> Iterator[Mistake]:
    """Anonymous surveys that ask for consent, promise to call back, or offer what would tell the score."""
    for key, survey in organisation.surveys.items():
        if survey.privacy is Privacy.ANONYMOUS:
            yield from _unfit_survey(key, survey)


def _unfit_survey(key: str, survey: Survey) -> Iterator[Mistake]:
    path: Path = ("surveys", key)
    for place, question in enumerate(survey.questions):
        if question.metric is Metric.CONSENT:
            yield Mistake(
                (*path, "questions", place),
                f"“{key}” is anonymous, and nobody could contact who answers that we may.",
                "Leave the question out: whoever wants to talk to somebody has a button for it.",
            )
    for chips in ("reasons_low", "reasons_high"):
        if getattr(survey, chips):
            yield Mistake(
                (*path, chips),
                f"“{key}” is anonymous, and which reasons are offered would tell the score.",
                "Remove them, or ask with a choice question; or make the survey `confidential`.",
            )
    if survey.call_backs and "call_backs" in survey.model_fields_set:
        yield Mistake(
            (*path, "call_backs"),
            f"“{key}” is anonymous, and nobody can be called back.",
            "Remove it; or make the survey `confidential`, which still calls back.",
        )


def thresholds_nobody_acts_on(organisation: Organisation) -> Iterator[Mistake]:
    """Thresholds of a touchpoint that is asked about anonymously: they could open no case."""
    for key, touchpoint in organisation.touchpoints.items():
        if touchpoint.survey not in survey_keys(organisation):
            continue
        survey = survey_of(organisation, touchpoint.survey or "")
        asked = {name for question in survey.questions for name in (question.key, question.metric)}
        for name in touchpoint.thresholds:
            if survey.privacy is Privacy.ANONYMOUS and name in asked:
                yield Mistake(
                    ("touchpoints", key, "thresholds", name),
                    f"“{key}” is asked about anonymously, and nobody can act on a single answer.",
                    f"Remove the threshold, or make the survey “{survey.key}” `confidential`.",
                )
