"""The application: it starts when it may, hears, speaks, refuses in words, and stops politely."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App, NotApplied
from bot.settings import Settings
from handlers.events import CaseTaken, CommandGiven, RatingGiven, Sender
from handlers.messages import EditInPlace, Message, Nothing, Paragraph, Reply, Say
from storage.database import Database
from storage.tables import AuditEntry, Case, InboundDelivery, Person, Response, SurveyVersion
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.scripted import NOON, ORGANISATION, PostOffice, ScriptedChannel, post_office, until
from tests.helpers.town import HandClock, fresh_database

TOM = Sender("first", "tom")
MAYA = Sender("first", "maya")


@pytest.fixture
def first() -> ScriptedChannel:
    return ScriptedChannel("first")


@pytest.fixture
async def office(tmp_path: Path, first: ScriptedChannel) -> AsyncIterator[PostOffice]:
    async with post_office(tmp_path, first) as office:
        yield office


def _app(folder: Path, *channels: ScriptedChannel) -> App:
    settings = Settings(_env_file=None, database_url=fresh_database(folder))
    database = Database(settings.database_url)
    return App(settings, HandClock(NOON), database, {channel.name: channel for channel in channels})


def _words(reply: Reply) -> str:
    assert isinstance(reply, Say | EditInPlace)
    return "\n".join(part.text for part in reply.message.parts if isinstance(part, Paragraph))


async def test_it_does_not_start_before_an_organisation_was_applied(
    tmp_path: Path, first: ScriptedChannel
) -> None:
    app = _app(tmp_path, first)
    with pytest.raises(NotApplied, match="python -m bot apply"):
        await app.start()
    assert first.receive is None, "nobody was listened to"
    app.open()  # and the database was let go of
    app.close()


async def test_what_was_applied_is_there_after_a_restart(tmp_path: Path) -> None:
    app = _app(tmp_path)
    app.open()
    assert app.apply(ORGANISATION, "a test") != ()
    assert app.apply(ORGANISATION, "a test") == ()
    app.close()
    again = App(app.settings, app.clock, Database(app.settings.database_url), {})
    again.open()
    assert again.organisation == ORGANISATION
    again.close()


async def test_started_it_hears_and_speaks_by_itself(tmp_path: Path, first: ScriptedChannel) -> None:
    app = _app(tmp_path, first)
    app.open()
    app.apply(ORGANISATION, "a test")
    app.close()
    await app.start()
    try:
        assert first.receive is not None
        await PostOffice(app, HandClock(NOON)).ask()
        await until(lambda: [said.where for said in first.said] == ["tom"])
    finally:
        await app.stop()
    assert first.receive is None


async def test_stopping_says_what_is_on_its_way_first(tmp_path: Path, first: ScriptedChannel) -> None:
    app = _app(tmp_path, first)
    app.open()
    app.apply(ORGANISATION, "a test")
    app.close()
    first.shut()
    await app.start()
    await PostOffice(app, HandClock(NOON)).ask()
    await until(lambda: len(first.at_the_gate) == 1)
    asyncio.get_running_loop().call_later(0.05, first.open)
    await app.stop()
    assert len(first.said) == 1


async def test_a_refusal_is_a_reply_in_the_persons_language_and_keeps_nothing(office: PostOffice) -> None:
    event = CommandGiven(words="frobnicate", by=TOM, at=NOON, delivery_id="d-1")
    assert "“frobnicate”" in _words(await office.app.receive(event))
    assert await office.rows(InboundDelivery) == [], "delivered again, it is answered again"
    assert "“frobnicate”" in _words(await office.app.receive(event))


async def test_a_trespass_is_refused_and_written_down(office: PostOffice) -> None:
    await office.alert()
    [case] = await office.rows(Case)
    event = CaseTaken(case=case.token, by=TOM, at=NOON, delivery_id="d-1")
    assert "Ask Liisa Heino" in _words(await office.app.receive(event))
    [entry] = await office.rows(AuditEntry)
    assert (entry.did, entry.subject, entry.subject_id) == ("was refused", "CaseTaken", case.token)

    unknown = CaseTaken(case="none", by=TOM, at=NOON, delivery_id="d-2")
    assert "I do not know this case" in _words(await office.app.receive(unknown))
    assert len(await office.rows(AuditEntry)) == 1, "who asks for what is not there trespasses on nothing"


async def test_a_mistake_of_ours_is_raised_and_nothing_is_stored(office: PostOffice) -> None:
    invitation = await office.ask()
    await office.change(SurveyVersion, definition="{")
    event = RatingGiven(invitation=invitation, question="ease", score=5, by=TOM, at=NOON, delivery_id="d-1")
    with pytest.raises(ValueError, match="JSON"):
        await office.app.receive(event)
    assert await office.rows(Response) == []
    assert await office.rows(InboundDelivery) == [], "the platform will bring it again"


async def test_the_same_delivery_is_taken_in_once(office: PostOffice) -> None:
    invitation = await office.ask()
    event = RatingGiven(invitation=invitation, question="ease", score=5, by=TOM, at=NOON, delivery_id="d-1")
    first_reply, second_reply = await asyncio.gather(office.app.receive(event), office.app.receive(event))
    assert isinstance(first_reply, EditInPlace)
    assert isinstance(second_reply, EditInPlace)
    assert first_reply.message == second_reply.message, "and both hear the same"
    command = CommandGiven(words="stop", by=TOM, at=NOON, delivery_id="d-2")
    assert isinstance(await office.app.receive(command), Say)
    assert await office.app.receive(command) == Nothing()


async def test_the_same_number_from_two_channels_is_two_deliveries(office: PostOffice) -> None:
    for channel in ("first", "elsewhere"):
        event = CommandGiven(words="help", by=Sender(channel, "tom"), at=NOON, delivery_id="1")
        assert isinstance(await office.app.receive(event), Say)


async def test_a_tick_does_everything_that_is_due(office: PostOffice, first: ScriptedChannel) -> None:
    await office.alert()
    office.clock.at = office.clock.at.replace(hour=16)
    await office.app.tick()
    assert await office.states(OutboxKind.CASE_ESCALATION) == [OutboxState.SENT]
    assert {said.where for said in first.said} == {"maya", "liisa"}
    before = len(first.said)
    await office.app.tick()
    assert len(first.said) == before


async def test_replies_are_messages_every_channel_can_draw(office: PostOffice) -> None:
    for words in ("help", "stop", "start", "snooze", "language sv"):
        reply = await office.app.receive(CommandGiven(words=words, by=MAYA, at=NOON, delivery_id=""))
        assert isinstance(reply, Say)
        assert isinstance(reply.message, Message)
        assert reply.message.summary
    assert [row.language for row in await office.rows(Person) if row.key == "maya"] == ["sv"]
