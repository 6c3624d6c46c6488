"""Scores and answers in words: never a number without its scale, never a judgement without its polarity."""

from handlers.messages import Action, Button, Verb
from handlers.rules import scales
from handlers.rules.scales import NO, NOT_YET, YES, Question
from handlers.views import AnswerView, PastScore, ScoreView
from handlers.wording.labels import label
from handlers.wording.language import msgid, pick, translate
from storage.vocabulary import Band, Metric

YES_NO = frozenset({Metric.RESOLVED, Metric.FCR, Metric.CONSENT})
TAPPED = frozenset(Metric) - {Metric.WORDS, Metric.CONSENT}
"""Metrics of the questions an introduction counts: words and consent are extras."""

_YES_NO_LABELS = {YES: msgid("Yes"), NOT_YET: msgid("Not yet"), NO: msgid("No")}
_SMILEYS = {
    1: ("😞", msgid("Very bad")),
    2: ("🙁", msgid("Bad")),
    3: ("😐", msgid("Neither good nor bad")),
    4: ("🙂", msgid("Good")),
    5: ("😀", msgid("Very good")),
}
_NPS_BANDS = {Band.POOR: msgid("detractor"), Band.FAIR: msgid("passive"), Band.GOOD: msgid("promoter")}


def asked(question: Question, language: str, organisation: str = "") -> str:
    """The question as it is asked. A replacement, not a format: the words may be an administrator's."""
    return pick(question.wording, language).replace("{org}", organisation)


def named(question: Question, language: str) -> str:
    """The question where it is only referred to: its wording, or its metric where that needs a name filled in."""
    wording = pick(question.wording, language)
    return label(question.metric, language) + ":" if "{org}" in wording else wording


def points(question: Question, invitation: str, language: str, chosen: int | None) -> tuple[Button, ...]:
    """One button for each point of the question's scale, in order."""
    return tuple(
        Button(
            point_label(question, score, language),
            Action(Verb.RATE, invitation, f"{question.key}={score}"),
            spoken=_spoken(question, score, language),
            chosen=score == chosen,
        )
        for score in scales.points(question)
    )


def point_label(question: Question, score: int, language: str) -> str:
    """What stands on the button of one point: a number, a smiley, yes or no."""
    if question.metric in YES_NO:
        return translate(language, _YES_NO_LABELS[score])
    if _smiles(question, score):
        return _SMILEYS[score][0]
    return str(score)


def given(question: Question, answer: AnswerView, language: str) -> str:
    """An answer in a few words: *4 / 5*, *Yes*, *🙂 Good*, the chosen options, or the words themselves."""
    if question.metric is Metric.CHOICE:
        chosen = answer.words.split()
        return ", ".join(pick(option.label, language) for option in question.options if option.key in chosen)
    if answer.score is None:
        return answer.words
    return bare(question, answer.score, language)


def bare(question: Question, score: int, language: str) -> str:
    """A score without judgement: *4 / 5*, *Yes*, *🙂 Good*."""
    if question.metric in YES_NO:
        return point_label(question, score, language)
    if _smiles(question, score):
        smiley, words = _SMILEYS[score]
        return f"{smiley} {translate(language, words)}"
    return f"{score} / {question.highest}"


def judged(view: ScoreView | PastScore, language: str) -> str:
    """A score with what it means and which end is good: *2 of 5 — poor (5 is best)*, *No*, *🙁 Bad*."""
    question, score = view.question, view.score
    if question.metric in YES_NO or _smiles(question, score):
        return bare(question, score, language)
    band = band_words(question, view.band, language)
    facts = {"score": score, "highest": question.highest}
    ends = scales.ends(question)
    if not band or ends is None:
        return translate(language, "{score} of {highest}", **facts)
    return translate(
        language, "{score} of {highest} — {band} ({best} is best)", **facts, band=band, best=ends.best
    )


def band_words(question: Question, band: Band | None, language: str) -> str:
    """What a band is called for this metric; empty where there is no good end."""
    if band is None:
        return ""
    if question.metric is Metric.NPS:
        return translate(language, _NPS_BANDS[band])
    return label(band, language)


def _smiles(question: Question, score: int) -> bool:
    return question.metric is Metric.FEELING and score in _SMILEYS


def _spoken(question: Question, score: int, language: str) -> str:
    if question.metric in YES_NO:
        return point_label(question, score, language)
    if _smiles(question, score):
        return translate(language, _SMILEYS[score][1])
    anchor = {question.lowest: question.low_anchor, question.highest: question.high_anchor}.get(score)
    return f"{score}, {pick(anchor, language)}" if anchor else str(score)
