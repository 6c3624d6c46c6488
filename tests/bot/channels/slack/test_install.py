"""Many workspaces: how they come, how they go, and whose voice is used meanwhile."""

import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import Session, select

from bot.app import App
from bot.channels import Destination
from bot.channels.errors import DeliveryError
from bot.channels.slack.doctor import examine, needed_scopes
from bot.channels.slack.install import COOKIE, LIFETIME
from bot.channels.slack.install_pages import Ending, language_of, page
from bot.channels.slack.sender import SlackChannel
from bot.settings import Settings, SettingsError
from bot.web.site import create_site
from bot.wiring import channels
from storage import installations
from storage.database import Database
from storage.tables import Identity, SlackInstallation
from tests.helpers import slack_payloads as slack
from tests.helpers.samples import ALERT
from tests.helpers.slack_server import Refusal, SlackServer, slack_server
from tests.helpers.town import TUESDAY_TEN, HandClock, example, fresh_database

pytestmark = pytest.mark.whole

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()


def granted(team: str, token: str = "") -> dict[str, Any]:
    """What Slack answers when a workspace said yes."""
    return {
        "access_token": token or f"xoxb-of-{team}",
        "bot_user_id": f"U0BOT{team}",
        "scope": "chat:write,im:write",
        "team": {"id": team, "name": f"The {team}"},
        "enterprise": None,
        "authed_user": {"id": "U0MAYA"},
    }


class House:
    """The application with its site, and a Slack to install it in."""

    def __init__(self, app: App, server: SlackServer, clock: HandClock) -> None:
        self.app, self.server, self.clock = app, server, clock
        self.browser = self.new_browser()

    @property
    def channel(self) -> SlackChannel:
        found = self.app.channels["slack"]
        assert isinstance(found, SlackChannel)
        return found

    def new_browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(create_site(self.app)), base_url="https://kaiku.example.org"
        )

    async def go(self) -> str:
        """Go to Slack; the state that goes along."""
        away = await self.browser.get("/slack/install")
        assert away.status_code == 302
        return parse_qs(urlsplit(away.headers["location"]).query)["state"][0]

    async def install(self, team: str, token: str = "") -> httpx.Response:
        state = await self.go()
        self.server.scripted["oauth.v2.access"].append(granted(team, token))
        return await self.back(code="c0de", state=state)

    async def back(self, **query: str) -> httpx.Response:
        return await self.browser.get("/slack/oauth_redirect", params=query)

    def installed(self) -> list[SlackInstallation]:
        return list(self.app.database.read_now(installations.installations))

    async def hear(self, payload: dict[str, Any]) -> int:
        return (await self.channel._hear(payload)).status

    def identities(self) -> dict[tuple[str, str], Identity]:
        def read(session: Session) -> list[Identity]:
            return list(session.exec(select(Identity).where(Identity.channel == "slack")))

        return {(i.workspace, i.external_id): i for i in self.app.database.read_now(read)}


def settings_for(server: SlackServer, url: str, key: str = KEY) -> Settings:
    return Settings(
        _env_file=None,
        database_url=url,
        public_url="https://kaiku.example.org",
        slack_client_id="123.456",
        slack_client_secret=SecretStr("the-client-secret"),
        slack_signing_secret=SecretStr(slack.SECRET),
        slack_api_url=server.api,
        encryption_key=SecretStr(key),
    )


@asynccontextmanager
async def house_of(settings: Settings, server: SlackServer) -> AsyncIterator[House]:
    clock, database = HandClock(TUESDAY_TEN), Database(settings.database_url)
    app = App(settings, clock, database, channels(settings, clock, database))
    app.open()
    app.apply(example(), "a test")
    try:
        await app.channels["slack"].start(app.receive)
        yield House(app, server, clock)
        await app.channels["slack"].stop()
    finally:
        app.close()


@pytest.fixture
async def server() -> AsyncIterator[SlackServer]:
    async with slack_server() as running:
        yield running


@pytest.fixture
async def house(server: SlackServer, tmp_path: Path) -> AsyncIterator[House]:
    async with house_of(settings_for(server, fresh_database(tmp_path)), server) as house:
        yield house


def a_word(team: str, user: str = "U0TOM", event_id: str = "") -> dict[str, Any]:
    """Somebody writes to the bot in their workspace."""
    return of(team, slack.direct_message("stop", user=user, event_id=event_id or f"Ev{team}{user}"))


