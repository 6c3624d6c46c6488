"""One Kaiku on four platforms at once, and a transcript of who sees what where.

Nothing is played but Microsoft's side of Teams, with tokens of a key of our own: Telegram is npm's
telegram-test-api, Matrix a Synapse, Slack npm's emulator. Every word goes over a real port.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import aiohttp
from pydantic import SecretStr

from bot.app import App
from bot.channels.telegram.invite import invite
from bot.channels.telegram.sender import TelegramChannel
from bot.clock import SkippingClock
from bot.demo.house import clock_at
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from handlers import keys
from handlers.organisation import Organisation
from handlers.wording.language import local_moment
from storage.vocabulary import Scope
from tests.channels.contract import Standing
from tests.helpers.html import text_of
from tests.helpers.matrix_town import Resident, content_of
from tests.helpers.site import served
from tests.helpers.teams_server import (
    APP,
    MAYA,
    PASSWORD,
    TENANT,
    Json,
    TeamsServer,
    actions,
    chat_of,
    teams_server,
    words,
)
from tests.helpers.teams_tenant import Tenant, card_of
from tests.helpers.telegram_phone import Tom
from tests.helpers.telegram_server import TOKEN
from tests.helpers.town import TUESDAY_TEN, example, fresh_database
from tests.peers.slack import BOT_TOKEN, SIGNING_SECRET, SlackEmulator, slack_emulator
from tests.peers.synapse import Synapse, synapse
from tests.peers.telegram import telegram_server

SOON = 20.0
"""Seconds within which what must be seen is seen."""
Look = Callable[[], Awaitable[dict[str, Standing]]]
"""What stands before somebody now, by the platform's own ids, oldest first."""


class Reader:
    """Somebody, or a whole team, before one platform."""

    def __init__(self, name: str, platform: str, look: Look) -> None:
        self.name, self.platform = name, platform
        self.look = look
        self._before: dict[str, Standing] = {}

    async def reads(self, expected: str) -> str:
        """Wait until these words stand before them; the newest message that holds them."""
        deadline = time.monotonic() + SOON
        while True:
            standing = list((await self.look()).values())
            if found := [message.text for message in standing if expected in message.text]:
                return found[-1]
            if time.monotonic() > deadline:
                texts = "\n---\n".join(message.text for message in standing)
                raise AssertionError(
                    f"{self.name} never reads {expected!r} in {self.platform}, but:\n{texts}"
                )
            await asyncio.sleep(0.1)

    async def reads_no_more(self, words: str) -> None:
        """Wait until these words stand nowhere before them."""
        deadline = time.monotonic() + SOON
        while any(words in message.text for message in (await self.look()).values()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.name} still reads {words!r} in {self.platform}")
            await asyncio.sleep(0.1)

    async def news(self) -> list[tuple[str, Standing]]:
        """What came or changed since this was asked before: “sees”, or “sees in its place”; and the message."""
        now = await self.look()
        before, self._before = self._before, now
        return [
            ("sees in its place" if message in before else "sees", standing)
            for message, standing in now.items()
            if before.get(message) != standing
        ]


class Customer(Reader):
    """Tom at his telephone, in Telegram."""

    def __init__(self, phone: Tom) -> None:
        super().__init__("Tom", "Telegram", self._look)
        self._phone = phone

    async def opens(self, link: str) -> None:
        """Follow a link into Telegram and press Start."""
        await self._phone.writes(f"/start {link.partition('?start=')[2]}")

    async def gives(self, score: int) -> None:
        """Press a point of the scale."""
        await self._phone.presses(str(score))

    async def answers(self, question: str, label: str) -> None:
        """Press a button once the question stands there."""
        await self.reads(question)
        await self._phone.presses(label)

    async def writes(self, words: str) -> None:
        """Write to the bot."""
        await self._phone.writes(words)

    async def _look(self) -> dict[str, Standing]:
        history = await self._phone.history()
        return {str(update["messageId"]): _on_telephone(update["message"]) for update in history}


