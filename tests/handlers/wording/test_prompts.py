"""The request for feedback, step by step, as it reads."""

from dataclasses import replace

import pytest

from handlers.messages import Action, Chips, Scale, TextField, Verb
from handlers.rules.scales import Option, Question
from handlers.views import AnswerView, SurveyView
from handlers.wording import prompts
from handlers.wording.pack import QUESTIONS
from handlers.wording.plain import as_text
from storage.vocabulary import DeclineReason, Metric
from tests.helpers.views import AT_THE_WORDS, COMPLETE, STAFF, SURVEY, TOKEN, actions, buttons

FIRST = {
    "en": """\
Pension office
──────────────
Thank you for contacting us (Pension advice). Three questions, about 20
seconds. Maija Virtanen reads your answer; we use it to improve the service.
You may also choose not to answer.

This is about: eläkepäätös, Fri 27 Nov 15:00
Your name goes with your answer. “privacy” tells more, “forget me” erases it.

It was easy for me to get my matter handled.

[1] [2] [3] [4] [5]
1 = Strongly disagree · 5 = Strongly agree

[Skip]
[I'd rather talk to Maija Virtanen]  [Not my matter]  [Don't ask me]""",
    "fi": """\
Eläkelaitos
───────────
Kiitos asioinnista (Eläkeneuvonta). Kolme kysymystä, noin 20 sekuntia.
Vastauksesi lukee Maija Virtanen, ja niillä parannetaan palvelua. Voit myös
jättää vastaamatta.

Tämä koskee: eläkepäätös, pe 27.11. klo 15.00
Nimesi näkyy vastauksesi yhteydessä. ”Tietosuoja” kertoo lisää, ”unohda minut”
poistaa ne.

Asiani hoitaminen oli minulle helppoa.

[1] [2] [3] [4] [5]
1 = Täysin eri mieltä · 5 = Täysin samaa mieltä

[Ohita]
[Haluan puhua ihmiselle: Maija Virtanen]  [Ei minun asiani]
[Älä kysy minulta]""",
    "sv": """\
Pensionsanstalten
─────────────────
Tack för att du kontaktade oss (Pensionsrådgivning). Tre frågor, ungefär 20
sekunder. Ditt svar läses av Maija Virtanen och används för att förbättra
servicen. Du kan också låta bli att svara.

Det här gäller: eläkepäätös, fre 27.11 kl. 15.00
Ditt namn syns vid ditt svar. ”Dataskydd” berättar mer, ”glöm mig” raderar
dem.

Det var lätt för mig att få mitt ärende skött.

[1] [2] [3] [4] [5]
1 = Helt av annan åsikt · 5 = Helt av samma åsikt

[Hoppa över]
[Jag talar hellre med Maija Virtanen]  [Inte mitt ärende]  [Fråga mig inte]""",
}


def said(view: SurveyView, language: str = "en") -> str:
    return as_text(prompts.survey(view, language))


@pytest.mark.parametrize("language", FIRST)
def test_the_first_question_says_who_asks_about_what_and_what_for(language: str) -> None:
    assert said(SURVEY, language) == FIRST[language]


def test_the_free_text_offers_reasons_and_recalls_what_was_answered() -> None:
    assert said(AT_THE_WORDS) == (
        "1. It was easy for me to get my matter handled. → 2 / 5\n"
        "2. How satisfied are you with the service you received? → 2 / 5\n"
        "3. Was your matter taken care of? → No\n\n"
        "In your own words: what worked, what did not?\n\n"
        "☑ Waiting time  ☐ I was not listened to  ☐ It was not solved\n"
        "☐ Unclear information  ☐ I had to repeat myself  ☐ Technical problem\n"
        "☐ Something else\n\n"
        "[Write…]\n\n"
        "You can also simply write it here as a message.\n\n"
        "[Next]  [Change 1]  [Change 2]  [Change 3]\n"
        "[I'd rather talk to Maija Virtanen]  [Not my matter]  [Don't ask me]"
    )


