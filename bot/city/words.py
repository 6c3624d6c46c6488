"""What customers of the city write, in their language and of their mood. None holds a word that is urgent."""

from collections.abc import Mapping
from random import Random

from storage.vocabulary import Band

_COMMENTS: Mapping[tuple[str, Band], tuple[str, ...]] = {
    ("fi", Band.GOOD): (
        "Ystävällistä ja nopeaa palvelua, kiitos!",
        "Asia hoitui kerralla.",
        "Sain selkeät ohjeet ({about}).",
        "Minulle soitettiin takaisin silloin kun luvattiin.",
        "Hyvin hoidettu, vaikka oli ruuhkaa.",
    ),
    ("fi", Band.FAIR): (
        "Ihan hyvä, mutta jonotin aika kauan.",
        "Asia hoitui lopulta, ohjeet verkossa olivat vaikeat löytää.",
        "Palvelu oli asiallista, mutta asiani ({about}) on vielä kesken.",
    ),
    ("fi", Band.POOR): (
        "Odotin vastausta yli viikon.",
        "Sain kaksi eri vastausta samaan kysymykseen.",
        "Jouduin selittämään saman asian kolmelle ihmiselle.",
        "Asiani ({about}) on edelleen kesken, eikä kukaan kerro miksi.",
        "Lomake ei toiminut, ja linja oli koko ajan varattu.",
    ),
    ("sv", Band.GOOD): (
        "Vänligt och snabbt, tack!",
        "Ärendet sköttes på en gång.",
        "Tydliga svar ({about}).",
    ),
    ("sv", Band.FAIR): (
        "Helt bra, men kön var lång.",
        "Det löste sig till slut, men anvisningarna på nätet var svåra att hitta.",
    ),
    ("sv", Band.POOR): (
        "Jag väntade på svar i över en vecka.",
        "Jag fick två olika svar på samma fråga.",
        "Mitt ärende ({about}) är fortfarande inte klart, och ingen berättar varför.",
    ),
    ("en", Band.GOOD): (
        "Friendly and quick, thank you!",
        "It was settled in one go.",
        "Clear advice ({about}).",
    ),
    ("en", Band.FAIR): (
        "Fine in the end, but I had to wait in line.",
        "Polite, though the instructions online were hard to find.",
    ),
    ("en", Band.POOR): (
        "I waited more than a week for an answer.",
        "I had to explain the same thing three times.",
        "My matter ({about}) is still not done, and nobody tells me why.",
    ),
}
_WISHES = {
    "fi": (
        "Toivoisin palvelua myös iltaisin: {about}.",
        "Voisiko tämän hoitaa puhelimen sovelluksella: {about}?",
    ),
    "sv": ("Jag önskar service också på kvällarna: {about}.",),
    "en": ("I wish this were open in the evening too: {about}.",),
}
_THANKS = {
    "fi": "Kiitos, kaikki sujui hienosti: {about}.",
    "sv": "Tack, allt gick fint: {about}.",
    "en": "Thank you, all went very well: {about}.",
}
CLOSED = {
    "fi": "Soitettu ja sovittu, miten asia korjataan.",
    "sv": "Ringde upp, och vi kom överens om hur saken rättas till.",
    "en": "Called, and agreed how it will be put right.",
}
"""What the owner writes about a case that is closed."""


def comment(language: str, mood: Band, about: str, dice: Random) -> str:
    """A comment on a service, whose name is `about`."""
    return dice.choice(_COMMENTS[language, mood]).format(about=about)


def wish(language: str, about: str, dice: Random) -> str:
    """What somebody wishes of a service."""
    return dice.choice(_WISHES[language]).format(about=about)


def thanks(language: str, about: str) -> str:
    """Thanks that staff hear and log."""
    return _THANKS[language].format(about=about)
