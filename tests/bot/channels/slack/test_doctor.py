from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.channels.slack.doctor import examine, needed_scopes
from bot.findings import Finding
from bot.settings import Settings
from tests.helpers.slack_server import Refusal, SlackServer, slack_server


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with slack_server() as running:
        running.scopes = ",".join(needed_scopes())
        yield running


async def look(server: SlackServer, bot: str = "xoxb-1", app: str = "", secret: str = "") -> list[Finding]:
    return await examine(
        Settings(
            slack_bot_token=SecretStr(bot),
            slack_app_token=SecretStr(app),
            slack_signing_secret=SecretStr(secret),
            slack_api_url=server.api,
        )
    )


def wrong(findings: list[Finding]) -> dict[str, str]:
    return {finding.subject: finding.sentence for finding in findings if not finding.ok}


@pytest.mark.parametrize(("app", "secret"), [("xapp-1", ""), ("", "8f7422")], ids=["socket", "http"])
async def test_all_is_well(server: SlackServer, app: str, secret: str) -> None:
    findings = await look(server, app=app, secret=secret)
    assert [finding.ok for finding in findings] == [True, True, True]
    assert findings[0].sentence == "Slack knows us as kaiku in Clinic."


async def test_an_empty_token(server: SlackServer) -> None:
    assert wrong(await look(server, bot="", secret="x")) == {
        "Slack bot token": "KAIKU_SLACK_BOT_TOKEN is empty."
    }


async def test_refused_tokens(server: SlackServer) -> None:
    server.scripted["auth.test"].append(Refusal("token_revoked"))
    server.scripted["apps.connections.open"].append(Refusal("invalid_auth"))
    assert wrong(await look(server, app="xapp-1")) == {
        "Slack bot token": "Slack refuses it: token_revoked.",
        "Slack app token": "Slack refuses it: invalid_auth.",
    }


async def test_missing_scopes(server: SlackServer) -> None:
    server.scopes = "chat:write, commands,im:history,im:write,users:read,users:read.email"
    assert wrong(await look(server, app="xapp-1")) == {
        "Slack scopes": "The bot lacks files:write, reactions:read."
    }


async def test_no_way_in(server: SlackServer) -> None:
    assert "no app token" in wrong(await look(server))["Slack signing secret"]


async def test_a_slack_out_of_reach() -> None:
    async with slack_server() as server:
        pass
    found = wrong(await look(server, app="xapp-1"))
    assert set(found) == {"Slack bot token", "Slack app token"}
    assert all(sentence.startswith("Slack could not be reached") for sentence in found.values())


async def test_an_app_for_many_workspaces(server: SlackServer) -> None:
    settings = Settings(_env_file=None, slack_client_id="123.456", slack_api_url=server.api)
    findings = await examine(settings)
    assert len(findings) == 4
    assert all(finding.next_step and not finding.ok for finding in findings)
    whole = settings.model_copy(
        update={
            "slack_client_secret": SecretStr("s"),
            "slack_signing_secret": SecretStr("s"),
            "encryption_key": SecretStr("k"),
            "public_url": "https://kaiku.example.org",
        }
    )
    [found] = await examine(whole)
    assert found.ok
    assert "https://kaiku.example.org/slack/install" in found.sentence


async def test_every_fault_has_a_next_step_and_no_finding_tells_a_secret(server: SlackServer) -> None:
    server.scripted["auth.test"].append(Refusal("invalid_auth"))
    for finding in await look(server, bot="xoxb-very-secret", secret=""):
        assert bool(finding.next_step) is not finding.ok
        assert "very-secret" not in str(finding)
