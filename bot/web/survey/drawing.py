"""The survey as a page: a view and a language in, HTML out. Everything a person wrote is escaped by the template."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.web.survey.answering import name_of
from bot.web.survey.chrome import words
from bot.web.templating import templates
from handlers.messages import Button, Paragraph, Small
from handlers.rules.scales import Question
from handlers.survey_links import Opened
from handlers.views import AnswerView, SurveyView
from handlers.wording import prompts, scores
from handlers.wording.language import LANGUAGES, local_moment, pick
from storage.vocabulary import Band, Metric, Stream

LANGUAGE_NAMES = {"fi": "Suomi", "sv": "Svenska", "en": "English"}


@dataclass(frozen=True)
class Attempt:
    """What was typed into a form that could not be taken, and why; both by question key."""

    typed: Mapping[str, str]
    errors: Mapping[str, str]


NOTHING_TRIED = Attempt({}, {})


def survey_page(opened: Opened, language: str, attempt: Attempt = NOTHING_TRIED) -> str:
    """The form with all questions, holding what was answered before or typed just now."""
    view, chrome = opened.view, words(language)
    return _draw(
        "survey.html",
        language,
        org=pick(view.organisation, language),
        intro=_intro(view, language),
        until=_until(opened, language),
        questions=[_question(question, view, attempt, language) for question in view.questions],
        reasons=_reasons(view, language),
        errors=[(key, chrome.get(error, error)) for key, error in attempt.errors.items()],
        asides=_asides(view, chrome),
        nonce=secrets.token_urlsafe(12),
    )


def thanks_page(opened: Opened, language: str, *, person: bool) -> str:
    """Thanks, who reads it and what happens next; reasons, if there are some to choose from."""
    view = opened.view
    return _draw(
        "thanks.html",
        language,
        org=pick(view.organisation, language),
        next=prompts.what_happens_next(view, language),
        person=person,
        reasons=None if view.chosen_reasons or not view.editable else _reasons(view, language),
        editable=view.editable,
        nonce=secrets.token_urlsafe(12),
    )


def calm_page(sentence: str, why: str, language: str, *, forget: bool = False) -> str:
    """One sentence and what can be done, by their names in `chrome`. `forget` clears a kept draft."""
    return _draw("calm.html", language, org="", sentence=sentence, why=why, forget=forget)


def _draw(template: str, language: str, **facts: Any) -> str:
    return (
        templates("bot.web.survey")
        .get_template(template)
        .render(
            language=language,
            languages={code: LANGUAGE_NAMES[code] for code in LANGUAGES},
            w=words(language),
            **facts,
        )
    )


def _intro(view: SurveyView, language: str) -> list[str]:
    """Who asks and why, as every channel says it."""
    parts = prompts.intro(replace(view, reminder=False), language, chat=False)
    return [part.text for part in parts if isinstance(part, Paragraph | Small)]


def _until(opened: Opened, language: str) -> str:
    if opened.editable_until is None or not opened.view.answers:
        return ""
    return local_moment(opened.editable_until, opened.view.zone, language)


def _question(question: Question, view: SurveyView, attempt: Attempt, language: str) -> dict[str, Any]:
    stands = view.answers.get(question.key, AnswerView())
    before = stands.words if stands.score is None else str(stands.score)
    value = attempt.typed.get(question.key, before)
    return {
        "key": question.key,
        "name": name_of(question),
        "kind": _kind(question),
        "legend": scores.asked(question, language, pick(view.organisation, language)),
        "points": [
            _point(button, value) for button in scores.points(question, view.invitation, language, None)
        ],
        "options": [(option.key, pick(option.label, language)) for option in question.options],
        "low": pick(question.low_anchor, language),
        "high": pick(question.high_anchor, language),
        "value": value,
        "error": attempt.errors.get(question.key, ""),
        "hint": _hint(question, view, language),
    }


def _kind(question: Question) -> str:
    if question.metric is Metric.WORDS:
        return "words"
    if question.metric is Metric.CHOICE:
        return "choice"
    if question.metric is Metric.FEELING:
        return "faces"
    return "yesno" if question.metric in scores.YES_NO else "scale"


def _point(button: Button, chosen: str) -> dict[str, Any]:
    score = button.action.value.rpartition("=")[2]
    return {"value": score, "label": button.label, "spoken": button.spoken, "chosen": score == chosen}


def _hint(question: Question, view: SurveyView, language: str) -> str:
    if question.metric is not Metric.WORDS:
        return ""
    return prompts.who_reads(view, language)


def _reasons(view: SurveyView, language: str) -> dict[str, Any] | None:
    """The reason boxes that follow the scores; none before the first."""
    if not view.reasons:
        return None
    bands = [answer.band for answer in view.answers.values() if answer.band]
    good = all(band is Band.GOOD for band in bands)
    return {
        "legend": words(language)["reasons_high" if good else "reasons_low"],
        "options": [(o.key, pick(o.label, language), o.key in view.chosen_reasons) for o in view.reasons],
    }


def _asides(view: SurveyView, chrome: Mapping[str, str]) -> list[tuple[str, str]]:
    """What can be done instead of answering: the button's value and label."""
    if view.stream is Stream.STAFF:
        return []
    person = [("person", chrome["person"].format(name=view.responsible))] if view.responsible else []
    return [*person, ("not_my_matter", chrome["not_my_matter"]), ("opt_out", chrome["opt_out"])]
