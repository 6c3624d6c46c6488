"""The kiosk's door: taps come late and twice, strangers do not come in, and a PIN is not guessed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.app import App
from bot.web.survey.signing import address_of
from storage.tables import Answer, Encounter
from storage.tables import Response as Given
from tests.bot.web.survey.conftest import SECRET, Everything, Reader
from tests.helpers.small_house import FRIDAY, SetClock

pytestmark = pytest.mark.whole


@pytest.fixture
def lobby(app: App) -> str:
    """The path of the kiosk in the lobby."""
    return address_of(app.settings, "kiosk", "lobby").removeprefix("https://kaiku.test")


async def tap(reader: Reader, lobby: str, **told: Any) -> Response:
    body = {"nonce": "visitor-1", "score": 2, "at": FRIDAY.isoformat(), **told}
    return await reader.client.post(f"{lobby}/answers", json=body)


async def test_looking_stores_nothing(reader: Reader, lobby: str, everything: Everything) -> None:
    before = everything()
    for _ in range(50):
        page = await reader.look(lobby)
    assert everything() == before
    assert page.headers["referrer-policy"] == "no-referrer"
    for words in ("How did it feel?", "Hur kändes det?", "Suomi"):
        assert words in page.text


async def test_a_tap_sent_twice_and_its_words_later_are_one_visitor(reader: Reader, lobby: str) -> None:
    for told in ({}, {}, {"words": "Long queue."}):
        assert (await tap(reader, lobby, **told)).status_code == 204
    assert len(await reader.rows(Encounter)) == 1
    assert {row.score or row.words for row in await reader.rows(Answer)} == {2, "Long queue."}


async def test_a_tap_that_waited_for_a_connection_keeps_its_time(
    reader: Reader, lobby: str, clock: SetClock
) -> None:
    clock.at += timedelta(days=3)
    assert (await tap(reader, lobby)).status_code == 204
    assert [row.first_at for row in await reader.rows(Given)] == [FRIDAY]


@pytest.mark.parametrize(
    "told",
    [
        {"score": 9},
        {"score": 2**63},
        {"score": -(10**40)},
        {"at": 1e300},
        {"at": -(2**63)},
        {"score": "many"},
        {"nonce": "x"},
        {"nonce": "with spaces in it"},
        {"at": "2026-11-27T15:00:00"},
        {"at": (FRIDAY - timedelta(days=31)).isoformat()},
        {"words": "x" * 20_001},
        {"more": 1},
    ],
)
async def test_what_can_never_be_taken_is_refused_for_good(
    reader: Reader, lobby: str, told: dict[str, Any], everything: Everything
) -> None:
    before = everything()
    assert (await tap(reader, lobby, **told)).status_code == 422
    assert everything() == before


async def test_an_address_nobody_signed_is_no_kiosk(reader: Reader, app: App, lobby: str) -> None:
    gone = address_of(app.settings, "kiosk", "attic").removeprefix("https://kaiku.test")
    as_link = lobby.replace("/kiosk/", "/s/")
    for path in (f"{lobby[:-1]}-", "/kiosk/lobby", gone, as_link):
        assert (await reader.look(path)).status_code == 404
        assert (await tap(reader, path)).status_code in (404, 422) or path == as_link
    assert await reader.rows(Encounter) == []


async def test_a_flood_is_told_to_come_later(reader: Reader, lobby: str) -> None:
    answers = [await tap(reader, lobby, nonce=f"visitor-{n}") for n in range(121)]
    assert [answer.status_code for answer in answers] == [204] * 120 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1


async def test_the_pin_leads_out_and_is_not_guessed(reader: Reader, lobby: str, clock: SetClock) -> None:
    async def leave(pin: str) -> int:
        return (await reader.client.post(f"{lobby}/leave", json={"pin": pin})).status_code

    assert "2580" not in (await reader.look(lobby)).text
    assert [await leave("2580"), await leave("0000"), await leave("ä"), await leave("")] == [
        204,
        403,
        403,
        403,
    ]
    assert [await leave("1111"), await leave("2580")] == [403, 429]
    clock.at += timedelta(minutes=1)
    assert await leave("2580") == 204
    assert (await reader.client.post(f"{lobby}/leave", json=[])).status_code == 422


def test_the_command_prints_the_address(
    app: App, lobby: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAIKU_DATABASE_URL", app.settings.database_url)
    monkeypatch.setenv("KAIKU_LINK_SECRET", SECRET)
    monkeypatch.setenv("KAIKU_PUBLIC_URL", "https://kaiku.test")
    assert CliRunner().invoke(cli, ["invite", "kiosk", "lobby"]).output == f"https://kaiku.test{lobby}\n"
    told = CliRunner().invoke(cli, ["invite", "kiosk", "attic"])
    assert (told.exit_code, told.output) == (1, "I do not know the kiosk “attic”. Known ones: lobby.\n")
