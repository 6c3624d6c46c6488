"""A Teams channel between a stand-in for Microsoft and ears that reply as they are told to."""

from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, select

from bot.channels.teams.sender import TeamsChannel
from bot.clock import Clock
from bot.settings import Settings
from handlers.events import Event, Sender
from handlers.messages import Chart, Nothing, Reply
from storage.database import Database
from storage.tables import Identity, Person
from tests.helpers.teams_server import APP, PASSWORD, TENANT, TOM, TeamsServer
from tests.helpers.town import TUESDAY_TEN

Json = dict[str, Any]
PICTURE = b"\x89PNG not drawn"


class Teams:
    """The channel, who it speaks with, and what the house made of it."""

    def __init__(self, server: TeamsServer, database: Database) -> None:
        self.server, self.database = server, database
        self.settings = Settings(
            _env_file=None,
            teams_app_id=APP,
            teams_app_password=SecretStr(PASSWORD),
            teams_tenant=TENANT,
            teams_stand_in=server.url,
        )
        self.picture = PICTURE
        self.channel = TeamsChannel(self.settings, Clock(), database, draw=self._draw)
        self.events: list[Event] = []
        self.replies: list[Reply] = []

    async def receive(self, event: Event) -> Reply:
        """Reply what is next on the list."""
        self.events.append(event)
        return self.replies.pop(0) if self.replies else Nothing()

    async def hears(self, activity: Json) -> Any:
        """An activity that got through the door; what it is answered, once everything is said."""
        status, body = await self.channel._hear(activity)
        assert status == 200
        await self.channel._replies.finish(within=5)
        return body

    async def identity(self) -> Identity:
        """Tom as we know him."""
        return await self.database.read(lambda session: session.exec(select(Identity)).one())

    def _draw(self, chart: Chart) -> bytes:
        return self.picture


def know_tom(session: Session) -> None:
    session.add(Person(id=1, name="Tom Guest", role="customer", created_at=TUESDAY_TEN))
    session.flush()
    by = Sender("teams", TOM.directory)
    session.add(Identity(person_id=1, channel=by.channel, external_id=by.external_id))
