"""What a handler is given: the open transaction, the organisation, and the time it is."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from handlers.organisation import Organisation
from storage.vault import Vault


@dataclass(frozen=True)
class Context:
    """Carried by hand into every handler.

    `session` is inside a transaction that commits after the handler returned, or rolls back when it
    raises. `now` is aware UTC: the instant the handler runs, not when the event happened.
    """

    session: Session
    organisation: Organisation
    now: datetime
    vault: Vault | None = None
    """Seals what people said aloud; none where no key is configured."""
    channels: frozenset[str] = frozenset()
    """Names of the channels that run here."""
    site: str = ""
    """The address at which people reach our pages, without a path; empty where there is none."""
    request: str = ""
    """The id under which whatever asked for this stands in the log; empty for a tick."""
