"""Five hundred alerts at once, under what each platform allows: none is lost, none passes another.

The platforms here enforce what their makers have written down, to the message, and tell like them how
long to wait. Time is virtual, so that an hour takes a second.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import update
from sqlmodel import col, select

from bot.app import App
from bot.channels import Channel, Destination, Limit, Pace, Receive, Sent
from bot.channels.errors import DeliveryError
from bot.channels.matrix.sender import MatrixChannel
from bot.channels.slack.sender import SlackChannel
from bot.channels.teams.sender import TeamsChannel
from bot.channels.telegram.sender import TelegramChannel
from bot.delivery import Delivery
from bot.hooks import Hooks
from bot.settings import Settings
from handlers import erasing
from handlers.context import Context
from handlers.events import FeedbackLogged, Sender
from handlers.messages import Message
from handlers.organisation import Organisation
from handlers.receive import receive
from storage.database import Database
from storage.tables import OutboxMessage, SentMessage
from storage.vocabulary import FeedbackType, OutboxKind, OutboxState, Priority
from tests.helpers.limits import PLATFORMS, Bucket, Rules, Windows
from tests.helpers.scripted import NOON
from tests.helpers.town import fresh_database
from tests.helpers.virtual_time import LoopClock, VirtualTime

pytestmark = pytest.mark.slow

T = TypeVar("T")
ALERTS = {"maya": 300, "ville": 150, "liisa": 50}
"""How many each manager is told of at once."""
FEWER = {"maya": 60, "ville": 45, "liisa": 15}
TRAVEL = 0.08
"""Seconds from us to the platform and back."""
CHANNELS: dict[str, type[Channel]] = {
    "slack": SlackChannel,
    "telegram": TelegramChannel,
    "teams": TeamsChannel,
    "matrix": MatrixChannel,
}


STRICTER: dict[str, Callable[[], Rules]] = {
    "slack": lambda: Windows((Limit(10, 30),), (Limit(60, 60),)),
    "telegram": lambda: Windows((Limit(20, 60),), (Limit(30),)),
    "teams": lambda: Windows((Limit(30, 30),), (Limit(50),)),
    "matrix": lambda: Bucket(per_second=0.1, burst=3),
}
"""What nobody has written down, and a platform may do all the same."""


class Platform:
    """Enforces its rules. See `bot.channels.Channel`."""

    def __init__(self, name: str, rules: Rules) -> None:
        self.name = name
        self.pace: Pace = CHANNELS[name].pace
        self._rules = rules
        self.said: dict[str, list[str]] = {}
        """By person, in the order in which it came."""
        self.at: dict[str, float] = {}
        """When each person was told last."""
        self.refused = 0

    @property
    def last(self) -> float:
        """When the last message came."""
        return max(self.at.values())

    async def start(self, receive: Receive) -> None: ...

    async def stop(self) -> None: ...

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        person = to.person or to.conversation.removeprefix("chat with ")
        await asyncio.sleep(TRAVEL / 2)
        now = asyncio.get_running_loop().time()
        if (wait := self._rules.opens(person, now) - now) > 1e-6:
            self.refused += 1
            patience = wait if self.name == "matrix" else math.ceil(wait)
            raise DeliveryError("too many messages", retry_after=patience)
        self._rules.let_in(person, now)
        self.said.setdefault(person, []).append(key)
        self.at[person] = now
        await asyncio.sleep(TRAVEL / 2)
        return Sent(f"chat with {person}", key)

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        raise AssertionError("nothing is edited here")

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        raise AssertionError("nothing is taken back here")


def organisation(channel: str, managers: Iterable[str]) -> Organisation:
    names = ["liisa", *managers]
    people: dict[str, Any] = {
        name: {"name": name.title(), "role": "manager", "identities": {channel: name}} for name in names
    }
    people["olli"] = {"name": "Olli Saari", "role": "staff", "identities": {channel: "olli"}}
    return Organisation.model_validate(
        {
            "name": "Pension Office",
            "language": "en",
            "cx_lead": "liisa",
            "people": people,
            "services": {name: {"name": f"Service of {name}", "owner": name} for name in names},
        }
    )


def alert_everybody(channel: str, alerts: Mapping[str, int], ctx: Context) -> None:
    """Olli logs as many complaints, each of another customer; the managers take turns."""
    numbers = [(n, name) for name, times in alerts.items() for n in range(times)]
    for n, name in sorted(numbers):
        logged = FeedbackLogged(
            words=f"Complaint {n}",
            customer=f"{name}'s customer {n}",
            service=name,
            type=FeedbackType.COMPLAINT,
            by=Sender(channel, "olli"),
            at=ctx.now,
            delivery_id="",
        )
        receive(logged, ctx)


def ideal(rules: Rules, alerts: Mapping[str, int]) -> float:
    """Seconds until all is said by somebody who knows the rules and loses no time."""
    left, now = Counter(alerts), 0.0
    while left.total():
        now, name = min((rules.opens(name, now), name) for name in left if left[name])
        rules.let_in(name, now)
        left[name] -= 1
    return now


def opened(platform: Platform, people: Iterable[str], folder: Path) -> tuple[App, LoopClock]:
    settings = Settings(_env_file=None, database_url=fresh_database(folder))
    app = App(settings, clock := LoopClock(NOON), Database(settings.database_url), {platform.name: platform})
    app.open()
    app.apply(organisation(platform.name, people), "a test")
    return app, clock


class AtOnce:
    """In virtual time nobody waits for a thread."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def read(self, work: Callable[[Context], T]) -> T:
        return self._app.write_now(work)

    read_briefly = write_briefly = read


