"""Hearing of what other processes have stored in the same PostgreSQL database."""

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from storage.postgresql import connect
from storage.turns import CHANNEL

_LOOKS_UP = 0.5
"""Seconds after which a listener looks whether it is to end."""

log = logging.getLogger(__name__)


class Listener:
    """A thread that calls `on_told` with the topic of each notice: those of this process are among them.

    What was missed while the server was away nobody knows, so then everything in `topics` is called for.
    """

    def __init__(self, url: str, topics: Iterable[str], on_told: list[Callable[[str], None]]) -> None:
        self._url, self._topics, self._on_told = url, tuple(topics), on_told
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        connection = None
        while not self._closing.is_set():
            try:
                if connection is None:
                    connection = self._listening()
                for notice in connection.notifies(timeout=_LOOKS_UP):
                    self._tell(notice.payload)
            except Exception as lost:  # noqa: BLE001  the writer's callers are told; here it is only tried again
                log.debug("not listening to PostgreSQL just now: %s", lost)
                _close(connection)
                connection = None
                self._closing.wait(_LOOKS_UP)
        _close(connection)

    def _listening(self) -> Any:
        connection = connect(self._url, f"LISTEN {CHANNEL}")
        for topic in self._topics:
            self._tell(topic)
        return connection

    def _tell(self, topic: str) -> None:
        for callback in self._on_told:
            try:
                callback(topic)
            except Exception:
                log.exception("hearing of %s failed", topic)


def _close(connection: Any) -> None:
    with suppress(Exception):
        if connection is not None:
            connection.close()