def test_the_thanks_say_by_name_who_reads_and_what_happens_next() -> None:
    assert said(COMPLETE, "fi") == (
        "Kiitos, vastauksesi on kirjattu.\n\n"
        "Maija Virtanen lukee vastauksesi, selvittää asian ja ottaa sinuun yhteyttä.\n\n"
        "1. Asiani hoitaminen oli minulle helppoa. → 2 / 5\n"
        "2. Miten tyytyväinen olet saamaasi palveluun? → 2 / 5\n"
        "3. Tuliko asiasi hoidetuksi? → Ei\n"
        "4. Kerro omin sanoin: mikä onnistui, mikä ei? → Odotusaika · ”Jonotin kauan.”\n"
        "5. Saammeko ottaa sinuun yhteyttä palautteesi vuoksi? → Kyllä\n\n"
        "[Muuta 1]  [Muuta 2]  [Muuta 3]  [Muuta 4]  [Muuta 5]"
    )


@pytest.mark.parametrize(
    ("consent", "case", "promised"),
    [
        (1, True, "Maija Virtanen will read your answer, look into the matter and contact you."),
        (3, True, "Maija Virtanen will read your answer and look into the matter. As you"),
        (None, True, "Maija Virtanen will read your answer and look into the matter.\n"),
        (1, False, "Maija Virtanen will read your answer; the answers are gone through every week."),
    ],
)
def test_contact_is_promised_only_with_consent_and_a_case(
    consent: int | None, case: bool, promised: str
) -> None:
    answers = {**COMPLETE.answers, "contact": AnswerView(consent)}
    words = said(replace(COMPLETE, answers=answers, case_opened=case))
    assert promised in words
    assert ("contact you." in words) == (consent == 1 and case)


def test_without_a_reader_the_organisation_reads() -> None:
    assert "Pension office reads your answer" in said(replace(SURVEY, reader="", responsible=""))


def test_every_prompt_offers_a_person_where_there_is_one() -> None:
    assert Action(Verb.PERSON, TOKEN) in actions(prompts.survey(SURVEY, "en"))
    alone = prompts.survey(replace(SURVEY, responsible=""), "en")
    assert Verb.PERSON not in {action.verb for action in actions(alone)}


@pytest.mark.parametrize("current", ["ease", "satisfied", "handled", "words", "contact"])
def test_every_prompt_can_be_declined_and_skipped(current: str) -> None:
    can = actions(prompts.survey(replace(SURVEY, current=current), "sv"))
    assert Action(Verb.DECLINE, TOKEN, "opt_out") in can
    assert Action(Verb.DECLINE, TOKEN, "not_my_matter") in can
    assert Action(Verb.SKIP, TOKEN, current) in can


def test_points_are_spoken_with_their_anchor() -> None:
    spoken = [b.spoken for b in buttons(prompts.survey(SURVEY, "en"))][:5]
    assert spoken == ["1, Strongly disagree", "2", "3", "4", "5, Strongly agree"]


@pytest.mark.parametrize(
    ("key", "labels", "values"),
    [
        ("handled", ["Yes", "Not yet", "No"], ["handled=1", "handled=2", "handled=3"]),
        ("once", ["Yes", "No"], ["once=1", "once=3"]),
        ("contact", ["Yes", "No"], ["contact=1", "contact=3"]),
        ("feeling", ["😞", "🙁", "😐", "🙂", "😀"], [f"feeling={n}" for n in range(1, 6)]),
        ("recommend", [str(n) for n in range(11)], [f"recommend={n}" for n in range(11)]),
    ],
)
def test_each_metric_has_its_own_buttons(key: str, labels: list[str], values: list[str]) -> None:
    view = replace(SURVEY, questions=(QUESTIONS[key],), current=key)
    rated = [b for b in buttons(prompts.survey(view, "en")) if b.action.verb is Verb.RATE]
    assert [b.label for b in rated] == labels
    assert [b.action.value for b in rated] == values


def test_smileys_are_spoken_as_words() -> None:
    view = replace(SURVEY, questions=(QUESTIONS["feeling"],), current="feeling")
    spoken = [b.spoken for b in buttons(prompts.survey(view, "en"))][:5]
    assert spoken == ["Very bad", "Bad", "Neither good nor bad", "Good", "Very good"]


