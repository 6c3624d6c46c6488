"""Every reader of what comes in, and what it is tried with. A new reader gets its line here."""

import ipaddress
import json
import socket
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from yarl import URL

from bot import declaration
from bot.channels.telegram import links
from bot.channels.webhook import Refused, read_object
from bot.logs import Redaction, tamed
from bot.outside import refusal
from bot.reading import open_table
from bot.settings import is_loopback, read_hook_secrets
from bot.side_door import NotDone, _read
from bot.version import VERSION
from handlers.errors import FeedbackError
from handlers.filters import filters_from
from handlers.imports import FileRefused
from handlers.messages import Action, Verb
from handlers.rules.absence import read_away
from storage.vault import read_keys
from tests.fuzzing.house import HOOK, house
from tests.fuzzing.target import Fault, Target
from tests.helpers import slack_payloads as slack
from tests.helpers import telegram_payloads as telegram
from tests.helpers.teams_server import TOM, TeamsServer, _key
from tests.helpers.telegram_server import TOKEN
from tests.helpers.town import ROOT

Json = Mapping[str, Any]
RATE = Action(Verb.RATE, "THE_INVITATION", "ease=2")
CASE = Action(Verb.CLOSE, "THE_CASE")


def _text(data: bytes) -> str:
    """The bytes as a text, as platforms send texts: with halves of pairs where they are no UTF-8."""
    return data.decode("utf-8", "surrogateescape")


def _wire(data: bytes) -> str:
    """The bytes as they can stand in an address: what cannot is written with percent signs."""
    return quote(house().filled(data), safe="/%?&=+;:@!$'()*,~.-_[]")


def _dumped(*payloads: Json) -> list[bytes]:
    return [json.dumps(payload).encode() for payload in payloads]


# The platforms' doors.


def _slack_stranger(data: bytes) -> None:
    """Unsigned: headers up to an empty line, and a body."""
    head, _, body = data.partition(b"\n\n")
    pairs = (line.partition(b":") for line in head.split(b"\n"))
    headers = {name.decode("latin-1"): value.strip() for name, _, value in pairs}
    answer = house().knock("POST", "/slack/events", headers, body)
    _demand(answer.status in (400, 401, 413), f"a stranger was answered {answer.status}")


def _slack_payload(data: bytes) -> None:
    """Signed: the bytes as JSON, and in a form as interactions travel."""
    for body in (house().filled(data), b"payload=" + quote_plus(house().filled(data)).encode()):
        headers = slack.signed(body, house().clock.now())
        answer = house().knock("POST", "/slack/events", headers, body)
        _demand(answer.status in (200, 400, 413), f"answered {answer.status}")


def _slack_command(data: bytes) -> None:
    for user in (slack.MAYA, slack.TOM):
        typed = house().filled(data)
        body = urlencode({**slack.slash_command("", user=user), "text": typed}).encode()
        house().knock("POST", "/slack/events", slack.signed(body, house().clock.now()), body)


def _telegram_update(data: bytes) -> None:
    headers = {"x-telegram-bot-api-secret-token": HOOK}
    answer = house().knock("POST", "/telegram/webhook", headers, house().filled(data))
    _demand(answer.status in (200, 400, 413), f"answered {answer.status}")


def _telegram_polled(data: bytes) -> None:
    """As the library reads what we asked for: not behind the door, and with halves of characters."""
    try:
        update = json.loads(house().filled(data))
    except (ValueError, RecursionError):
        return
    if isinstance(update, dict):
        channel: Any = house().app.channels["telegram"]
        taken = house().run(channel._listener.hear(update))
        _demand(taken, "it is to come again, for ever")


def _telegram_words(data: bytes) -> None:
    said = telegram.words(_text(house().filled(data)).encode("utf-8", "replace").decode())
    _telegram_update(json.dumps(said).encode())