class Manager(Reader):
    """Maya at her desk, in Teams."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__("Maya", "Teams", self._look)
        self._tenant = tenant

    async def takes_it(self) -> None:
        """Press *Take it*."""
        await self._tenant.taps(MAYA, "Take it")

    async def called(self, note: str) -> None:
        """Note that she has called, and what was agreed."""
        await self._tenant.fills(MAYA, "I called or wrote…", words=note)

    async def closes(self, outcome: str, done: str) -> None:
        """Close the case with its outcome and with words for the customer."""
        await self._tenant.fills(MAYA, "Close…", outcome=outcome, words=done)

    async def _look(self) -> dict[str, Standing]:
        standing = self._tenant.server.standing(chat_of(MAYA))
        return {message: _on_card(card_of(activity)) for message, activity in standing}


class Director(Reader):
    """Liisa, in Matrix, where the bot opens the conversation."""

    def __init__(self, resident: Resident) -> None:
        super().__init__("Liisa", "Matrix", self._look)
        self._resident = resident

    async def comes(self) -> None:
        """Accept the bot's invitation."""
        await self._resident.comes()

    async def _look(self) -> dict[str, Standing]:
        if not self._resident.room:
            return {}
        return {message["event_id"]: _in_room(message) for message in await self._resident.messages()}


class Team(Reader):
    """Everybody in the team's Slack channel."""

    def __init__(self, slack: SlackEmulator, web: aiohttp.ClientSession) -> None:
        super().__init__("#feedback", "Slack", self._look)
        self._slack, self._web = slack, web
        self.channel = ""

    async def meets(self) -> None:
        """Find the channel."""
        listed = await self._call("conversations.list")
        self.channel = next(c["id"] for c in listed["channels"] if c["name"] == "feedback")

    async def _look(self) -> dict[str, Standing]:
        history = await self._call("conversations.history", channel=self.channel)
        return {m["ts"]: _in_channel(m["blocks"]) for m in reversed(history["messages"]) if m.get("blocks")}

    async def _call(self, method: str, **fields: str) -> Json:
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        async with self._web.post(f"{self._slack.api}{method}", data=fields, headers=headers) as answer:
            told = await answer.json()
        assert told["ok"], told
        return dict(told)


def _on_telephone(message: Json) -> Standing:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return Standing(message.get("text", ""), tuple(key["text"] for row in rows for key in row))


def _on_card(card: Json) -> Standing:
    return Standing(words(card), tuple(action["title"] for action in actions(card)))


def _in_room(message: Json) -> Standing:
    offered = content_of(message).get("io.kaiku.actions", [])
    return Standing(
        text_of(content_of(message)["formatted_body"]),
        tuple(f"{choice['key']} {choice['label']}" for choice in offered),
    )


def _in_channel(blocks: list[Json]) -> Standing:
    spoken = "\n".join(filter(None, ("".join(_texts(b)) for b in blocks if b["type"] != "actions")))
    buttons = [e["text"]["text"] for b in blocks if b["type"] == "actions" for e in b["elements"]]
    return Standing(spoken, tuple(buttons), sum(block["type"] == "image" for block in blocks))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for inner in node.values():
            yield from _texts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _texts(inner)


