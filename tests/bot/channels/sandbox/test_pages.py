"""The sandbox's pages: what a browser sees, what it may do, and from where."""

import asyncio
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from bot.clock import Clock
from bot.demo.house import example, settings_for
from bot.wiring import build
from handlers.events import Event
from handlers.messages import Reply
from storage.schema import migrate
from tests.helpers.sandbox import HERE, Sandbox, browser_of

pytestmark = pytest.mark.whole

ACTION = re.compile(
    r'<button type="button" class="[^"]*"(?: aria-label="[^"]*")?(?: aria-pressed="[^"]*")? data-action="([^"]+)"'
)
ENTRY = re.compile(r'data-name="(\d+)"')


def action(pane: str, beginning: str) -> dict[str, str]:
    """The newest message with an action that begins so, as a browser would send it."""
    found: dict[str, str] = {}
    for entry in pane.split("<li class=")[1:]:
        for encoded in map(unescape, ACTION.findall(entry)):
            if re.match(beginning, encoded):
                found = {"message": ENTRY.findall(entry)[0], "action": encoded}
    assert found, f"no action {beginning!r} in {pane}"
    return found


# What it looks like.


async def test_three_people_sit_side_by_side(sandbox: Sandbox) -> None:
    page = (await sandbox.browser.get("/sandbox")).text

    seats = re.findall(r'data-pane="(\w+)" data-seat="(\w+)"', page)
    assert seats == [("customer", "tom"), ("staff", "sanna"), ("manager", "maya")]


async def test_another_seat_is_taken_by_address(sandbox: Sandbox) -> None:
    page = (await sandbox.browser.get("/sandbox?customer=linnea&manager=ville")).text

    assert re.findall(r'data-seat="(\w+)"', page) == ["linnea", "sanna", "ville"]


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/sandbox", "sv-FI,sv;q=0.9,en;q=0.8", "sv"),
        ("/sandbox", "de, en;q=0.5", "en"),
        ("/sandbox", "de", "fi"),
        ("/sandbox?language=en", "sv", "en"),
        ("/sandbox?language=xx", "sv", "fi"),
    ],
)
async def test_the_page_speaks_the_browsers_language(
    sandbox: Sandbox, address: str, accepted: str, language: str
) -> None:
    page = await sandbox.browser.get(address, headers={"Accept-Language": accepted})

    assert f'<html lang="{language}">' in page.text


async def test_nothing_on_the_page_runs_that_was_not_served_as_a_file(sandbox: Sandbox) -> None:
    await sandbox.omar_is_asked()
    page = await sandbox.browser.get("/sandbox?customer=omar")

    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page.text) == []


async def test_its_own_files_are_served_and_no_others(sandbox: Sandbox) -> None:
    for name in ("sandbox.css", "sandbox.js", "icon.svg"):
        assert (await sandbox.browser.get(f"/sandbox/static/{name}")).status_code == 200
    assert (await sandbox.browser.get("/sandbox/static/..%2Fpages.py")).status_code == 404


async def test_what_a_person_wrote_reads_as_typed(sandbox: Sandbox) -> None:
    hostile = '<!channel> <b>x</b> <script>alert(1)</script> =HYPERLINK("…")\nsecond line'
    await sandbox.post("write", seat="sanna#advice", words=hostile)
    pane = await sandbox.pane("sanna#advice")

    assert "<script" not in pane
    assert hostile in unescape(pane)


# From where.


@pytest.mark.parametrize("host", ["evil.example", "192.0.2.7:8080", "localhost.evil.example"])
async def test_a_name_that_is_not_this_machines_is_refused(sandbox: Sandbox, host: str) -> None:
    answer = await sandbox.browser.get("/sandbox", headers={"Host": host})

    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]:8080", "localhost"])
async def test_this_machine_has_several_names(sandbox: Sandbox, host: str) -> None:
    assert (await sandbox.browser.get("/sandbox", headers={"Host": host})).status_code == 200