def _telegram_start(data: bytes) -> None:
    links.read(_text(house().filled(data)), TOKEN, house().clock.now())


def _teams_activity(data: bytes) -> None:
    """Behind the door, whose check of tokens is tried on its own."""
    with suppress(Refused):
        activity = read_object(house().filled(data))
        channel: Any = house().app.channels["teams"]
        status, _ = house().run(channel._hear(activity))
        _demand(status < 500, f"answered {status}")


def _teams_token(data: bytes) -> None:
    """Nobody but Microsoft gets past the door, whatever token they bring."""
    _know_keys()
    headers = {"authorization": b"Bearer " + data}
    body = json.dumps(_microsoft().activity("message", text="hello")).encode()
    answer = house().knock("POST", "/api/messages", headers, body)
    _demand(answer.status in (401, 403), f"a stranger was answered {answer.status}")


@cache
def _microsoft() -> TeamsServer:
    server = TeamsServer(_key())
    server.url = "http://127.0.0.1:9"
    return server


def _know_keys() -> None:
    """Microsoft's public key is known, as if it had been fetched."""
    from jwt.algorithms import RSAAlgorithm

    public: Any = RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
    channel: Any = house().app.channels["teams"]
    client = channel.http_app._validator._jwks_client
    client.fetch_data = lambda: {"keys": [{**public, "kid": "ours", "use": "sig"}]}


def _matrix_event(data: bytes) -> None:
    try:
        source = json.loads(house().filled(data))
    except (ValueError, RecursionError):
        return
    if isinstance(source, dict):
        house().run(house().matrix.take("!tom:kaiku.test", source))


# Pages and the API.


def _survey_link(data: bytes) -> None:
    house().knock("GET", f"/s/{_wire(data).lstrip('/')}", {})


def _survey_form(data: bytes) -> None:
    house().knock("POST", house().marks["THE_LINK"].decode(), _FORM, house().filled(data))


def _kiosk_tap(data: bytes) -> None:
    house().change_the_minute()
    house().knock("POST", house().marks["THE_KIOSK"].decode() + "/answers", _JSON, house().filled(data))


def _kiosk_pin(data: bytes) -> None:
    house().change_the_minute()
    house().knock("POST", house().marks["THE_KIOSK"].decode() + "/leave", _JSON, house().filled(data))


def _with_key(more: Mapping[str, str | bytes]) -> dict[str, str | bytes]:
    return {"authorization": "Bearer " + house().marks["THE_KEY"].decode(), **more}


def _api_encounters(data: bytes) -> None:
    house().knock("POST", "/api/v1/encounters", _with_key(_JSON), house().filled(data))


def _api_answers(data: bytes) -> None:
    for path in (
        f"/api/v1/invitations/{house().marks['THE_INVITATION'].decode()}/answers",
        "/api/v1/invitations/link",
    ):
        house().knock("POST", path, _with_key(_JSON), house().filled(data))


def _api_headers(data: bytes) -> None:
    """A key, an idempotency key, a type of content, a request's id: one on each line."""
    names = ("authorization", "idempotency-key", "content-type", "x-request-id", "accept-language")
    lines = house().filled(data).split(b"\n")
    headers = dict(zip(names, lines, strict=False))
    house().knock("POST", "/api/v1/encounters", headers, b'{"touchpoint": "phone"}')


def _api_addresses(data: bytes) -> None:
    house().knock("GET", f"/api/v1/{_wire(data).lstrip('/')}", _with_key({}))


def _page_addresses(data: bytes) -> None:
    """Any address at all, as Maya, who is logged in."""
    cookie = b"kaiku_session=" + house().marks["THE_SESSION"]
    house().knock("GET", "/" + _wire(data).lstrip("/"), {"cookie": cookie})


def _page_cookies(data: bytes) -> None:
    for path in ("/dashboard/own", "/dashboard/login/x"):
        house().knock("GET", path, {"cookie": house().filled(data), "accept-language": data[:200]})


