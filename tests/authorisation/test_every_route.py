"""Every route of the whole site, one row each: who may come in, how much they may bring, what a page tells browsers.

A route without a row turns the first test red.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http.cookies import SimpleCookie

import pytest

from bot.channels.webhook import LARGEST
from bot.logs import secrets_of
from bot.web.limits import MANY, ONE
from bot.web.site import DOORS, create_pages
from tests.fuzzing.house import HOOK, Answer, House, house, leave
from tests.helpers import slack_payloads as slack
from tests.helpers.databases import everything_in, on_postgresql
from tests.helpers.logged import logged
from tests.helpers.site import routes_of

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        on_postgresql(), reason="this house outlives a test, and a test's PostgreSQL does not"
    ),
]


class Who(StrEnum):
    """Whom a route is for."""

    ANYBODY = "tells nothing of anybody"
    KEY = "a key of the API with its scope"
    SESSION = "whoever is logged in"
    LINK = "whoever has the signed address"
    PLATFORM = "a platform that signs, or knows the secret"
    BROWSER = "this machine's browser, from our own pages"


@dataclass(frozen=True)
class Row:
    """What holds for one route."""

    who: Who
    address: str
    most: int = 0
    """Bytes of a body at most; nothing is read of what is only asked for."""
    page: bool = False
    """Whether people see it."""


def _pages(*addresses: str) -> dict[str, Row]:
    return {
        f"GET {path}": Row(Who.SESSION, address, page=True) for path, _, address in map(_apart, addresses)
    }


def _apart(line: str) -> tuple[str, str, str]:
    path, _, name = line.partition(" ")
    return path, name, _filled(path, name)


def _filled(path: str, name: str) -> str:
    before, brace, after = path.partition("{")
    return before + name + after.partition("}")[2] if brace else path


def _posts(who: Who, most: int, *addresses: str, page: bool = False) -> dict[str, Row]:
    return {f"POST {path}": Row(who, address, most, page) for path, _, address in map(_apart, addresses)}


def _gets(who: Who, *addresses: str, page: bool = False) -> dict[str, Row]:
    return {f"GET {path}": Row(who, address, page=page) for path, _, address in map(_apart, addresses)}


ROWS: Mapping[str, Row] = {
    **{f"POST {path}": Row(Who.PLATFORM, path, LARGEST) for path in DOORS.values()},
    **_gets(Who.ANYBODY, "/healthz", "/readyz", "/api/openapi.json", "/api/docs.css", "/s/static/{file} survey.css",
            "/dashboard/static/{file} dashboard.css", "/slack/install", "/slack/oauth_redirect"),
    **_gets(Who.ANYBODY, "/api/docs", "/dashboard/login", "/dashboard/login/{secret} x", "/dashboard/oidc",
            "/dashboard/oidc/back", page=True),
    **_gets(Who.KEY, "/metrics", "/api/v1/encounters/{reference:path}/why CALL-0", "/api/v1/figures",
            "/api/v1/responses", "/api/v1/responses/{response} x", "/api/v1/feedback", "/api/v1/feedback/{feedback} x",
            "/api/v1/cases",
            "/api/v1/cases/{case} x"),
    **_posts(Who.KEY, MANY, "/api/v1/encounters"),
    **_posts(Who.KEY, ONE, "/api/v1/encounters/{reference:path}/reopened CALL-0", "/api/v1/invitations/link",
             "/api/v1/encounters/{reference:path}/cancelled CALL-0", "/api/v1/invitations/{token}/answers x"),
    "GET /s/{link}": Row(Who.LINK, "THE_LINK", page=True),
    "POST /s/{link}": Row(Who.LINK, "THE_LINK", MANY, page=True),
    "GET /kiosk/{place}": Row(Who.LINK, "THE_KIOSK", page=True),
    "POST /kiosk/{place}/answers": Row(Who.LINK, "THE_KIOSK/answers", ONE),
    "POST /kiosk/{place}/leave": Row(Who.LINK, "THE_KIOSK/leave", ONE),
    **_pages("/dashboard", "/dashboard/touchpoints/{key} phone", "/dashboard/services/{key} lobby",
             "/dashboard/comments", "/dashboard/comments.csv", "/dashboard/cases",
             "/dashboard/cases/{token} THE_CASE", "/dashboard/ledger", "/dashboard/own",
             "/dashboard/happened", "/dashboard/accounts", "/dashboard/accounts/{key} acme",
             "/dashboard/accounts/{key}/pack acme", "/dashboard/wishes", "/dashboard/wishes/{token} x",
             "/dashboard/services/{key}/trend.png lobby", "/dashboard/services/{key}/distribution.png lobby",
             "/dashboard/accounts/{key}/trend.png acme"),
    "POST /dashboard/login/{secret}": Row(Who.LINK, "/dashboard/login/x", page=True),
    **_posts(Who.SESSION, ONE, "/dashboard/language", "/dashboard/logout",
             "/dashboard/happened", page=True),
    **_gets(Who.BROWSER, "/sandbox/panes/{pane} customer", "/sandbox/ledger", "/sandbox/live",
            "/sandbox/pictures/{name}-{place}.png 1", "/sandbox/voices/{name} x", "/sandbox/static/{file} sandbox.js"),
    **_gets(Who.BROWSER, "/sandbox", page=True),
    **_posts(Who.BROWSER, MANY, "/sandbox/press", "/sandbox/submit", "/sandbox/write", "/sandbox/block",
             "/sandbox/language", "/sandbox/clock", "/sandbox/encounters"),
}  # fmt: skip
POSTS = {name: row for name, row in ROWS.items() if row.most}
SECRET_MARKS = ("THE_KEY", "THE_SESSION", "THE_CSRF", "THE_LINK", "THE_KIOSK", "THE_START")
COOKIE = {"cookie": "kaiku_session=THE_SESSION"}


@pytest.fixture(scope="module", autouse=True)
def _of_our_own() -> Iterator[None]:
    """A house that remembers what it is told."""
    leave()
    house().database.forgets = False
    yield
    leave()


def knock(
    name: str, headers: Mapping[str, str] | None = None, body: bytes = b"", *, address: str = ""
) -> Answer:
    """One request at a route; marks in the address and the headers stand for names of the house."""
    return house().knock(
        name.partition(" ")[0],
        house().filled((address or ROWS[name].address).encode()).decode(),
        {key: house().filled(value.encode()).decode() for key, value in (headers or {}).items()},
        body,
    )


def let_in(name: str, body: bytes = b"") -> dict[str, str]:
    """The headers of whoever may."""
    match ROWS[name].who:
        case Who.KEY:
            return {"authorization": "Bearer THE_KEY", "content-type": "application/json"}
        case Who.SESSION:
            return {**COOKIE, "content-type": "application/x-www-form-urlencoded"}
        case Who.BROWSER:
            return {"sec-fetch-site": "same-origin", "content-type": "application/json"}
        case Who.PLATFORM if ROWS[name].address == DOORS["slack"]:
            return {key: str(value) for key, value in slack.signed(body, house().clock.now()).items()}
        case Who.PLATFORM if ROWS[name].address == DOORS["telegram"]:
            return {"x-telegram-bot-api-secret-token": HOOK}
        case _:
            return {"content-type": "application/json"}


def stored(known: House) -> Mapping[str, int]:
    """How many rows stand in each table."""
    return {table: len(rows) for table, rows in known.run(known.database.read(everything_in)).items()}


def test_every_route_has_its_row() -> None:
    found = {
        f"{method} {path}"
        for path, methods in routes_of(create_pages(house().app).routes)
        for method in methods
    }
    assert {name for name in found if not name.startswith("HEAD")} == set(ROWS) - {
        f"POST {path}" for path in DOORS.values()
    }


REFUSALS = {
    Who.ANYBODY: {200, 302, 303, 400, 403, 404},
    Who.KEY: {401},
    Who.SESSION: {303, 403, 404},
    Who.LINK: {403, 404},
    Who.PLATFORM: {401},
    Who.BROWSER: {403},
}


@pytest.mark.parametrize("name", ROWS)
def test_whoever_has_nothing_to_show_gets_nothing(name: str) -> None:
    row, before = ROWS[name], stored(house())
    strange = (
        {"host": "kaiku.evil.example"}
        if row.who is Who.BROWSER
        else {"authorization": "Bearer kaiku_guessed"}
    )
    address = row.address.replace("THE_LINK", "/s/abc.def").replace("THE_KIOSK", "/kiosk/lobby.guessed")

    answer = knock(name, strange, b"{}" if row.most else b"", address=address)

    assert answer.status in REFUSALS[row.who]
    if row.address == "/slack/install":
        return  # somebody who goes to Slack is expected back
    if answer.status == 303 and row.who is Who.SESSION:
        assert answer.headers["location"] == "/dashboard/login"
    assert stored(house()) == before


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "found out"])
@pytest.mark.parametrize("name", POSTS)
def test_a_body_over_the_limit_is_refused_with_a_sentence_and_nothing_is_stored(
    name: str, declared: bool
) -> None:
    row, before = ROWS[name], stored(house())
    body = (b"[" if row.most == MANY else b"{") + b" " * row.most
    headers = let_in(name, body) | ({"content-length": str(len(body))} if declared else {})

    answer = knock(name, headers, body)

    unknown = row.address == DOORS["teams"]  # nobody without a token is read at all
    assert answer.status == (401 if unknown else 413)
    assert row.who is Who.PLATFORM or b"larger than" in answer.body
    assert stored(house()) == before


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 40_000,
        b'[{"a":' * 30_000,
        b"\xff\xfe\x00",
        b'"' + b"\\u0000" * 30_000 + b'"',
        b"1" * 99_999,
    ],
    ids=["lists", "objects", "both", "no text", "zeros", "a long number"],
)
@pytest.mark.parametrize("name", POSTS)
def test_what_nobody_can_read_is_refused_and_nothing_is_stored(name: str, body: bytes) -> None:
    before = stored(house())
    answer = knock(name, let_in(name, body), body)
    # What Slack signed is taken in, known or not; a survey's page is shown again.
    calm = ROWS[name].page or ROWS[name].who is Who.PLATFORM
    assert 400 <= answer.status < 500 or (calm and answer.status == 200)
    assert stored(house()) == before


@pytest.mark.parametrize("name", ROWS)
def test_another_method_is_refused(name: str) -> None:
    answer = house().knock("DELETE", house().filled(ROWS[name].address.encode()).decode(), {})
    assert answer.status in (404, 405)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if row.page])
def test_a_page_loads_and_runs_nothing_foreign_and_cannot_be_framed(name: str) -> None:
    answer = knock(name, let_in(name) | {"content-type": "application/x-www-form-urlencoded"})
    policy = answer.headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert ROWS[name].who is Who.ANYBODY or answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ROWS)
def test_a_cookie_is_for_us_alone(name: str) -> None:
    for headers in ({}, let_in(name)):
        jar = SimpleCookie(
            knock(name, headers, b"{}" if ROWS[name].most else b"").headers.get("set-cookie", "")
        )
        for cookie in jar.values():
            if cookie["max-age"] == "0":
                continue  # taken away
            assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "lax")
            assert cookie["path"] in ("/dashboard", "/slack")


@pytest.mark.parametrize("proof", ["", "csrf=&", "csrf=-&", "csrf=" + "0" * 64 + "&", "csrf=THE_SESSION&"])
@pytest.mark.parametrize("name", [name for name, row in POSTS.items() if row.who is Who.SESSION])
def test_a_form_that_another_page_sends_changes_nothing(name: str, proof: str) -> None:
    before = stored(house())
    fields = house().filled(f"{proof}day=2026-11-20&words=Moved&language=sv".encode())

    answer = knock(name, let_in(name), fields)

    assert answer.status == 403
    assert stored(house()) == before


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_nobody_is_logged_in_by_another_page(site: str) -> None:
    answer = knock("POST /dashboard/login/{secret}", {"sec-fetch-site": site})
    assert answer.status == 403
    assert "set-cookie" not in answer.headers


def test_no_log_line_of_any_request_holds_a_secret() -> None:
    """Every route, asked with every secret we have, and with bodies that nobody can read; at the level of debugging."""
    settings = house().settings.model_copy(update={"log_level": "debug"})
    marks = {house().marks[mark].decode() for mark in SECRET_MARKS}
    secrets = {secret for secret in {*secrets_of(settings), *marks} if secret}
    assert len(secrets) > 10
    with logged(settings) as log:
        for name in ROWS:
            for body in (b"", b"{", ("\n".join(secrets)).encode()):
                knock(name, let_in(name, body) | {"cookie": "kaiku_session=THE_SESSION"}, body)
        logging.getLogger("bot").warning("and a line is written")
    assert "and a line is written" in log.text()
    assert [secret for secret in secrets if secret in log.text()] == []


def test_who_adds_kaiku_to_a_workspace_does_not_fill_the_disk() -> None:
    answers = [knock("GET /slack/install") for _ in range(40)]
    assert answers[-1].status == 429
    assert b"try again in a minute" in answers[-1].body
    assert int(answers[-1].headers["retry-after"]) > 0
    assert stored(house())["slack_install_attempts"] <= 40


@pytest.mark.parametrize(("address", "most"), [("THE_KIOSK/answers", 120), ("THE_KIOSK/leave", 5)])
def test_what_can_be_guessed_or_filled_is_counted_by_the_minute(address: str, most: int) -> None:
    name = f"POST {address}".replace("THE_KIOSK", "/kiosk/{place}")
    bodies = {
        True: b'{"pin": "0000"}',
        False: b'{"nonce": "abcdefgh", "score": 3, "at": "2026-11-24T08:00:00Z"}',
    }
    house().change_the_minute()
    house().change_the_minute()

    answers = [knock(name, let_in(name), bodies[most == 5]) for _ in range(most + 2)]

    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert sum(answer.status == 429 for answer in answers) <= 2
