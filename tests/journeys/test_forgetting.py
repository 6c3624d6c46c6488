"""A person is forgotten: in the middle of an open case, by chat, and nothing that tells of them is left."""

import asyncio
import logging
from itertools import product
from pathlib import Path

from pyarrow.parquet import read_table
from rich.console import Console

from bot.app import App
from bot.exporting import export
from bot.side_door import Hands
from handlers import erasing, privacy, searching
from handlers.context import Context
from handlers.each import each
from handlers.exports import Extract, Kind
from handlers.filters import Filters
from handlers.found import found
from storage.backup import backup
from storage.tables import Answer, Case, CaseEvent, Identity, Person, Response, SentMessage
from storage.vocabulary import CaseEventKind, CaseState, FileForm, OutboxKind, OutboxState
from tests.helpers.databases import everything_in, on_postgresql
from tests.helpers.logged import Log, everything_logged
from tests.helpers.town import Town, helsinki

SECRETS = {
    "customer_name": "Zebulon Quist",
    "customer_email": "zebulon@quist.example",
    "customer_phone": "+358 40 7654321",
    "about": "the zither in room 9",
    "external_reference": "T-ZITHER-9",
}
COMMENT = "My zither was dropped by Xenophon."
OWNER = "Dear Zebulon, we bring a new zither."
REPLY = "Please bring two zithers."


async def _zebulon_in_the_middle(town: Town) -> None:
    """A customer with a name and every kind of words, whose case is open and in hand."""
    await town.asked(
        "phone", "zeb", service="pension-advice", handler="ville", customer_language="en", **SECRETS
    )
    zeb = town.person("zeb")
    await zeb.answers("1")
    await zeb.writes(COMMENT)
    await zeb.answers("Skip", "Skip", "Yes")
    await town.maya.taps("Take it")
    await town.maya.fills("Ask an expert", expert="ville", words="What of the zither?")
    await town.maya.fills("Write to the customer", words=OWNER)
    await zeb.writes(REPLY)


async def _forget(town: Town, identity: str = "zeb") -> None:
    person = town.person(identity)
    await person.writes("/feedback forget me")
    await person.taps("Erase me")


async def _everything(town: Town) -> str:
    """Whatever can be read of the database's tables, in one text."""
    tables = await town.look(everything_in)
    return "\n".join(repr(row) for rows in tables.values() for row in rows)


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("kaiku.db*") if file.is_file()}


