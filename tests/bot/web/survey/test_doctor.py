"""What the doctor says of survey links: nothing where there are none, else what is missing."""

from bot.settings import Settings
from bot.web.survey.doctor import examine


def found(secret: str, url: str) -> list[tuple[bool, str]]:
    settings = Settings.model_validate({"_env_file": None, "link_secret": secret, "public_url": url})
    return [(finding.ok, finding.sentence + finding.next_step) for finding in examine(settings)]


def test_without_a_secret_there_is_nothing_to_say() -> None:
    assert found("", "") == []


def test_links_that_work_are_told_by_their_beginning() -> None:
    assert found("s" * 32, "https://kaiku.test") == [(True, "Links begin with https://kaiku.test/s/.")]


def test_what_is_missing_is_told_with_the_next_step() -> None:
    [(ok, sentence)] = found("s" * 32, "")
    assert not ok
    assert "KAIKU_PUBLIC_URL" in sentence
