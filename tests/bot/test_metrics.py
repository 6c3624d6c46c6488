"""What happens is counted, where it happens."""

from base64 import b64encode
from pathlib import Path

from prometheus_client import REGISTRY

from bot.schedule import Schedule
from handlers.messages import Action, Verb
from tests.helpers.scripted import until
from tests.helpers.town import Town, example, helsinki, town_of


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


class Since:
    """How much figures have grown."""

    def __init__(self, *names: str, **labels: str) -> None:
        self._names, self._labels = names, labels
        self._before = self._now()

    def grown(self) -> list[float]:
        return [now - before for now, before in zip(self._now(), self._before, strict=True)]

    def _now(self) -> list[float]:
        return [figure(name, **self._labels) for name in self._names]


async def test_a_tap_its_acknowledgement_and_the_alert_are_counted(town: Town) -> None:
    await town.asked("phone", "tom", service="pension-advice")
    stored = Since("kaiku_events_total", event="RatingGiven", channel="sandbox", outcome="stored")
    said = Since("kaiku_deliveries_total", channel="sandbox", outcome="said")
    seconds = Since(
        "kaiku_acknowledgement_seconds_count", "kaiku_alert_delay_seconds_count", channel="sandbox"
    )

    await town.tom.taps("1")

    assert stored.grown() == [1]
    assert seconds.grown() == [1, 1]
    assert said.grown()[0] >= 1


async def test_an_alert_that_waits_for_the_morning_is_not_late(tmp_path: Path) -> None:
    quiet = {"staff_quiet_from": "20:00", "staff_quiet_until": "07:00"}
    async with town_of(example(routing=quiet), tmp_path) as town:
        await town.asked("phone", "tom", service="pension-advice")
        await town.until(helsinki("2026-11-24 21:00"))
        await town.tom.taps("1")
        await town.settle()
        alerts = Since("kaiku_alert_delay_seconds_count", "kaiku_alert_delay_seconds_sum", channel="sandbox")
        await town.until(helsinki("2026-11-25 08:30"))

    assert alerts.grown() == [1, 0]


async def test_what_is_refused_is_counted_as_refused(town: Town) -> None:
    refused = Since("kaiku_events_total", event="CommandGiven", channel="sandbox", outcome="refused")

    await town.tom.writes("/feedback wishes")

    assert refused.grown() == [1]


async def test_a_job_that_fails_is_timed_and_counted() -> None:
    async def write(job: object) -> int:
        raise RuntimeError("the disk is full")

    async def rebuild() -> None:
        """Once an hour, which is not now."""

    failed = Since("kaiku_tick_seconds_count", "kaiku_failed_ticks_total", job="invite.decide_due")
    schedule = Schedule(write, rebuild, often=0.01)
    schedule.start()
    await until(lambda: min(failed.grown()) > 0)
    schedule.stop()


async def test_when_an_anonymous_note_came_is_not_counted(tmp_path: Path) -> None:
    async with town_of(example(), tmp_path, key=b64encode(b"k" * 32).decode()) as town:
        opened = await town.maya.presses(Action(Verb.NOTE))
        name = opened.form.split("note|")[1].split("|")[0]
        acknowledged = Since("kaiku_acknowledgement_seconds_count", channel="sandbox")
        await town.maya.submits(Action(Verb.NOTE, name), topic="", words="so many forms")

    assert acknowledged.grown() == [0]
