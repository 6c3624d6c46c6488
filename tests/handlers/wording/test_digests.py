"""The digest of a week: one screen, honest about how much each figure rests on."""

from dataclasses import replace

import pytest

from handlers.messages import Action, Chart, Picture, Verb
from handlers.views import DigestView, FigureView, VoiceView
from handlers.wording import digests
from handlers.wording.pack import QUESTIONS
from handlers.wording.plain import as_text
from storage.vocabulary import Band
from tests.helpers.views import (
    ADVICE,
    DIGEST,
    EMPTY_WEEK,
    FIGURE,
    MONTH,
    QUARTER,
    SPREAD,
    TREND,
    WHEEL,
    actions,
)

WEEK = {
    "en": """\
Pension advice · 20 Nov 2026 – 27 Nov 2026
──────────────────────────────────────────
20 answers from customers, 3 answers from staff, 1 other piece of feedback. Of
40 asked, 20 answered (50%). 1 answer was not about us and is left out of the
figures.

Satisfaction  75% good · n = 20, interval 53–89% · change is within noise
              (before: 90% good, n = 20)

▇·▆
Tyytyväisyys: 90% in W45 (n = 20), 75% in W47 (n = 20).

Best words

│ Nopeaa ja ystävällistä!
  — Phone call

Hardest words

│ Jonotin kauan.
  — Phone call, unprompted or logged by staff

7 open cases, 2 overdue

""",
    "fi": """\
Eläkeneuvonta · 20.11.2026 – 27.11.2026
───────────────────────────────────────
20 vastausta asiakkailta, 3 vastausta henkilöstöltä, 1 muu palaute. Kysyttiin
40, vastasi 20 (50\u00a0%). 1 vastaus ei koskenut meitä, eikä se ole mukana
luvuissa.

Tyytyväisyys  75\u00a0% hyviä · n = 20, luottamusväli 53–89\u00a0% · muutos mahtuu
              satunnaisvaihteluun (aiemmin 90\u00a0% hyviä, n = 20)

▇·▆
Tyytyväisyys: W45 90\u00a0% (n = 20), W47 75\u00a0% (n = 20).

Parasta palautetta

│ Nopeaa ja ystävällistä!
  — Puhelu

Kriittisintä palautetta

│ Jonotin kauan.
  — Puhelu, oma-aloitteinen tai henkilöstön kirjaama

7 avointa tapausta, 2 myöhässä

""",
}


def said(language: str = "en", **changes: object) -> str:
    return as_text(digests.digest(replace(DIGEST, **changes), language))  # type: ignore[arg-type]


def figure_line(figure: FigureView, language: str = "en") -> str:
    words = as_text(digests.digest(replace(DIGEST, figures=(figure,), trend=None), language))
    return " ".join(words.split("\n\n")[1].split())


@pytest.mark.parametrize("language", WEEK)
def test_a_week_fits_one_screen(language: str) -> None:
    words = said(language)
    assert words.startswith(WEEK[language])
    assert len(words.splitlines()) <= 48


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        (replace(FIGURE, n=0, value=None), "Satisfaction no answers"),
        (replace(FIGURE, n=1, value=None, change="none"), "Satisfaction n = 1, too few for a percentage"),
        (
            replace(FIGURE, n=5, value=1.0, low=0.57, high=1.0, change="none", previous_value=None),
            "Satisfaction 100% good · n = 5, interval 57–100%",
        ),
        (
            replace(FIGURE, n=10, value=0.9, low=0.6, high=0.98, change="none"),
            "Satisfaction 90% good · n = 10, interval 60–98%",
        ),
        (
            replace(FIGURE, change="worse"),
            "Satisfaction 75% good · n = 20, interval 53–89% · worse than before (90% good, n = 20)",
        ),
        (
            replace(FIGURE, change="better", previous_value=0.4),
            "Satisfaction 75% good · n = 20, interval 53–89% · better than before (40% good, n = 20)",
        ),
        (
            FigureView(QUESTIONS["recommend"], 30, 0.23, -0.05, 0.41, 7.1, 40, -0.1, "noise"),
            "Would recommend NPS +23 · n = 30, interval −5 … +41 · change is within noise (before: NPS −10, n = 40)",
        ),
        (
            FigureView(QUESTIONS["grade"], 30, 0.8, 0.6, 0.9, 8.26, 0, None, "none"),
            "Grade 80% good · n = 30, interval 60–90% · mean 8.3",
        ),
        (
            FigureView(QUESTIONS["handled"], 20, 0.95, 0.76, 0.99, 1.1, 0, None, "none"),
            "Taken care of 95% yes · n = 20, interval 76–99%",
        ),
    ],
)
def test_a_figure_says_what_it_rests_on(figure: FigureView, line: str) -> None:
    assert figure_line(figure) == line