def of(team: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {**payload, "team_id": team, "authorizations": [{**payload["authorizations"][0], "team_id": team}]}


def gone(team: str, at: float, kind: str = "app_uninstalled", **more: Any) -> dict[str, Any]:
    return of(team, slack.removal(kind, at=int(at), **more))


# Installing.


async def test_slack_is_asked_for_what_the_manifest_says(house: House) -> None:
    away = await house.browser.get("/slack/install")
    address = urlsplit(away.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert address.path == "/oauth/v2/authorize"
    assert asked["client_id"] == "123.456"
    assert asked["redirect_uri"] == "https://kaiku.example.org/slack/oauth_redirect"
    assert "chat:write" in asked["scope"].split(",")
    assert len(asked["state"]) >= 43
    cookie = away.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "secure", "samesite=lax", "max-age=600"))


async def test_a_workspace_installs_us(house: House) -> None:
    answer = await house.install("T0CLINIC")
    assert (answer.status_code, "Kaiku is now in your Slack" in answer.text) == (200, True)
    [asked] = house.server.to("oauth.v2.access")
    assert asked["code"] == "c0de"
    [installed] = house.installed()
    assert (installed.team, installed.name, installed.installed_by) == (
        "T0CLINIC", "The T0CLINIC", "U0MAYA",
    )  # fmt: skip
    assert "xoxb" not in str(installed.bot_token)


async def test_each_workspace_is_looked_at_with_its_own_token(house: House) -> None:
    await house.install("T0CLINIC")
    await house.install("T0CITY")
    house.server.scopes = ",".join(needed_scopes())
    well = await examine(house.app.settings)
    assert [finding.ok for finding in well] == [True, True, True]
    assert [finding.subject for finding in well[1:]] == [
        "Slack in The T0CLINIC (T0CLINIC)",
        "Slack in The T0CITY (T0CITY)",
    ]
    house.server.scripted["auth.test"].append(Refusal("token_revoked"))
    house.server.scopes = "chat:write"
    _, clinic, city = await examine(house.app.settings)
    assert clinic.sentence == "Slack refuses it: token_revoked."
    assert "commands" in city.sentence
    assert clinic.next_step == city.next_step
    assert "https://kaiku.example.org/slack/install" in city.next_step
    assert "xoxb" not in f"{well} {clinic} {city}"


async def test_a_token_under_a_lost_key_is_told_with_the_name_of_the_key(house: House) -> None:
    await house.install("T0CLINIC")
    settings = house.app.settings.model_copy(update={"encryption_key": SecretStr(OTHER_KEY)})
    _, clinic = await examine(settings)
    assert "KAIKU_ENCRYPTION_KEY does not have" in clinic.sentence


async def test_a_whole_organisation_is_refused_even_where_slack_names_a_workspace(house: House) -> None:
    state = await house.go()
    whole = {**granted("T0CLINIC"), "enterprise": {"id": "E0CITY"}, "is_enterprise_install": True}
    house.server.scripted["oauth.v2.access"].append(whole)
    answer = await house.back(code="c0de", state=state)
    assert answer.status_code == 400
    assert "into one workspace at a time, not into a whole organisation" in answer.text
    assert house.installed() == []


async def test_a_state_works_once(house: House) -> None:
    state = await house.go()
    cookie = house.browser.cookies[COOKIE]
    house.server.scripted["oauth.v2.access"].append(granted("T0CLINIC"))
    assert (await house.back(code="c", state=state)).status_code == 200
    house.browser.cookies.set(COOKIE, cookie)
    again = await house.back(code="c", state=state)
    assert (again.status_code, "not valid any more" in again.text) == (400, True)
    assert len(house.server.to("oauth.v2.access")) == 1


async def test_a_state_lives_ten_minutes(house: House) -> None:
    state = await house.go()
    house.clock.at += LIFETIME
    assert (await house.back(code="c", state=state)).status_code == 400
    assert house.installed() == []


async def test_a_state_of_another_browser_is_refused(house: House) -> None:
    state = await house.go()
    async with house.new_browser() as victim:
        answer = await victim.get("/slack/oauth_redirect", params={"code": "c", "state": state})
    assert answer.status_code == 400
    assert house.server.to("oauth.v2.access") == []


@pytest.mark.parametrize("state", ["", "made-up", "å"])
async def test_a_state_that_we_did_not_give_is_refused(house: House, state: str) -> None:
    house.browser.cookies.set(COOKIE, "made-up")
    assert (await house.back(code="c", state=state)).status_code == 400


