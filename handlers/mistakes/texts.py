"""Texts that are empty or not there in every language."""

from collections.abc import Iterator, Mapping

from handlers.declared import listed
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Survey
from handlers.rules.scales import Option, Question
from handlers.wording.language import LANGUAGES

_NAMES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}


def missing_texts(organisation: Organisation) -> Iterator[Mistake]:
    """Texts that somebody would have to read in another language than their own."""
    for path, text in _texts(organisation):
        missing = [language for language in LANGUAGES if not text.get(language, "").strip()]
        if len(missing) == len(LANGUAGES):
            yield Mistake(path, "This text is empty.", "Write it, or leave the word out.")
        elif missing:
            yield Mistake(
                path,
                f"This text is missing in {listed(_NAMES[language] for language in missing)}.",
                "Add it; until then people read it in another language.",
                warning=True,
            )


def _texts(organisation: Organisation) -> Iterator[tuple[Path, Mapping[str, str]]]:
    yield ("name",), organisation.name
    for section in ("teams", "services", "touchpoints", "reports"):
        for key, entry in getattr(organisation, section).items():
            yield (section, key, "name"), entry.name
    for place, noted in enumerate(organisation.annotations):
        yield ("annotations", place, "words"), noted.words
    for key, survey in organisation.surveys.items():
        yield from _of_survey(("surveys", key), survey)


def _of_survey(path: Path, survey: Survey) -> Iterator[tuple[Path, Mapping[str, str]]]:
    if survey.purpose is not None:
        yield (*path, "purpose"), survey.purpose
    for place, question in enumerate(survey.questions):
        yield from _of_question((*path, "questions", place), question)
    yield from _of_options((*path, "reasons_low"), survey.reasons_low or ())
    yield from _of_options((*path, "reasons_high"), survey.reasons_high or ())


def _of_question(path: Path, question: Question) -> Iterator[tuple[Path, Mapping[str, str]]]:
    yield (*path, "wording"), question.wording
    if question.low_anchor:
        yield (*path, "low_anchor"), question.low_anchor
    if question.high_anchor:
        yield (*path, "high_anchor"), question.high_anchor
    yield from _of_options((*path, "options"), question.options)


def _of_options(path: Path, options: tuple[Option, ...]) -> Iterator[tuple[Path, Mapping[str, str]]]:
    for place, option in enumerate(options):
        yield (*path, place, "label"), option.label
