"""Words that somebody must act on whatever the score: safety, legal, press, injury, data leak."""

import re
import unicodedata
from collections.abc import Iterable

DEFAULT_STEMS: dict[str, tuple[str, ...]] = {
    "fi": (
        # Safety. "Ei se ole vaarallista" means "never mind", so that form counts only when it is affirmed.
        "hengenvaar",
        "vaaratilan",
        "vaarallin",
        "vaarallise",
        "vaarallisi",
        "on vaarallista",
        "oli vaarallista",
        "turvallisuusris",
        "turvallisuusuh",
        "turvallisuuspuut",
        "turvaton",
        "turvattom",
        "sähköisku",
        "kaasuvuo",
        "tulipalo",
        # Legal. "Oikeuteen" alone would find the right to a pension.
        "lakimie",
        "asianaja",
        "juristi",
        "oikeustei",
        "oikeustoim",
        "oikeusjut",
        "oikeudenkäyn",
        "asian oikeuteen",
        "teidät oikeuteen",
        "haastan oikeuteen",
        "oikeusasiamie",
        "kuluttaja asiamie",
        "kuluttajariita",
        "kantelu",
        "kantelen",
        "rikosilmoitu",
        "vahingonkorvau",
        # Press. "Toimittaja" is a supplier as often as a journalist, and "mediaani" a median.
        "lehdistö",
        "lehtimie",
        "journalist",
        "lehteen",
        "uutistoimitu",
        "iltapäiväleh",
        "yhteyttä mediaan",
        "medialle",
        # Injury.
        "loukkaantu",
        "loukkaannu",
        "tapatur",
        "työtapatur",
        "vammautu",
        "henkilövahin",
        # Data leak.
        "tietovuo",
        "tietomur",
        "tietoturvalouk",
        "tietosuojalouk",
        "tietosuojarik",
        "henkilötietovuo",
        "tietosuojavaltuut",
    ),
    "sv": (
        # Safety. "Inte så farligt" means "never mind", so the word counts only when it is affirmed.
        "livsfar",
        "är farlig",
        "var farlig",
        "farliga",
        "säkerhetsrisk",
        "säkerhetsbrist",
        "otrygg",
        "elstöt",
        "gasläck",
        "brandrisk",
        "eldsvåd",
        # Legal. "Stämmer" is "that's right" and "stämning" an atmosphere.
        "advokat",
        "jurist",
        "domstol",
        "tingsrätt",
        "rättegång",
        "rättslig",
        "stämma er",
        "stämmer er",
        "polisanmäl",
        "brottsanmäl",
        "skadestånd",
        "justitieombudsman",
        "konsumentombudsman",
        # Press.
        "journalist",
        "gå till pressen",
        "går till pressen",
        "kontakta pressen",
        "kontaktar pressen",
        "till tidningen",
        "till medierna",
        "kontakta media",
        "kontaktar media",
        "kvällstidning",
        # Injury. Goods are damaged with the same word, and "det skadar inte" means "it would not hurt".
        "skadade sig",
        "skadade mig",
        "skadat sig",
        "skadat mig",
        "jag blev skadad",
        "personskad",
        "olycksfall",
        "arbetsolyck",
        # Data leak.
        "dataläck",
        "dataintrång",
        "dataskyddsbrott",
        "dataskyddsombud",
        "personuppgiftsincident",
        "personuppgiftsläck",
        "uppgifter läck",
        "uppgifter har läck",
    ),
    "en": (
        # Safety.
        "danger",
        "unsafe",
        "hazard",
        "safety risk",
        "safety issue",
        "safety concern",
        "electric shock",
        "gas leak",
        "caught fire",
        "fire risk",
        # Legal. "Court" alone would find courtesy.
        "lawyer",
        "attorney",
        "solicitor",
        "lawsuit",
        "legal action",
        "legal claim",
        "legal proceeding",
        "take you to court",
        "go to court",
        "going to court",
        "sue you",
        "suing",
        "ombudsman",
        "police report",
        # Press. "Press" alone would find buttons, "media" players, "reporter" whoever opened the ticket.
        "journalist",
        "newspaper",
        "go to the press",
        "going to the press",
        "talk to the press",
        "contact the press",
        "tell the press",
        "go to the media",
        "going to the media",
        "talk to the media",
        "contact the media",
        "tell the media",
        # Injury. "By accident" and "would not hurt" are harmless.
        "injur",
        "got hurt",
        "was hurt",
        "were hurt",
        "workplace accident",
        # Data leak. "Leak" alone would find taps.
        "data leak",
        "data breach",
        "leaked data",
        "leaked personal",
        "privacy breach",
        "identity theft",
    ),
}
"""By language. A stem finds every word that begins with it, so that endings do not hide a match.

Comments are searched in all languages at once: a stem must be harmless in each.
"""


def urgent_word(words: str, stems: Iterable[str]) -> str | None:
    """The first stem's word in the text, in small letters and with its ending; none when no stem is found.

    A stem matches at the start of a word; one of several words ("data leak") matches over spaces and
    punctuation ("data-leaks"). Letter case and ways of encoding an accent make no difference.
    """
    text = f" {_plain(words)} "
    for stem in stems:
        sought = _plain(stem)
        start = text.find(f" {sought}")
        if sought and start >= 0:
            end = text.index(" ", start + 1 + len(sought))
            return text[start + 1 : end]
    return None


def _plain(text: str) -> str:
    """The words of the text alone, in small letters, one space between them."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return " ".join(re.findall(r"\w+", folded))
