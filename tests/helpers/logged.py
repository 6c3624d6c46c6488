"""The log as an administrator reads it, kept for a test."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from bot.logs import TALKATIVE, configure
from bot.settings import Settings


class Log:
    """Everything that was logged, in the format of the settings."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        """Line by line, where it was JSON."""
        return [json.loads(line) for line in self.text().splitlines()]

    def of(self, request: str) -> list[str]:
        """What `grep` finds of one request, in order."""
        return [line["event"] for line in self.lines() if line.get("request") == request]


@contextmanager
def logged(settings: Settings) -> Iterator[Log]:
    """Log as these settings say, into memory; afterwards everything is as before."""
    log = Log()
    with logging_as_before():
        configure(settings, log.stream)
        yield log


@contextmanager
def everything_logged() -> Iterator[Log]:
    """All that is logged meanwhile, down to what only debugging shows."""
    with logged(Settings(_env_file=None, log_level="debug")) as log:
        yield log


@contextmanager
def logging_as_before() -> Iterator[None]:
    """Whatever is done to logging meanwhile is undone."""
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = list(root.handlers)
    loggers = [logging.getLogger(name) for name in ("uvicorn", *TALKATIVE)]
    before = [
        (logger, logger.level, logger.disabled, logger.propagate, logger.handlers) for logger in loggers
    ]
    for logger in loggers:  # a server started by another test may have dressed them
        logger.disabled, logger.propagate, logger.handlers = False, True, []
    yield
    root.handlers = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    for logger, its_level, disabled, propagate, its_handlers in before:
        logger.setLevel(its_level)
        logger.disabled, logger.propagate, logger.handlers = disabled, propagate, its_handlers
    structlog.reset_defaults()
