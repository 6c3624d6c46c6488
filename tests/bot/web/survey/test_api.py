"""A program or a person asks for a survey link, and gets the words to send it with."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.app import App
from handlers import keys
from handlers.context import Context
from storage.tables import Invitation, LedgerEntry
from storage.vocabulary import Scope
from tests.bot.web.survey.conftest import SECRET, Reader

pytestmark = pytest.mark.whole

LINK = "/api/v1/invitations/link"


@pytest.fixture
def desk(app: App) -> dict[str, str]:
    """The key of the client that reports the encounters."""
    secret = app.database.write_now(
        lambda s: keys.create_key(
            "desk", [Scope.ANSWERS_WRITE], Context(s, app.organisation, app.clock.now())
        )
    )
    return {"Authorization": f"Bearer {secret}"}


async def ask(reader: Reader, desk: dict[str, str], **body: Any) -> httpx.Response:
    return await reader.client.post(LINK, json=body, headers=desk)


async def test_a_link_comes_with_its_words_and_opens(reader: Reader, desk: dict[str, str]) -> None:
    await reader.called()
    made = (await ask(reader, desk, encounter="CALL-1", language="sv")).json()
    assert made["asked"] is True
    assert made["url"] in made["sms"]
    assert len(made["sms"]) <= 160
    assert made["expires_at"].startswith("2026-12-11T13:00:00")
    assert "Tack" in made["text"]
    page = await reader.look(made["url"].removeprefix("https://kaiku.test"))
    assert page.status_code == 200
    again = (await ask(reader, desk, encounter="CALL-1", language="sv")).json()
    assert again == made


async def test_who_is_not_to_be_asked_gets_no_link_and_the_reason(
    reader: Reader, desk: dict[str, str]
) -> None:
    await reader.link("CALL-1")
    await reader.called("CALL-2")
    told = (await ask(reader, desk, encounter="CALL-2")).json()
    assert told["asked"] is False
    assert "not asked" in told["sentence"]
    assert "url" not in told
    assert len(await reader.rows(LedgerEntry)) == 2, "the refusal is written down"


async def test_a_key_sees_its_own_references_only(reader: Reader, desk: dict[str, str]) -> None:
    await reader.called()
    other = reader.app.database.write_now(
        lambda s: keys.create_key(
            "other", [Scope.ANSWERS_WRITE], Context(s, reader.app.organisation, reader.app.clock.now())
        )
    )
    refused = await reader.client.post(
        LINK, json={"encounter": "CALL-1"}, headers={"Authorization": f"Bearer {other}"}
    )
    assert refused.status_code == 404
    assert await reader.rows(Invitation) == []


@pytest.mark.parametrize(
    ("body", "named"),
    [({}, "encounter"), ({"encounter": 7}, "encounter"), ({"encounter": "x", "language": "de"}, "language")],
)
async def test_what_is_wrong_with_a_wish_is_told(
    reader: Reader, desk: dict[str, str], body: dict[str, Any], named: str
) -> None:
    refused = await ask(reader, desk, **body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [named]


async def test_a_list_is_no_wish(reader: Reader, desk: dict[str, str]) -> None:
    refused = await reader.client.post(LINK, json=[], headers=desk)
    assert refused.status_code == 422
    assert "Name the “encounter”" in refused.json()["detail"]


async def test_without_a_key_there_is_no_link(reader: Reader) -> None:
    assert (await reader.client.post(LINK, json={"encounter": "CALL-1"})).status_code == 401


async def test_the_command_prints_link_sms_and_e_mail(
    app: App, reader: Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reader.called()
    app.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIKU_DATABASE_URL", app.settings.database_url)

    def invite(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["invite", *words])
        return done.exit_code, done.output

    assert invite("link", "--encounter", "CALL-1") == (
        1,
        "Survey links need KAIKU_LINK_SECRET among the settings of Kaiku.\n",
    )
    monkeypatch.setenv("KAIKU_LINK_SECRET", SECRET)
    monkeypatch.setenv("KAIKU_PUBLIC_URL", "https://kaiku.test")
    code, printed = invite("link", "--encounter", "CALL-1", "--language", "en")
    assert code == 0
    assert printed.startswith("https://kaiku.test/s/")
    assert (
        "Pension Office: thank you for contacting us. How did it go? Answer here: https://kaiku.test/s/"
        in printed
    )
    assert '<a href="https://kaiku.test/s/' in printed
    code, printed = invite("link", "--encounter", "CALL-9")
    assert (code, printed) == (1, "I do not know the encounter “CALL-9”.\n")
    app.open()
