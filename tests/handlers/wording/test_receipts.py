"""What is said back: it came through, who reads it, how it ended."""

from dataclasses import replace

import pytest

from handlers.wording import receipts
from handlers.wording.plain import as_text
from storage.vocabulary import Outcome
from tests.helpers.views import ADVICE, FEEDBACK


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "fi",
            "Kiitos, viestisi on kirjattu.\n\nSen lukee Maija Virtanen.\n\nKerron täällä, miten asia päättyy.",
        ),
        (
            "sv",
            (
                "Tack, ditt meddelande har registrerats.\n\nDet läses av Maija Virtanen.\n\n"
                "Här får du veta hur saken slutar."
            ),
        ),
        (
            "en",
            (
                "Thank you, your message has been recorded.\n\nMaija Virtanen will read it.\n\n"
                "You will hear here how the matter ends."
            ),
        ),
    ],
)
def test_a_receipt_names_the_reader(language: str, words: str) -> None:
    assert as_text(receipts.receipt(FEEDBACK, language)) == words


def test_nothing_is_promised_that_nobody_will_do() -> None:
    words = as_text(receipts.receipt(replace(FEEDBACK, reader="", case_opened=False), "en"))
    assert words == "Thank you, your message has been recorded."


def test_who_logged_it_sees_how_it_was_understood() -> None:
    assert as_text(receipts.logged(FEEDBACK, "fi")) == (
        "Kiitos, palaute on kirjattu.\n\n"
        "│ Lomakkeen voisi täyttää puhelimella.\n\n"
        "Asiakas          Tom Korhonen\n"
        "Asiakkuus        Acme Oy\n"
        "Palvelu          Eläkeneuvonta\n"
        "Palautteen laji  Idea tai toive\n"
        "Sävy             Myönteinen\n"
        "Lukee            Maija Virtanen\n\n"
        "Tapaus avattiin, vastuuhenkilö: Maija Virtanen"
    )
    assert "A case was opened" not in as_text(receipts.logged(replace(FEEDBACK, case_opened=False), "en"))


def test_the_customer_hears_who_has_the_matter_now() -> None:
    assert as_text(receipts.forwarded("Ville Niemi", ADVICE, "fi")) == (
        "Palautteesi on välitetty eteenpäin. Tästä lähtien sen lukee Ville Niemi\n(Eläkeneuvonta)."
    )


@pytest.mark.parametrize("ended", Outcome)
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_every_outcome_has_a_sentence_for_the_customer(ended: Outcome, language: str) -> None:
    words = as_text(receipts.outcome(ended, "Soitin ja pahoittelin.", "Maija Virtanen", language))
    assert "│ Soitin ja pahoittelin.\n  — Maija Virtanen" in words
    assert words.split("\n\n")[0].endswith(".")


def test_the_customer_can_answer_the_outcome_where_somebody_listens() -> None:
    assert "answer here: Maija will get your answer." in as_text(
        receipts.outcome(Outcome.RESOLVED, "", "Maija", "en")
    )
    assert as_text(receipts.outcome(Outcome.RESOLVED, "", "", "en")) == "Your matter has been put right."


def test_the_owners_words_say_whose_they_are_and_how_to_answer() -> None:
    assert as_text(receipts.owner_words("Hei!", "Maija", ADVICE, "sv")) == (
        "Svar på din respons: Maija (Pensionsrådgivning)\n\n│ Hei!\n  — Maija\n\nDu kan svara här: Maija får ditt svar."
    )
