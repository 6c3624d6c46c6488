"""The side door: a socket beside the database, through which the command line reaches a running Kaiku.

While Kaiku runs it owns the database file, so the command line hands it its jobs. The socket is named
`<database>-door` and is its owner's alone (mode 0600), like the database itself: whoever may use it could
read the file too. It is never a network address, and it does what `bot.jobs` lists and nothing else.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from bot import console
from bot.app import App
from bot.clock import Clock
from bot.following import following, new
from bot.jobs import AnyJob, Job, Rebuild
from bot.remembering import database_of
from bot.settings import Settings
from bot.version import VERSION
from storage.errors import DatabaseInUse
from storage.schema import pending
from storage.sqlite import file_of

log = logging.getLogger(__name__)

T = TypeVar("T")

LONGEST = 1 << 24
"""Bytes of a job on its line: an organisation file of a megabyte written out in full is shorter."""
PATIENCE = 60.0
"""Seconds until a running Kaiku that says nothing is taken for one that hangs."""
_OURS_ALONE = 0o600
_JOBS: TypeAdapter[AnyJob] = TypeAdapter(AnyJob)


class NotDone(Exception):
    """What the running Kaiku, or its silence, says instead of doing a job: sentences."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def door_of(database: Path) -> str:
    """Where the side door of a database is, written as short as can be: the system takes about 100 characters."""
    door = database.absolute().with_name(f"{database.name}-door")
    return min(str(door), os.path.relpath(door), key=len)


# Inside: the running Kaiku.


class SideDoor:
    """The open door of a running Kaiku."""

    def __init__(self, app: App) -> None:
        self._app = app
        file = file_of(app.settings.database_url)
        self._door = door_of(file) if file else ""
        self._server: asyncio.Server | None = None
        self._inside: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def open(self) -> None:
        """Answer from now on. Where no socket can be made Kaiku does without, and says so."""
        if not self._door:
            return
        try:
            self._server = await asyncio.start_unix_server(
                self._welcome, sock=_made(self._door), limit=LONGEST
            )
        except OSError as error:
            log.warning("commands need Kaiku stopped: no socket can be made at %s (%s)", self._door, error)

    async def close(self) -> None:
        """Let nobody in any more; a job that was begun is finished."""
        if self._server is not None:
            self._server.close()
            _take_away(self._door)
        for writer in self._inside.values():
            writer.close()
        await asyncio.gather(*self._inside)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.create_task(self._attend(reader, writer))
        self._inside[visit] = writer
        visit.add_done_callback(self._inside.pop)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # ValueError is a line beyond all measure; whoever went away while a job was done finds it done.
        with suppress(ConnectionError, ValueError):
            while line := await reader.readline():
                with following(new()):
                    writer.write(await asyncio.to_thread(self._answer, line) + b"\n")
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    def _answer(self, line: bytes) -> bytes:
        try:
            return to_json({"done": _read(line).do(self._app)})
        except Exception as error:  # noqa: BLE001 -- told, and logged if it is ours
            return to_json({"refused": _sentences(error)})


def _made(door: str) -> socket.socket:
    """A bound socket. One left behind by a Kaiku that was killed is taken away: the lock is ours."""
    _take_away(door)
    made = socket.socket(socket.AF_UNIX)
    try:
        made.bind(door)
        # Nobody can connect before it listens, which is after this.
        Path(door).chmod(_OURS_ALONE)
    except OSError:
        made.close()
        raise
    return made


def _take_away(door: str) -> None:
    Path(door).unlink(missing_ok=True)


def _read(line: bytes) -> Job[object]:
    """The job on a line. Raises `NotDone` for one from another version of Kaiku, or from no Kaiku at all."""
    with suppress(ValueError, TypeError, KeyError):
        asked = from_json(line)
        if asked["version"] != VERSION:
            raise NotDone(
                f"The Kaiku that runs is version {VERSION}, and this command is version {asked['version']}. "
                f"Start it anew with this version, then run the command again."
            )
        with suppress(ValidationError):
            return cast("Job[object]", _JOBS.validate_json(to_json(asked["job"])))
    raise NotDone("The Kaiku that runs does not know this job. Start it anew, then run the command again.")


def _sentences(error: Exception) -> list[str]:
    lines = console.sentences_for(error)
    if not lines:
        log.error("a job of the command line failed", exc_info=error)
    return list(lines) or [
        "The running Kaiku met a fault of its own; its log tells which. Nothing was stored."
    ]


# Outside: the command line.


@dataclass(frozen=True)
class Hands:
    """What a command works with: the application, to look at, and somebody who does its jobs."""

    app: App
    _door: "_Door | None" = None

    def do(self, job: Job[T]) -> T:
        """Have a job done; it is durable then. Raises what the job raises, or `NotDone` with its sentences."""
        return self._door.ask(job) if self._door else job.do(self.app)


@contextmanager
def hands(settings: Settings) -> Iterator[Hands]:
    """Kaiku for a command that changes something: ourselves, or the running one if the database is in use.

    Raises `NotReady` when the tables are not those of this version, `NotDone` when the running one is silent.
    """
    if steps := pending(settings.database_url):
        raise console.NotReady(steps)
    app = App(settings, Clock(), database_of(settings), {})
    door = None
    try:
        app.open()
    except DatabaseInUse as taken:
        door = _Door(Path(taken.facts["file"]), taken.facts["pid"])
        app.open(only_to_read=True)
    try:
        yield Hands(app, door)
    finally:
        app.close()
        if door:
            door.close()


class _Door:
    """A connection to the running Kaiku."""

    def __init__(self, database: Path, pid: str) -> None:
        self._silent = NotDone(
            f"{database} is in use by process {pid}, which does not answer.",
            "A Kaiku that is starting or stopping, or another command, is soon ready; else its log tells more. "
            "Then run this command again: what was done already is not done twice.",
        )
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE)
        self._lines = self._socket.makefile("rb")
        try:
            self._socket.connect(door_of(database))
        except OSError as error:
            self.close()
            raise self._silent from error

    def ask(self, job: Job[T]) -> T:
        """Have a job done by the running Kaiku. Raises `NotDone`."""
        if isinstance(job, Rebuild):
            self._socket.settimeout(None)  # ten gigabytes take more than a minute
        try:
            self._socket.sendall(to_json({"version": VERSION, "job": job}) + b"\n")
            answer = from_json(self._lines.readline())
        except (OSError, ValueError) as error:
            raise self._silent from error
        if "refused" in answer:
            raise NotDone(*answer["refused"])
        return cast("T", answer["done"])

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()
