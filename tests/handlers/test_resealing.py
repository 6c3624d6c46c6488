"""A new encryption key comes first; what the old one sealed is sealed anew, and the old one may go."""

import base64
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from bot.schedule import HOURLY
from handlers import resealing
from handlers.context import Context
from handlers.events import CommentGiven, RatingGiven, Sender, VoiceFetched, VoiceReceived, WordsReceived
from handlers.receive import receive
from handlers.resealing import MOST, reseal
from handlers.respond import add_comment
from storage.database import Database
from storage.erasing import overwritten_since
from storage.forms import keep_form, pending_form
from storage.sealed import by_key
from storage.sealed_words import Step, standing
from storage.tables import (
    Answer,
    AnswerChange,
    Invitation,
    SealedNote,
    SealedSheet,
    SlackInstallation,
    VoiceMessage,
    core,
)
from storage.vault import Vault
from storage.words import Sealing
from tests.helpers.desk import Desk

OLD, NEW = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
SHEETS = 2 * MOST + 1


def _with(vault: Vault | None, ctx: Context) -> Context:
    return Context(ctx.session, ctx.organisation, ctx.now, vault)


@pytest.fixture
def sealed(desk: Desk) -> Desk:
    """A desk where one of everything that is sealed stands, and many sheets, all under the old key."""
    desk.do(lambda ctx: _fill(ctx.session, Vault(OLD), ctx))
    return desk


def _fill(session: Session, vault: Vault, ctx: Context) -> None:
    session.add(
        SlackInstallation(
            team="T0", name="T", bot_user="U0", bot_token=vault.seal("xoxb-1"), scopes="", installed_at=ctx.now,
            installed_by="U1",
        )
    )  # fmt: skip
    session.flush()
    execute = session.connection().execute
    key, note = vault.seal_timeless(b"a note")
    execute(insert(core(SealedNote)), [{"name": "n1", "box": note, "sealed_with": key},
                                       {"name": "opened", "box": None, "sealed_with": key}])  # fmt: skip
    sheets: list[dict[str, Any]] = [
        {"name": f"s{n}", "box": vault.seal_timeless(b"sheet %d" % n)[1], "sealed_with": key,
         "begun_on": date(2026, 11, 24)} for n in range(SHEETS)
    ]  # fmt: skip
    execute(insert(core(SealedSheet)), sheets)


def _all_of_it(desk: Desk, vault: Vault) -> int:
    done, share = 0, 0.0
    while share < 1:
        step = desk.do(lambda ctx: reseal(_with(vault, ctx)))
        assert step.changed <= 4 * MOST, "nobody waits for long"
        done, share = done + step.changed, step.share
    return done


def test_everything_is_sealed_anew_and_the_old_key_is_needed_no_more(sealed: Desk) -> None:
    assert _all_of_it(sealed, Vault(f"{NEW},{OLD}")) == SHEETS + 2

    new = Vault(NEW)
    installed = sealed.only(SlackInstallation)
    assert installed.bot_token is not None
    assert new.open(installed.bot_token) == "xoxb-1"
    notes = {note.name: note for note in sealed.rows(SealedNote)}
    assert new.open_bytes(notes["n1"].sealed_with, notes["n1"].box or b"") == b"a note"
    sheets = {
        sheet.name: new.open_bytes(sheet.sealed_with, sheet.box or b"") for sheet in sealed.rows(SealedSheet)
    }
    assert sheets == {f"s{n}": b"sheet %d" % n for n in range(SHEETS)}
    assert sealed.do(lambda ctx: by_key(ctx.session)) == {new.newest: SHEETS + 2}


def test_what_has_no_time_gets_none_and_keeps_its_length(sealed: Desk) -> None:
    def boxes(ctx: Context) -> list[tuple[str, int, bytes]]:
        table = core(SealedSheet)
        rows = ctx.session.connection().execute(select(table.c.name, table.c.box).order_by(table.c.name))
        # A seal begins with its version and eight bytes of time.
        return [(name, len(box), base64.urlsafe_b64decode(box)[1:9]) for name, box in rows]

    before = sealed.do(boxes)
    _all_of_it(sealed, Vault(f"{NEW},{OLD}"))
    assert sealed.do(boxes) == before
    assert {time for *_, time in before} == {bytes(8)}


def test_half_way_everything_is_read_and_the_rest_is_done_later(sealed: Desk) -> None:
    both = Vault(f"{NEW},{OLD}")
    sealed.do(lambda ctx: reseal(_with(both, ctx)))
    counts = sealed.do(lambda ctx: by_key(ctx.session))
    assert counts[both.newest] == MOST + 2
    assert all(both.open_bytes(sheet.sealed_with, sheet.box or b"") for sheet in sealed.rows(SealedSheet))
    assert _all_of_it(sealed, both) == SHEETS - MOST


@pytest.mark.parametrize("keys", ["", OLD, NEW])
@pytest.mark.clear("nothing is sealed with the key of the suite")
def test_without_an_older_key_nothing_is_touched(sealed: Desk, keys: str) -> None:
    before = sealed.do(lambda ctx: by_key(ctx.session))
    assert sealed.do(lambda ctx: reseal(_with(Vault(keys) if keys else None, ctx))) == Step(0, 0, 1)
    assert sealed.do(lambda ctx: by_key(ctx.session)) == before