def _page_forms(data: bytes) -> None:
    """The address on the first line, the fields below."""
    path, _, body = data.partition(b"\n")
    cookie = b"kaiku_session=" + house().marks["THE_SESSION"]
    fields = b"csrf=THE_CSRF&" + body
    headers: dict[str, str | bytes] = {**_FORM, "cookie": cookie}
    house().knock("POST", "/dashboard/" + _wire(path).lstrip("/"), headers, house().filled(fields))


def _sandbox(data: bytes) -> None:
    """The deed on the first line, its JSON below."""
    path, _, body = data.partition(b"\n")
    headers = {**_JSON, "sec-fetch-site": "same-origin"}
    house().knock("POST", "/sandbox/" + _wire(path).lstrip("/"), headers, house().filled(body))


_FORM = {"content-type": "application/x-www-form-urlencoded"}
_JSON = {"content-type": "application/json"}


# Files, lines and words.


def _file(data: bytes) -> Path:
    file = house().folder / "file"
    file.write_bytes(data)
    return file


def _import(data: bytes) -> None:
    with suppress(FileRefused), open_table(_file(data), "Europe/Helsinki", "phone") as table:
        for _ in table.rows():
            pass


def _organisation_file(data: bytes) -> None:
    declaration.read(_file(data), date(2026, 11, 24))


def _filters(data: bytes) -> None:
    pairs = [line.partition("=")[::2] for line in _text(data).split("\n")]
    with suppress(FeedbackError):
        chosen = filters_from(((name, value) for name, value in pairs), house().organisation)
        chosen.chosen(house().organisation)
        chosen.address()


def _absence(data: bytes) -> None:
    found = read_away(_text(data), date(2026, 11, 24))
    _demand(found is None or found.back_on > date(2026, 11, 24), "back before they went")


def _action(data: bytes) -> None:
    with suppress(ValueError):
        action = Action.decode(_text(data))
        _demand(Action.decode(action.encode()) == action, "an action is not itself again")


def _side_door(data: bytes) -> None:
    with suppress(NotDone):
        _read(data)


def _settings(data: bytes) -> None:
    for read in (read_keys, read_hook_secrets, is_loopback):
        with suppress(ValueError):
            read(_text(data))


def _address(data: bytes) -> None:
    """Whatever a webhook's address looks like: where it may go is no address of our own network."""
    address = _text(data)
    if not refusal(address, frozenset()):
        host = URL(address).host or ""
        _demand(URL(address).scheme == "https", f"{address!r} goes without TLS")
        with suppress(OSError, ValueError):
            meant = ipaddress.ip_address(socket.inet_aton(host)) if "." in host and ":" not in host else None
            literal = meant if meant and host.count(".") == 3 and host.replace(".", "").isdecimal() else None
            _demand(literal is None or literal.is_global, f"{address!r} leads inside")


def _log_line(data: bytes) -> None:
    """Nothing in a log line acts on whoever reads it."""
    told = tamed(None, "", Redaction(["hunter2hunter2"])(None, "", {"event": _text(data)}))["event"]
    acting = {"Cc", "Cf", "Zl", "Zp", "Cs"}
    _demand(not any(unicodedata.category(c) in acting for c in told), f"{told!r} acts on whoever reads it")
    _demand("hunter2hunter2" not in told, "a secret was told")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Fault(otherwise)


# Seeds: what really comes in.


