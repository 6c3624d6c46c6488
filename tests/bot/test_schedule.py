"""Ticks: they look at everything, often enough, and one that fails stops nobody."""

import asyncio
import logging

import pytest

from bot.schedule import HOURLY, OFTEN, SELDOM, Job, Schedule
from tests.helpers.scripted import until


class Due:
    """What jobs find to do, and which of them were asked."""

    def __init__(self, **work: int) -> None:
        self.work = work
        self.asked: list[str] = []
        self.broken: set[str] = set()

    async def write(self, job: Job) -> int:
        """Stands where the database does: a job finds as much as there is, a few at a time."""
        self.asked.append(job.__name__)
        if job.__name__ in self.broken:
            raise RuntimeError("the disk is full")
        found = min(self.work.get(job.__name__, 0), 100)
        self.work[job.__name__] = self.work.get(job.__name__, 0) - found
        return found

    async def rebuild(self) -> None:
        """Stands where the file is written anew."""
        self.asked.append("rebuild")


async def test_everything_is_done_as_often_as_there_is_something() -> None:
    due = Due(decide_due=250)
    await Schedule(due.write, due.rebuild).everything()
    assert due.asked.count("decide_due") == 4, "three times a hundred at most, and once in vain"
    assert set(due.asked) == {job.__name__ for job in (*OFTEN, *SELDOM)}


async def test_it_ticks_until_it_is_stopped() -> None:
    due = Due()
    schedule = Schedule(due.write, due.rebuild, often=0.02, digests_every=0.02)
    schedule.start()
    await until(lambda: due.asked.count("compose_due") >= 2 and due.asked.count("decide_due") >= 2)
    schedule.stop()
    schedule.stop()
    await asyncio.sleep(0.05)
    asked = len(due.asked)
    await asyncio.sleep(0.1)
    assert len(due.asked) == asked


async def test_a_job_that_fails_stops_neither_the_others_nor_the_next_tick(
    caplog: pytest.LogCaptureFixture,
) -> None:
    due = Due()
    due.broken.add("decide_due")
    schedule = Schedule(due.write, due.rebuild, often=0.02)
    schedule.start()
    await until(lambda: due.asked.count("decide_due") >= 2 and due.asked.count("escalate_due") >= 2)
    schedule.stop()
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert told[0] == "invite.decide_due failed; it is tried again at the next tick"


async def test_an_hour_brings_all_there_is_and_then_the_file_is_written_anew() -> None:
    due = Due(forget_words=250)
    due.broken.add("forget_sheets")
    await Schedule(due.write, due.rebuild).hour()
    assert due.asked.count("forget_words") == 4, "three times a hundred at most, and once in vain"
    assert set(due.asked) == {job.__name__ for job in HOURLY} | {"rebuild"}
    assert due.asked[-1] == "rebuild"


def test_every_job_says_what_it_does() -> None:
    for jobs in (OFTEN, HOURLY, SELDOM):
        assert all(job.__doc__ for job in jobs)
        assert len(set(jobs)) == len(jobs)
