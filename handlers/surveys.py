"""One invitation as the person sees it now: rows in, `SurveyView` out."""

import random
from collections.abc import Sequence

from handlers import sheets
from handlers.asked import Asked, editable
from handlers.context import Context
from handlers.lookups import threshold_for
from handlers.organisation import Survey
from handlers.people import who_to_ask, zone_of_person
from handlers.rules import scales, words
from handlers.rules.scales import Option, Question
from handlers.views import AnswerView, SurveyView
from handlers.wording.pack import REASONS_HIGH, REASONS_LOW
from storage.responses import Given
from storage.vocabulary import Band, DeclineReason, InvitationState, Metric, Stream

REASONS = "reasons"
"""The question under which chosen reason chips are kept."""


def survey_view(
    asked: Asked, ctx: Context, *, current: str | None = None, reminder: bool = False
) -> SurveyView:
    """What the person sees. `current` asks one question again; else the first one left open is asked."""
    facts, answers = asked.facts, asked.answers
    # What was answered anonymously is not repeated, nor which question was left out, by which one sheet could be told
    # from another: a platform keeps what stands before the person.
    draw = _hidden if asked.nameless else _answer_view
    shown = {key: draw(row) for key, row in answers.items() if asked.nameless or not row.skipped}
    ended = _decline_of(asked) is not None or facts.state == InvitationState.EXPIRED
    service = ctx.organisation.services.get(facts.service or "")
    return SurveyView(
        invitation=facts.token,
        questions=asked.survey.questions,
        answers={key: answer for key, answer in shown.items() if key != REASONS},
        skipped=frozenset(answers.keys() - shown.keys()),
        current=None if ended else current or _next_question(asked),
        reasons=_reasons(asked, ctx),
        chosen_reasons=frozenset(shown[REASONS].words.split()) if REASONS in shown else frozenset(),
        organisation=ctx.organisation.name,
        service=service.name if service else None,
        about=facts.about or "",
        happened_at=facts.happened_at,
        zone=zone_of_person(asked.person, ctx),
        reader=facts.owner_name or who_to_ask(ctx),
        responsible=facts.owner_name or "",
        purpose=asked.survey.purpose,
        privacy=asked.survey.privacy,
        kept_days=kept.days if (kept := ctx.organisation.retention.words) else None,
        stream=Stream(facts.stream),
        shared=facts.person_id is None,
        reminder=reminder,
        declined=_decline_of(asked),
        expired=facts.state == InvitationState.EXPIRED,
        case_opened=asked.called or (asked.begun is not None and asked.begun.case_id is not None),
        together=ctx.organisation.minimum_group,
        longest=sheets.MOST if asked.nameless else words.MOST,
        editable=editable(asked, ctx),
    )


def worst_band(asked: Asked, ctx: Context) -> Band | None:
    """The worst band among the scores given, by the thresholds that apply; none before the first score."""
    order = [Band.POOR, Band.FAIR, Band.GOOD]
    bands = [band for q in asked.survey.questions if (band := band_of(asked, q, ctx))]
    return min(bands, key=order.index, default=None)


def band_of(asked: Asked, question: Question, ctx: Context) -> Band | None:
    """The band of one question's score, if it has one."""
    row = asked.answers.get(question.key)
    if row is None or row.score is None:
        return None
    return scales.band(question, row.score, _threshold(asked, question, ctx))


def _threshold(asked: Asked, question: Question, ctx: Context) -> scales.Threshold:
    return threshold_for(ctx.organisation, question, asked.facts.service, asked.facts.touchpoint)


def _answer_view(row: Given) -> AnswerView:
    return AnswerView(score=row.score, words=row.words or "", band=Band(row.band) if row.band else None)


def _hidden(_: Given) -> AnswerView:
    return AnswerView()


def _decline_of(asked: Asked) -> DeclineReason | None:
    excluded = asked.begun.excluded_because if asked.begun is not None else None
    # Who answers anonymously after all is known from the sheet alone: the request stays declined.
    stands = asked.facts.state == InvitationState.DECLINED and not (asked.nameless and asked.answers)
    said = excluded or (asked.facts.declined_because if stands else None)
    return DeclineReason(said) if said else None


def _next_question(asked: Asked) -> str | None:
    return next((q.key for q in asked.survey.questions if q.key not in asked.answers), None)


def _reasons(asked: Asked, ctx: Context) -> tuple[Option, ...]:
    """Reason chips that follow the score, in an order of their own for each person, which stays the same.

    None in an anonymous survey: which ones are offered would tell the score.
    """
    if (
        asked.nameless
        or asked.survey.stream is Stream.STAFF
        or not any(q.metric is Metric.WORDS for q in asked.survey.questions)
    ):
        return ()
    worst = worst_band(asked, ctx)
    if worst is None:
        return ()
    chips = chips_of(asked.survey, low=worst is not Band.GOOD)
    # Not a secret: the seed keeps the order stable while the message is edited, and random over people.
    return tuple(random.Random(asked.facts.token).sample(chips, len(chips)))  # noqa: S311


def chips_of(survey: Survey, *, low: bool) -> Sequence[Option]:
    """The survey's reason chips after a poor or fair score, or after a good one."""
    declared = survey.reasons_low if low else survey.reasons_high
    return declared if declared is not None else REASONS_LOW if low else REASONS_HIGH
