"""Words that must not wait, and words that only look like them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.urgency import DEFAULT_STEMS, urgent_word

EVERY_STEM = tuple(stem for stems in DEFAULT_STEMS.values() for stem in stems)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        # Safety.
        ("Portaat olivat vaarallisen liukkaat.", "vaarallisen"),
        ("Tämä on vaarallista lapsille", "on vaarallista"),
        ("Sain sähköiskun liedestä", "sähköiskun"),
        ("Tilassa on turvallisuusriski", "turvallisuusriski"),
        ("Trappan är farligt hal", "är farligt"),
        ("Hyllan är en säkerhetsrisk för barn", "säkerhetsrisk"),
        ("The stairs are dangerous", "dangerous"),
        ("I feel UNSAFE there", "unsafe"),
        # Legal.
        ("Otan yhteyttä asianajajaan!", "asianajajaan"),
        ("Lakimieheni ottaa yhteyttä", "lakimieheni"),
        ("Vien tämän asian oikeuteen.", "asian oikeuteen"),
        ("Min advokat tar kontakt", "advokat"),
        ("Jag polisanmäler det här", "polisanmäler"),
        ("You will hear from my lawyer.", "lawyer"),
        ("We are considering legal action", "legal action"),
        # Press.
        ("Soitan lehdistölle", "lehdistölle"),
        ("Jag går till pressen med detta", "går till pressen"),
        ("A journalist has called me about it", "journalist"),
        ("I will go to the media", "go to the media"),
        # Injury.
        ("Asentaja loukkaantui", "loukkaantui"),
        ("Työtapaturma oli lähellä", "työtapaturma"),
        ("Montören skadade sig på kanten", "skadade sig"),
        ("My mother was injured", "injured"),
        # Data leak.
        ("Epäilen tietovuotoa", "tietovuotoa"),
        ("Tämä on selvä tietosuojaloukkaus", "tietosuojaloukkaus"),
        ("Det är en dataläcka", "dataläcka"),
        ("Is this a data leak?", "data leak"),
        ("There was a data-breach.", "data breach"),
        ("two data\n  leaks", "data leaks"),
    ],
)
def test_urgent_words_are_found_in_their_inflected_forms(words: str, found: str) -> None:
    assert urgent_word(words, EVERY_STEM) == found


@pytest.mark.parametrize(
    "words",
    [
        # Finnish: a supplier, the right to a pension, a median, "never mind", a data security course.
        "Keittiön toimittaja oli ajoissa.",
        "Kysyin oikeuteeni saada kuntoutustukea.",
        "Mediaani oli kaksi päivää.",
        "Odotin tunnin, mutta ei se ole vaarallista.",
        "Tietoturvakoulutus oli hyvä ja tietosuojaseloste löytyi.",
        "Lehtiä oli odotustilassa, ja turvatoimet olivat kunnossa.",
        "Asia hoitui oikein hyvin, kiitos!",
        "Vammaispalvelu vastasi nopeasti.",
        "Mielestäni tieto kulki ja vuoto hanassa korjattiin.",
        # Swedish: "that's right", a nice atmosphere, "not so bad", "it would not hurt", unfortunately.
        "Det stämmer bra, och stämningen var trevlig.",
        "Det var inte så farligt att vänta.",
        "Det skadar inte att fråga.",
        "Luckan var skadad men byttes genast.",
        "Olyckligtvis var det stängt, men jag läste en tidning.",
        "Filen laddades upp till mediabiblioteket.",
        "Knappen måste pressas hårt.",
        # English: courtesy, buttons, players, tickets, taps, accidents, impressions.
        "Thanks for your courtesy, I was impressed.",
        "I had to press the button twice.",
        "The media player works again.",
        "I am the reporter of this ticket.",
        "The kitchen tap leaked, and you fixed it.",
        "I deleted it by accident; it would not hurt to ask first.",
        "Drive safely!",
        "Great service, fast and legal department was helpful.",
        "An endangered species of helpdesk: a good one",
        "",
        "👍👍",
    ],
)
def test_harmless_words_are_left_alone(words: str) -> None:
    assert urgent_word(words, EVERY_STEM) is None


def test_an_accent_may_be_encoded_either_way() -> None:
    decomposed = unicodedata.normalize("NFD", "SÄHKÖISKU")
    assert decomposed != "SÄHKÖISKU"
    assert urgent_word(decomposed, ["sähköisku"]) == "sähköisku"
    assert urgent_word("Sähköisku", [unicodedata.normalize("NFD", "sähköisku")]) == "sähköisku"


def test_case_is_folded_beyond_small_letters() -> None:
    assert urgent_word("AUF DER STRASSE", ["straße"]) == "strasse"


def test_a_stem_matches_at_the_start_of_a_word_only() -> None:
    assert urgent_word("the plaintiff's affidavit", ["davit"]) is None
    assert urgent_word("anti-davit", ["davit"]) == "davit"


@pytest.mark.parametrize("stem", ["", " ", "—"])
def test_a_stem_without_letters_finds_nothing(stem: str) -> None:
    assert urgent_word("any words", [stem]) is None


def test_the_first_configured_stem_is_told() -> None:
    assert urgent_word("a leak and a fire", iter(["fire", "leak"])) == "fire"


def test_each_language_covers_its_own_stems_once() -> None:
    for language in ("fi", "sv", "en"):
        stems = DEFAULT_STEMS[language]
        assert len(set(stems)) == len(stems)
        for stem in stems:
            assert not any(stem.startswith(other) for other in stems if other != stem), stem


@given(st.text(), st.sampled_from(EVERY_STEM), st.text())
def test_a_stem_is_found_whatever_stands_around_it(left: str, stem: str, right: str) -> None:
    assert urgent_word(f"{left} {stem} {right}", EVERY_STEM) is not None


@given(st.text(), st.lists(st.text(max_size=8), max_size=4))
def test_any_text_is_taken(words: str, stems: list[str]) -> None:
    found = urgent_word(words, stems)
    assert found is None or found
