"""A house with every door open and nobody to speak to, which forgets whatever it was told at once.

So each input meets the same house, whatever came before. Names that differ from house to house stand in
inputs by a mark, such as `THE_INVITATION`.
"""

import asyncio
import logging
import tempfile
from asyncio import Task
from base64 import b64encode
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, unquote

from pydantic import SecretStr
from slack_bolt.authorization import AuthorizeResult
from sqlmodel import Session, select

from bot.app import App
from bot.channels import courtesies
from bot.channels.errors import DeliveryError
from bot.channels.matrix.hearing import Hearing
from bot.channels.matrix.homeserver import Homeserver
from bot.channels.matrix.render import ACTIONS
from bot.channels.slack.listener import Listener as SlackListener
from bot.channels.slack.replies import Replies as SlackReplies
from bot.channels.teams.listener import Listener as TeamsListener
from bot.channels.telegram.links import payload
from bot.channels.telegram.listener import Listener as TelegramListener
from bot.settings import Settings
from bot.web.dashboard.desk import csrf_of
from bot.web.site import create_site
from bot.web.survey.signing import address_of
from bot.wiring import channels
from handlers import keys, login
from handlers.context import Context
from handlers.messages import Action, Verb
from handlers.organisation import Organisation
from storage.database import Database
from storage.tables import Case, Encounter, Invitation
from storage.vocabulary import InvitationState, Scope
from tests.fuzzing.target import Fault
from tests.helpers.links import PUBLIC, survey_link
from tests.helpers.slack_payloads import SECRET
from tests.helpers.teams_server import APP, PASSWORD, TENANT
from tests.helpers.teams_server import MAYA as TEAMS_MAYA
from tests.helpers.teams_server import TOM as TEAMS_TOM
from tests.helpers.telegram_server import MAYA, TOKEN, TOM
from tests.helpers.town import TUESDAY_TEN, HandClock, Town, example, settled_database

T = TypeVar("T")
HOOK = "a secret of the webhook, of more than 32 characters"
BOT = "@kaiku:kaiku.test"
KNOWN = {
    "tom": {"sandbox": "tom", "slack": "U0TOM", "telegram": str(TOM), "teams": TEAMS_TOM.directory,
            "matrix": "@tom:kaiku.test"},
    "maya": {"sandbox": "maya", "slack": "U0MAYA", "telegram": str(MAYA), "teams": TEAMS_MAYA.directory,
             "matrix": "@maya:kaiku.test"},
}  # fmt: skip
CHANGES: Mapping[str, Any] = {
    "people": {name: {"identities": known} for name, known in KNOWN.items()},
    "kiosks": {"lobby": {"name": "Lobby", "touchpoint": "phone", "service": "lobby", "pin": "2580"}},
}


@dataclass(frozen=True)
class Answer:
    """What a door answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Undone(Exception):
    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


class Forgetful(Database):
    """Does everything, and keeps nothing from the day on which it begins to forget."""

    forgets = False

    async def write(self, work: Callable[[Session], T]) -> T:
        return await self._undone(super().write, work)

    async def write_briefly(self, work: Callable[[Session], T]) -> T:
        return await self._undone(super().write_briefly, work)

    async def _undone(
        self, write: Callable[[Callable[[Session], T]], Awaitable[T]], work: Callable[[Session], T]
    ) -> T:
        if not self.forgets:
            return await write(work)
        try:
            return await write(partial(_and_undo, work))
        except _Undone as undone:
            result: T = undone.result
            return result


def _and_undo(work: Callable[[Session], T], session: Session) -> T:
    result = work(session)
    session.flush()
    raise _Undone(result)


class Mute:
    """A platform that refuses whatever is said to it."""

    def with_token(self, token: str) -> "Mute":
        return self

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def refuses(*_: Any, **__: Any) -> Any:
            raise DeliveryError("mute", permanent=True)

        return refuses


class Workspaces:
    """Slack's, all of them ours and mute."""

    def of(self, workspace: str) -> Any:
        return Mute()

    def bot(self, workspace: str) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=None, bot_token="xoxb", bot_user_id="U0KAIKU", bot_id="B0KAIKU"
        )

    def named(self, conversation: str, workspace: str) -> str:
        return conversation

    async def left(self, workspace: str, at: object) -> None:
        """Nothing to forget."""

    async def start(self) -> None:
        """They are known already."""

    async def stop(self) -> None:
        """Nothing is open."""


