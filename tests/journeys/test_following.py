"""An administrator follows one tap through the log, with one id, to the message that it led to."""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import select

from bot.app import App
from bot.settings import Settings
from bot.web.site import create_site
from bot.wiring import build
from handlers.messages import Action, Verb
from storage.database import Database
from storage.tables import OutboxMessage
from storage.vocabulary import OutboxKind
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.logged import Log, logged
from tests.helpers.slack_payloads import SECRET, signed
from tests.helpers.slack_stand_in import StandIn, slack_stand_in
from tests.helpers.town import example, fresh_database, town_of


@pytest.fixture
async def slack() -> AsyncIterator[StandIn]:
    async with slack_stand_in() as slack:
        yield slack


@pytest.fixture
def settings(tmp_path: Path, slack: StandIn) -> Settings:
    return Settings(
        _env_file=None,
        database_url=fresh_database(tmp_path),
        slack_bot_token=SecretStr("xoxb-test"),
        slack_signing_secret=SecretStr(SECRET),
        slack_api_url=slack.api,
        log_format="json",
    )


@pytest.fixture
def prompts(settings: Settings) -> list[Prompt]:
    with Database(settings.database_url) as database:
        return furnish(database, 2)


@pytest.fixture
async def app(settings: Settings, prompts: list[Prompt]) -> AsyncIterator[App]:
    app = build(settings)
    await app.start()
    yield app
    await app.stop()


@pytest.fixture
def log(settings: Settings) -> Iterator[Log]:
    with logged(settings) as log:
        yield log


async def tap(app: App, prompt: Prompt, score: int) -> None:
    """Slack posts a signed tap to the site, and everything that follows from it is said."""
    body = prompt.tap("ease", score)
    transport = httpx.ASGITransport(create_site(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://kaiku") as client:
        answer = await client.post("/slack/events", content=body, headers=signed(body, datetime.now(UTC)))
    assert answer.status_code == 200
    await app.delivery.drain()


async def test_one_id_leads_from_a_tap_to_the_alert(
    app: App, prompts: list[Prompt], slack: StandIn, log: Log
) -> None:
    await tap(app, prompts[0], 1)

    (heard,) = [line for line in log.lines() if line["event"] == "RatingGiven in slack was stored"]
    (alert,) = await app.read(
        lambda ctx: ctx.session.exec(
            select(OutboxMessage).where(OutboxMessage.kind == OutboxKind.CASE_NOTICE)
        ).all()
    )
    assert alert.request == heard["request"]
    assert log.of(heard["request"]) == [
        "RatingGiven in slack was stored",
        f"outbox message {alert.id} (case notice) was said in slack",
    ]
    assert [call["metadata"]["event_payload"]["key"] for call in slack.posted] == [alert.dedupe_key]


async def test_the_log_tells_nothing_of_whoever_tapped(app: App, prompts: list[Prompt], log: Log) -> None:
    await tap(app, prompts[0], 1)

    told = log.stream.getvalue()
    assert told
    assert not any(word in told for word in (prompts[0].person, "Customer", prompts[0].invitation, "Owner"))


async def test_a_tap_that_leaves_nothing_to_be_said_costs_no_line(
    app: App, prompts: list[Prompt], log: Log
) -> None:
    await tap(app, prompts[1], 5)

    assert log.lines() == []


async def test_an_alert_that_does_not_arrive_says_so_under_the_id_of_its_tap(
    app: App, prompts: list[Prompt], slack: StandIn, log: Log
) -> None:
    slack.refuses = "channel_not_found"
    await tap(app, prompts[0], 1)

    heard, refused = log.lines()[:2]
    assert "was not delivered: " in refused["event"]
    assert (heard["request"], heard["level"], refused["level"]) == (refused["request"], "info", "warning")


async def test_when_somebody_wrote_an_anonymous_note_is_not_logged(tmp_path: Path) -> None:
    async with town_of(example(), tmp_path, key=b64encode(b"k" * 32).decode(), log_level="debug") as town:
        with logged(town.app.settings.model_copy(update={"log_format": "json"})) as log:
            opened = await town.maya.presses(Action(Verb.NOTE))
            name = opened.form.split("note|")[1].split("|")[0]
            await town.maya.submits(Action(Verb.NOTE, name), topic="", words="so many forms")

    assert [line["event"] for line in log.lines() if "sandbox" in line["event"]] == [
        "FormAsked in sandbox was stored"
    ]
