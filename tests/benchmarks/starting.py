"""From nothing to the first acknowledgement that is durable."""

import asyncio
import time
from contextlib import suppress

from tests.benchmarks.clicks import HIGH, Street, whole_request
from tests.benchmarks.load import load
from tests.helpers.serving import Kaiku

NOBODY = "http://127.0.0.1:9/api/"
"""Where no Slack answers: a start must not wait for it."""


def cold_start(street: Street) -> float:
    """Seconds from starting the process until a tap is acknowledged."""
    request = whole_request(street.prompts[0].tap("ease", HIGH))
    with Kaiku(street.copy(), NOBODY) as kaiku:
        began_at = time.perf_counter()
        kaiku.begin()
        while time.perf_counter() - began_at < 30:
            with suppress(ConnectionError):
                outcome = asyncio.run(load([kaiku.port], 1, [request]))
                if outcome.statuses == {"200": 1}:
                    return time.perf_counter() - began_at
            time.sleep(0.005)
    raise RuntimeError("it did not start")
