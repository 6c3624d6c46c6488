"""Signed addresses: ours to the last character, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from bot.settings import Settings
from bot.web.survey.signing import address_of, signer
from handlers.errors import LinksAreOff


def settings(secret: str = "s" * 32, url: str = "https://kaiku.test") -> Settings:
    return Settings.model_validate({"link_secret": secret, "public_url": url, "_env_file": None})


LINKS = signer(settings(), "link")


@given(st.from_regex(r"[a-z0-9]{12}", fullmatch=True))
def test_what_was_signed_is_read_back(name: str) -> None:
    assert LINKS.name_in(LINKS.signed(name)) == name


@given(st.text(max_size=60))
def test_what_was_not_signed_is_not(typed: str) -> None:
    assert LINKS.name_in(typed) is None


def test_the_last_character_counts_wholly() -> None:
    """Its spare bits would make four characters out of one."""
    signed = LINKS.signed("abcdefgh2345")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [c for c in alphabet if LINKS.name_in(signed[:-1] + c)] == [signed[-1]]


def test_another_purpose_or_secret_signs_otherwise() -> None:
    signed = LINKS.signed("lobby")
    assert signer(settings(), "kiosk").name_in(signed) is None
    assert signer(settings("t" * 32), "link").name_in(signed) is None


@pytest.mark.parametrize(
    ("secret", "url", "named"),
    [("", "https://kaiku.test", "KAIKU_LINK_SECRET"), ("s" * 32, "", "KAIKU_PUBLIC_URL")],
)
def test_no_link_is_made_without_the_settings_it_needs(secret: str, url: str, named: str) -> None:
    with pytest.raises(LinksAreOff) as refused:
        address_of(settings(secret, url), "link", "abc")
    assert refused.value.facts["settings"] == named


def test_a_secret_that_could_be_guessed_is_refused_and_not_shown() -> None:
    with pytest.raises(ValidationError, match="at least 32 characters") as refused:
        Settings(link_secret=SecretStr("hunter2"))
    assert "hunter2" not in str(refused.value)
