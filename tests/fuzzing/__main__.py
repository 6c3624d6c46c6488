"""Feeds every reader with hostile bytes for long: `python -m tests.fuzzing [NAME …]`, or `make fuzz`.

Atheris changes what came in and keeps what reached new lines, in `.cache/fuzzing`, where the next run goes on. Each
target has a process of its own. What was found is kept there as well; `--replay NAME FILE` has it read again.
"""

import argparse
import hashlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from tests.fuzzing.target import Target

Spoil = Callable[[bytes, int], bytes]

KEPT = Path(__file__).parents[2] / ".cache" / "fuzzing"
INPUTS, SECONDS = 100_000, 120
"""For each target, whichever ends first: well over a million for all of them together, in half an hour."""
LONGEST = 16_384
"""Bytes of one input at most; larger bodies are the business of the limits."""
PATIENCE = 30
"""Seconds after which libFuzzer calls it a hang."""
TRACED = 0.5
"""Seconds of processor time that one input may cost while every line is watched."""
MEMORY = 1500
"""Megabytes that one target's process may hold."""


@dataclass(frozen=True)
class Outcome:
    """What came of one target; its seconds are the processor's."""

    name: str
    inputs: int
    seconds: float
    fault: str

    def __str__(self) -> str:
        rate = f"{self.inputs / max(self.seconds, 0.01):,.0f} a second"
        return f"{self.name:20} {self.inputs:>9,} inputs {rate:>16}  {self.fault or 'nothing found'}"


@dataclass(frozen=True)
class Feeding:
    """A process that feeds one target; its folder holds what it writes and tells."""

    name: str
    folder: tempfile.TemporaryDirectory[str]

    @property
    def told(self) -> Path:
        """The file that libFuzzer's words go to."""
        return Path(self.folder.name) / "told"

    def outcome(self, status: int, seconds: float) -> Outcome:
        """What came of it, once it has ended."""
        told = self.told.read_text("utf-8", "replace")
        self.folder.cleanup()
        counted = re.search(r"stat::number_of_executed_units:\s+(\d+)", told)
        fault = "" if counted and not status else _fault(told)
        return Outcome(self.name, int(counted[1]) if counted else 0, seconds, fault)


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 when something was found."""
    asked = _read(arguments)
    with atheris.instrument_imports(include=["bot", "handlers", "storage"], enable_loader_override=False):
        from tests.fuzzing.spoiling import spoil
        from tests.fuzzing.targets import targets
    if asked.replay:
        name, file = asked.replay
        targets()[name].try_on(Path(file).read_bytes())
        print(f"{name} reads it calmly.")
        return 0
    if unknown := set(asked.names) - set(targets()):
        sys.exit(f"There is no {', '.join(sorted(unknown))}. There are: {', '.join(targets())}.")
    chosen = [targets()[name] for name in asked.names or targets()]
    return _feed_all(chosen, spoil, {"runs": asked.inputs, "max_total_time": asked.seconds})


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser("tests.fuzzing", description=__doc__)
    parser.add_argument("names", nargs="*", help="targets; all of them when none is named")
    parser.add_argument("--inputs", type=int, default=INPUTS, help="for each target at most (%(default)s)")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="for each target at most (%(default)s)")
    parser.add_argument("--replay", nargs=2, metavar=("NAME", "FILE"), help="have one file read again")
    return parser.parse_args(arguments)


def _feed_all(chosen: Sequence["Target"], spoil: Spoil, bounds: Mapping[str, int]) -> int:
    """A process for each target, as many at once as there are processors; a line for each as it ends."""
    waiting, running, outcomes = list(chosen), dict[int, Feeding](), list[Outcome]()
    while waiting or running:
        if waiting and len(running) < (os.cpu_count() or 1):
            pid, feeding = _begin(waiting.pop(0), spoil, bounds)
            running[pid] = feeding
            continue
        pid, status, usage = os.wait4(-1, 0)
        outcomes.append(running.pop(pid).outcome(status, usage.ru_utime + usage.ru_stime))
        print(outcomes[-1], flush=True)
    found = sum(bool(outcome.fault) for outcome in outcomes)
    print(
        f"{sum(each.inputs for each in outcomes):,} inputs for {len(chosen)} targets; {found} with a fault."
    )
    return 1 if found else 0


def _begin(target: "Target", spoil: Spoil, bounds: Mapping[str, int]) -> tuple[int, Feeding]:
    """Begin to feed a target. Forked, so that what watches the lines is put in only once."""
    in_memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - where files cost nothing
    feeding = Feeding(target.name, tempfile.TemporaryDirectory(dir=in_memory))
    pid = os.fork()
    if not pid:
        try:
            _speak_into(feeding.told)
            tempfile.tempdir = feeding.folder.name
            _feed(target, spoil, bounds)
        finally:
            os._exit(1)
    return pid, feeding


def _speak_into(file: Path) -> None:
    told = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    for stream in (1, 2):
        os.dup2(told, stream)


def _feed(target: "Target", spoil: Spoil, bounds: Mapping[str, int]) -> None:
    """This process is the target's: libFuzzer ends it."""

    def changed(data: bytes, most: int, number: int) -> bytes:
        """Half of them spoiled with a sense for what they are, half as libFuzzer likes."""
        return spoil(data, number)[:most] if number % 2 else bytes(atheris.Mutate(data, most))

    def taken(data: bytes) -> None:
        """Whatever brings it out of its composure is kept, before libFuzzer ends the process."""
        try:
            target.try_on(data, TRACED)
        except BaseException:
            kept = KEPT / f"{target.name}-{hashlib.sha256(data).hexdigest()[:16]}"
            kept.write_bytes(data)
            print(f"Test unit written to {kept}", flush=True)
            raise

    known = KEPT / target.name
    known.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (known / f"seed-{number}").write_bytes(seed)
        # What is done for the first time takes longer: it opens the house, reads templates, compiles statements.
        target.take(seed)
    flags = {
        **bounds,
        "max_len": LONGEST,
        "timeout": PATIENCE,
        "rss_limit_mb": MEMORY,
        "print_final_stats": 1,
    }
    said = [f"-{name}={value}" for name, value in flags.items()]
    atheris.Setup(
        ["fuzzing", *said, f"-artifact_prefix={KEPT}/{target.name}-", str(known)],
        taken,
        custom_mutator=changed,
    )
    atheris.Fuzz()


def _fault(told: str) -> str:
    """The exception, or the end of what was told, and where the input is kept."""
    found = re.search(r"=== Uncaught Python exception: ===\n(.*?)(?:\n==|\Z)", told, re.DOTALL)
    kept = re.search(r"Test unit written to (\S+)", told)
    said = (found[1] if found else told[-2000:]).strip() or "It ended without a word."
    return said + (f"\n  kept as {kept[1]}" if kept else "")


if __name__ == "__main__":
    sys.exit(main())