class FourPlatforms:
    """Kaiku in one process, with everybody who meets it."""

    def __init__(self, app: App, clock: SkippingClock, port: int, web: aiohttp.ClientSession) -> None:
        self.app = app
        self._clock, self._web = clock, web
        self._address = f"http://127.0.0.1:{port}"
        self._readers: tuple[Reader, ...] = ()
        self.lines: list[str] = []

    def meet(self, *readers: Reader) -> None:
        """From now on the transcript tells what they see."""
        self._readers = readers

    async def tell(self, sentence: str) -> None:
        """First what everybody saw since, then the narrator's sentence."""
        await self._witness()
        self.lines.append(f"\n── {sentence}\n")

    async def transcript(self) -> str:
        """All of it."""
        await self._witness()
        return "\n".join(self.lines)

    async def phone_call(self, reference: str, customer: str, link_to: Path) -> str:
        """A program of the desk reports a call by HTTP; the customer's link into Telegram."""
        key = await self.app.write(lambda ctx: keys.create_key("desk", [*Scope], ctx))
        told = {
            "touchpoint": "phone",
            "service": "pension-advice",
            "customer_name": customer,
            "customer_email": "tom.guest@example.org",
            "customer_language": "en",
            "account": "acme",
            "happened_at": self._clock.now().isoformat(),
            "external_reference": reference,
        }
        headers = {"Authorization": f"Bearer {key}"}
        where = f"{self._address}/api/v1/encounters"
        async with self._web.post(where, json=told, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
        link, *_ = await invite(self.app, reference, link_to)
        return link

    async def later(self, **by: float) -> None:
        """Time passes."""
        await self.until(self._clock.now() + timedelta(**by))

    async def until(self, instant: datetime) -> None:
        """Time passes up to an instant, and what falls due is begun."""
        await self._witness()
        self._clock.skip_to(instant)
        await self.app.schedule.everything()

    async def _witness(self) -> None:
        for reader in self._readers:
            for verb, standing in await reader.news():
                at = local_moment(self._clock.now(), "Europe/Helsinki", "en")
                self.lines.append(f"{at} · in {reader.platform} {reader.name} {verb}:")
                self.lines.append(indent(standing.text.strip(), "    "))
                if standing.labels:
                    self.lines.append("    " + " ".join(f"[{label}]" for label in standing.labels))
                self.lines.append("    (a picture)\n" if standing.pictures else "")


@asynccontextmanager
async def four_platforms(
    folder: Path,
) -> AsyncIterator[tuple[FourPlatforms, Customer, Manager, Director, Team]]:
    """The house on a Tuesday at ten: Tom in Telegram, Maya in Teams, Liisa in Matrix, a team in Slack."""
    async with AsyncExitStack() as peers:
        telegram = peers.enter_context(telegram_server())
        slack = peers.enter_context(slack_emulator())
        (folder / "synapse").mkdir()
        homeserver = peers.enter_context(synapse(folder / "synapse"))
        microsoft = await peers.enter_async_context(teams_server())
        web = await peers.enter_async_context(aiohttp.ClientSession())
        bot = homeserver.register("kaiku")
        liisa, team = Resident(homeserver.register("liisa"), bot), Team(slack, web)
        await team.meets()

        settings = _settings(
            folder,
            telegram=telegram,
            homeserver=homeserver,
            token=bot.token,
            slack=slack,
            microsoft=microsoft,
        )
        app = build(settings, clock := clock_at(TUESDAY_TEN))
        channel = app.channels["telegram"]
        assert isinstance(channel, TelegramChannel)
        channel.wait = 0.0
        app.open()
        app.apply(_organisation(liisa.user, team.channel), "a test")
        app.close()
        await app.start()
        peers.push_async_callback(app.stop)
        port = await peers.enter_async_context(served(create_site(app)))
        house = FourPlatforms(app, clock, port, web)
        everybody = (
            Customer(Tom(telegram, web)),
            Manager(Tenant(app, port, microsoft, web)),
            Director(liisa),
            team,
        )
        house.meet(*everybody)
        yield house, *everybody


def _organisation(liisa: str, channel: str) -> Organisation:
    """The example, with Maya in Teams, Liisa in Matrix, and the team's digest in a channel of Slack."""
    people = {"maya": {"teams": MAYA.directory}, "liisa": {"matrix": liisa}}
    known = example(
        language="en", people={name: {"identities": identities} for name, identities in people.items()}
    )
    advice = known.teams["advice"].model_copy(update={"channel": {"slack": channel}})
    return known.model_copy(update={"teams": {**known.teams, "advice": advice}})


def _settings(
    folder: Path,
    *,
    telegram: str,
    homeserver: Synapse,
    token: str,
    slack: SlackEmulator,
    microsoft: TeamsServer,
) -> Settings:
    return Settings(
        _env_file=None,
        database_url=fresh_database(folder),
        telegram_bot_token=SecretStr(TOKEN),
        telegram_api_url=telegram,
        teams_app_id=APP,
        teams_app_password=SecretStr(PASSWORD),
        teams_tenant=TENANT,
        teams_stand_in=microsoft.url,
        matrix_homeserver=homeserver.url,
        matrix_user_id="@kaiku:kaiku.test",
        matrix_access_token=SecretStr(token),
        slack_bot_token=SecretStr(BOT_TOKEN),
        slack_signing_secret=SecretStr(SIGNING_SECRET),
        slack_api_url=slack.api,
    )
