"""The survey behind a link: looked at nothing is stored, submitted it counts, and what cannot be is said calmly."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.web.survey.answering import delivery_id
from storage.tables import (
    Answer,
    AnswerChange,
    Case,
    Encounter,
    InboundDelivery,
    Invitation,
    Person,
    Response,
)
from storage.vocabulary import CaseReason, DeclineReason, InvitationState
from tests.bot.web.survey.conftest import Everything, Reader, hidden, text_of
from tests.helpers.samples import HOSTILE
from tests.helpers.small_house import SetClock

pytestmark = pytest.mark.whole


async def scores(reader: Reader) -> dict[str, int | str | None]:
    return {row.question: row.words if row.score is None else row.score for row in await reader.rows(Answer)}


# Looking.


async def test_a_mail_scanner_leaves_no_trace(reader: Reader, everything: Everything) -> None:
    path = await reader.link()
    before = everything()
    for method in ["GET"] * 50 + ["HEAD"] * 50 + ["OPTIONS", "PROPFIND"]:
        response = await reader.client.request(method, path, headers={"Sec-Purpose": "prefetch;prerender"})
        assert response.status_code in (200, 405)
    await reader.look(f"{path}?done=answers")
    await reader.look(f"{path}?done=person&language=sv")
    assert everything() == before


async def test_every_page_tells_nobody_and_keeps_nothing(reader: Reader) -> None:
    path = await reader.link()
    pages = [
        await reader.look(path),
        await reader.look("/s/nothing.here"),
        await reader.send(path, **{"q-ease": "4"}),
    ]
    for page in pages:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "noindex" in page.headers["x-robots-tag"]
        assert "set-cookie" not in page.headers
        assert "http://" not in page.text
        assert "https://" not in page.text
        assert " style=" not in page.text
        assert " onclick=" not in page.text


@pytest.mark.parametrize(
    ("accepted", "begin"),
    [("sv-FI,sv;q=0.9", "Det var lätt"), ("fi", "Asiani hoitaminen oli"), ("de, en;q=0.5", "It was easy")],
)
async def test_it_speaks_what_the_browser_accepts(reader: Reader, accepted: str, begin: str) -> None:
    page = await reader.look(await reader.link(), **{"Accept-Language": accepted})
    assert begin in page.text
    assert f'<html lang="{accepted[:2] if accepted[:2] in ("sv", "fi") else "en"}">' in page.text


async def test_the_person_s_own_language_goes_before_and_may_be_changed(reader: Reader) -> None:
    await reader.called(customer_language="sv")
    path = await reader.link()
    assert '<html lang="sv">' in (await reader.look(path)).text
    assert '<html lang="fi">' in (await reader.look(f"{path}?language=fi")).text
    assert '<html lang="sv">' in (await reader.look(f"{path}?language=xx")).text


async def test_it_says_who_asks_about_what_and_who_reads_it(reader: Reader) -> None:
    page = text_of((await reader.look(await reader.link())).text)
    assert "Thank you for contacting us (Pension advice)." in page
    assert "Maya Virtanen reads your answer" in page
    assert "I'd rather talk to Maya Virtanen" in page


# Answering.


async def test_what_is_answered_is_recorded_and_thanked_for(reader: Reader) -> None:
    path = await reader.link()
    thanks = await reader.send(path, **{"q-ease": "4", "q-satisfied": "5", "q-words": "Quick and kind."})

    assert await scores(reader) == {"ease": 4, "satisfied": 5, "words": "Quick and kind."}
    assert thanks.status_code == 200
    assert "Thank you, your answer has been recorded." in text_of(thanks.text)
    assert "Maya Virtanen will read your answer" in text_of(thanks.text)
    [invitation] = await reader.rows(Invitation)
    assert invitation.state == InvitationState.ANSWERED
    [response] = await reader.rows(Response)
    liisa = next(person for person in await reader.rows(Person) if person.email == "liisa@example.org")
    assert response.person_id == liisa.id


async def test_one_answer_is_enough_and_the_rest_may_follow(reader: Reader) -> None:
    path = await reader.link()
    await reader.send(path, **{"q-ease": "3"})
    await reader.send(path, **{"q-ease": "3", "q-handled": "1"})
    assert await scores(reader) == {"ease": 3, "handled": 1}
    assert await reader.rows(AnswerChange) == []


async def test_a_poor_score_reaches_the_owner(reader: Reader) -> None:
    thanks = await reader.send(
        await reader.link(), **{"q-ease": "1", "q-words": "Nobody called back.", "q-contact": "1"}
    )
    [case] = await reader.rows(Case)
    assert case.reason == CaseReason.LOW_SCORE
    assert "contact you" in text_of(thanks.text)


async def test_reasons_are_asked_for_once_there_is_a_score(reader: Reader) -> None:
    path = await reader.link()
    assert 'name="reasons"' not in (await reader.look(path)).text
    thanks = await reader.send(path, **{"q-ease": "1"})
    assert "What went wrong?" in thanks.text
    boxes = sorted(part.partition('"')[0] for part in thanks.text.split('name="reasons" value="')[1:])
    done = await reader.client.post(
        path, data={**hidden(thanks.text), "reasons": boxes[:2]}, follow_redirects=True
    )
    assert 'name="reasons"' not in done.text
    assert sorted(str((await scores(reader))["reasons"]).split()) == boxes[:2]

    fields: dict[str, Any] = {"q-ease": "1", "reasons": [boxes[0]]}
    await reader.send(path, **fields)
    assert (await scores(reader))["reasons"] == boxes[0]


async def test_sent_twice_it_counts_once(reader: Reader) -> None:
    path = await reader.link()
    nonce = hidden((await reader.look(path)).text)["nonce"]
    for _ in range(3):
        await reader.send(path, nonce=nonce, **{"q-ease": "2", "q-words": "Slow."})
    assert await scores(reader) == {"ease": 2, "words": "Slow."}
    assert len(await reader.rows(Case)) == 1
    assert len(await reader.rows(InboundDelivery)) == 2


def test_a_delivery_is_named_by_form_field_and_value() -> None:
    one = delivery_id("nonce-of-form", "inv", "ease", "4")
    assert "nonce-of-form" not in one, "nobody who reads it can try what the value was"
    assert delivery_id("", "inv", "ease", "4") != delivery_id("", "inv", "ease", "4"), (
        "nor of a form of others"
    )
    assert one == delivery_id("nonce-of-form", "inv", "ease", "4")
    others = {
        delivery_id("nonce-of-form", "inv", "ease", "5"),
        delivery_id("nonce-of-form", "inv", "hard", "4"),
        delivery_id("nonce-of-form", "inx", "ease", "4"),
        delivery_id("another-form", "inv", "ease", "4"),
    }
    assert len(others) == 4
    assert one not in others


async def test_a_changed_mind_replaces_within_the_edit_window(reader: Reader, clock: SetClock) -> None:
    path = await reader.link()
    await reader.send(path, **{"q-ease": "1"})
    clock.at += timedelta(hours=23)
    page = await reader.look(path)
    assert "You may change it here until Sat 28 Nov 15:00" in page.text
    assert 'value="1" id="q-ease" checked' in page.text
    await reader.send(path, **{"q-ease": "5"})
    assert await scores(reader) == {"ease": 5}
    assert [change.score for change in await reader.rows(AnswerChange)] == [1]


async def test_hostile_words_are_kept_as_typed_and_shown_as_words(reader: Reader) -> None:
    path = await reader.link()
    words = f"</textarea><script>alert(1)</script>{HOSTILE}"
    await reader.send(path, **{"q-words": words})
    assert (await scores(reader))["words"] == words
    page = (await reader.look(path)).text
    assert "<script>alert" not in page
    assert page.count("</textarea>") == 1


# What cannot be taken.


async def test_an_empty_form_is_answered_with_what_to_do(reader: Reader, everything: Everything) -> None:
    path = await reader.link()
    before = everything()
    page = await reader.send(path)
    assert page.status_code == 422
    assert "Answer at least one question" in page.text
    assert 'role="alert"' in page.text
    assert everything() == before


async def test_of_a_form_with_a_mistake_nothing_is_recorded_and_all_is_kept(
    reader: Reader, everything: Everything
) -> None:
    path = await reader.link()
    before = everything()
    page = await reader.send(path, **{"q-ease": "99", "q-satisfied": "4", "q-words": "x" * 20_001})
    assert page.status_code == 422
    assert "That is 20001 characters" in page.text
    assert "Choose one of the answers shown." in page.text
    assert 'name="q-satisfied" value="4" checked' in page.text
    assert "x" * 20_001 in page.text
    assert everything() == before


@pytest.mark.parametrize("body", [b"\xff\xfe", b"a=" + b"&b=" * 500, b"{}", b"q-ease=%F0%28"])
async def test_what_is_no_form_stores_nothing(reader: Reader, body: bytes, everything: Everything) -> None:
    path = await reader.link()
    before = everything()
    assert (await reader.client.post(path, content=body)).status_code == 422
    assert everything() == before


async def test_a_changed_character_opens_nothing(reader: Reader, everything: Everything) -> None:
    path = await reader.link()
    before = everything()
    for place in range(len("/s/"), len(path)):
        changed = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        for response in (
            await reader.look(changed),
            await reader.client.post(changed, data={"q-ease": "1", "nonce": "a-nonce-of-mine"}),
        ):
            assert response.status_code == 404
            assert "This link does not work" in response.text
    assert everything() == before


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "This link does not work"), ("fi", "Tämä linkki ei toimi"), ("sv", "Länken fungerar inte")],
)
async def test_a_broken_link_is_told_in_three_languages(reader: Reader, language: str, sentence: str) -> None:
    assert sentence in (await reader.look("/s/nobody.knows-this", **{"Accept-Language": language})).text


async def test_an_expired_link_says_so_and_takes_nothing(
    reader: Reader, clock: SetClock, everything: Everything
) -> None:
    path = await reader.link()
    clock.at += timedelta(days=14, seconds=1)
    before = everything()
    for response in (await reader.look(path), await reader.client.post(path, data={"q-ease": "1"})):
        assert response.status_code == 410
        assert "This request for feedback has expired." in response.text
    assert everything() == before


async def test_a_used_link_says_so_once_the_time_to_change_is_over(
    reader: Reader, clock: SetClock, everything: Everything
) -> None:
    path = await reader.link()
    await reader.send(path, **{"q-ease": "5"})
    clock.at += timedelta(hours=24, seconds=1)
    before = everything()
    for response in (await reader.look(path), await reader.client.post(path, data={"q-ease": "1"})):
        assert response.status_code == 410
        assert "the time to change it is over" in response.text
    assert everything() == before


async def test_one_link_never_answers_for_another(reader: Reader) -> None:
    mine = await reader.link("CALL-1")
    await reader.called("CALL-2", customer="omar@example.org", customer_name="Omar Hassan")
    theirs = await reader.link("CALL-2")
    stranger = mine.partition(".")[0] + "." + theirs.partition(".")[2]
    assert (await reader.look(stranger)).status_code == 404

    await reader.send(mine, **{"q-ease": "4"})
    [response] = await reader.rows(Response)
    [encounter] = [row for row in await reader.rows(Encounter) if row.external_reference == "CALL-1"]
    assert (response.encounter_id, response.person_id) == (encounter.id, encounter.customer_id)


# Something else than answering.


async def test_a_person_is_one_tap_away(reader: Reader) -> None:
    page = await reader.send(await reader.link(), do="person")
    assert "Your wish has been passed on." in page.text
    [case] = await reader.rows(Case)
    assert case.reason == CaseReason.WANTS_A_PERSON


@pytest.mark.parametrize(
    ("wish", "reason", "sentence"),
    [
        ("not_my_matter", DeclineReason.NOT_MY_MATTER, "We will not ask you about this again."),
        ("opt_out", DeclineReason.OPT_OUT, "We will not ask you for feedback any more."),
    ],
)
async def test_who_does_not_want_to_is_let_go(
    reader: Reader, wish: str, reason: DeclineReason, sentence: str
) -> None:
    path = await reader.link()
    page = await reader.send(path, do=wish)
    assert sentence in page.text
    assert sentence in (await reader.look(path)).text
    [invitation] = await reader.rows(Invitation)
    assert (invitation.state, invitation.declined_because) == (InvitationState.DECLINED, reason)


async def test_what_was_not_kept_is_not_thanked_for(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = await reader.link()

    async def full(work: Callable[..., object]) -> object:
        raise OSError("the disk is full")

    monkeypatch.setattr(reader.app, "write_briefly", full)
    page = await reader.send(path, **{"q-ease": "1", "q-words": "Secret words"})
    assert page.status_code == 503
    assert "That was not saved." in page.text
    assert "Secret words" not in caplog.text
    assert path.removeprefix("/s/") not in caplog.text
