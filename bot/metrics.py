"""What is counted and timed for Prometheus: each by the process that did it, a few microseconds at a time.

`bot.web.health` gives the figures out. Labels are names from the code and the settings, never anybody's.
"""

from datetime import timedelta
from functools import lru_cache

from prometheus_client import Counter, Histogram

from handlers.events import Event
from handlers.receive import leaves_no_trace
from storage.prepared import Record
from storage.vocabulary import OutboxKind

_SWIFT = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
"""Seconds; at three Slack stops waiting and tells the person that something went wrong."""
_PATIENT = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)

_EVENTS = Counter(
    "kaiku_events", "What people did, by whether it was stored or refused.", ["event", "channel", "outcome"]
)
_ACKNOWLEDGED = Histogram(
    "kaiku_acknowledgement_seconds",
    "From an event being understood to its being on the disk, which is when it is acknowledged.",
    ["channel"],
    buckets=_SWIFT,
)
_DELIVERIES = Counter(
    "kaiku_deliveries",
    "Attempts to say something, by channel: said, failed and tried again, given up, or not needed any more.",
    ["channel", "outcome"],
)
_ALERTS = Histogram(
    "kaiku_alert_delay_seconds",
    "From the commit of what led to an alert, or the end of quiet hours, to the platform having taken the alert.",
    ["channel"],
    buckets=_PATIENT,
)
_TICKS = Histogram("kaiku_tick_seconds", "Looking for what is due, by job.", ["job"], buckets=_SWIFT)
_FAILED_TICKS = Counter("kaiku_failed_ticks", "Jobs that failed and were left to the next tick.", ["job"])

NOWHERE = "none"
"""The channel of what was not said in any."""


def heard(event: Event, outcome: str, seconds: float) -> None:
    """An event was `stored` or `refused`. When something anonymous was said is nobody's to know: not counted."""
    if leaves_no_trace(event):
        return
    counter, histogram = _of_event(type(event).__name__, event.by.channel, outcome)
    counter.inc()
    histogram.observe(seconds)


@lru_cache(maxsize=1024)
def _of_event(kind: str, channel: str, outcome: str) -> tuple[Counter, Histogram]:
    """Kept, because finding them by their labels takes a tap as long as counting."""
    return _EVENTS.labels(kind, channel, outcome), _ACKNOWLEDGED.labels(channel)


def delivered(row: Record, channel: str, outcome: str, after: timedelta = timedelta()) -> None:
    """An attempt to deliver ended, so long after the message was to be said."""
    _DELIVERIES.labels(channel, outcome).inc()
    if row.kind == OutboxKind.CASE_NOTICE and outcome == "said":
        _ALERTS.labels(channel).observe(after.total_seconds())


def ticked(job: str, seconds: float, *, failed: bool) -> None:
    """A job looked for what is due."""
    _TICKS.labels(job).observe(seconds)
    if failed:
        _FAILED_TICKS.labels(job).inc()
