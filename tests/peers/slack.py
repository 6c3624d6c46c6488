"""npm's `emulate` as a Slack to talk with. See slack_seed.json for who and what is in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.peers.running import serving

SIGNING_SECRET = "test_signing_secret"
BOT_TOKEN = "xoxb-local-test"
TOM_TOKEN = "xoxp-tom"
BOT_USER = "U0KAIKU"


@dataclass(frozen=True)
class SlackEmulator:
    """A running Slack."""

    url: str

    @property
    def api(self) -> str:
        """The ``base_url`` for slack_sdk's clients."""
        return f"{self.url}/api/"


@contextmanager
def slack_emulator(events_url: str | None = None, port: int = 0) -> Iterator[SlackEmulator]:
    """Run a Slack; with *events_url* it sends signed events there as things happen in it.

    Emulated are tokens, scopes, messages, updates, views, OAuth and event signatures; not emulated are
    clicks, slash commands, Socket Mode, rate limits and Slack's own validation of blocks.
    """
    with serving("slack_emulator.mjs", {"eventsUrl": events_url, "port": port}) as url:
        yield SlackEmulator(url)