class Home(Homeserver):
    """A homeserver where one message of ours stands, and which refuses everything else."""

    offered: Mapping[str, Any] = {}

    def __init__(self) -> None:
        self.user = BOT

    def __getattribute__(self, name: str) -> Any:
        if name in (
            "user",
            "offered",
            "event",
            "ours",
            "members",
            "direct_rooms",
            "name_of",
            "related",
            "_offer",
        ):
            return super().__getattribute__(name)
        return getattr(Mute(), name)

    def _offer(self) -> dict[str, Any]:
        return {"event_id": "$ours", "sender": BOT, "type": "m.room.message", "origin_server_ts": 1,
                "content": dict(self.offered)}  # fmt: skip

    async def event(self, room: str, event: str) -> dict[str, Any]:
        return self._offer()

    async def ours(self, room: str) -> list[dict[str, Any]]:
        return [self._offer()]

    async def related(self, room: str, event: str, relation: str, kind: str) -> list[dict[str, Any]]:
        return []

    async def members(self, room: str) -> dict[str, str]:
        return {BOT: "join", "@tom:kaiku.test": "join"}

    async def direct_rooms(self) -> dict[str, list[str]]:
        return {"@tom:kaiku.test": ["!tom:kaiku.test"]}

    async def name_of(self, person: str) -> str:
        return "Tom"


