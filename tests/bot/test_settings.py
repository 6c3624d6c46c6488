"""Settings: every one is documented, and every mistake is answered in words."""

import os
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, example, load, variable

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("KAIKU_")]:
        monkeypatch.delenv(name)


def refused(env_file: Path) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as refusal:
        load(env_file)
    return refusal.value.lines


def test_the_example_is_what_the_settings_say() -> None:
    assert (ROOT / ".env.example").read_text("utf-8") == example()


def test_every_setting_has_its_sentence() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_example_loads_as_it_is_and_with_every_line_in_force(tmp_path: Path) -> None:
    as_it_is, in_force = tmp_path / "a.env", tmp_path / "b.env"
    as_it_is.write_text(example(), "utf-8")
    in_force.write_text(example().replace("\n#KAIKU_", "\nKAIKU_"), "utf-8")

    assert load(as_it_is) == load(in_force) == load(tmp_path / "missing.env")


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("KAIKU_PORT=1000\nKAIKU_HOST=::1\nSOMEBODY_ELSES=1\n", "utf-8")
    monkeypatch.setenv("KAIKU_PORT", "2000")

    settings = load(file)

    assert (settings.port, settings.host) == (2000, "::1")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("PORT=abc", "KAIKU_PORT is “abc”, but it must be a whole number. Port the web server listens on."),
        (
            "PORT=70000",
            "KAIKU_PORT is “70000”, but it must be at most 65535. Port the web server listens on.",
        ),
        (
            "LOG_LEVEL=loud",
            "KAIKU_LOG_LEVEL is “loud”, but it must be debug, info, warning or error. The least",
        ),
        (
            "SANDBOX=true\nKAIKU_HOST=0.0.0.0",
            "KAIKU_SANDBOX is “true”, but it must be false while KAIKU_HOST is “0.0.0.0”, unless ",
        ),
        (
            "SEAL_COMMENTS=true",
            "KAIKU_SEAL_COMMENTS is “true”, but it must be false while KAIKU_ENCRYPTION_KEY is empty.",
        ),
        ("PROT=1", "KAIKU_PROT is not a setting. Did you mean KAIKU_PORT?"),
        ("MOON=1", "KAIKU_MOON is not a setting. Remove it; .env.example has every setting."),
        (
            "PUBLIC_URL=a.fi",
            "KAIKU_PUBLIC_URL is “a.fi”, but it must begin with “https://” (or “http://”). How people",
        ),
    ],
)
def test_a_mistake_is_answered_with_what_to_do(line: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(f"KAIKU_{line}\n", "utf-8")

    (told,) = refused(file)
    assert told.startswith(sentence)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("KAIKU_PORT=abc\nKAIKU_HSOT=x\nKAIKU_SANDBOX=perhaps\n", "utf-8")

    assert [line.split()[0] for line in refused(file)] == ["KAIKU_HSOT", "KAIKU_PORT", "KAIKU_SANDBOX"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_the_sandbox_is_served_to_this_machine(host: str) -> None:
    assert Settings(sandbox=True, host=host).sandbox


def test_the_sandbox_is_served_to_others_when_told_so() -> None:
    assert Settings(sandbox=True, host="0.0.0.0", sandbox_anywhere=True).sandbox  # noqa: S104


def test_swapped_slack_tokens_are_told_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("KAIKU_SLACK_BOT_TOKEN=xapp-1-hush\nKAIKU_SLACK_APP_TOKEN=xoxb-hush\n", "utf-8")

    with pytest.raises(SettingsError) as refusal:
        load(file)

    assert "hush" not in str(refusal.value)
    assert refusal.value.__suppress_context__
    assert refusal.value.lines[0] == (
        "KAIKU_SLACK_BOT_TOKEN must begin with “xoxb-”. Bot token (`xoxb-…`). Slack is off when empty."
    )


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"KAIKU_HOST=\xe4\xe4\n")

    assert refused(file) == (f"{file} is not UTF-8 text. Save it as UTF-8 and start again.",)


def test_secrets_do_not_show_themselves() -> None:
    settings = Settings(slack_signing_secret="hush")  # type: ignore[arg-type]

    assert "hush" not in repr(settings)
    assert variable("slack_signing_secret") == "KAIKU_SLACK_SIGNING_SECRET"


def test_no_setting_promises_a_database_that_this_release_refuses() -> None:
    assert "PostgreSQL" not in example()
