"""What a score means. Scenario numbers are those of the fixtures every release must get right."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.scales import (
    NO,
    NOT_YET,
    YES,
    Question,
    ScoreRange,
    Threshold,
    alerts,
    asks_reference,
    band,
    default_threshold,
    ends,
    goodness,
    is_closed,
    merged,
    misfit,
    on_scale,
    points,
    praises,
)
from storage.vocabulary import Band, Metric, Polarity

HIGH, LOW = Polarity.HIGH_IS_GOOD, Polarity.LOW_IS_GOOD
POOR, FAIR, GOOD = Band.POOR, Band.FAIR, Band.GOOD


def scale(key: str, metric: Metric, polarity: Polarity = HIGH, lowest: int = 1, highest: int = 5) -> Question:
    return Question(key=key, metric=metric, wording={}, polarity=polarity, lowest=lowest, highest=highest)


EASE = scale("ease", Metric.CES)
EASE_OF_SEVEN = scale("ease", Metric.CES, highest=7)
EFFORT = scale("effort", Metric.CES, LOW)
SATISFIED = scale("satisfied", Metric.CSAT)
RECOMMEND = scale("recommend", Metric.NPS, lowest=0, highest=10)
GRADE = scale("grade", Metric.GRADE, highest=10)
EXPECTED = scale("expected", Metric.GAP)
FEELING = scale("feeling", Metric.FEELING)
HANDLED = Question(key="handled", metric=Metric.RESOLVED, wording={}, polarity=LOW, lowest=YES, highest=NO)
ONCE = Question(key="once", metric=Metric.FCR, wording={}, polarity=LOW, lowest=YES, highest=NO)
CONTACT = Question(key="contact", metric=Metric.CONSENT, wording={})
WORDS = Question(key="words", metric=Metric.WORDS, wording={})
CHOICE = Question(key="branch", metric=Metric.CHOICE, wording={})

WITH_A_GOOD_END = (EASE, EASE_OF_SEVEN, EFFORT, SATISFIED, RECOMMEND, GRADE, EXPECTED, FEELING, HANDLED, ONCE)
WITHOUT = (CONTACT, WORDS, CHOICE, replace(SATISFIED, polarity=Polarity.NONE))
MIRRORED = {HIGH: LOW, LOW: HIGH}


def at(lowest: int, highest: int | None = None) -> ScoreRange:
    return ScoreRange(lowest, lowest if highest is None else highest)


def bands(question: Question, threshold: Threshold | None = None) -> list[Band | None]:
    chosen = threshold or default_threshold(question)
    return [band(question, point, chosen) for point in points(question)]


def test_scenario_1_five_praises_agreement_and_alerts_on_effort() -> None:
    agreement, effort = default_threshold(EASE), default_threshold(EFFORT)
    assert praises(EASE, 5, agreement)
    assert not alerts(EASE, 5, agreement)
    assert alerts(EFFORT, 5, effort)
    assert not praises(EFFORT, 5, effort)


def test_scenario_1_an_alert_against_polarity_is_refused_with_a_sentence() -> None:
    assert misfit(EASE, Threshold(alert=at(4, 5))) == (
        "alert at 4–5 on “ease” would alert on the best answers, because high is good; did you mean 1–2?"
    )
    assert misfit(EFFORT, Threshold(alert=at(4, 5))) is None


def test_scenario_4_the_kitchen_supplier_contacts_below_eight_and_asks_above() -> None:
    organisation = merged(default_threshold(GRADE), Threshold(alert=at(1, 7), reference=at(9, 10)))
    assert misfit(GRADE, organisation) is None
    assert alerts(GRADE, 7, organisation)
    assert not alerts(GRADE, 8, organisation)
    assert not asks_reference(GRADE, 8, organisation)
    assert asks_reference(GRADE, 9, organisation)
    assert not alerts(GRADE, 9, organisation)


def test_scenario_4_changing_one_rule_for_one_touchpoint_changes_only_that_one() -> None:
    organisation = Threshold(alert=at(1, 7), praise=at(10), reference=at(9, 10))
    touchpoint = merged(organisation, Threshold(alert=at(1, 6)))
    assert touchpoint == Threshold(alert=at(1, 6), praise=at(10), reference=at(9, 10))
    assert organisation.alert == at(1, 7)


@pytest.mark.parametrize(
    ("question", "alert", "praise"),
    [
        (SATISFIED, at(1, 2), at(5)),
        (EASE, at(1, 2), at(5)),
        (EFFORT, at(4, 5), at(1)),
        (EASE_OF_SEVEN, at(1, 2), at(7)),
        (replace(EASE_OF_SEVEN, polarity=LOW), at(6, 7), at(1)),
        (RECOMMEND, at(0, 6), at(9, 10)),
        (GRADE, None, at(10)),
        (HANDLED, at(NO), None),
        (ONCE, at(NO), None),
        (EXPECTED, at(1, 2), at(5)),
        (FEELING, at(1, 2), at(5)),
        (CONTACT, None, None),
        (WORDS, None, None),
    ],
)
def test_defaults(question: Question, alert: ScoreRange | None, praise: ScoreRange | None) -> None:
    assert default_threshold(question) == Threshold(alert=alert, praise=praise)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (SATISFIED, [POOR, POOR, FAIR, GOOD, GOOD]),
        (EFFORT, [GOOD, GOOD, FAIR, POOR, POOR]),
        (EASE_OF_SEVEN, [POOR, POOR, FAIR, FAIR, FAIR, GOOD, GOOD]),
        (RECOMMEND, [POOR] * 7 + [FAIR] * 2 + [GOOD] * 2),
        (GRADE, [FAIR] * 8 + [GOOD] * 2),
        (HANDLED, [GOOD, FAIR, POOR]),
        (ONCE, [GOOD, POOR]),
        (CONTACT, [None, None]),
        (WORDS, []),
    ],
)
def test_bands(question: Question, expected: list[Band | None]) -> None:
    assert bands(question) == expected


def test_an_alert_wins_over_the_best_steps() -> None:
    assert bands(SATISFIED, Threshold(alert=at(1, 4))) == [POOR, POOR, POOR, POOR, GOOD]


def test_wider_praise_is_not_a_better_band() -> None:
    assert bands(SATISFIED, Threshold(alert=at(1, 2), praise=at(3, 5))) == bands(SATISFIED)


def test_moving_the_alert_of_nps_moves_no_detractor() -> None:
    assert bands(RECOMMEND, Threshold(alert=at(0, 3))) == bands(RECOMMEND)
    assert not alerts(RECOMMEND, 6, Threshold(alert=at(0, 3)))


def test_not_yet_may_be_made_to_alert() -> None:
    assert bands(HANDLED, Threshold(alert=at(NOT_YET, NO))) == [GOOD, POOR, POOR]


@pytest.mark.parametrize("question", WITHOUT, ids=lambda question: question.metric)
def test_where_no_end_is_good_nothing_follows_from_a_score(question: Question) -> None:
    everything = Threshold(alert=at(0, 10), praise=at(0, 10), reference=at(0, 10))
    assert ends(question) is None
    for score in range(11):
        assert band(question, score, everything) is None
        assert goodness(question, score) == 0.5
        assert not alerts(question, score, everything)
        assert not praises(question, score, everything)
        assert not asks_reference(question, score, everything)


def test_points_come_in_the_order_to_show_them() -> None:
    assert points(EFFORT) == (1, 2, 3, 4, 5)
    assert points(RECOMMEND) == tuple(range(11))
    assert points(HANDLED) == (YES, NOT_YET, NO)
    assert points(ONCE) == points(CONTACT) == (YES, NO)
    assert points(WORDS) == points(CHOICE) == ()


@pytest.mark.parametrize(
    ("question", "score", "fits"),
    [
        (SATISFIED, 1, True),
        (SATISFIED, 0, False),
        (SATISFIED, 99, False),
        (RECOMMEND, 0, True),
        (RECOMMEND, -1, False),
        (HANDLED, NOT_YET, True),
        (ONCE, NOT_YET, False),
        (WORDS, 0, False),
    ],
)
def test_on_scale(question: Question, score: int, fits: bool) -> None:
    assert on_scale(question, score) is fits


def test_closed_questions_are_those_with_a_score() -> None:
    assert all(is_closed(question) for question in (*WITH_A_GOOD_END, CONTACT))
    assert not is_closed(WORDS)
    assert not is_closed(CHOICE)


def test_goodness_runs_from_the_worst_to_the_best() -> None:
    assert [goodness(EFFORT, score) for score in points(EFFORT)] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert [goodness(HANDLED, score) for score in points(HANDLED)] == [1.0, 0.5, 0.0]


def test_a_score_of_an_older_wider_scale_counts_as_the_nearest_end() -> None:
    assert goodness(EASE, 7) == 1.0
    assert goodness(EFFORT, 7) == 0.0


@pytest.mark.parametrize(
    ("question", "threshold", "sentence"),
    [
        (
            EFFORT,
            Threshold(alert=at(1, 2)),
            (
                "alert at 1–2 on “effort” would alert on the best answers, "
                "because low is good; did you mean 4–5?"
            ),
        ),
        (
            ONCE,
            Threshold(alert=at(YES)),
            "alert at yes on “once” would alert on the best answers, because yes is good; did you mean no?",
        ),
        (
            SATISFIED,
            Threshold(alert=at(1, 5)),
            "alert at 1–5 on “satisfied” would alert on the best answers, because high is good.",
        ),
        (
            SATISFIED,
            Threshold(alert=at(2, 3)),
            "alert at 2–3 on “satisfied” would leave out the worst answer, 1.",
        ),
        (
            HANDLED,
            Threshold(alert=at(NOT_YET)),
            "alert at not yet on “handled” would leave out the worst answer, no.",
        ),
        (
            SATISFIED,
            Threshold(praise=at(1)),
            (
                "praise at 1 on “satisfied” would praise the worst answers, "
                "because high is good; did you mean 5?"
            ),
        ),
        (
            GRADE,
            Threshold(reference=at(1, 2)),
            (
                "reference at 1–2 on “grade” would ask for a reference after the worst answers, "
                "because high is good; did you mean 9–10?"
            ),
        ),
        (
            RECOMMEND,
            Threshold(alert=at(0, 9), praise=at(9, 10)),
            "alert at 0–9 and praise at 9–10 on “recommend” overlap; one score cannot be both.",
        ),
        (
            GRADE,
            Threshold(alert=at(1, 8), reference=at(8, 10)),
            "alert at 1–8 and reference at 8–10 on “grade” overlap; one score cannot be both.",
        ),
        (EASE, Threshold(alert=at(0, 2)), "alert at 0–2 on “ease” reaches outside the scale 1–5."),
        (EASE, Threshold(praise=at(5, 7)), "praise at 5–7 on “ease” reaches outside the scale 1–5."),
        (
            EASE,
            Threshold(alert=ScoreRange(2, 1)),
            "alert at 2–1 on “ease” is written backwards; did you mean 1–2?",
        ),
        (
            WORDS,
            Threshold(alert=at(1), praise=at(5)),
            "alert and praise on “words” can never apply: no answer to it is good or bad.",
        ),
    ],
)
def test_misfits_are_told_in_a_sentence(question: Question, threshold: Threshold, sentence: str) -> None:
    assert misfit(question, threshold) == sentence


@pytest.mark.parametrize("question", WITHOUT, ids=lambda question: question.metric)
def test_no_rule_fits_every_question(question: Question) -> None:
    assert misfit(question, Threshold()) is None


questions = st.sampled_from(WITH_A_GOOD_END)
scales = st.sampled_from([question for question in WITH_A_GOOD_END if question.metric is not Metric.NPS][:6])
ranges = st.builds(at, st.integers(-1, 11), st.integers(-1, 11))
thresholds = st.builds(
    Threshold, alert=st.none() | ranges, praise=st.none() | ranges, reference=st.none() | ranges
)


@given(questions)
def test_every_default_fits(question: Question) -> None:
    assert misfit(question, default_threshold(question)) is None


@given(scales)
def test_mirrored_polarity_gives_mirrored_bands(question: Question) -> None:
    mirrored = replace(question, polarity=MIRRORED[question.polarity])
    assert bands(mirrored) == bands(question)[::-1]


@given(scales)
def test_mirrored_polarity_gives_mirrored_goodness(question: Question) -> None:
    mirrored = replace(question, polarity=MIRRORED[question.polarity])
    for score in points(question):
        turned = question.lowest + question.highest - score
        assert goodness(mirrored, turned) == goodness(question, score)


@given(questions, thresholds)
def test_a_better_answer_never_has_a_worse_band_when_the_rules_fit(
    question: Question, threshold: Threshold
) -> None:
    if misfit(question, threshold) is None:
        from_worst = sorted(points(question), key=lambda score: goodness(question, score))
        ranks = [
            [POOR, FAIR, GOOD].index(found) for s in from_worst if (found := band(question, s, threshold))
        ]
        assert ranks == sorted(ranks)
        assert len(ranks) == len(from_worst)


@given(questions, thresholds)
def test_rules_that_fit_never_say_two_things_of_one_score(question: Question, threshold: Threshold) -> None:
    if misfit(question, threshold) is None:
        for score in points(question):
            told = praises(question, score, threshold) or asks_reference(question, score, threshold)
            assert not (told and alerts(question, score, threshold))


@given(thresholds, thresholds, thresholds)
def test_levels_may_be_merged_in_any_grouping(a: Threshold, b: Threshold, c: Threshold) -> None:
    assert merged(merged(a, b), c) == merged(a, merged(b, c))
    assert merged(a, Threshold()) == merged(Threshold(), a) == a
