"""The words around a link: an SMS stays one SMS, and a name cannot write HTML."""

from datetime import UTC, datetime

import pytest

from bot.web.survey.carrying import _GSM, SMS_LENGTH, carrier
from handlers.survey_links import Carried
from handlers.wording.language import LANGUAGES

URL = "https://kaiku.example.org/s/abcdefgh2345.AAAAAAAAAAAAAAAAAAAAAA"


def carried(name: str) -> Carried:
    return Carried("abcdefgh2345", datetime(2026, 12, 1, tzinfo=UTC), "fi", dict.fromkeys(LANGUAGES, name))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["Kaiku", "Eläketurvakeskus – Pensionsskyddscentralen", "A" * 200, "電話局"])
def test_an_sms_is_one_sms_in_its_own_alphabet(name: str, language: str) -> None:
    sms = carrier(carried(name), URL, language).sms
    assert len(sms) <= SMS_LENGTH
    assert _GSM.issuperset(sms)
    assert sms.endswith(URL)
    assert len(sms) > len(URL) + 10


def test_the_name_is_said_where_it_fits() -> None:
    made = carrier(carried("Kaiku-virasto"), URL)
    assert made.sms == f"Kaiku-virasto: kiitos yhteydenotostasi. Miten asia hoitui? Vastaa tästä: {URL}"
    assert made.language == "fi"


def test_a_name_cannot_write_html() -> None:
    made = carrier(carried('<img src=x onerror="x">'), URL, "en")
    assert "<img" not in made.html
    assert f'<a href="{URL}">' in made.html
    assert URL in made.text