async def test_another_machine_is_served_when_the_settings_say_so(sandbox: Sandbox) -> None:
    sandbox.app.settings = sandbox.app.settings.model_copy(update={"sandbox_anywhere": True})
    async with browser_of(sandbox.app) as browser:
        assert (await browser.get("/sandbox", headers={"Host": "kaiku.example"})).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8080"}, 403),
        ({"Origin": "http://localhost:8080"}, 200),
        ({"Origin": "http://localhost:9090"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_only_our_own_page_may_do_something(
    sandbox: Sandbox, headers: dict[str, str], status: int
) -> None:
    words = {"seat": "tom", "words": "hei", "nonce": "a-deed-of-tom"}
    answer = await sandbox.browser.post("/sandbox/write", json=words, headers=headers)

    assert answer.status_code == status
    assert ("hei" in await sandbox.pane("tom")) is (status == 200)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("write", {"seat": "nobody", "words": "hei"}),
        ("write", {"seat": "tom#advice", "words": "hei"}),
        ("write", {"seat": "tom", "words": "hei", "nonce": "short"}),
        ("press", {"seat": "tom", "action": "launch|x|y"}),
        ("press", {"seat": "tom", "action": "rate|token|satisfied"}),
        ("press", {"seat": "tom", "action": "no action"}),
        ("submit", {"seat": "tom", "action": "take|token|", "fields": {}}),
        ("clock", {"to": "yesterday"}),
    ],
)
async def test_what_no_page_of_ours_sends_is_refused(
    sandbox: Sandbox, path: str, body: dict[str, Any]
) -> None:
    assert (await sandbox.post(path, **body)).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        rb'{"seat": "tom", "message": "", "nonce": "n-1", "\ud800": "rate"}',
        rb'{"seat": "tom", "action": "take|token|", "fields": {"\udc00": 1}}',
        rb'{"seat": "\ud800"}',
        b"[]",
        b"{",
    ],
)
async def test_what_cannot_be_repeated_is_refused_and_not_repeated(sandbox: Sandbox, body: bytes) -> None:
    """Half a character stands in no answer."""
    for path in ("press", "submit", "write"):
        told = await sandbox.browser.post(
            f"/sandbox/{path}", content=body, headers={**HERE, "Content-Type": "application/json"}
        )
        assert told.status_code == 422
        assert told.json()["detail"]


# What is done.


async def test_a_tap_is_answered_in_the_place_of_the_question(sandbox: Sandbox) -> None:
    await sandbox.omar_is_asked()
    before = await sandbox.pane("omar")
    answer = await sandbox.post("press", seat="omar", **action(before, "rate.*=2"))
    after = await sandbox.pane("omar")

    assert answer.json() == {"form": "", "errors": {}, "note": ""}
    assert ENTRY.findall(after) == ENTRY.findall(before)
    assert "How satisfied are you" in after
    assert "edited" in after


async def test_a_low_score_reaches_the_manager(sandbox: Sandbox) -> None:
    await sandbox.omar_is_asked()
    await sandbox.post("press", seat="omar", **action(await sandbox.pane("omar"), "rate.*=1"))
    await sandbox.app.tick()

    assert "Low score · Omar Hassan" in await sandbox.pane("maya")


async def test_a_form_is_opened_refused_and_taken(sandbox: Sandbox) -> None:
    await sandbox.omar_is_asked()
    await sandbox.post("press", seat="omar", **action(await sandbox.pane("omar"), "rate.*=1"))
    await sandbox.app.tick()
    close = action(await sandbox.pane("maya"), "close")
    opened = await sandbox.post("press", seat="maya", **close)
    refused = await sandbox.post("submit", seat="maya", **close, fields={"outcome": "", "words": "Done"})
    taken = await sandbox.post(
        "submit", seat="maya", **close, fields={"outcome": "resolved", "words": "Done"}
    )

    assert '<form class="form" data-action="close|' in opened.json()["form"]
    assert list(refused.json()["errors"]) == ["outcome"]
    assert taken.json()["errors"] == {}
    assert "Closed" in await sandbox.pane("maya")


async def test_words_to_the_bot_are_feedback_with_a_receipt(sandbox: Sandbox) -> None:
    await sandbox.post("write", seat="omar", words="The new form is much easier, thank you!")
    pane = await sandbox.pane("omar")

    assert "The new form is much easier" in pane
    assert pane.count("<li class=") == 2


