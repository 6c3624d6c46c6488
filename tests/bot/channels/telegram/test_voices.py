"""Voice messages: taken at once, fetched after that, and heard by who asks for them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.app import App
from bot.channels import Destination
from bot.channels.telegram.fetching import PATIENCE, Fetching
from bot.channels.telegram.sender import TelegramChannel
from bot.web.site import create_site
from bot.wiring import channels
from handlers.events import VoiceReceived
from handlers.messages import Action, EditInPlace, Form, Message, Paragraph, Say, TextField, Verb
from handlers.voice import MOST_BYTES
from storage import chat
from storage.database import Database
from storage.tables import Case, Feedback, VoiceMessage
from storage.vocabulary import VoiceState
from tests.bot.channels.telegram.conftest import Telegram, settings_for
from tests.helpers import telegram_payloads as sends
from tests.helpers.samples import HEARD, VOICE
from tests.helpers.telegram_server import TOM, Refusal, TelegramServer, flood
from tests.helpers.town import TUESDAY_TEN, HandClock, Town, example, fresh_database

pytestmark = pytest.mark.whole

KEY = SecretStr("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
SOUND = b"OggS, and what Tom thinks"
THANKS = Message((Paragraph("Thank you."),), "Thank you.")


def form(verb: Verb) -> Form:
    return Form(Action(verb, "x7Gk", "words"), "Words", (TextField("words", "What else?"),), "Send")


async def asked_in_words(telegram: Telegram, verb: Verb) -> None:
    """Tom pressed a button whose form asks for words."""
    telegram.server.messages[TOM, 100] = {"text": "How was it?"}
    telegram.house.form = form(verb)
    await telegram.hear(sends.press(Action(verb, "x7Gk", "words").encode(), 100))
    telegram.house.events.clear()


async def test_it_answers_the_question_for_words_of_a_survey(telegram: Telegram) -> None:
    await asked_in_words(telegram, Verb.WRITE)
    telegram.house.reply = EditInPlace(THANKS)
    spoken = sends.voice()
    await telegram.hear(spoken)

    (event,) = telegram.house.events
    assert isinstance(event, VoiceReceived)
    assert (event.invitation, event.question, event.message) == ("x7Gk", "words", "100")
    assert telegram.server.messages[TOM, 100]["text"] == "Thank you."


async def test_delivered_again_it_is_the_same_delivery(telegram: Telegram) -> None:
    await asked_in_words(telegram, Verb.WRITE)
    spoken = sends.voice()
    await telegram.hear(spoken)
    await telegram.hear(spoken)
    first, second = telegram.house.events
    assert first.delivery_id == second.delivery_id


async def test_refused_it_leaves_the_question_open(telegram: Telegram) -> None:
    await asked_in_words(telegram, Verb.WRITE)
    telegram.house.reply = Say(THANKS, refused=True)
    await telegram.hear(sends.voice(seconds=900))
    telegram.house.reply = EditInPlace(THANKS)
    await telegram.hear(sends.words("In short: no."))
    assert [type(event).__name__ for event in telegram.house.events] == ["VoiceReceived", "CommentGiven"]


async def test_any_other_question_wants_its_answer_written(telegram: Telegram) -> None:
    await asked_in_words(telegram, Verb.HAND_OVER)
    await telegram.hear(sends.voice())
    assert telegram.house.events == []
    assert telegram.said()[-1].startswith("I can only keep words")


async def test_it_is_played_under_its_message(telegram: Telegram) -> None:
    sent = await telegram.channel.send(Destination(person=str(TOM)), VOICE, "a")
    played = telegram.server.to("sendVoice")[-1]
    assert (played["voice"], played["duration"]) == (HEARD.content, 12)
    assert played["reply_parameters"]["message_id"] == int(sent.message)


async def test_music_is_no_voice(telegram: Telegram) -> None:
    music = Message((replace(HEARD, media_type="audio/mpeg"),), "Music")
    await telegram.channel.send(Destination(person=str(TOM)), music, "a")
    assert telegram.server.to("sendAudio")[-1]["audio"] == HEARD.content


async def test_who_wishes_no_voice_messages_gets_a_file(telegram: Telegram) -> None:
    telegram.server.scripted["sendVoice"].append(Refusal(400, "Bad Request: VOICE_MESSAGES_FORBIDDEN"))
    await telegram.channel.send(Destination(person=str(TOM)), VOICE, "a")
    assert telegram.server.to("sendDocument")[-1]["document"] == HEARD.content


async def test_what_cannot_be_sent_is_told_with_how_to_hear_it(telegram: Telegram) -> None:
    telegram.server.scripted["sendVoice"].append(Refusal(502, "Bad Gateway"))
    await telegram.channel.send(Destination(person=str(TOM)), VOICE, "a")
    assert "python -m bot voice v7Gk" in telegram.said()[-1]


class Speaker:
    """The whole application: Tom in Telegram, everybody else in the sandbox."""

    def __init__(self, app: App, server: TelegramServer, clock: HandClock) -> None:
        self.app, self.server, self.clock = app, server, clock
        self.town = Town(app, clock)
        channel = app.channels["telegram"]
        assert isinstance(channel, TelegramChannel)
        self.telegram = channel

    async def says(self, **more: Any) -> None:
        """Tom sends a voice message, and everything follows from it."""
        await self.telegram._hear(sends.voice(**more))
        await self.telegram._replies.finish(within=5)
        await self.town.settle()

    async def state(self, wanted: VoiceState) -> VoiceMessage:
        """Wait until the newest voice message is in a state."""
        async with asyncio.timeout(5):
            while (await self.town.rows(VoiceMessage))[-1].state != wanted:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.01)
        await self.town.settle()
        return (await self.town.rows(VoiceMessage))[-1]


@pytest.fixture
async def speaker(
    server: TelegramServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Speaker]:
    monkeypatch.setattr(Fetching, "first_rest", 0.01)
    database_url = fresh_database(tmp_path / "house")
    settings = settings_for(server, database_url=database_url, sandbox=True, encryption_key=KEY)
    clock, database = HandClock(TUESDAY_TEN), Database(database_url)
    app = App(settings, clock, database, channels(settings, clock, database))
    app.open()
    app.apply(example(), "a test")
    for channel in app.channels.values():
        await channel.start(app.receive)
    yield Speaker(app, server, clock)
    for channel in app.channels.values():
        await channel.stop()
    app.close()


async def test_from_the_telephone_to_the_owners_ear(speaker: Speaker) -> None:
    speaker.server.files["AwAC"] = SOUND
    await speaker.says(file_size=len(SOUND))
    voice = await speaker.state(VoiceState.KEPT)
    assert SOUND not in (voice.content or b"")

    owner = speaker.town.person("liisa")
    assert "Voice message, 0:12" in await owner.reads()
    await owner.presses(Action(Verb.LISTEN, voice.token))
    address = f"/sandbox/voices/{voice.token}"
    assert address in await _html(speaker, owner.identity)
    transport = httpx.ASGITransport(create_site(speaker.app))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        heard = await browser.get(address)
        missing = await browser.get("/sandbox/voices/nobody")
    assert (heard.content, heard.headers["content-type"]) == (SOUND, "audio/ogg")
    assert missing.status_code == 404


async def _html(speaker: Speaker, identity: str) -> str:
    return "\n".join(row.body for row in await speaker.town.look(lambda s: chat.latest(s, identity, 10)))


async def test_it_is_taken_before_it_is_fetched_and_the_fetching_does_not_tire(speaker: Speaker) -> None:
    speaker.server.scripted["getFile"].extend(
        [Refusal(502, "Bad Gateway"), flood(1), Refusal(502, "Bad Gateway")]
    )
    speaker.server.files["AwAC"] = SOUND
    await speaker.says()
    methods = [call.method for call in speaker.server.calls]
    assert (await speaker.town.rows(Feedback))[-1].words == "Voice message, 0:12"
    assert "sendMessage" in methods
    await speaker.state(VoiceState.KEPT)
    assert len(speaker.server.to("getFile")) == 4


async def test_what_telegram_does_not_have_is_told_to_who_spoke(speaker: Speaker) -> None:
    await speaker.says(file="gone")
    await speaker.state(VoiceState.LOST)
    assert "could not be fetched" in speaker.server.to("sendMessage")[-1]["text"]


async def test_what_turns_out_too_large_is_lost(speaker: Speaker) -> None:
    speaker.server.files["AwAC"] = b"x" * (MOST_BYTES + 1)
    await speaker.says()
    await speaker.state(VoiceState.LOST)


async def test_after_a_day_of_silence_it_is_given_up(speaker: Speaker) -> None:
    speaker.server.scripted["getFile"].extend([Refusal(502, "Bad Gateway")] * 50)
    await speaker.says()
    assert (await speaker.town.rows(VoiceMessage))[-1].state == VoiceState.AWAITED
    speaker.clock.at += PATIENCE + timedelta(minutes=1)
    speaker.telegram._fetching.wake()
    await speaker.state(VoiceState.LOST)


async def test_what_an_earlier_run_left_behind_is_fetched(speaker: Speaker) -> None:
    speaker.server.scripted["getFile"].append(Refusal(502, "Bad Gateway"))
    await speaker.telegram._fetching.stop()
    await speaker.says()
    speaker.server.files["AwAC"] = SOUND
    speaker.telegram._fetching.start(speaker.app.receive)
    await speaker.state(VoiceState.KEPT)


async def test_delivered_again_it_is_one(speaker: Speaker) -> None:
    speaker.server.files["AwAC"] = SOUND
    update = sends.voice()
    for _ in range(2):
        assert await speaker.telegram._hear(update)
    await speaker.state(VoiceState.KEPT)
    assert len(await speaker.town.rows(VoiceMessage)) == 1
    assert len(await speaker.town.rows(Case)) == 1