def test_what_was_tampered_with_keeps_nothing_else_from_being_sealed_anew(sealed: Desk) -> None:
    def tamper(ctx: Context) -> None:
        sheet = ctx.session.get(SealedSheet, "s0")
        assert sheet is not None
        sheet.box = b"gAAAAA" + b"A" * 100

    sealed.do(tamper)
    assert _all_of_it(sealed, Vault(f"{NEW},{OLD}")) == SHEETS + 1
    counts = sealed.do(lambda ctx: by_key(ctx.session))
    assert counts == {Vault(NEW).newest: SHEETS + 1, Vault(OLD).newest: 1}


def test_a_sound_is_sealed_anew_too(desk: Desk) -> None:
    desk.hear(VoiceReceived, "omar", source="AwAC", seconds=3)
    token = desk.only(VoiceMessage).token
    fetched = VoiceFetched(
        voice=token, content=b"sound", by=Sender("telegram", ""), at=desk.now, delivery_id=""
    )
    desk.do(lambda ctx: receive(fetched, _with(Vault(OLD), ctx)))

    assert _all_of_it(desk, Vault(f"{NEW},{OLD}")) == 1

    voice = desk.only(VoiceMessage)
    assert Vault(NEW).open_bytes(str(voice.sealed_with), voice.content or b"") == b"sound"


@pytest.mark.clear("it says itself how words are held")
def test_what_stood_in_the_clear_is_taken_out_of_the_file_as_after_an_erasure(desk: Desk) -> None:
    invitation = desk.ask(customer=Sender("sandbox", "zeb"))
    desk.hear(CommentGiven, "zeb", invitation=invitation, question="words", words="My zither")
    sealing = Sealing(Vault(NEW), seals=True)
    url = desk.database.url
    desk.database.close()
    with Database(url, sealing) as database:
        again = Desk(database, desk.organisation)
        assert again.do(lambda ctx: overwritten_since(ctx.session)) is None
        _all_of_it(again, Vault(NEW))
        assert again.do(lambda ctx: overwritten_since(ctx.session)) is not None
    desk.database.open()


@pytest.mark.clear("it says itself how words are held")
def test_nobody_goes_on_where_words_cannot_be_read_and_what_was_there_is_kept(desk: Desk) -> None:
    invitation = desk.ask(customer=Sender("sandbox", "zeb"))
    sealing = Sealing(Vault(OLD), seals=True)
    url = desk.database.url
    desk.database.close()
    with Database(url, sealing) as database:
        sealed = Desk(database, desk.organisation)
        sealed.now = desk.now
        sealed.hear(RatingGiven, "zeb", invitation=invitation, question="ease", score=2)
        sealed.hear(CommentGiven, "zeb", invitation=invitation, question="words", words="My zither")
        sealed.do(lambda ctx: keep_form(ctx.session, "telegram", "zeb", "{}", ctx.now))
    with Database(url, Sealing(Vault(NEW), seals=True)) as database:
        late = Desk(database, desk.organisation)
        late.now = desk.now
        assert late.do(lambda ctx: pending_form(ctx.session, "telegram", "zeb")) is None
        wrote = WordsReceived(words="And my lute", by=Sender("sandbox", "zeb"), at=late.now, delivery_id="")
        asked = late.only(Invitation)
        late.do(lambda ctx: add_comment(wrote, asked, wrote.words, ctx))
    with Database(url, Sealing(Vault(f"{OLD},{NEW}"), seals=True)) as database:
        found = Desk(database, desk.organisation)
        assert [answer.words for answer in found.rows(Answer) if answer.words] == ["And my lute"]
        assert [change.words for change in found.rows(AnswerChange)] == ["My zither"]
    desk.database.open()


@pytest.mark.clear("it says itself how words are held")
def test_what_is_not_words_is_sealed_anew_also_after_a_walk_that_was_broken_off(sealed: Desk) -> None:
    """The walk went half its way, and then there was another key."""
    url = sealed.database.url
    sealed.database.close()
    with Database(url, Sealing(Vault(OLD), seals=True)) as database:
        early = Desk(database, sealed.organisation)
        for _ in range(5):
            early.do(lambda ctx: reseal(_with(Vault(OLD), ctx)))
        assert early.do(lambda ctx: standing(ctx.session)).is_half_way
    both = Vault(f"{NEW},{OLD}")
    with Database(url, Sealing(Vault(OLD), seals=True)) as database:
        assert _all_of_it(Desk(database, sealed.organisation), both) == SHEETS + 2
    sealed.database.open()


@pytest.mark.clear("it says itself how words are held")
def test_every_hour_it_is_written_down_how_words_are_held(desk: Desk) -> None:
    """Another who shares the database may have walked over it meanwhile, and named no key of ours."""
    assert resealing.note in HOURLY
    url, sealing = desk.database.url, Sealing(Vault(OLD), seals=True)
    desk.database.close()
    with Database(url, sealing) as database:
        ours = Desk(database, desk.organisation)
        assert not ours.do(lambda ctx: standing(ctx.session)).keys
        assert ours.do(resealing.note) == 0
        assert ours.do(lambda ctx: standing(ctx.session)).keys == {sealing.newest}
    desk.database.open()
