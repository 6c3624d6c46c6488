"""Clicks at a steady pace: how soon whoever must act is told, and whether Slack's limits are kept and used."""

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bot.channels.slack.sender import SlackChannel
from tests.benchmarks.clicks import WARM_UP, Served, Street, is_low, load, serving_kaiku
from tests.benchmarks.waiting import queue

ALERTS = 40, 400
"""Clicks a second, one in eight of them low, and how many: with a reply to each, Slack allows just that."""
QUEUED = 100_000
"""Prompts that are due already when somebody must be alerted."""
_ALLOWED = SlackChannel.pace.overall[0].messages


def alerted(street: Street, queued: int = 0) -> list[float]:
    """Seconds from each low tap until its alert was on the wire, with so many prompts due before it."""
    per_second, number = ALERTS
    requests = street.requests(WARM_UP + number)
    low = [n for n in range(len(requests)) if is_low(n)]
    with serving_kaiku(street, _queueing(queued))() as served:
        load([served.port], 4, requests[:WARM_UP])
        _told(served, [n for n in low if n < WARM_UP])
        time.sleep(1)  # nobody who is alerted next has been spoken to within a second
        outcome = load([served.port], 16, requests[WARM_UP:], per_second)
        told = _told(served, low)
    return [told[n] - outcome.sent_at[n - WARM_UP] for n in low if n >= WARM_UP]


def _told(served: Served, taps: list[int], longest: float = 60) -> dict[int, float]:
    """When the alert about each of these taps came. Raises `TimeoutError`."""
    give_up_at = time.monotonic() + longest
    while not (told := dict(_alerts(served))).keys() >= set(taps):
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"not everybody was alerted: {set(taps) - told.keys()}")
        time.sleep(0.3)
    return told


def _alerts(served: Served) -> Iterator[tuple[int, float]]:
    """Whose tap an alert is about, counted as the street counts, and when it came."""
    for at, method, told in _calls(served):
        if method == "chat.postMessage" and (named := re.search(r"Customer (\d+)", json.dumps(told))):
            yield int(named[1]) - 1, at


def paced(street: Street, number: int) -> tuple[float, int]:
    """So many prompts to as many conversations: their time by that of an even pace, and the most in a second."""
    with serving_kaiku(street, _queueing(number))() as served:
        while len(sent := [at for at, method, _ in _calls(served) if method == "chat.postMessage"]) < number:
            time.sleep(0.5)
    most = max(sum(at <= other < at + 1 for other in sent) for at in sent)
    return (max(sent) - min(sent)) / ((number - 1) / _ALLOWED), most


def _queueing(number: int) -> Callable[[str], None]:
    return lambda url: queue(url, number, datetime.now(UTC)) if number else None


def _calls(served: Served) -> list[tuple[float, str, dict[str, Any]]]:
    with urllib.request.urlopen(f"{served.slack}calls") as answer:  # noqa: S310 -- on this machine
        return [tuple(call) for call in json.load(answer)]
