"""Kaiku in a process of its own, to be asked over HTTP and killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Self

from tests.helpers.slack_payloads import SECRET


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Kaiku:
    """One process at a time on one database, with Slack over signed HTTP; started again on the same port."""

    def __init__(self, database_url: str, slack_api: str, **settings: str) -> None:
        self.port = free_port()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KAIKU_")},
            "KAIKU_DATABASE_URL": database_url,
            "KAIKU_PORT": str(self.port),
            "KAIKU_SLACK_BOT_TOKEN": "xoxb-test",
            "KAIKU_SLACK_SIGNING_SECRET": SECRET,
            "KAIKU_SLACK_API_URL": slack_api,
            "KAIKU_LOG_LEVEL": "error",
            **{f"KAIKU_{name.upper()}": value for name, value in settings.items()},
        }

    @property
    def events_url(self) -> str:
        """Where Slack sends its requests."""
        return f"http://127.0.0.1:{self.port}/slack/events"

    def begin(self) -> None:
        """Begin to start."""
        command = [sys.executable, "-m", "tests.helpers.serving_process"]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def start(self) -> None:
        """Start, and wait until it answers. Raises `RuntimeError` with what it said when it ended before."""
        self.begin()
        if self.process.stdout is None or self.process.stdout.readline() != "ready\n":
            raise RuntimeError(self.process.communicate()[1])

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def stop(self) -> tuple[float, int, str]:
        """Ask it to stop: the seconds it took, its exit status, and what it wrote to its error output."""
        asked_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, errors = self.process.communicate(timeout=30)
        return time.monotonic() - asked_at, self.process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
