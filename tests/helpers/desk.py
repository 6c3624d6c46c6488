"""Handlers as plain calls on a real database: no channel, no delivery, no event loop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel

from handlers.context import Context
from handlers.encounters import Recorded, record_encounter
from handlers.errors import FeedbackError
from handlers.events import EncounterHappened, Event, Sender
from handlers.found import found
from handlers.invite import decide_now
from handlers.messages import Reply
from handlers.organisation import Organisation
from handlers.receive import receive, refusal
from storage import people
from storage.database import Database
from storage.tables import Answer, Invitation, Person, Response
from storage.vocabulary import Stream
from tests.helpers.databases import all_of
from tests.helpers.town import TUESDAY_TEN, settled_database

T = TypeVar("T")
Row = TypeVar("Row", bound=SQLModel)


class Desk:
    """An open database with an organisation, at an instant that the test moves."""

    def __init__(self, database: Database, organisation: Organisation) -> None:
        self.database = database
        self.organisation = organisation
        self.now = TUESDAY_TEN
        self.site = ""
        """The address of the pages; there are none."""

    def do(self, work: Callable[[Context], T]) -> T:
        """A use case in one transaction; what it raises rolls it back."""
        return self.database.write_now(lambda session: work(self._context(session)))

    def hear(self, kind: type[Event], by: str, **facts: Any) -> Reply:
        """Somebody does something in the sandbox."""
        event = kind(by=Sender("sandbox", by), at=self.now, delivery_id="", **facts)
        return self.do(lambda ctx: receive(event, ctx))

    def refuse(self, problem: FeedbackError, kind: type[Event], by: str, **facts: Any) -> Reply:
        """What is said, and written down, when an event was refused."""
        event = kind(by=Sender("sandbox", by), at=self.now, delivery_id="", **facts)
        return self.do(lambda ctx: refusal(problem, event, ctx))

    def happened(self, **facts: Any) -> EncounterHappened:
        """An encounter that has just ended: a phone call of omar, unless the facts say otherwise."""
        usual: dict[str, Any] = {
            "source": "test",
            "touchpoint": "phone",
            "customer": Sender("sandbox", "omar"),
            "happened_at": self.now,
            "by": Sender("api", "test"),
            "at": self.now,
            "delivery_id": "",
        }
        return EncounterHappened(**(usual | facts))

    def encounter(self, **facts: Any) -> Recorded:
        """Such an encounter, recorded."""
        event = self.happened(**facts)
        return self.do(lambda ctx: record_encounter(event, ctx))

    def ask(self, **facts: Any) -> str:
        """Such an encounter is asked about at once; the token of the customer's invitation."""
        recorded = self.encounter(ask_at_once=True, **facts)
        self.do(lambda ctx: decide_now(recorded.token, ctx))
        return [row.token for row in self.rows(Invitation) if row.stream == Stream.CUSTOMER][-1]

    def rows(self, noun: type[Row]) -> list[Row]:
        """Every row of a noun, the oldest first."""
        return self.database.read_now(lambda s: list(s.exec(all_of(noun)).all()))

    def answers(self, invitation: str) -> list[tuple[str, int | None, str | None]]:
        """What was answered to the invitation of that token: question, score, words."""
        rows = self.rows(Invitation)
        ids = {row.id for row in rows if row.token == invitation}
        responses = {row.id for row in self.rows(Response) if row.invitation_id in ids}
        given = [row for row in self.rows(Answer) if row.response_id in responses]
        return sorted((row.question, row.score, row.words) for row in given)

    def only(self, noun: type[Row]) -> Row:
        """The one row of a noun there is."""
        [row] = self.rows(noun)
        return row

    def person(self, key: str) -> Person:
        """The person of that key."""
        return next(row for row in self.rows(Person) if row.key == key)

    def change_person(self, key: str, **values: Any) -> None:
        """A person's row is changed."""

        def work(ctx: Context) -> None:
            row = found(people.person_by_key(ctx.session, key))
            row.sqlmodel_update(values)
            ctx.session.add(row)

        self.do(work)

    def later(self, **by: float) -> None:
        """Time passes; nothing is done by itself."""
        self.now += timedelta(**by)

    def _context(self, session: Session) -> Context:
        return Context(session, self.organisation, self.now, site=self.site)


@contextmanager
def desk_of(organisation: Organisation, folder: Path, at: datetime = TUESDAY_TEN) -> Iterator[Desk]:
    """A desk on a fresh database file in the folder."""
    with Database(settled_database(folder, organisation, at)) as database:
        desk = Desk(database, organisation)
        desk.now = at
        yield desk