def test_a_choice_is_made_of_chips() -> None:
    question = Question(
        "where",
        Metric.CHOICE,
        {"en": "Where?"},
        options=(Option("a", {"en": "Here"}), Option("b", {"en": "There"})),
    )
    view = replace(SURVEY, questions=(question,), current="where", answers={"where": AnswerView(words="b")})
    message = prompts.survey(view, "en")
    (chips,) = [part for part in message.parts if isinstance(part, Chips)]
    assert [(c.label, c.chosen, c.action.value) for c in chips.options] == [
        ("Here", False, "where=a"),
        ("There", True, "where=b"),
    ]
    assert "1. Where? → There" in said(replace(view, current=None))


def test_the_organisation_is_named_in_the_question() -> None:
    view = replace(SURVEY, questions=(QUESTIONS["recommend"],), current="recommend")
    assert "How likely are you to recommend Pension office to a colleague?" in said(view)


def test_a_reopened_question_shows_the_score_it_has() -> None:
    message = prompts.survey(replace(AT_THE_WORDS, current="ease"), "en")
    (scale,) = [part for part in message.parts if isinstance(part, Scale)]
    assert [point.chosen for point in scale.points] == [False, True, False, False, False]


def test_a_shared_prompt_promises_that_nobody_sees_the_score() -> None:
    shared = replace(SURVEY, shared=True, about="")
    words = said(shared)
    assert "Was somebody here helped? Each of you may answer once." in words
    assert "Nobody else here sees your score or your words." in words
    can = actions(prompts.survey(shared, "en"))
    assert Action(Verb.DECLINE, TOKEN, "not_my_matter") not in can, "one person's no would end it for all"
    assert Verb.SKIP not in {action.verb for action in can}


def test_a_reminder_says_that_it_is_the_last() -> None:
    assert "A reminder of an earlier request; there will be no other." in said(replace(SURVEY, reminder=True))


def test_a_survey_of_ones_own_purpose_says_it() -> None:
    words = said(replace(SURVEY, purpose={"en": "We plan the opening hours with it."}))
    assert "Maija Virtanen reads your answer. We plan the" in " ".join(words.split())


def test_staff_are_told_that_their_words_are_kept_apart() -> None:
    words = " ".join(said(STAFF).split())
    assert "You have just been in touch with a customer. Two questions, about 10 seconds." in words
    assert "it is kept apart from what customers say" in words
    can = actions(prompts.survey(STAFF, "en"))
    assert Action(Verb.DECLINE, TOKEN, "no_thanks") in can
    assert Verb.PERSON not in {action.verb for action in can}


@pytest.mark.parametrize("reason", DeclineReason)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_declined_request_says_thanks_and_leaves_the_door_open(
    reason: DeclineReason, language: str
) -> None:
    message = prompts.survey(replace(SURVEY, declined=reason), language)
    assert actions(message) == []
    assert len(message.parts) == 2


def test_an_expired_request_says_so() -> None:
    assert said(replace(SURVEY, expired=True)).startswith("This request for feedback has expired.")


def test_after_the_edit_window_nothing_can_be_changed() -> None:
    assert actions(prompts.survey(replace(COMPLETE, editable=False), "en")) == []


def test_a_skipped_question_is_recalled_as_left_out() -> None:
    view = replace(SURVEY, skipped=frozenset({"ease"}), current="satisfied")
    assert "1. It was easy for me to get my matter handled. → left out" in said(view)


def test_long_words_are_recalled_in_one_line() -> None:
    answers = {"words": AnswerView(words="Jonotin.\n" * 100)}
    line = said(replace(SURVEY, answers=answers, current="contact")).partition("\n\n")[0]
    assert line.endswith("…”")
    assert len(line) < 170


def test_the_comment_form_holds_what_was_written_before() -> None:
    form = prompts.comment_form(COMPLETE, "words", "en")
    (field,) = form.fields
    assert form.action == Action(Verb.WRITE, TOKEN, "words")
    assert isinstance(field, TextField)
    assert (field.key, field.value, field.hint) == ("words", "Jonotin kauan.", "Maija Virtanen reads this.")


def test_the_same_view_gives_the_same_message() -> None:
    assert prompts.survey(AT_THE_WORDS, "fi") == prompts.survey(AT_THE_WORDS, "fi")