class _Complaints(logging.Handler):
    """Whatever is logged as an error is a fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        told = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.heard.append(f"{record.name}: {record.getMessage()[:200]}\n{told}")


class House:
    """The application, its site, its ears on every platform, and the names that stand in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Its own, for whatever files it is given."""
        self._runner = asyncio.Runner()
        self._complaints = _Complaints()
        logging.getLogger().addHandler(self._complaints)
        self.clock = HandClock(TUESDAY_TEN)
        self.organisation: Organisation = example(**CHANGES)
        self.settings = _settings(settled_database(folder, self.organisation))
        self.database = Forgetful(self.settings.database_url)
        self.app = App(
            self.settings, self.clock, self.database, channels(self.settings, self.clock, self.database)
        )
        self.app.open()
        self._tasks: set[Task[object]] = set()
        self.marks = {name: value.encode() for name, value in self.run(self._live()).items()}
        self._open_ears()
        self.site = create_site(self.app)
        self.database.forgets = True

    def run(self, deed: Coroutine[Any, Any, T]) -> T:
        """Do it, and all that follows from it. Raises `Fault` for what was logged as an error."""
        try:
            return self._runner.run(self._wholly(deed))
        finally:
            if self._complaints.heard:
                told = "\n".join(self._complaints.heard)
                self._complaints.heard.clear()
                raise Fault(told)

    def knock(self, method: str, path: str, headers: Mapping[str, str | bytes], body: bytes = b"") -> Answer:
        """One request at the site. Raises `Fault` for an answer of 5xx."""
        answer = self.run(_asked(self.site, method, path, headers, body))
        if answer.status >= 500:
            raise Fault(f"{method} {path[:100]} was answered {answer.status}: {answer.body[:300]!r}")
        return answer

    def change_the_minute(self) -> None:
        """To and fro, so that what is limited for each minute is limited for nobody here."""
        self.clock.at = TUESDAY_TEN if self.clock.at > TUESDAY_TEN else TUESDAY_TEN + timedelta(minutes=1)

    def filled(self, data: bytes) -> bytes:
        """The bytes with the marks replaced by the names they stand for."""
        if b"THE_" in data:
            for mark, name in self.marks.items():
                data = data.replace(mark.encode(), name)
        return data

    def close(self) -> None:
        """Leave nothing open."""
        self.app.close()
        self._runner.close()
        logging.getLogger().removeHandler(self._complaints)

    async def _wholly(self, deed: Coroutine[Any, Any, T]) -> T:
        try:
            return await deed
        finally:
            while self._tasks:
                await asyncio.gather(*self._tasks)

    async def _live(self) -> dict[str, str]:
        """A little life: an open survey, a case, a link, a kiosk, a key, a session, a link to log in."""
        app, town = self.app, Town(self.app, self.clock)
        for channel in app.channels.values():
            if channel.name == "sandbox":
                await channel.start(app.receive)
        app.delivery._channels = {"sandbox": town.sandbox}
        await town.asked("phone", "aino", service="pension-advice")
        await town.aino.answers("1")
        await town.asked("phone", "tom", service="pension-advice", external_reference="CALL-0")
        invitation = await self._newest(Invitation, Invitation.state == InvitationState.SENT)
        link = await survey_link(app, 1)
        known = {
            "THE_INVITATION": invitation,
            "THE_ENCOUNTER": await self._newest(Encounter),
            "THE_CASE": await self._newest(Case),
            "THE_LINK": link,
            "THE_KIOSK": address_of(self.settings, "kiosk", "lobby").removeprefix(PUBLIC),
            "THE_KEY": await app.write(lambda ctx: keys.create_key("desk", list(Scope), ctx)),
            "THE_SESSION": await app.write(self._session_of_maya),
        }
        known["THE_CSRF"] = csrf_of(known["THE_SESSION"])
        known["THE_START"] = payload(known["THE_ENCOUNTER"], TOKEN, self.clock.now())
        known["THE_ANSWER"] = Action(Verb.RATE, known["THE_INVITATION"], "ease=2").encode()
        return known

    async def _newest(self, noun: Any, *conditions: Any) -> str:
        query = select(noun.token).where(*conditions).order_by(noun.id.desc())
        return str(await self.database.read(lambda session: session.exec(query).first()))

    def _session_of_maya(self, ctx: Context) -> str:
        entered = login.enter_by_email("maya.virtanen@example.org", ctx)
        if not isinstance(entered, login.Entered):
            raise TypeError(f"Maya was not let in: {entered}")
        return entered.secret

    def _open_ears(self) -> None:
        app, clock = self.app, self.clock
        slack: Any = app.channels["slack"]
        replies = SlackReplies(Workspaces())
        replies.courtesies = self._followed()  # nobody waits for a turn
        slack._listener = SlackListener(Workspaces(), replies, app.receive, clock)
        teams: Any = app.channels["teams"]
        teams._replies._connector = teams._connector = Mute()
        teams._replies._courtesies = self._followed()
        teams._listener = TeamsListener(
            teams._connector, teams._replies, teams._references, app.receive, clock
        )
        telegram: Any = app.channels["telegram"]
        telegram._replies._api = Mute()
        telegram._replies._courtesies = self._followed()
        telegram._listener = TelegramListener(
            TOKEN, telegram._replies, telegram._dialogues, app.receive, clock, spoken=lambda: None
        )
        telegram._listener.bot = "KaikuTestBot"
        self.matrix = self._matrix_ears()

    def _matrix_ears(self) -> Hearing:
        channel: Any = self.app.channels["matrix"]
        home = Home()
        rate = {"key": "1", "label": "1", "action": self.marks["THE_ANSWER"].decode()}
        home.offered = {ACTIONS: [rate]}
        channel._rooms._home = channel._voice._home = channel._replies._home = home
        channel._voice._courtesies = self._followed()
        channel._replies.receive = self.app.receive
        return Hearing(home, channel._rooms, channel._voice, channel._replies)

    def _followed(self) -> courtesies.Courtesies:
        """Courtesies that are waited for, and whose troubles are heard of."""
        followed = courtesies.Courtesies("a mute platform")
        followed._tasks = self._tasks
        return followed


def _settings(url: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=url,
        sandbox=True,
        public_url=PUBLIC,
        link_secret=SecretStr("a secret of the tests, of more than 32 characters"),
        encryption_key=SecretStr(b64encode(b"k" * 32).decode()),
        slack_client_id="1.2",
        slack_client_secret=SecretStr("a secret of the app, of more than 32 characters"),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url="http://127.0.0.1:9/api/",
        teams_app_id=APP,
        teams_app_password=SecretStr(PASSWORD),
        teams_tenant=TENANT,
        teams_stand_in="http://127.0.0.1:9",
        telegram_bot_token=SecretStr(TOKEN),
        telegram_webhook_secret=SecretStr(HOOK),
        matrix_homeserver="http://127.0.0.1:9",
        matrix_user_id=BOT,
        matrix_access_token=SecretStr("token"),
        oidc_issuer="http://127.0.0.1:9",
        oidc_client_id="kaiku",
        oidc_client_secret=SecretStr("secret"),
        api_requests_per_minute=10**9,
    )


async def _asked(
    site: Any, method: str, path: str, headers: Mapping[str, str | bytes], body: bytes
) -> Answer:
    """As a web server hands a request over."""
    place, _, query = path.partition("?")
    told: dict[str, Any] = {"status": 0, "headers": {}, "body": b""}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
        "path": unquote(place), "raw_path": quote(place, safe="/%").encode(),
        "query_string": query.encode("ascii", "replace"), "root_path": "",
        "headers": [(name.lower().encode(), value if isinstance(value, bytes) else value.encode("latin-1", "replace"))
                    for name, value in {"host": "127.0.0.1", **headers}.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 443),
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            told["status"] = message["status"]
            told["headers"] = {name.decode(): value.decode("latin-1") for name, value in message["headers"]}
        else:
            told["body"] += message.get("body", b"")

    await site(scope, receive, send)
    return Answer(told["status"], told["headers"], told["body"])


@cache
def house() -> House:
    """The one house of this process."""
    folder = tempfile.TemporaryDirectory()
    opened = House(Path(folder.name))
    _AT_THE_END.callback(folder.cleanup)
    _AT_THE_END.callback(opened.close)
    return opened


def leave() -> None:
    """Close the house; whoever comes next opens a new one."""
    _AT_THE_END.close()
    house.cache_clear()


_AT_THE_END = ExitStack()