def deliver(
    app: App,
    clock: LoopClock,
    *,
    meanwhile: Callable[[Delivery], Awaitable[None]] | None = None,
    forgotten: bool = False,
) -> None:
    """In virtual time, until nothing waits any more. `forgotten`: then all messages are taken back."""

    async def run() -> None:
        clock.loop = asyncio.get_running_loop()
        delivery = Delivery(AtOnce(app), clock, app.channels, Hooks(app.settings, clock))
        await delivery.start()
        if meanwhile:
            await meanwhile(delivery)
        while app.read_now(lambda ctx: ctx.session.exec(QUEUED).first()):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(1)
        if forgotten:
            app.write_now(take_all_back)
            delivery.wake()
            await asyncio.sleep(600)
        await delivery.stop()

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        runner.run(asyncio.wait_for(run(), timeout=7200))


def say_everything(
    platform: Platform, alerts: Mapping[str, int], folder: Path, *, forgotten: bool = False
) -> list[OutboxMessage]:
    """The alerts wait when delivery begins; every message of the outbox, once none waits any more.

    `forgotten`: then all of them are taken back.
    """
    app, clock = opened(platform, ALERTS, folder)
    app.write_now(lambda ctx: alert_everybody(platform.name, alerts, ctx))
    deliver(app, clock, forgotten=forgotten)
    told = select(OutboxMessage).where(col(OutboxMessage.kind) == OutboxKind.CASE_NOTICE)
    messages = app.read_now(lambda ctx: list(ctx.session.exec(told.order_by(col(OutboxMessage.id)))))
    app.close()
    return messages


def take_all_back(ctx: Context) -> None:
    """Whatever stands is to go."""
    for message in ctx.session.exec(select(SentMessage)):
        erasing.take_back(message, ctx)


QUEUED = select(OutboxMessage.id).where(col(OutboxMessage.state) == OutboxState.QUEUED)


def assert_all_in_order(platform: Platform, messages: list[OutboxMessage]) -> None:
    assert [message.state for message in messages] == [OutboxState.SENT] * len(messages)
    by_person: dict[int | None, list[str]] = {}
    for message in messages:
        by_person.setdefault(message.person_id, []).append(message.dedupe_key)
    assert messages
    assert sorted(platform.said.values()) == sorted(by_person.values())


