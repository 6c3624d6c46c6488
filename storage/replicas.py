"""The processes that share a PostgreSQL database: how many there are, and what one of them does alone.

PostgreSQL keeps the list. Each process has a connection that does nothing else, and locks on it: one that all of
them share, by which they are counted, and one for each thing that a single process does, such as asking Telegram.
Locks end with their connection: at once when a process is killed or stopped, and after `SILENCE` when it hangs or
its machine is gone, because the server ends a connection that says nothing for so long.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from sqlmodel import Session

from storage.postgresql import connect
from storage.shares import WHOLE, Share

HEARTBEAT = 1.0
"""Seconds between two looks."""
SILENCE = 6
"""Seconds after which the server takes the locks of a process that says nothing."""

ABSENCE = 3
"""Seconds after which a replica that was there is gone, and not just connecting anew."""

_SERVING = 0x4B61696B77
"""The advisory lock by which replicas are counted."""
_ALONE = 0x4B61696B
"""The first half of the advisory locks of what one does alone; the name is the other."""

_JOIN = f"SET idle_session_timeout = '{SILENCE}s'; SELECT pg_advisory_lock_shared({_SERVING})"
_WHO = f"""
    SELECT pid, application_name, pid = pg_backend_pid() FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND classid = {_SERVING >> 32} AND objid = {_SERVING & 0xFFFFFFFF}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY pid
"""  # noqa: S608 -- numbers of ours
_TAKE = f"SELECT pg_try_advisory_lock({_ALONE}, hashtext(%s))"
_LET_GO = f"SELECT pg_advisory_unlock({_ALONE}, hashtext(%s))"

log = logging.getLogger(__name__)


def serving(session: Session) -> int:
    """How many replicas there are, seen from beside."""
    return len(session.connection().exec_driver_sql(_WHO).all())


class Replicas:
    """One process, known to the others by its name, as long as it is open. What is called runs on its thread.

    `on_share` is called whenever another part of the work falls to this process, `on_gone` with the name of a
    replica that was there and is no more; those in `known` were there before, perhaps until this one began.
    """

    def __init__(
        self,
        url: str,
        name: str,
        on_share: Callable[[], None],
        on_gone: Callable[[str], None],
        known: Iterable[str] = (),
    ) -> None:
        self._url, self._name, self._on_share, self._on_gone = url, name, on_share, on_gone
        self.share = WHOLE
        self._wanted: dict[str, Callable[[bool], None]] = {}
        self._held: set[str] = set()
        self._seen = dict.fromkeys(known, time.monotonic())
        """When each of the others was seen last, by the monotonic clock."""
        self._look = threading.Event()
        self._closed = False
        self._connection: Any = None
        self._beat()
        self._thread = threading.Thread(target=self._run, name="replicas", daemon=True)
        self._thread.start()

    def want(self, name: str, on_change: Callable[[bool], None]) -> None:
        """Be told with True when this process is the one that does it, and with False when it is no more."""
        self._wanted[name] = on_change
        self._look.set()

    def give_up(self, name: str) -> None:
        """Leave it to another; nothing is told any more."""
        self._wanted.pop(name, None)
        self._look.set()

    def close(self) -> None:
        """Be counted no more, and leave everything to the others."""
        self._closed = True
        self._look.set()
        self._thread.join()
        self._hang_up()

    def _run(self) -> None:
        while not self._closed:
            self._look.wait(HEARTBEAT)
            self._look.clear()
            self._beat()

    def _beat(self) -> None:
        """Say that we are there, and see who else is. What cannot be said is as good as lost."""
        try:
            if self._connection is None:
                self._connection = connect(self._url, application_name=self._name)
                self._connection.execute(_JOIN)
            self._take_turns()
            self._count(self._connection.execute(_WHO).fetchall())
        except Exception as lost:  # noqa: BLE001 -- whoever writes is told of it; here it is only tried again
            log.debug("not one of the replicas just now: %s", lost)
            self._hang_up()

    def _take_turns(self) -> None:
        for name in self._held - self._wanted.keys():
            self._connection.execute(_LET_GO, (name,))
            self._held.discard(name)
        for name in self._wanted.keys() - self._held:
            (taken,) = self._connection.execute(_TAKE, (name,)).fetchone()
            if taken:
                self._held.add(name)
                self._tell(name, ours=True)

    def _count(self, replicas: list[tuple[int, str, bool]]) -> None:
        now, places = time.monotonic(), [me for _, _, me in replicas]
        self._seen |= {name: now for _, name, me in replicas if not me}
        for name in [name for name, seen in self._seen.items() if now - seen > ABSENCE]:
            del self._seen[name]
            self._on_gone(name)
        if (share := Share(places.index(True), len(places))) != self.share:
            self.share = share
            self._on_share()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        with suppress(Exception):
            if connection is not None:
                connection.close()
        held, self._held = self._held, set()
        for name in held:
            self._tell(name, ours=False)

    def _tell(self, name: str, *, ours: bool) -> None:
        log.info("%s is %s", name, "ours to do" if ours else "another's to do")
        on_change = self._wanted.get(name)
        try:
            if on_change is not None:
                on_change(ours)
        except Exception:
            log.exception("telling whose %s is failed", name)
