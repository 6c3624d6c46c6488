"""What does not get better by itself, a token, a conversation, a person, a message, a handler: F39, F40, F43–F45."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlmodel import Session

from handlers import delivered
from handlers.context import Context
from tests.faults.checker import Books, asked
from tests.faults.office import Office, office_of
from tests.faults.platform import Slack, Trouble
from tests.helpers.busy_house import ORGANISATION, Prompt


def owner(prompt: Prompt) -> str:
    """Where the owner of that customer's service reads."""
    return f"DU0OWNER{int(prompt.person[1:]) % 40}"


def told(office: Office, place: str) -> list[str]:
    """What kinds of messages somebody has seen."""
    return [heard.key.partition(":")[0] for heard in office.slack.to(place)]


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive", "invalid_auth"])
async def test_f39_with_a_token_revoked_messages_wait_the_log_says_so_and_a_new_one_sends_them(
    error: str, url: str, slack: Slack, prompts: list[Prompt], caplog: pytest.LogCaptureFixture
) -> None:
    now, dice = datetime.now(UTC), random.Random(error)
    prompt = dice.choice(prompts)
    slack.is_broken("chat.postMessage", Trouble(error=error))
    async with office_of(url, slack, prompts, dice, now) as office:
        assert await office.taps(prompt, 1) == 200
        for _ in range(5):
            await office.app.tick()
        refused = sum(heard.answered == error for heard in slack.history)
        assert refused == 1, "whoever is not let in does not knock on and on"
        assert "python -m bot doctor" in caplog.text
        assert {row.state for row in office.check().alerts()} == {"queued"}

    slack.is_whole("chat.postMessage")
    slack.died()
    async with office_of(url, slack, prompts, dice, now) as again:
        again.journal = office.journal
        await again.settle()
        again.check()
        assert told(again, owner(prompt)) == ["case notice"]


@pytest.mark.parametrize("error", ["channel_not_found", "is_archived", "not_in_channel", "user_disabled"])
async def test_f40_an_alert_whose_reader_is_gone_goes_to_whoever_is_next(error: str, office: Office) -> None:
    prompt = office.dice.choice(office.prompts)
    office.slack.is_broken(owner(prompt), Trouble(error=error))
    assert await office.taps(prompt, 1) == 200
    await office.later(seconds=10)
    await office.later(minutes=1)
    books = office.check()
    number = int(prompt.person[1:]) % 40
    assert "case notice" in told(office, f"DU0DEPUTY{number}")
    assert [row.error for row in books.alerts() if row.state == "dead"] != [None]
    (case,) = books.cases
    keys = {row.id: row.key for row in asked(office.url, "SELECT id, key FROM people")}
    assert keys[case.owner_id] == f"deputy{number}"


async def test_f43_the_cases_of_a_manager_who_left_go_on_and_escalate(office: Office) -> None:
    prompt = office.dice.choice(office.prompts)
    key = f"owner{int(prompt.person[1:]) % 40}"
    assert await office.taps(prompt, 1) == 200
    await office.settle()
    people = {name: person for name, person in ORGANISATION.people.items() if name != key}
    services = {
        name: service.model_copy(update={"owner": "lead"}) if service.owner == key else service
        for name, service in ORGANISATION.services.items()
    }
    office.app.apply(ORGANISATION.model_copy(update={"people": people, "services": services}), "a test")
    await office.later(minutes=1)
    await office.later(days=2)
    office.check()
    assert "case notice" in told(office, "DU0LEAD")
    assert told(office, owner(prompt)) == ["case notice"], "who has left hears no more"


def _writes(statement: str) -> Any:
    def work(ctx: Context | Session) -> None:
        session = ctx if isinstance(ctx, Session) else ctx.session
        session.connection().exec_driver_sql(statement)

    return work


async def test_f44_a_poisoned_message_is_set_aside_the_others_flow_and_a_person_sends_it_again(
    office: Office,
) -> None:
    poisoned, *others = office.dice.sample(office.prompts[:40], 4)
    assert await office.taps(poisoned, 1) == 200
    await office.app.write(_writes("UPDATE outbox SET kind = 'of another world' WHERE state = 'queued'"))
    for prompt in others:
        assert await office.taps(prompt, 1) == 200
    await office.app.tick()
    assert [told(office, owner(prompt)) for prompt in others] == [["case notice"]] * 3
    for _ in range(30):
        await office.later(hours=1)
    (dead,) = asked(office.url, "SELECT * FROM outbox WHERE state = 'dead'")
    assert dead.error == "ValueError"

    await office.app.write(_writes("UPDATE outbox SET kind = 'case notice' WHERE state = 'dead'"))
    assert await office.app.write(delivered.send_again) == 1
    await office.later(minutes=1)
    assert "case notice" in told(office, owner(poisoned))
    office.check()


async def test_f45_a_handler_that_always_raises_says_so_and_keeps_nobody_else_waiting(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = office.dice.sample(office.prompts[:40], 2)
    await office.app.write(
        _writes(
            "INSERT INTO survey_versions (key, version, definition, privacy, created_at) "
            "SELECT 'broken', 1, '{}', privacy, created_at FROM survey_versions LIMIT 1"
        )
    )
    version = "(SELECT id FROM survey_versions WHERE key = 'broken')"
    theirs = f"UPDATE invitations SET survey_version_id = {version} WHERE token = '{broken.invitation}'"  # noqa: S608
    await office.app.write(_writes(theirs))
    for _ in range(3):
        assert await office.taps(broken, 1) >= 500
    assert await office.taps(whole, 1) == 200
    await office.settle()
    assert caplog.records
    assert len(office.check().cases) == 1
    assert Books(office.url).answers != []