def _slack_payloads() -> list[bytes]:
    presses = [
        slack.block_action(action, ephemeral=ephemeral)
        for ephemeral in (False, True)
        for action in (RATE, CASE, Action(Verb.PERSON, "THE_INVITATION"), Action(Verb.LOG), Action(Verb.ASK))
    ]
    return _dumped(
        *presses,
        slack.home_action(CASE),
        slack.home_opened(),
        slack.view_submission(CASE, {"outcome": "called them"}, choices={"outcome": "solved"}),
        slack.view_submission(Action(Verb.LOG), {"words": "Thank you", "customer": "Acme", "tone": None}),
        slack.message_shortcut(),
        slack.direct_message("Everything was fine"),
        slack.direct_message("away until friday, Ville answers", user=slack.MAYA),
        slack.reaction(),
        slack.workflow_step(touchpoint="phone", about="the printer"),
        slack.removal(),
        slack.removal("tokens_revoked", tokens={"oauth": [], "bot": ["U0KAIKU"]}),
        {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"},
        {"ssl_check": "1"},
    )


COMMANDS = (
    "", "log + Acme: quick fix, thanked Ville #helpdesk", "log - : slow #third-party #complaint", "log paper",
    "log interview", "ask <@U0TOM> visit #helpdesk the printer", "ask here", "ask linnea", "cases", "third-party",
    "anonymous", "wishes", "why CALL-0", "stop", "start", "snooze", "join the pilot", "leave",
    "away until friday, Ville answers", "poissa 24.12. asti", "borta till 2026-12-31, Liisa svarar", "back", "link",
    "login", "logout", "language fi", "privacy", "my data", "forget me", "note New version of the service",
    "note 2026-11-20: printers moved", "pack Acme", "help", "?", "kirjaa + Acme: hyvä", "hjälp",
)  # fmt: skip


def _telegram_updates() -> list[bytes]:
    return _dumped(
        telegram.press(RATE.encode(), 7),
        telegram.press(CASE.encode(), 7, by=4343),
        telegram.press("~|3|0", 7),
        telegram.words("Everything was fine"),
        telegram.words("/feedback log + Acme: fine", by=4343),
        telegram.words("/start THE_START"),
        telegram.words("/palaute apua", where=-1001234567890),
        telegram.words("hello", reply_to_message={"message_id": 3, "date": 1795500000, "chat": telegram.chat(4242)}),
        telegram.words("Tom was here", by=4343, entities=[
            {"type": "text_mention", "offset": 0, "length": 3, "user": telegram.user()}]),
        telegram.wordless(**telegram.STICKER),
        telegram.voice(),
        telegram.membership("kicked"),
        telegram.migration(),
    )  # fmt: skip


def _teams_activities() -> list[bytes]:
    server = _microsoft()
    button = {"type": "Action.Execute", "verb": "act", "data": {"action": RATE.encode()}}
    opening = {"type": "Action.Submit", "data": {"action": CASE.encode(), "msteams": {"type": "task/fetch"}}}
    submitted = {"data": {"action": CASE.encode(), "origin": "1", "field:outcome": "solved"}}
    mention = {"type": "mention", "text": "<at>Tom</at>", "mentioned": {"id": TOM.account, "name": "Tom"}}
    return _dumped(
        server.activity("message", text="Everything &amp; all was fine"),
        server.activity("message", text="feedback log + Acme: <at>Tom</at> fine", entities=[mention]),
        server.press("7", button),
        server.press("7", opening),
        server.press("7", {**button, "verb": "submit", "data": {**submitted["data"], "origin": ""}}),
        server.activity("invoke", name="task/submit", value=submitted),
        server.activity("installationUpdate", action="add"),
        server.activity("installationUpdate", action="remove"),
        server.activity("conversationUpdate", membersAdded=[]),
    )


def _matrix_events() -> list[bytes]:
    def event(kind: str, content: Json, **more: Any) -> Json:
        return {"event_id": "$theirs", "sender": "@tom:kaiku.test", "origin_server_ts": 1795500000000, "type": kind,
                "content": content, **more}  # fmt: skip

    reply = {"m.in_reply_to": {"event_id": "$ours"}}
    formatted = '<a href="https://matrix.to/#/@tom:kaiku.test">Tom</a>'
    return _dumped(
        event("m.room.message", {"msgtype": "m.text", "body": "Everything was fine"}),
        event("m.room.message", {"msgtype": "m.text", "body": "> <@kaiku> hi\n\n1", "m.relates_to": reply}),
        event("m.room.message", {"msgtype": "m.text", "body": "!feedback ask Tom", "formatted_body": formatted}),
        event("m.room.message", {"msgtype": "m.text", "body": "half a \ud83d"}),
        event("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$ours", "key": "1️⃣"}}),
        event("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$other", "key": "✅"}}),
        event("m.poll.response", {"m.relates_to": {"rel_type": "m.reference", "event_id": "$ours"},
                                     "m.selections": ["1"]}),
        event("org.matrix.msc3381.poll.response", {
            "m.relates_to": {"rel_type": "m.reference", "event_id": "$ours"},
            "org.matrix.msc3381.poll.response": {"answers": ["1"]}}),
        event("m.room.member", {"membership": "leave"}, state_key="@tom:kaiku.test"),
        event("m.room.encrypted", {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x"}),
    )  # fmt: skip


ENCOUNTER = {
    "touchpoint": "phone", "happened_at": "2026-11-24T09:30:00+02:00", "external_reference": "CALL-9",
    "service": "pension-advice", "customer": "liisa@example.org", "customer_name": "Liisa Lahti",
    "customer_language": "fi", "handler": "sandbox:ville", "about": "your pension estimate", "critical": False,
    "waiting_minutes": 12, "direction": "in", "urgency": "normal",
}  # fmt: skip
CSV = (
    "touchpoint;happened_at;customer;customer_name;service;about;critical\n"
    "phone;27.11.2026 klo 15.00;liisa@example.org;Liisa Lahti;pension-advice;=1+1;kyllä\n"
    'phone;2026-11-27 15:00;@tom;"Tom; Guest";lobby;"two\nlines";no\n'
)
FILTERS = (
    "service=lobby\nteam=advice\ntouchpoint=phone\nstream=customer\nband=poor\n"
    "since=2026-11-01\nuntil=2026-11-30\nwords=slow"
)


def _pages() -> list[bytes]:
    query = FILTERS.replace("\n", "&")
    plain = (
        "dashboard", f"dashboard?{query}", "dashboard/touchpoints/phone", "dashboard/services/lobby", "dashboard/own",
        f"dashboard/comments?{query}&after=1", "dashboard/cases?state=open", "dashboard/cases/THE_CASE",
        "dashboard/ledger", "dashboard/happened", "dashboard/accounts?words=acme", "dashboard/accounts/acme",
        "dashboard/accounts/acme/pack", "dashboard/wishes", "dashboard/wishes/x", "dashboard/login/abc",
        "dashboard/static/dashboard.css", "sandbox",
        "sandbox/panes/customer?seat=tom&language=sv", "sandbox/ledger", "sandbox/pictures/1-0.png", "sandbox/voices/x",
        "healthz", "readyz", "metrics", "api/docs", "api/openapi.json", "s/static/survey.css", "kiosk/lobby.x",
    )  # fmt: skip
    return [path.encode() for path in plain]


def _deeds() -> list[bytes]:
    base = {"seat": "tom", "message": "", "nonce": "n-1"}
    deeds: dict[str, Json] = {
        "press": {**base, "action": RATE.encode()},
        "submit": {**base, "action": CASE.encode(), "fields": {"outcome": "solved"}},
        "write": {**base, "words": "hello"},
        "block": {**base, "blocked": True},
        "language": {**base, "language": "sv"},
        "clock": {"to": "hour"},
        "encounters": {
            "nonce": "n-2",
            "touchpoint": "phone",
            "customer": "tom",
            "about": "it",
            "ask_now": True,
        },
    }
    return [f"{path}\n{json.dumps(deed)}".encode() for path, deed in deeds.items()]


def _lines(texts: Iterable[str]) -> list[bytes]:
    return [text.encode() for text in texts]


def _yaml() -> list[bytes]:
    whole = (ROOT / "organisation.example.yaml").read_bytes()
    small = (
        b"name: Office\ncx_lead: maya\npeople:\n  maya: &m {name: Maya, role: manager, identities: {slack: U0MAYA}}\n"
        b"  tom: {<<: *m, role: customer}\nservices:\n  lobby: {name: {fi: Aula, en: Lobby}, owner: maya}\n"
        b"touchpoints:\n  phone: {name: Phone, survey: encounter, delay: 10 min}\nretention: {words: 730 d}\n"
        b"calendars:\n  usual: {hours: [{days: [mon, fri], opens: 08:00, closes: 16:00}]}\n"
    )
    return [small, whole]


ADDRESSES = (
    "https://example.org/hook", "https://127.0.0.1/", "https://[::ffff:7f00:1]/", "https://0x7f.1/", "https://2130706433/",
    "https://user@169.254.169.254/", "https://example.org@10.0.0.1/", "https://127.0.0.1./", "https://localhost./",
    "https://[64:ff9b::a00:1]/", "https://①②⑦.0.0.1/", "HTTPS://EXAMPLE.ORG:443/x?y#z", "https://[fe80::1%25eth0]/", "https://]",
)  # fmt: skip
LOGGED = (
    "Authorization: Bearer abcdef123456", "\x1b]0;title\x07\x1b[31mred", "a\r\nb\u202ec\u2066d", "password=hush",
    "calling https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/x", "hunter2hunter2",
    "[parameters: ('x',)]\n", "input_value='Liisa', input_type=str", "liisa@example.org +358 40 123 4567",
)  # fmt: skip
API = (
    f"responses?{FILTERS.replace(chr(10), '&')}&names=true&limit=5&after=", "responses/x", "feedback?limit=10",
    "cases?names=false", "cases/THE_CASE", "figures?by=service&since=2026-11-01", "encounters/CALL-0/why?language=sv",
    "responses?after=eyJ9",
)  # fmt: skip
FORMS = (
    "language\nlanguage=fi&here=/dashboard/own", "happened\nday=2026-11-20&words=Moved&services=lobby", "logout\n",
    "happened\nremove=1", "login/abc\n",
)  # fmt: skip
SURVEY = (
    "language=en&nonce=abcdefgh12&q-effort=2&q-solved=1&q-words=slow&reasons-offered=1&reasons=waiting&do="
)
STRANGER = (
    "x-slack-request-timestamp: 1795500000\nx-slack-signature: v0=abc\ncontent-type: application/json\n\n{}",
    "content-length: 3\n\npayload=%7b", "transfer-encoding: chunked\ncontent-length: -1\n\n[[[[",
)  # fmt: skip


def _target(name: str, reads: str, take: Callable[[bytes], None], seeds: Sequence[bytes]) -> Target:
    return Target(name, reads, take, tuple(seeds))


@cache
def targets() -> Mapping[str, Target]:
    """All of them, by name."""
    kinds: tuple[Json, ...] = (
        {"kind": "create key", "name": "desk", "scopes": ["names:read"]},
        {"kind": "send again"},
    )
    jobs = [*_dumped(*({"version": VERSION, "job": job} for job in kinds)), b"{}", b"[1]"]
    every = (
        _target("slack-stranger", "Slack's door: what nobody signed", _slack_stranger, _lines(STRANGER)),
        _target("slack-payload", "Slack: signed payloads", _slack_payload, _slack_payloads()),
        _target("slack-command", "Slack: what is typed after /feedback, the log line too", _slack_command,
                _lines(COMMANDS)),
        _target("telegram-update", "Telegram: updates", _telegram_update, _telegram_updates()),
        _target("telegram-polled", "Telegram: updates as they are polled", _telegram_polled,
                [*_telegram_updates(), *_dumped(telegram.words("half a \ud83d"))]),
        _target("telegram-words", "Telegram: words and commands", _telegram_words,
                _lines((*(f"/feedback {line}" for line in COMMANDS), "/start THE_START", "/skip", "~|", "hello"))),
        _target("telegram-start", "Telegram: what a deep link carries", _telegram_start,
                _lines(("THE_START", "a-b-c"))),
        _target("teams-activity", "Teams: activities", _teams_activity, _teams_activities()),
        _target("teams-token", "Teams: tokens that Microsoft did not sign", _teams_token,
                _lines((_microsoft().token()[:-4] + "AAAA", "eyJ.eyJ.x", _microsoft().token(kid="other")))),
        _target("matrix-event", "Matrix: events of a room", _matrix_event, _matrix_events()),
        _target("survey-link", "survey links", _survey_link, _lines(("THE_LINK", "abc.def?language=fi&done=answers"))),
        _target("survey-form", "survey pages: the form", _survey_form, _lines((SURVEY, "do=person", "do=opt_out"))),
        _target("kiosk-tap", "kiosks: a tap", _kiosk_tap,
                _dumped({"nonce": "abcdefgh", "score": 3, "at": "2026-11-24T10:00:00+02:00", "words": "fine"})),
        _target("kiosk-pin", "kiosks: the PIN", _kiosk_pin, _dumped({"pin": "2580"}, {"pin": "x"})),
        _target("api-encounters", "the API: encounters, one and many", _api_encounters,
                [*_dumped(ENCOUNTER), json.dumps([ENCOUNTER, {**ENCOUNTER, "external_reference": "x"}]).encode()]),
        _target("api-answers", "the API: answers and wishes for a link", _api_answers,
                _dumped({"question": "effort", "score": 2}, {"question": "words", "words": "slow"},
                        {"encounter": "CALL-0", "language": "fi"})),
        _target("api-headers", "the API: keys, idempotency keys, request ids", _api_headers,
                _lines(("Bearer THE_KEY\nkey-1\napplication/json\n7f0c9d8e7a6b5c4d\nfi-FI,en;q=0.5", "Basic x\n\n\n"))),
        _target("api-addresses", "the API: addresses and filters", _api_addresses, _lines(API)),
        _target("page-addresses", "pages: addresses and filters", _page_addresses, _pages()),
        _target("page-cookies", "pages: cookies and languages", _page_cookies,
                _lines(("kaiku_session=THE_SESSION; kaiku_goal=/dashboard/own", "kaiku_oidc=x; a=b;;=;"))),
        _target("page-forms", "pages: forms of whoever is logged in", _page_forms, _lines(FORMS)),
        _target("sandbox", "the sandbox: what its page sends", _sandbox, _deeds()),
        _target("import", "files of encounters, CSV and JSONL", _import,
                [CSV.encode(), CSV.replace(";", ",").encode("utf-16"), json.dumps(ENCOUNTER).encode() + b"\n{}\n"]),
        _target("organisation-file", "the organisation file", _organisation_file, _yaml()),
        _target("filters", "filters in an address", _filters, _lines((FILTERS, "since=2026-11-01\nsince=31.2."))),
        _target("absence", "times such as “away until Monday”", _absence,
                _lines(("until friday, Ville answers", "24.12. asti", "2026-12-31", "imorgon, Liisa svarar"))),
        _target("action", "what a button carries", _action, _lines((RATE.encode(), CASE.encode(), "a|b|c|d"))),
        _target("side-door", "jobs of the command line", _side_door, jobs),
        _target("settings", "keys and secrets in the settings", _settings,
                _lines(("crm=whsec_" + "A" * 32, "AAAA,BBBB", "[::1]"))),
        _target("webhook-address", "addresses of webhooks", _address, _lines(ADDRESSES)),
        _target("log-line", "whatever is written into the log", _log_line, _lines(LOGGED)),
    )  # fmt: skip
    return {target.name: target for target in every}