async def test_words_sent_again_stand_once(sandbox: Sandbox) -> None:
    for _ in range(2):
        await sandbox.post("write", seat="omar", words="Easier now", nonce="the-same-deed")

    assert (await sandbox.pane("omar")).count("Easier now") == 1


async def test_a_command_among_others_is_between_the_person_and_the_bot(sandbox: Sandbox) -> None:
    answer = await sandbox.post("write", seat="sanna#advice", words="/feedback help")

    assert answer.json()["note"]
    assert "<li" not in await sandbox.pane("sanna#advice")


async def test_talk_among_colleagues_is_theirs(sandbox: Sandbox) -> None:
    answer = await sandbox.post("write", seat="sanna#advice", words="Lunch?")

    assert answer.json()["note"] == ""
    assert (await sandbox.pane("maya#advice")).count("<li class=") == 1


async def test_a_person_changes_the_language_they_are_spoken_to(sandbox: Sandbox) -> None:
    await sandbox.post("language", seat="omar", language="sv")
    await sandbox.omar_is_asked()

    assert "Det var lätt för mig" in await sandbox.pane("omar")


async def test_who_blocks_the_bot_is_not_reached_until_they_let_it_in(sandbox: Sandbox) -> None:
    await sandbox.post("block", seat="omar", blocked=True)
    await sandbox.omar_is_asked()
    blocked = await sandbox.pane("omar")
    await sandbox.post("block", seat="omar", blocked=False)
    await sandbox.post("write", seat="omar", words="Here I am again")
    back = await sandbox.pane("omar")

    assert "Kaiku was blocked here" in blocked
    assert "rate|" not in blocked
    assert "Kaiku may write here again" in back
    assert back.count('class="entry bot"') == 1


async def test_what_was_not_kept_is_said_and_can_be_repeated(sandbox: Sandbox) -> None:
    heard = sandbox.app.receive

    async def full_disk(event: Event) -> Reply:
        raise OSError("no space left on device")

    await sandbox.channel.start(full_disk)
    refused = await sandbox.post("write", seat="omar", words="Long story", nonce="the-same-deed")
    pane = await sandbox.pane("omar")
    await sandbox.channel.start(heard)
    kept = await sandbox.post("write", seat="omar", words="Long story", nonce="the-same-deed")

    assert refused.status_code == 503
    assert "Long story" not in pane
    assert kept.status_code == 200
    assert (await sandbox.pane("omar")).count("Long story") == 1


# Encounters and time.


async def test_an_encounter_is_reported_and_asked_about_right_away(sandbox: Sandbox) -> None:
    answer = await sandbox.post(
        "encounters",
        customer="omar",
        touchpoint="phone",
        service="pension-advice",
        handler="sanna",
        ask_now=True,
    )
    ledger = (await sandbox.browser.get("/sandbox/ledger?language=en")).text

    assert answer.status_code == 200
    assert "It was easy for me" in await sandbox.pane("omar")
    assert "Omar Hassan" in ledger
    assert 'data-action="write|' in await sandbox.pane("sanna")


async def test_an_encounter_is_asked_about_after_its_delay(sandbox: Sandbox) -> None:
    await sandbox.post("encounters", customer="omar", touchpoint="phone", service="pension-advice")
    before = await sandbox.pane("omar")
    await sandbox.post("clock", to="hour")

    assert "It was easy for me" not in before
    assert "It was easy for me" in await sandbox.pane("omar")


async def test_an_encounter_with_a_stranger_is_not_kept(sandbox: Sandbox) -> None:
    assert (await sandbox.post("encounters", customer="nobody", touchpoint="phone")).status_code == 503


async def test_skipping_to_friday_brings_the_digest_with_its_picture(sandbox: Sandbox) -> None:
    await sandbox.omar_is_asked()
    await sandbox.post("press", seat="omar", **action(await sandbox.pane("omar"), "rate.*=2"))
    await sandbox.post("clock", to="friday")
    pictures = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', await sandbox.pane("maya"))
    address, finding = pictures[0]
    light = await sandbox.browser.get(address)
    dark = await sandbox.browser.get(address + "?dark=1")

    assert finding
    assert light.headers["Content-Type"] == "image/png"
    assert light.content.startswith(b"\x89PNG")
    assert dark.content != light.content