@pytest.mark.parametrize("name", PLATFORMS)
def test_five_hundred_alerts_arrive_in_order_as_fast_as_the_platform_allows(
    name: str, tmp_path: Path
) -> None:
    platform = Platform(name, PLATFORMS[name]())
    messages = say_everything(platform, ALERTS, tmp_path)
    assert len(messages) == 500
    assert_all_in_order(platform, messages)
    assert platform.last <= ideal(PLATFORMS[name](), ALERTS) * 1.05 + 5
    if name != "matrix":
        assert platform.refused == 0, "what is written down is kept to, not found out"


@pytest.mark.parametrize("name", STRICTER)
def test_a_platform_stricter_than_it_says_is_given_the_time_it_asks_for(name: str, tmp_path: Path) -> None:
    platform = Platform(name, STRICTER[name]())
    assert_all_in_order(platform, say_everything(platform, FEWER, tmp_path))
    assert platform.refused
    assert platform.last <= ideal(STRICTER[name](), FEWER) * 1.1 + 30


CROWD = {f"manager{n}": 1 for n in range(250)}


@pytest.mark.parametrize("name", ["slack", "telegram", "teams"])
def test_an_alert_overtakes_hundreds_of_prompts_by_the_next_turn(name: str, tmp_path: Path) -> None:
    """Everything here can wait as prompts can, but for the one message to Maya, three seconds later."""
    platform = Platform(name, PLATFORMS[name]())
    app, clock = opened(platform, [*CROWD, "maya"], tmp_path)
    app.write_now(lambda ctx: alert_everybody(name, CROWD, ctx))
    app.write_now(lambda ctx: ctx.session.execute(update(OutboxMessage).values(priority=Priority.PROMPT)))

    async def alert(delivery: Delivery) -> None:
        await asyncio.sleep(3.333)
        app.write_now(lambda ctx: alert_everybody(name, {"maya": 1}, ctx))
        delivery.wake()

    deliver(app, clock, meanwhile=alert)
    app.close()
    (turn,) = (limit.seconds / limit.messages for limit in platform.pace.overall)
    assert platform.at["maya"] < 3.333 + 2 * turn + TRAVEL / 2 + 0.01
    assert platform.last <= len(CROWD) * turn * 1.02 + 0.1, "and they are as fast as the platform allows"
    assert platform.refused == 0


class Revoking(Platform):
    """After twenty messages it knows our token no more, until somebody helps an hour later."""

    async def send(self, to: Destination, message: Message, key: str) -> Sent:
        said = sum(map(len, self.said.values()))
        if said == 20 and asyncio.get_running_loop().time() < 3600:
            self.refused += 1
            raise DeliveryError("token revoked", retry_after=900.0)
        return await super().send(to, message, key)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_token_revoked_in_the_middle_of_a_batch_loses_nothing(name: str, tmp_path: Path) -> None:
    platform = Revoking(name, Windows((), ()))
    assert_all_in_order(platform, say_everything(platform, FEWER, tmp_path))
    assert platform.refused <= 3 * 4, "each reader is tried every quarter of an hour, not every second"
    assert platform.last < 3600 + 900 + 120


class Unforgetting(Platform):
    """It deletes nothing, and lets us write something else in the place."""

    def __init__(self, name: str, rules: Rules) -> None:
        super().__init__(name, rules)
        self.blanked: list[str] = []

    async def remove(self, sent: Sent, workspace: str = "") -> None:
        await self.send(Destination(conversation=sent.conversation), Message((), ""), "remove")
        raise DeliveryError("message can't be deleted", permanent=True)

    async def edit(self, sent: Sent, message: Message, workspace: str = "") -> Sent:
        await self.send(Destination(conversation=sent.conversation), message, "edit")
        self.blanked.append(sent.message)
        return sent


@pytest.mark.parametrize("name", ["slack", "telegram", "teams"])
def test_what_cannot_be_deleted_is_blanked_within_the_limits_too(name: str, tmp_path: Path) -> None:
    platform = Unforgetting(name, PLATFORMS[name]())
    messages = say_everything(platform, {"maya": 20}, tmp_path, forgotten=True)
    assert sorted(platform.blanked) == sorted(message.dedupe_key for message in messages)
    assert platform.refused == 0
