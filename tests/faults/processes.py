"""Kaiku in real processes that start in a moment: a parent has imported everything and only forks.

`python -m tests.faults.processes` is that parent. It opens nothing and starts no thread before it forks, so
each child is a whole Kaiku of its own; it is the child that is killed.
"""

import asyncio
import ctypes
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from bot.app import App
from bot.channels.slack.sender import SlackChannel
from bot.clock import SkippingClock
from bot.logs import configure
from bot.schedule import Schedule
from bot.serving import serve
from bot.settings import Settings, load
from bot.web.site import create_site
from bot.wiring import build
from storage.database import Database
from tests.faults.checker import LONGEST_STALL, Vitals, asked
from tests.faults.disk import confirms_nothing
from tests.helpers.sealed import seal_if_told
from tests.helpers.serving import Kaiku

OFTEN = 0.1
"""Seconds between two looks at what is due: these lives are too short for those of a calm house."""
WARM = 1.0
"""Seconds after which everything has been done once."""
_DEATH_OF_PARENT = 1
"""Linux's PR_SET_PDEATHSIG."""
BEAT = 0.01
"""Seconds between two looks at how long the event loop has worked."""


@dataclass(frozen=True)
class Fate:
    """How a life goes."""

    environment: dict[str, str] = field(default_factory=dict)
    ahead: float = 0.0
    """Seconds by which its clock is ahead."""
    dies: str = ""
    """`before` or `after` the commit …"""
    of: str = ""
    """… that brings the first row into this table."""


class Parent:
    """Whose children they are. One for all the tests of a process: to import everything takes seconds."""

    def __init__(self) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by `end`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.processes"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )
        self.hears()

    def bears(self, fate: Fate) -> None:
        """Another life begins."""
        if self._process.stdin is None:
            raise RuntimeError("the parent cannot be told anything")
        self._process.stdin.write(json.dumps(asdict(fate)) + "\n")
        self._process.stdin.flush()

    def forgets_errors(self) -> None:
        """What other tests' lives wrote goes: where files may not grow, this one could not take another word."""
        self.errors.seek(0)
        self.errors.truncate()

    def hears(self) -> tuple[str, str]:
        """Wait for its next line: a word, and what follows it."""
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError("the parent is gone")
        word, _, rest = line.strip().partition(" ")
        return word, rest

    def end(self) -> None:
        """It has no children any more."""
        self._process.kill()
        self._process.communicate()
        self.errors.close()


class Forked(Kaiku):
    """See `tests.helpers.serving.Kaiku`."""

    def __init__(self, parent: Parent, database_url: str, slack_api: str) -> None:
        super().__init__(database_url, slack_api)
        self.url = database_url
        self.ahead = 0.0
        """Seconds by which the next life's clock is ahead."""
        self.vitals = Vitals()
        self.pid = 0
        """The process that lives now; 0 when there is none."""
        self._parent = parent
        parent.forgets_errors()

    def begin(self, *, dies: str = "", of: str = "") -> None:
        """Begin to start, perhaps to die by itself: see `Fate`."""
        self._parent.bears(Fate(self.environment, self.ahead, dies, of))
        self.pid = int(self._hears("born"))

    def start(self, *, dies: str = "", of: str = "") -> None:
        """Start, and wait until it answers. Raises `RuntimeError` with what it said when it ended before."""
        self.begin(dies=dies, of=of)
        self._hears("ready")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.ended()

    def ended(self) -> int:
        """Wait until it has ended; its exit status, or minus the signal."""
        status, kilobytes = self._hears("ended").split()
        self.vitals.megabytes = max(self.vitals.megabytes, int(kilobytes) / 1024)
        self.pid = 0
        return int(status)

    def stop(self) -> tuple[float, int, str]:
        """Ask it to stop: the seconds it took, its exit status, and what was written to its error output."""
        asked_at = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        status = self.ended()
        return time.monotonic() - asked_at, status, self.errors()

    def errors(self) -> str:
        """What all the lives wrote to their error output."""
        errors = self._parent.errors.fileno()
        return os.pread(errors, os.fstat(errors).st_size, 0).decode()

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _hears(self, wanted: str) -> str:
        """Wait for a line that begins so; what follows it. `ended` may come instead, and is an error."""
        while True:
            said, rest = self._parent.hears()
            if said == wanted:
                return rest
            if said == "stalled":
                self.vitals.stalls.append(float(rest))
            if said == "ended":
                self.pid = 0
                raise RuntimeError(f"it ended with {rest}: {self.errors()}")


class Mortal(App):
    """Dies by itself at the worst moments."""

    def __init__(self, settings: Settings, clock: SkippingClock, fate: Fate) -> None:
        database = Database(settings.database_url)
        slack = SlackChannel(
            settings, clock, draw=lambda _: b"a chart"
        )  # to draw takes longer than these lives
        super().__init__(settings, clock, database, {"slack": slack})
        self.schedule = Schedule(self.write, self.rebuild, often=OFTEN, digests_every=OFTEN)
        self._fate = fate
        if fate.dies == "after":
            database.on_commit.append(self._after_commit)

    def _do(self, work: Callable[[Any], Any], session: Session, request: str) -> Any:
        result = super()._do(work, session, request)
        if self._fate.dies == "before" and session.connection().exec_driver_sql(self._counting).scalar():
            _die()
        return result

    def _after_commit(self) -> None:
        """On the writer's thread: everything is stored, and nobody has heard so."""
        (found,) = asked(self.settings.database_url, self._counting)
        if found.n:
            _die()

    @property
    def _counting(self) -> str:
        return f"SELECT count(*) AS n FROM {self._fate.of}"  # noqa: S608 -- a test's own words


class _Pulse:
    """Tells when the event loop has worked for too long without looking up.

    By the time its thread was at work: how long others kept the processor says nothing about us. Not in the
    first second of a life, in which every statement is put together once.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._worked = math.inf
        loop.call_later(WARM, self._beat)

    def _beat(self) -> None:
        worked = time.thread_time()
        if worked - self._worked > LONGEST_STALL + BEAT:
            _say(f"stalled {worked - self._worked:.3f}")
        self._worked = worked
        self._loop.call_later(BEAT, self._beat)


def _dies_with_its_parent() -> None:
    """Whoever ends the tests by force leaves nothing running. Linux only; elsewhere it is left to the tests."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def _live(fate: Fate) -> None:
    os.environ.update(fate.environment)
    settings = load(Path(os.devnull))
    configure(settings)

    def ready() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, confirms_nothing)
        _Pulse(loop)
        _say("ready")

    serve(Mortal(settings, SkippingClock(timedelta(seconds=fate.ahead)), fate), ready=ready)


def _fork(fate: Fate) -> None:
    child = os.fork()
    if not child:
        status = 1
        try:
            _dies_with_its_parent()
            _live(fate)
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    _say(f"born {child}")
    _, status, used = os.wait4(child, 0)
    _say(f"ended {os.waitstatus_to_exitcode(status)} {used.ru_maxrss}")


if __name__ == "__main__":
    seal_if_told()
    _dies_with_its_parent()
    create_site(build(load(Path(os.devnull))))
    _say("waiting")
    for line in sys.stdin:
        _fork(Fate(**json.loads(line)))