async def test_somebody_who_says_no_is_told_that_it_is_fine(house: House) -> None:
    answer = await house.back(error="access_denied", state=await house.go())
    assert (answer.status_code, "nothing was changed" in answer.text) == (200, True)
    assert house.installed() == []


async def test_a_code_that_slack_refuses_installs_nothing(house: House) -> None:
    state = await house.go()
    house.server.scripted["oauth.v2.access"].append(Refusal("invalid_code"))
    answer = await house.back(code="c", state=state)
    assert (answer.status_code, "Nothing was installed" in answer.text) == (502, True)


async def test_a_whole_organisation_is_asked_to_choose(house: House) -> None:
    state = await house.go()
    house.server.scripted["oauth.v2.access"].append({**granted("T1"), "team": None})
    assert (await house.back(code="c", state=state)).status_code == 400
    assert house.installed() == []


async def test_no_token_is_ever_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await house.install("T0CLINIC", "xoxb-very-secret")
        await house.channel.send(Destination(person="U0TOM", workspace="T0CLINIC"), ALERT, "a")
        house.server.scripted["oauth.v2.access"].append(Refusal("invalid_code"))
        await house.back(code="very-secret-code", state=await house.go())
    ours = [record for record in caplog.records if record.name.startswith("bot")]
    assert ours
    assert not [r for r in ours if "very-secret" in r.getMessage() or "the-client-secret" in r.getMessage()]
    assert not [record for record in caplog.records if "xoxb-very-secret" in record.getMessage()]


