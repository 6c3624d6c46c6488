from typing import Any

from pydantic import SecretStr

from bot.channels.teams.doctor import examine
from bot.doctor import examine as examine_all
from bot.findings import Finding
from bot.settings import Settings
from tests.helpers.teams_server import APP, PASSWORD, TENANT, teams_server


def settings(url: str, **changes: Any) -> Settings:
    given = {
        "teams_app_id": APP,
        "teams_app_password": SecretStr(PASSWORD),
        "teams_tenant": TENANT,
        "teams_stand_in": url,
        "public_url": "https://kaiku.example.org",
        **changes,
    }
    return Settings(_env_file=None, **given)


def subjects(findings: list[Finding], *, ok: bool) -> list[str]:
    return [finding.subject for finding in findings if finding.ok is ok]


async def test_all_is_well() -> None:
    async with teams_server() as server:
        findings = await examine(settings(server.url))
    assert subjects(findings, ok=True) == ["Teams client secret", "Teams keys", "Teams endpoint"]
    assert "https://kaiku.example.org/api/messages" in findings[2].sentence


async def test_a_secret_that_microsoft_refuses_is_told_and_not_shown() -> None:
    async with teams_server() as server:
        findings = await examine(settings(server.url, teams_app_password=SecretStr("expired-yesterday")))
    assert subjects(findings, ok=False) == ["Teams client secret"]
    assert "invalid_client" in findings[0].sentence
    assert "expired-yesterday" not in str(findings)


async def test_everything_that_is_missing_is_told_with_the_next_step() -> None:
    findings = await examine(settings("http://127.0.0.1:1", teams_app_password=SecretStr(""), public_url=""))
    assert subjects(findings, ok=False) == ["Teams client secret", "Teams keys", "Teams endpoint"]
    assert all(finding.next_step for finding in findings)


async def test_a_microsoft_out_of_reach_is_told() -> None:
    findings = await examine(settings("http://127.0.0.1:1"))
    assert subjects(findings, ok=False) == ["Teams client secret", "Teams keys"]


async def test_the_whole_doctor_looks_at_teams_only_when_it_is_on(tmp_path: Any) -> None:
    url = f"sqlite:///{tmp_path / 'kaiku.db'}"
    off = await examine_all(settings("", teams_app_id="", database_url=url))
    assert [finding.sentence for finding in off if finding.subject == "Teams"] == ["Off: no app id is set."]
    async with teams_server() as server:
        on = await examine_all(settings(server.url, database_url=url))
    assert "Teams client secret" in subjects(on, ok=True)
