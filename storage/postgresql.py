"""How PostgreSQL is opened: where, as whom, and by which kind of connection.

The driver is an extra and is imported only when an address asks for it. What SQLite's connection is in
`storage.sqlite`, psycopg's is here; `storage.prepared` speaks with both.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects.sqlite.dml import OnConflictDoNothing, OnConflictDoUpdate
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles

from storage.errors import CannotOpenDatabase, DriverMissing, explained, is_of_the_disk

if TYPE_CHECKING:
    import psycopg

WRITING = 0x4B61696B75
"""The advisory lock of whoever writes: one process at a time, group by group."""
RUNNING = WRITING + 1
"""The advisory lock that every running Kaiku shares, so that tables are changed under none."""

NOT_SHOWN = "\N{REPLACEMENT CHARACTER}"
"""What the character zero becomes."""

OLDEST = 140000
"""PostgreSQL 14, in the server's own counting."""

_CONNECTING = {
    "application_name": "kaiku",
    "connect_timeout": 3,
    # A server that has vanished without a word is found out in ten seconds, not in two hours.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 10_000,
}
_SETTINGS = (
    "SET timezone = 'UTC'",
    # Whoever stops in the middle of writing does not stop everybody.
    "SET idle_in_transaction_session_timeout = '15s'",
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 2",
)
_PATIENCE = "SET lock_timeout = '10s'"
_RUN = f"SELECT pg_advisory_lock_shared({RUNNING})"


@cache
def driver_library() -> Any:
    """The module of the driver. Raises `DriverMissing`, whose sentence says how to install it."""
    try:
        import psycopg
    except ImportError as missing:
        raise DriverMissing from missing
    return psycopg


def conninfo(url: str) -> str:
    """The address as the driver reads it: whatever libpq understands, several hosts included."""
    return "postgresql" + url[url.index(":") :]


def name_of(url: str) -> str:
    """Where a database is, without who opens it or by which password."""
    try:
        parts = driver_library().conninfo.conninfo_to_dict(conninfo(url))
    except Exception as unreadable:
        # The reason could quote the password.
        raise CannotOpenDatabase(file="PostgreSQL", reason="its address cannot be read") from unreadable
    hosts = [host if host.startswith("/") else f"//{host}" for host in parts.get("host", "").split(",")]
    return f"{','.join(hosts)}/{parts.get('dbname', '')}"


def connect(url: str, *settings: str, **options: Any) -> "psycopg.Connection[Any]":
    """A connection of the driver that commits each statement, unless told otherwise."""
    driver = driver_library()
    made: psycopg.Connection[Any] = driver.Connection.connect(
        conninfo(url), **{"autocommit": True, **_known(url), **options}
    )
    return prepared_for_us(made, *settings)


def prepared_for_us(connection: "psycopg.Connection[Any]", *settings: str) -> "psycopg.Connection[Any]":
    """Tell a fresh connection how we work."""
    mode, connection.autocommit = connection.autocommit, True
    try:
        connection.execute("; ".join((*_SETTINGS, *settings)))
    except BaseException:
        connection.close()
        raise
    connection.autocommit = mode
    connection.adapters.register_loader("numeric", _number_loader())
    connection.adapters.register_dumper(str, _text_dumper())
    return connection


def reading_engine(url: str, *, size: int) -> Engine:
    """For at most `size` connections that see one state of the database, and cannot write."""
    readonly = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return _engine(
        lambda: connect(url, autocommit=False), pool_size=size, max_overflow=0, execution_options=readonly
    )


def writing_engine(url: str) -> Engine:
    """For the one connection of this process that writes; who ends its transactions is `storage.turns`."""
    from psycopg import Connection as Driver

    class WritingConnection(Driver[Any]):
        """SQLAlchemy takes the savepoint `work` for its whole transaction, as with SQLite."""

        def commit(self) -> None:
            """Nothing yet: the writer commits."""

        def rollback(self) -> None:
            """Back to where this piece of work began."""
            if self.info.transaction_status in {Status.INTRANS, Status.INERROR}:
                self.execute("ROLLBACK TO work")

    Status = driver_library().pq.TransactionStatus  # noqa: N806 -- an enumeration
    options = {"autocommit": True, **_known(url)}
    return _engine(
        lambda: prepared_for_us(WritingConnection.connect(conninfo(url), **options), _PATIENCE, _RUN),
        execution_options={"isolation_level": "AUTOCOMMIT"},
    )


