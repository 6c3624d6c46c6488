"""The database: work goes in, and what is answered is stored.

A piece of work is a plain function of a session. It runs in one transaction that commits after it returned
or takes everything back when it raised; it never commits itself. SQLite lives behind `storage.writer`,
PostgreSQL behind `storage.turns`; who reads beside them is in `storage.readers`.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Self, TypeVar, Union, cast

from sqlmodel import Session

from storage.address import is_postgresql
from storage.errors import DatabaseClosed
from storage.lock import FileLock
from storage.readers import SIZE, Readers
from storage.shares import WHOLE, Share
from storage.sqlite import file_of, reading_engine, standing_engine
from storage.words import Sealing, attach
from storage.writer import Writer

if TYPE_CHECKING:
    from storage.listening import Listener
    from storage.replicas import Replicas
    from storage.turns import TakingTurns

T = TypeVar("T")

OUTBOX, ORGANISATION = "outbox", "organisation"
"""What processes that share a database tell one another of: something is to be said, another version was applied."""


class Database:
    """What is remembered, at an address such as `sqlite:///kaiku.db` or `postgresql://kaiku@host/kaiku`.

    Opened once per process; `storage.schema.migrate` makes the tables beforehand. At `sqlite://` it lives
    in memory, for tests, where reads wait their turn with the writes. Callbacks in `on_commit` are called
    on the writer's thread after each commit that changed something; those in `on_told`, with the topic, on
    the listener's thread when one that shares the database has used `tell`, if `take_part` was called. A SQLite file
    is not shared. `sealing` says how what people wrote is held; without it, in the clear.
    """

    def __init__(self, url: str, sealing: Sealing | None = None) -> None:
        self.url = url
        self.sealing = sealing
        self.on_commit: list[Callable[[], None]] = []
        self.on_told: list[Callable[[str], None]] = []
        self.on_gone: list[Callable[[str], None]] = []
        self.is_shared = is_postgresql(url)
        """Whether several processes may have it open."""
        file = None if self.is_shared else file_of(url)
        self._lock = FileLock(file) if file else None
        self._writer: Writer | TakingTurns | None = None
        self._readers: Readers | None = None
        self._listener: Listener | None = None
        self._replicas: Replicas | None = None

    def open(self) -> None:
        """Take the file for this process, or join those who share the server, and start the writer and the readers.

        Raises `DatabaseInUse` when another process has the file, `CannotOpenDatabase` when it is no database,
        or the server does not let us in.
        """
        if self.is_shared:
            self._join()
            return
        if self._lock is None:
            self._writer = Writer(self.url, self.on_commit, self.sealing)
            return
        self._lock.acquire()
        try:
            self._writer = Writer(self.url, self.on_commit, self.sealing)
        except BaseException:
            self._lock.release()
            raise
        self._readers = self._reading()

    def _join(self) -> None:
        from storage.turns import TakingTurns

        self._writer = TakingTurns(self.url, self.on_commit, self.sealing)
        self._readers = self._reading()

    def take_part(self, name: str, known: Iterable[str] = ()) -> None:
        """Be one of the replicas that serve, if the database is shared: share the work with them and hear of theirs.

        The name, of at most 60 letters, is what `on_gone` of the others is called with when this one is no more.
        Of those in `known` that are not there, this one is told the same.
        """
        if self.is_shared:
            from storage.listening import Listener
            from storage.replicas import Replicas

            self._replicas = Replicas(self.url, name, self._share_changed, self._gone, known)
            self._listener = Listener(self.url, (OUTBOX, ORGANISATION), self.on_told)

    def _share_changed(self) -> None:
        for callback in self.on_told:
            callback(OUTBOX)

    def _gone(self, name: str) -> None:
        for callback in self.on_gone:
            callback(name)

    @property
    def has_company(self) -> bool:
        """Whether this process is one of those that serve from a shared database."""
        return self._replicas is not None

    @property
    def share(self) -> Share:
        """Which part of the work falls to this process: all of it, unless it is one of several that serve."""
        return self._replicas.share if self._replicas else WHOLE

    def alone(self, name: str, on_change: Callable[[bool], None]) -> None:
        """Want to be the one replica that does something; `on_change` is told on another thread whether it is."""
        if self._replicas:
            self._replicas.want(name, on_change)

    def not_alone(self, name: str) -> None:
        """Leave it to another."""
        if self._replicas:
            self._replicas.give_up(name)

    def open_to_read(self) -> None:
        """Only read, beside the process that has the file, if there is one; a write gets `DatabaseClosed`."""
        self._readers = self._reading()

    def _reading(self) -> Readers:
        if self.is_shared:
            from storage import postgresql

            engine, standing = postgresql.reading_engine(self.url, size=SIZE), None
        else:
            engine, standing = reading_engine(self.url, size=SIZE), standing_engine(self.url)
            attach(standing.dialect, self.sealing)
        attach(engine.dialect, self.sealing)
        return Readers(engine, standing)

    def tell(self, session: Session, topic: str) -> None:
        """Let the processes that share the database know of this once the session's work is committed."""
        if self.is_shared:
            from storage.turns import TOPICS

            session.info.setdefault(TOPICS, set()).add(topic)

    def close(self) -> None:
        """Finish what is queued and let go of the file. Work that comes later gets `DatabaseClosed`."""
        if self._listener:
            self._listener.close()
        if self._replicas:
            self._replicas.close()
        # Readers first: the last connection to close checkpoints, and that must be the writer's.
        if self._readers:
            self._readers.close()
        if self._writer:
            self._writer.close()
            if self._lock:
                self._lock.release()
        self._readers = self._writer = self._listener = self._replicas = None

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run `work` on the writer's thread, in order of the calls; resolves once it is durable.

        What `work` raises is raised here and only this work is undone. `StorageError` and family mean
        that the disk or the file refused. Work that was queued is done even if the caller stops waiting.
        """
        return cast("T", await self._opened().write(work))

    async def write_briefly(self, work: Callable[[Session], T]) -> T:
        """`write` for work of a millisecond or two, such as a tap: it is run on the event loop, without a detour."""
        return cast("T", await self._opened().write_briefly(work))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run `work` on a connection that cannot write, beside the writer."""
        if self._readers:
            return await self._readers.read(work)
        return cast("T", await self._opened().write(_only_reading(work)))

    async def read_briefly(self, work: Callable[[Session], T]) -> T:
        """`read` for work of a millisecond or two: on SQLite it is run on the event loop, without a detour."""
        if self._readers:
            return await self._readers.read_briefly(work)
        return await self.read(work)

    def write_now(self, work: Callable[[Session], T]) -> T:
        """`write`, for the command line and tests: waits in place."""
        return cast("T", self._opened().write_now(work))

    def read_now(self, work: Callable[[Session], T]) -> T:
        """`read`, for the command line and tests: waits in place."""
        if self._readers:
            return self._readers.read_now(work)
        return cast("T", self._opened().write_now(_only_reading(work)))

    def rebuild_now(self) -> None:
        """Write a SQLite file anew (140 MB a second), so that its pages hold what is stored and nothing besides.

        Nothing can be stored meanwhile. Raises `StorageError` and family when there is no room for a second copy.
        PostgreSQL does this on its own, a page at a time.
        """
        if not self.is_shared:
            cast("Writer", self._opened()).rebuild()

    def _opened(self) -> Union[Writer, "TakingTurns"]:
        if self._writer is None:
            raise DatabaseClosed
        return self._writer

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _only_reading(work: Callable[[Session], T]) -> Callable[[Session], T]:
    """In memory there is one connection, so for the length of a read it is made unable to write."""

    def reading(session: Session) -> T:
        connection = session.connection()
        connection.exec_driver_sql("PRAGMA query_only = ON")
        try:
            return work(session)
        finally:
            connection.exec_driver_sql("PRAGMA query_only = OFF")

    return reading