async def test_a_customer_is_forgotten_in_the_middle_of_an_open_case(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    await _forget(town)

    receipt = await town.person("zeb").latest()
    assert "Done: I have forgotten you." in receipt
    assert "1 open case: whoever has it was told." in receipt
    told = await town.maya.latest()
    assert "The customer of a case has been erased" in told
    alert = next(e.text for e in await town.maya.conversation() if "the customer was erased" in e.text)
    assert "a customer not known by name" in alert
    [case] = await town.rows(Case)
    assert case.state != CaseState.CLOSED, "the matter may still be put right"

    await town.maya.fills("Close", outcome="resolved", words="The lamp is mended.")
    assert await town.outgoing(OutboxKind.OUTCOME, OutboxState.QUEUED) == 0
    assert (await town.rows(Case))[0].state == CaseState.CLOSED


async def test_nothing_that_tells_who_it_was_is_left_before_anybody(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    assert "Zebulon" in await town.maya.reads()
    assert "zither" in await town.ville.reads()
    await _forget(town)
    for reader in (town.maya, town.ville, town.liisa, town.person("zeb")):
        seen = await reader.reads()
        for secret in (*SECRETS.values(), COMMENT, OWNER, REPLY, "zither", "Zebulon"):
            assert secret not in seen, f"{reader.identity} still reads {secret!r}"


async def test_lists_that_named_them_among_open_cases_are_taken_back(town: Town) -> None:
    """The morning's overdue cases and the digest of who answers for them."""
    await town.asked("phone", "zeb", service="pension-advice", customer_language="en", **SECRETS)
    await town.person("zeb").answers("1")
    await town.until(helsinki("2026-11-25 08:30"))
    assert "Zebulon Quist" in await town.maya.latest(), "overdue"
    await town.until(helsinki("2026-11-27 15:00"))
    assert "Zebulon Quist" in await town.maya.latest(), "the digest"
    await _forget(town)
    for reader in (town.maya, town.liisa, town.person("#advice")):
        assert "Zebulon" not in await reader.reads()
    assert await town.person("#advice").reads(), "a digest without names stays"


async def test_an_alert_before_somebody_who_has_left_is_taken_back(town: Town) -> None:
    """Nothing is edited for them any more."""
    await town.asked("phone", "zeb", service="pension-advice", customer_language="en", **SECRETS)
    await town.person("zeb").answers("1")
    await town.maya.fills("Hand over", to="ville", reason="Yours.")
    ville = town.person("ville")
    assert "Zebulon Quist" in await ville.reads()
    people = {key: person for key, person in town.app.organisation.people.items() if key != "ville"}
    town.app.apply(town.app.organisation.model_copy(update={"people": people}), "a test")
    await _forget(town)
    assert "Zebulon" not in await ville.reads()
    assert "Zebulon" not in await town.maya.reads()


async def test_no_table_file_or_log_of_the_database_holds_the_person_any_more(
    town: Town, tmp_path: Path
) -> None:
    await _zebulon_in_the_middle(town)
    await town.person("zeb").writes("/feedback stop")
    await town.app.write(searching.index)
    person = next(p for p in await town.rows(Person) if p.name == SECRETS["customer_name"])
    await town.app.write(lambda ctx: erasing.erase(found(ctx.session.get(Person, person.id)), ctx, by=None))
    await town.settle()
    await town.until(helsinki("2026-11-25 03:00"))
    await town.app.rebuild()

    secrets = (*SECRETS.values(), COMMENT, OWNER, REPLY, "zither", "Zebulon", "quist", "'zeb'")
    everything = await _everything(town)
    assert [secret for secret in secrets if secret in everything] == []
    on_disk = _files(tmp_path)
    assert on_postgresql() or on_disk
    assert [(name, s) for name, held in on_disk.items() for s in secrets if s.encode() in held] == []


LEFT_BEHIND = (*SECRETS.values(), COMMENT, OWNER, REPLY, "zither", "Zebulon", "quist", "Xenophon")


def _taken_out(app: App, folder: Path) -> dict[str, str]:
    """Every kind of export with names, in every form, and what is found by a word: their texts by name."""
    folder.mkdir()
    told = {}
    for kind, form in product(Kind, FileForm):
        for name, filters in (("all", Filters()), ("found", Filters(words="zither"))):
            file = folder / f"{name}-{kind}.{form}"
            extract = Extract(kind, filters, named=True)
            export(Hands(app), extract, form, file, by="liisa", console=Console(quiet=True))
            table = form is FileForm.PARQUET
            told[file.name] = repr(read_table(file).to_pylist()) if table else file.read_text("utf-8")
    return told


async def test_whatever_is_taken_out_afterwards_tells_nothing_of_the_person(
    town: Town, tmp_path: Path
) -> None:
    """Exports of every kind with names, what a search finds, a backup: before, they told; none does any more."""
    await _zebulon_in_the_middle(town)
    await town.app.write(searching.index)
    before = await asyncio.to_thread(_taken_out, town.app, tmp_path / "before")
    assert {name for name, text in before.items() if "Zebulon" in text} >= {
        "all-responses.csv",
        "all-cases.parquet",
    }
    assert COMMENT in before["found-responses.jsonl"], "it is found by a word"

    await _forget(town)
    await town.settle()
    await town.app.write(searching.index)
    await town.app.write(erasing.clear_log)
    after: dict[str, str] = await asyncio.to_thread(_taken_out, town.app, tmp_path / "after")
    if not on_postgresql():
        backup(town.app.settings.database_url, tmp_path / "backup.db")
        after["backup"] = (tmp_path / "backup.db").read_bytes().decode("latin-1")
    assert [(name, secret) for name, text in after.items() for secret in LEFT_BEHIND if secret in text] == []
    assert "all-responses.csv" in after
    assert after["all-responses.csv"].count("\n") == before["all-responses.csv"].count("\n"), "scores stay"


def _told_of(log: Log) -> list[str]:
    """What of the customer stands in a log."""
    return [secret for secret in LEFT_BEHIND if secret in log.text()]


async def test_no_log_line_tells_of_the_person_not_even_when_things_go_wrong(town: Town) -> None:
    """The whole way, with a blocked bot, a database that refuses their words, and the erasure at its end."""
    with everything_logged() as log:
        await _zebulon_in_the_middle(town)
        await town.person("zeb").vanishes()
        await town.maya.fills("Write to the customer", words=OWNER)
        await town.app.write(_stumbles_over_their_words)
        await town.person("zeb").returns()
        await _forget(town)
        await town.settle()
        assert "was not delivered" in log.text()
        assert "IntegrityError" in log.text()
        assert _told_of(log) == []

        logging.getLogger("handlers").warning("%s", COMMENT)
        assert _told_of(log) == [COMMENT, "zither", "Xenophon"], "and a line that told would have been found"


def _stumbles_over_their_words(ctx: Context) -> None:
    """One of a tick's many jobs fails, and is logged whole, with what it was about to write."""
    each({"answer 1": COMMENT}, _write_twice, ctx)


def _write_twice(words: str, ctx: Context) -> None:
    for _ in range(2):
        ctx.session.add(Answer(response_id=1, question="again", metric="words", words=words, at=ctx.now))
    ctx.session.flush()


async def test_what_was_counted_stays_counted(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    before = [(r.service, r.touchpoint, r.stream) for r in await town.rows(Response)]
    await _forget(town)
    assert [(r.service, r.touchpoint, r.stream) for r in await town.rows(Response)] == before
    shell = next(p for p in await town.rows(Person) if p.erased_at)
    assert (shell.name, shell.email, shell.phone, shell.key, shell.language) == ("", None, None, None, None)


async def test_who_changes_their_mind_is_not_forgotten(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    zeb = town.person("zeb")
    await zeb.writes("/feedback forget me")
    asked = await zeb.latest()
    assert "It cannot be undone." in asked
    await zeb.taps("Keep everything")
    assert "Nothing was erased." in await zeb.latest()
    assert any(p.name == "Zebulon Quist" for p in await town.rows(Person))


async def test_it_is_asked_for_in_three_languages_and_by_customers_without_a_slash(town: Town) -> None:
    for words, answer in (
        ("unohda minut", "Unohdanko sinut?"),
        ("glöm mig", "Ska jag glömma dig?"),
        ("forget me", "Shall I forget you?"),
    ):
        language = {"u": "fi", "g": "sv", "f": "en"}[words[0]]
        stranger = town.person(f"stranger-{language}")
        await stranger.writes(f"/feedback language {language}")
        assert answer in await stranger.writes(words)


async def test_a_reply_after_the_erasure_is_a_strangers(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    await _forget(town)
    zeb = town.person("zeb")
    said = await zeb.writes("Is anybody there?")
    assert "viestisi on kirjattu" in said, "in the organisation's language, for theirs is not known"
    newest = (await town.rows(Case))[-1]
    stranger = next(p for p in await town.rows(Person) if p.id == newest.customer_id)
    assert stranger.erased_at is None
    assert stranger.name != "Zebulon Quist"
    kinds = [e.kind for e in await town.rows(CaseEvent) if e.case_id == 1]
    assert kinds[-1] == CaseEventKind.ERASED, "and nobody's old case hears of it"


async def test_a_tap_on_a_message_from_before_gets_a_kind_sentence_and_keeps_nobody(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    old = await town.person("zeb").holds("Change 1")
    await _forget(town)
    people = len(await town.rows(Identity))
    await town.person("zeb").presses(old)
    assert "Tätä palautepyyntöä ei enää ole." in await town.person("zeb").latest()
    assert len(await town.rows(Identity)) == people, "who only taps is not remembered anew"


async def test_erased_twice_is_erased_once(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    await town.person("zeb").writes("/feedback forget me")
    again = await town.person("zeb").holds("Erase me")
    await town.person("zeb").taps("Erase me")
    before = len(await town.rows(CaseEvent))
    await town.person("zeb").presses(again)
    assert "olen unohtanut sinut" in await town.person("zeb").latest()
    assert len(await town.rows(CaseEvent)) == before


async def test_who_stands_in_the_organisation_file_is_told_whom_to_ask(town: Town) -> None:
    told = await town.maya.writes("/feedback forget me")
    assert "Liisa Heino" in told
    assert any(p.name == "Maya Virtanen" for p in await town.rows(Person))


async def test_a_prompt_under_way_while_its_reader_is_erased_is_taken_back(town: Town) -> None:
    await town.asked("phone", "zeb", customer_language="en", **SECRETS)
    [prompt] = [s for s in await town.rows(SentMessage) if s.kind == OutboxKind.PROMPT]
    assert "Zebulon" not in prompt.conversation
    await _forget(town)
    assert [s for s in await town.rows(SentMessage) if s.person_id == prompt.person_id] == []
    assert all("room 9" not in entry.text for entry in await town.person("zeb").conversation())


async def test_what_we_hold_is_shown_and_given_out_whole(town: Town) -> None:
    await _zebulon_in_the_middle(town)
    shown = await town.person("zeb").writes("/feedback my data")
    assert "zebulon@quist.example" in shown
    assert "Liisa Heino gives you all of it as a file when you ask." in shown

    def take_out(ctx):  # type: ignore[no-untyped-def]
        return privacy.export(privacy.person_called("zebulon@quist.example", ctx), None, ctx)

    held = (await town.app.write(take_out))["held"]
    assert held["people"][0]["name"] == "Zebulon Quist"
    assert held["identities"][0]["external_id"] == "zeb"
    assert COMMENT in {answer.get("words") for answer in held["answers"]}
    assert {OWNER, REPLY} <= {event.get("words") for event in held["case_events"]}
    assert held["encounters"][0]["external_reference"] == "T-ZITHER-9"