def migrating_engine(url: str) -> Engine:
    """For changing tables, everything in one transaction."""
    return _engine(lambda: connect(url, autocommit=False))


def refuse_old(connection: Connection) -> None:
    """Raise `CannotOpenDatabase` where the server is older than what we were tried with."""
    version = driver(connection).info.server_version
    if version < OLDEST:
        reason = f"it is PostgreSQL {version // 10000}, and {OLDEST // 10000} is the oldest that will do"
        raise CannotOpenDatabase(file="of PostgreSQL", reason=reason)


def have_alone(connection: Connection) -> bool:
    """Whether no other Kaiku uses the database, and until the transaction ends none will."""
    return bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({RUNNING})").scalar_one())


def transaction_status(connection: "psycopg.Connection[Any]") -> str:
    """*IDLE*, *INTRANS*, *INERROR* or *UNKNOWN*, which is to say that it is lost."""
    return str(connection.info.transaction_status.name)


def driver(connection: Connection) -> "psycopg.Connection[Any]":
    """The driver's connection beneath SQLAlchemy's."""
    found: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    return found


@contextmanager
def opening(url: str) -> Iterator[None]:
    """Say in a sentence why a database cannot be opened."""
    try:
        yield
    except (DBAPIError, driver_library().Error) as error:
        if is_of_the_disk(error) and not is_of_the_door(error):
            raise explained(error) from error
        raise CannotOpenDatabase(file=name_of(url), reason=_first_line(error)) from error


def is_of_the_door(error: BaseException) -> bool:
    """Whether we were not let in at all."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlstate", None)
    return code is None or code[:2] in {"28", "3D"}


def _known(url: str) -> dict[str, Any]:
    """How we connect, but for what the address says itself."""
    name_of(url)
    said = driver_library().conninfo.conninfo_to_dict(conninfo(url))
    return {name: value for name, value in _CONNECTING.items() if name not in said}


def _engine(creator: Callable[[], Any], **options: Any) -> Engine:
    driver_library()
    return create_engine("postgresql+psycopg://", creator=creator, use_native_hstore=False, **options)


def _first_line(error: BaseException) -> str:
    origin = error.orig if isinstance(error, DBAPIError) else error
    return str(origin).strip().partition("\n")[0].rstrip(".")


def dialect() -> Any:
    """PostgreSQL as SQLAlchemy speaks it, with parameters in their order."""
    from sqlalchemy.dialects.postgresql import psycopg as spoken

    found = spoken.dialect(paramstyle="format")  # type: ignore[no-untyped-call]
    found.dbapi = driver_library()
    return found


@cache
def _number_loader() -> Any:
    """Sums of sums are `numeric` there; of whole numbers they are whole, as everywhere else."""
    from psycopg.adapt import Loader

    class Number(Loader):
        def load(self, data: Any) -> int | float:
            digits = bytes(data)
            return float(digits) if b"." in digits else int(digits)

    return Number


@cache
def _text_dumper() -> Any:
    """PostgreSQL's texts hold any character but one, which whoever types an address may put there.

    It becomes the sign for what cannot be shown: so nothing is found by it, and nothing fails for it.
    """
    from psycopg.types.string import StrDumperUnknown

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", NOT_SHOWN))

    return Text


@compiles(OnConflictDoNothing, "postgresql")
def _nothing(clause: Any, compiler: Any, **more: Any) -> str:
    """What `INSERT … ON CONFLICT` is called is the same in both; SQLite's has no names of constraints."""
    clause.constraint_target = None
    return str(compiler.visit_on_conflict_do_nothing(clause, **more))


@compiles(OnConflictDoUpdate, "postgresql")
def _update(clause: Any, compiler: Any, **more: Any) -> str:
    clause.constraint_target = None
    return str(compiler.visit_on_conflict_do_update(clause, **more))