async def test_there_is_no_picture_where_none_was_said(sandbox: Sandbox) -> None:
    await sandbox.post("write", seat="sanna#advice", words="Lunch?")

    assert (await sandbox.browser.get("/sandbox/pictures/1-0.png")).status_code == 404
    assert (await sandbox.browser.get("/sandbox/pictures/99-0.png")).status_code == 404


async def test_skipping_to_monday_is_the_next_one_at_half_past_eight(sandbox: Sandbox) -> None:
    before = sandbox.app.clock.now()
    await sandbox.post("clock", to="monday")
    moment = (await sandbox.browser.get("/sandbox?language=en")).text

    assert 5 <= (sandbox.app.clock.now() - before).days <= 6
    assert "Mon 30 Nov 08:30" in moment


async def test_real_time_cannot_be_skipped(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    migrate(settings.database_url)
    app = build(settings, Clock())
    app.open()
    app.apply(example(), "a test")
    async with browser_of(app) as browser:
        page = (await browser.get("/sandbox")).text
        answer = await browser.post(
            "/sandbox/clock", json={"to": "friday"}, headers={"Sec-Fetch-Site": "same-origin"}
        )
    app.close()

    assert "data-skip" not in page
    assert answer.status_code == 409


# News.


async def test_news_come_as_they_happen(sandbox: Sandbox) -> None:
    listening = asyncio.create_task(sandbox.browser.get("/sandbox/live?language=en"))
    await asyncio.sleep(0.05)
    await sandbox.post("write", seat="sanna#advice", words="<b>Lunch?</b>")
    await sandbox.post("clock", to="hour")
    sandbox.channel.let_go()
    news = (await listening).text

    assert 'event: entry\ndata: {"conversation":"#advice"' in news
    assert "&lt;b&gt;Lunch?" in news
    assert "event: clock" in news


# Numbers that no database holds.

HUGE = (str(2**63), "9" * 30, "9" * 5000)


@pytest.mark.parametrize("number", [*HUGE, "-1", "first", "١" * 30, "²"], ids=lambda name: name[:20])
async def test_a_message_that_cannot_be_is_refused_with_a_sentence(sandbox: Sandbox, number: str) -> None:
    await sandbox.omar_is_asked()
    rating = action(await sandbox.pane("omar"), r"rate\|")["action"]
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("press", {"action": rating}),
        ("submit", {"action": rating, "fields": {}}),
        ("write", {"words": "hello"}),
        ("block", {"blocked": True}),
        ("language", {"language": "sv"}),
    ]

    for path, deed in deeds:
        refused = await sandbox.post(path, seat="omar", message=number, **deed)
        assert refused.status_code == 422
        assert "There is no such message." in refused.text


@pytest.mark.parametrize("number", HUGE, ids=lambda name: name[:20])
async def test_a_score_that_cannot_be_is_no_button_of_ours(sandbox: Sandbox, number: str) -> None:
    await sandbox.omar_is_asked()
    shown = action(await sandbox.pane("omar"), r"rate\|")
    before, _, _ = shown["action"].rpartition("=")

    for score in (f"{number}", f"-{number}"):
        told = await sandbox.post("press", seat="omar", **{**shown, "action": f"{before}={score}"})
        assert told.status_code in (200, 422)  # told that it is not on the scale, or no number at all

    assert "rate|" in await sandbox.pane("omar")


@pytest.mark.parametrize("name", [*HUGE, str(-(2**63)), str(-(2**64))], ids=lambda name: name[:20])
async def test_a_picture_that_cannot_be_is_not_found(sandbox: Sandbox, name: str) -> None:
    for address in (f"{name}-0", f"1-{name}", f"{name}-{name}"):
        assert (await sandbox.browser.get(f"/sandbox/pictures/{address}.png")).status_code in (404, 422)
