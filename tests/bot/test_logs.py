"""Log lines tell what happened and nothing about anybody."""

import io
import json
import logging
import time
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from bot.following import following
from bot.logs import TALKATIVE, Redaction, configure, tamed
from bot.settings import Settings
from tests.helpers.logged import logging_as_before

KNOWN = "0f3c9d8e7a6b5c4d3e2f1a0b9c8d7e6f"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with logging_as_before():
        yield


def lines(log_format: str = "json", log_level: str = "debug") -> io.StringIO:
    stream = io.StringIO()
    settings = Settings.model_validate(
        {"slack_signing_secret": SecretStr(KNOWN), "log_format": log_format, "log_level": log_level}
    )
    configure(settings, stream)
    return stream


SEEDED = [
    KNOWN,
    "xoxb-1234567890-abcdefghij",
    "xoxe.xoxp-1-Mi0yLTEyMzQ1",
    "xapp-1-A012345-678-abcdef",
    "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
    "kaiku_dBjftJeZ4CVPmB92K27uhbUJU1p1r",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "liisa.lahti@example.org",
    "+358 40 123 4567",
]


@pytest.mark.parametrize("seeded", SEEDED)
@pytest.mark.parametrize(
    "sentence",
    ["{}", "calling https://api.telegram.org/bot{}/getUpdates", "('{}',)", '{{"a": "{}"}}', "x={}&y=1"],
)
def test_what_is_secret_or_personal_is_taken_out_of_any_sentence(seeded: str, sentence: str) -> None:
    told = Redaction([KNOWN]).text(sentence.format(seeded))

    assert seeded not in told
    assert not any(part in told for part in seeded.replace("@", ":").split(":") if len(part) > 9)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Authorization: Bearer abcdef123456", "Authorization: [secret] [secret]"),
        ("GET /link/?ticket=abc&app_id=1", "GET /link/?ticket=[secret]&app_id=1"),
        ('{"password": "hush", "id": 3}', '{"password": "[secret]", "id": 3}'),
        ("postgresql://kaiku:hush@db/kaiku", "postgresql://[secret]@db/kaiku"),
        (
            "(OperationalError) disk I/O\n[SQL: INSERT]\n[parameters: ('so sad', 'Liisa')]\n(Background",
            "(OperationalError) disk I/O\n[SQL: INSERT]\n[parameters: [withheld]]\n(Background",
        ),
        ("[type=x, input_value='Liisa', input_type=str]", "[type=x, input_value=[withheld], input_type=str]"),
        ("case 4711 closed at 2026-11-27T15:00:00Z", "case 4711 closed at 2026-11-27T15:00:00Z"),
    ],
)
def test_only_the_secret_part_goes(text: str, told: str) -> None:
    assert Redaction().text(text) == told


def test_named_fields_are_withheld_however_deep() -> None:
    stream = lines()

    structlog.get_logger().info(
        "heard", words="so sad", invitation=7, sender={"email": "a", "inner": [{"bot_token": "b", "id": 3}]}
    )

    line = json.loads(stream.getvalue())
    assert line["words"] == "[withheld]"
    assert line["sender"] == {"email": "[withheld]", "inner": [{"bot_token": "[secret]", "id": 3}]}
    assert (line["invitation"], line["event"], line["level"]) == (7, "heard", "info")


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_nobodys_words_can_forge_a_line_or_repaint_a_terminal(log_format: str) -> None:
    stream = lines(log_format)

    structlog.get_logger().warning(
        "bad\n2026 [info] forged", said="\x1b[31mred\x1b[0m \u202eevil\u2066 \x00\u200b"
    )
    logging.getLogger("elsewhere").warning("also %s", "here\r\n\x1b]0;title\x07.")

    first, second = stream.getvalue().splitlines()
    told = first + second
    assert not any(character in told for character in "\x1b\x00\u202e\u2066\u200b\r\x07")
    assert "red" in first
    assert "evil" in first
    assert "forged" in first


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_exception_is_told_whole_but_for_its_secrets(log_format: str) -> None:
    stream = lines(log_format)

    try:
        int(f"no\n2026-11-27 [info] forged by {KNOWN}")
    except ValueError:
        structlog.get_logger().exception("failed", case=3)

    told = stream.getvalue()
    assert "Traceback" in told
    assert KNOWN not in told
    assert not any(row.startswith("2026-11-27 [info]") for row in told.splitlines())


@pytest.mark.parametrize("name", TALKATIVE)
def test_libraries_do_not_tell_what_passes_through_them(name: str) -> None:
    stream = lines(log_level="debug")

    logging.getLogger(name).info("a whole payload")
    logging.getLogger(f"{name}.deeper").debug("a whole payload")
    logging.getLogger(name).warning("connection lost")

    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "connection lost"


def test_lines_below_the_level_are_not_written() -> None:
    stream = lines(log_level="warning")

    structlog.get_logger().info("small")
    logging.getLogger("elsewhere").info("small")

    assert stream.getvalue() == ""


def test_the_request_that_is_followed_stands_on_each_of_its_lines() -> None:
    stream = lines()

    with following("r-1"):
        logging.getLogger("elsewhere").info("one")
        structlog.get_logger("ours").info("two")

    one, two = map(json.loads, stream.getvalue().splitlines())
    assert (one["request"], two["request"]) == ("r-1", "r-1")
    assert (one["logger"], two["logger"]) == ("elsewhere", "ours")


@pytest.mark.parametrize(
    "unit", ["a", "-a", "a.", "://a:", "a:", "eyJ", "token", "[parameters: ", "input_value=", "+1(", "\x1b]"]
)
def test_a_long_line_takes_no_longer_than_its_length(unit: str) -> None:
    line = {"event": "://" + unit * (40_000 // len(unit))}
    began = time.process_time()

    tamed(None, "", Redaction()(None, "", line))

    assert time.process_time() - began < 0.2
