r"""Log lines: one shape for our own and the libraries', without secrets, personal data or tricks.

Every line passes three gates before it is drawn: `Redaction` takes out tokens and what identifies a
person, `tamed` makes control characters, ANSI sequences and direction marks visible, so that nobody's
words can forge a line (`\n`) or repaint a terminal. Ids of rows are fine in a log line; words, names and
addresses are not, and no gate knows a name when it stands in free text: log ids.
"""

import logging
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import structlog
from pydantic import SecretStr
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

from bot import following
from bot.settings import Settings

SECRET = "[secret]"  # noqa: S105 - what is shown instead of one
WITHHELD = "[withheld]"

TALKATIVE = (
    "aiohttp.access",  # paths hold the tokens of survey links
    "asyncio",
    "hpack",
    "httpcore",
    "apscheduler",  # tells of every tick
    "httpx",  # writes every address it calls; Telegram's holds the bot token
    "matplotlib",
    "PIL",
    "slack_bolt",
    "slack_sdk",  # debug lines show headers and bodies
    "sqlalchemy.engine",  # shows what is stored
    "telegram",  # debug lines show whole updates
    "uvicorn.access",  # paths again
    "websockets",
)
"""Libraries whose quieter lines are never written, not even when we debug."""

_NAMES_OF_SECRETS = r"token|secret|password|passwd|signature|api[_-]?key|authorization|cookie|ticket"
_SECRET_KEY = re.compile(_NAMES_OF_SECRETS, re.IGNORECASE)
_PERSONAL_KEYS = frozenset(
    {
        *("address", "body", "comment", "form", "headers", "payload", "text", "words"),
        *("display_name", "email", "phone", "real_name", "user_name", "username"),
        *("customer_email", "customer_name", "customer_phone"),
    }
)
# Each begins at one place only of a long run of letters, or ends soon: none takes the square of a line's length.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"xox[a-z](?:\.xox[a-z])?-[\w-]{4,}|xapp-[\w-]{4,}"), SECRET),  # Slack
    (re.compile(r"https://hooks\.slack\.com/\S+"), SECRET),
    (re.compile(r"(?<!\d)\d{6,12}:[\w-]{30,}"), SECRET),  # Telegram
    (re.compile(r"kaiku_[\w-]{16,}"), SECRET),
    (re.compile(r"eyJ[\w-]{8,400}\.[\w-]+\.[\w-]*"), SECRET),  # JSON web tokens
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {SECRET}"),
    (re.compile(r"://[^\s/@:]*:[^\s/@]+@"), f"://{SECRET}@"),
    (
        re.compile(
            rf"(?<![\w-])([\w-]*(?:{_NAMES_OF_SECRETS}))([\"']?\s*[=:]\s*[\"']?)(?!\[)[^\s\"'&,;)}}]+",
            re.IGNORECASE,
        ),
        rf"\1\2{SECRET}",
    ),
    (re.compile(r"\[parameters: .*?(?:\](?=\n|$)|\Z)", re.DOTALL), f"[parameters: {WITHHELD}]"),  # SQLAlchemy
    (
        re.compile(r"input_value=.*?(?:, input_type=|\Z)", re.DOTALL),
        f"input_value={WITHHELD}, input_type=",
    ),  # pydantic
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\+\d[\d ()-]{5,}\d"), "[phone]"),
)

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])")
_TRICKY = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
"""Unicode categories of what is not seen but acts: control, format (bidi, zero width), line ends, halves."""


class Redaction:
    """A processor that takes out secrets, known ones by value and others by shape, and personal data."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= 6}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        """The line as it may be written."""
        return {key: self._value(key, value) for key, value in line.items()}

    def _value(self, key: str, value: Any) -> Any:
        if isinstance(value, bool | int | float | None):
            return value
        if _SECRET_KEY.search(key):
            return SECRET
        if key.lower() in _PERSONAL_KEYS:
            return WITHHELD
        if isinstance(value, Mapping):
            return {str(inner): self._value(str(inner), held) for inner, held in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value("", held) for held in value]
        return self.text(str(value))

    def text(self, text: str) -> str:
        """The same text without secrets and what looks like personal data."""
        if self._known:
            text = self._known.sub(SECRET, text)
        for shape, instead in _RULES:
            text = shape.sub(instead, text)
        return text


def of_request(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """A processor: the line says which request it belongs to, if to any."""
    if request := following.current():
        line["request"] = request
    return line


def tamed(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """A processor: ANSI sequences go, and what is not seen but acts is written out as `\\u202e`."""
    return {_visible(key): _tame(key, value) for key, value in line.items()}


def _tame(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_visible(str(inner)): _tame(str(inner), held) for inner, held in value.items()}
    if isinstance(value, list):
        return [_tame("", held) for held in value]
    if not isinstance(value, str):
        return value
    if key == "exception":
        # A traceback keeps its lines, set in, so that none of them can pass for a line of its own.
        return "\n".join("    " + _visible(row) for row in value.split("\n"))
    return _visible(value)


def _visible(text: str) -> str:
    text = _ANSI.sub("", text)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(c) if unicodedata.category(c) in _TRICKY else c for c in text)


def _written_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def secrets_of(settings: Settings) -> list[str]:
    """Every secret of the settings, in the clear."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


def configure(settings: Settings, stream: TextIO | None = None) -> None:
    """Send the log lines of the whole process, the libraries' too, to `stream` (standard error).

    The id of the request that is followed (`bot.following`) stands on every line of handling it.
    """
    stream = stream or sys.stderr
    first: list[Processor] = [
        of_request,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Processor] = [
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        Redaction(secrets_of(settings)),
        tamed,
        _renderer(settings, stream),
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ProcessorFormatter(processors=last, foreign_pre_chain=first))
    _direct(handler, settings.log_level.upper())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *first, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _renderer(settings: Settings, stream: TextIO) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )


def _direct(handler: logging.Handler, level: str) -> None:
    """Everything goes through one handler; the talkative keep to warnings."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