def test_two_figures_of_one_metric_are_told_apart_by_their_questions() -> None:
    ease, effort = (replace(FIGURE, question=QUESTIONS[key]) for key in ("ease", "effort"))
    words = said(figures=(ease, effort))
    assert "It was easy for me to get my matter handled." in words
    assert "How much effort did you have to put in?" in words


@pytest.mark.parametrize(
    ("asked", "answered", "sentence"),
    [
        (0, 0, "Nobody was asked."),
        (1, 1, "Of 1 asked, 1 answered."),
        (4, 3, "Of 4 asked, 3 answered."),
        (40, 20, "Of 40 asked, 20 answered (50%)."),
    ],
)
def test_the_response_rate_says_its_denominator(asked: int, answered: int, sentence: str) -> None:
    assert sentence in " ".join(said(asked=asked, answered=answered).split())


def test_open_cases_are_listed_up_to_five_with_the_rest_counted() -> None:
    words = said()
    assert " ".join(words.split()).count("⚠ overdue since Wed 25 Nov 15:00") == 5
    assert "and 2 more" in words
    assert actions(digests.digest(DIGEST, "en")) == [], "nothing can be pressed on the terminal"
    assert actions(digests.digest(replace(DIGEST, run="r"), "en")) == [
        Action(Verb.DIGEST, "r", detail) for detail in ("words", "cases", "why")
    ]
    assert "No open cases." in said(open_cases=(), open_total=0, overdue_total=0)


def test_it_says_what_was_done() -> None:
    assert said().endswith("Cases opened: 3. Cases closed: 2. Put right 1, Explained 1.")
    assert "Cases opened" not in said(opened=0, closed=0, closed_outcomes={})


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "Keneltäkään ei kysytty, palautetta ei tullut, eikä avoimia tapauksia ole."),
        ("sv", "Ingen tillfrågades, ingen respons kom in och inga ärenden är öppna."),
        ("en", "Nobody was asked, no feedback came in, and no case is open."),
    ],
)
def test_an_empty_week_is_one_line(language: str, words: str) -> None:
    message = digests.digest(EMPTY_WEEK, language)
    assert as_text(message).splitlines()[2:] == [words]
    assert message.summary.endswith(words)


def test_a_week_without_answers_says_how_many_were_asked() -> None:
    assert "One person was asked and has not answered" in as_text(
        digests.digest(replace(EMPTY_WEEK, asked=1), "en")
    )
    assert "40 people were asked and none has" in as_text(digests.digest(replace(EMPTY_WEEK, asked=40), "en"))


def test_a_late_digest_says_so() -> None:
    assert "This summary comes late, but covers its planned period." in said(late=True)
    assert "late" not in said()


def test_a_window_that_ends_at_midnight_ends_the_day_before() -> None:
    midnight = DIGEST.ends_at.replace(hour=22)
    title = said(ends_at=midnight, audience=ADVICE).splitlines()[0]
    assert title.endswith("27 Nov 2026")


def test_words_are_verbatim_and_a_long_comment_is_cut_visibly() -> None:
    words = said(worst=(VoiceView("sana " * 200, Band.POOR, None, logged=False),))
    assert "sana…" in words
    assert "│ <!channel> *bold*" in said(
        best=(VoiceView("<!channel> *bold*", Band.GOOD, None, logged=False),)
    )


@pytest.mark.parametrize(("view", "chart"), [(DIGEST, TREND), (MONTH, SPREAD), (QUARTER, WHEEL)])
def test_each_period_has_the_one_picture_that_fits_it(view: DigestView, chart: Chart) -> None:
    pictures = [part for part in digests.digest(view, "fi").parts if isinstance(part, Picture)]
    assert [picture.chart for picture in pictures] == [chart]
