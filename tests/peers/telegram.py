"""npm's `telegram-test-api` as a Bot API to talk with."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.peers.running import serving


@contextmanager
def telegram_server(port: int = 0) -> Iterator[str]:
    """Run a Bot API and give its address; python-telegram-bot's ``base_url`` is that and ``/bot``."""
    with serving("telegram_server.cjs", {"port": port}) as url:
        yield url