@pytest.mark.parametrize("ending", Ending)
def test_every_page_is_there_in_three_languages(ending: Ending) -> None:
    shown = [bytes(page(ending, language).body).decode() for language in ("fi", "sv", "en")]
    headings = {html.split("<h1>")[1].split("</h1>")[0] for html in shown}
    assert len(headings) == 3


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("sv-FI,sv;q=0.9,en;q=0.8", "sv"),
        ("de-DE,fi;q=0.5", "fi"),
        ("de", "en"),
        ("", "en"),
        ("*" * 9999, "en"),
    ],
)
def test_the_browser_says_the_language(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


# Speaking and hearing in many workspaces.


async def test_each_workspace_is_spoken_to_with_its_own_token(house: House) -> None:
    await house.install("T0A")
    await house.install("T0B")
    house.server.calls.clear()
    sent = await house.channel.send(Destination(person="U0TOM", workspace="T0B"), ALERT, "a")
    assert sent.conversation == "T0B/D0OPENED"
    await house.channel.edit(sent, ALERT)
    await house.channel.remove(sent)
    assert {call.token for call in house.server.calls} == {"xoxb-of-T0B"}
    assert house.server.to("chat.update")[0]["channel"] == "D0OPENED"


async def test_what_names_no_workspace_is_in_the_first(house: House) -> None:
    await house.install("T0A")
    await house.install("T0B")
    house.server.calls.clear()
    await house.channel.send(Destination(conversation="C0TEAM"), ALERT, "a")
    await house.channel.send(Destination(conversation="T0B/C0TEAM"), ALERT, "b")
    assert [call.token for call in house.server.calls] == ["xoxb-of-T0A", "xoxb-of-T0B"]
    assert [posted["channel"] for posted in house.server.to("chat.postMessage")] == ["C0TEAM", "C0TEAM"]


async def test_the_same_id_in_two_workspaces_is_two_people(house: House) -> None:
    await house.install("T0A")
    await house.install("T0B")
    house.server.scripted["users.info"].extend([{"user": {"id": "U0TOM"}}] * 2)
    assert [await house.hear(a_word(team)) for team in ("T0A", "T0B")] == [200, 200]
    await house.channel._replies.finish(within=5)
    known = house.identities()
    assert known["T0A", "U0TOM"].person_id != known["T0B", "U0TOM"].person_id
    said = [call.token for call in house.server.calls if call.method == "chat.postMessage"]
    assert sorted(said) == ["xoxb-of-T0A", "xoxb-of-T0B"]


async def test_nothing_is_heard_from_a_workspace_that_did_not_install_us(house: House) -> None:
    assert await house.hear(a_word("T0STRANGER")) == 200
    assert ("T0STRANGER", "U0TOM") not in house.identities()


async def test_the_bot_of_each_workspace_does_not_listen_to_itself(house: House) -> None:
    await house.install("T0A")
    assert await house.hear(a_word("T0A", user="U0BOTT0A")) == 200
    assert ("T0A", "U0BOTT0A") not in house.identities()


# Going, and coming back.


@pytest.mark.parametrize(
    ("kind", "more"), [("app_uninstalled", {}), ("tokens_revoked", {"tokens": {"bot": ["U0BOTT0A"]}})]
)
async def test_a_workspace_that_removes_us_is_left_in_peace_until_it_comes_back(
    house: House, kind: str, more: dict[str, Any]
) -> None:
    await house.install("T0A")
    await house.hear(a_word("T0A"))
    house.clock.at += timedelta(hours=1)
    assert await house.hear(gone("T0A", house.clock.at.timestamp(), kind, **more)) == 200
    assert house.installed() == []
    assert house.identities()["T0A", "U0TOM"].unreachable_because == installations.REMOVED
    house.server.calls.clear()
    with pytest.raises(DeliveryError) as failure:
        await house.channel.send(Destination(person="U0TOM", workspace="T0A"), ALERT, "a")
    assert failure.value.unreachable
    assert house.server.calls == []
    house.clock.at += timedelta(hours=1)
    await house.install("T0A", "xoxb-anew")
    assert house.identities()["T0A", "U0TOM"].unreachable_at is None
    await house.channel.send(Destination(person="U0TOM", workspace="T0A"), ALERT, "a")
    assert house.server.calls[-1].token == "xoxb-anew"


async def test_a_removal_told_late_does_not_undo_a_new_installation(house: House) -> None:
    removed_at = house.clock.at.timestamp() - 60
    await house.install("T0A")
    assert await house.hear(gone("T0A", removed_at)) == 200
    assert len(house.installed()) == 1


async def test_a_revoked_user_token_is_no_removal(house: House) -> None:
    await house.install("T0A")
    later = house.clock.at.timestamp() + 60
    assert await house.hear(gone("T0A", later, "tokens_revoked", tokens={"oauth": ["U0MAYA"]})) == 200
    assert len(house.installed()) == 1


async def test_a_removal_of_an_unknown_shape_is_acknowledged(house: House) -> None:
    assert await house.hear(gone("T0A", 0, "tokens_revoked", tokens="odd")) == 200


# Keys.


async def test_installations_outlive_a_restart_and_a_change_of_keys(
    server: SlackServer, tmp_path: Path
) -> None:
    url = fresh_database(tmp_path)
    async with house_of(settings_for(server, url), server) as house:
        await house.install("T0A")
    async with house_of(settings_for(server, url, f"{OTHER_KEY},{KEY}"), server) as house:
        await house.channel.send(Destination(person="U0TOM", workspace="T0A"), ALERT, "a")
        assert server.calls[-1].token == "xoxb-of-T0A"
    async with house_of(settings_for(server, url, OTHER_KEY), server) as house:
        await house.channel.send(Destination(person="U0TOM", workspace="T0A"), ALERT, "a")


async def test_with_a_wrong_key_it_does_not_start_and_says_why(server: SlackServer, tmp_path: Path) -> None:
    url = fresh_database(tmp_path)
    async with house_of(settings_for(server, url), server) as house:
        await house.install("T0A")
    with pytest.raises(SettingsError, match="KAIKU_ENCRYPTION_KEY does not have") as refused:
        async with house_of(settings_for(server, url, OTHER_KEY), server):
            pass
    assert OTHER_KEY not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["encryption_key", "slack_client_secret", "slack_signing_secret", "public_url"]
)
def test_without_what_it_needs_it_does_not_start(name: str) -> None:
    whole = settings_for(SlackServer(), "sqlite:///unused.db")
    empty = "" if name == "public_url" else SecretStr("")
    settings = whole.model_copy(update={name: empty})
    with pytest.raises(SettingsError, match=f"KAIKU_{name.upper()} is empty"):
        channels(settings, HandClock(TUESDAY_TEN), Database(settings.database_url))


@pytest.mark.parametrize("name", ["slack_bot_token", "slack_app_token"])
def test_one_workspace_and_many_exclude_each_other(name: str) -> None:
    whole = settings_for(SlackServer(), "sqlite:///unused.db")
    settings = whole.model_copy(update={name: SecretStr("x")})
    with pytest.raises(SettingsError, match=f"KAIKU_{name.upper()} is for one"):
        channels(settings, HandClock(TUESDAY_TEN), Database(settings.database_url))


def test_what_is_no_key_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="openssl rand") as refused:
        Settings(_env_file=None, encryption_key=SecretStr("not-a-key"))
    assert "not-a-key" not in str(refused.value.errors()[0]["msg"])  # type: ignore[attr-defined]
