"""Updates, tamed: what each means, and that nothing unknown gets through."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.telegram.payloads import (
    Heard,
    Moving,
    Opened,
    Plain,
    Pressed,
    Said,
    Spoken,
    Spot,
    Steered,
    Wordless,
    kind_of,
    tame,
)
from handlers.events import CaseTaken, CommandGiven, Event, PersonLost, RatingGiven
from handlers.messages import Action, Verb
from tests.helpers import telegram_payloads as telegram
from tests.helpers.telegram_server import GROUP, MAYA, TOM

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BOT = "KaikuTestBot"


def heard(update: dict[str, Any]) -> Heard | None:
    return tame(update, NOW, BOT)


def event(update: dict[str, Any]) -> Event:
    plain = heard(update)
    assert isinstance(plain, Plain)
    return plain.event


def test_a_press_is_its_event() -> None:
    update = telegram.press(Action(Verb.RATE, "x7Gk", "ease=2").encode(), 100)
    rating = event(update)

    assert isinstance(rating, RatingGiven)
    assert (rating.invitation, rating.question, rating.score) == ("x7Gk", "ease", 2)
    assert (rating.by.external_id, rating.by.name, rating.by.language) == (str(TOM), "Tom Guest", "en")
    assert (rating.conversation, rating.message, rating.private) == (str(TOM), "100", True)
    assert rating.delivery_id == str(update["update_id"])
    assert rating.at == NOW


def test_a_press_in_a_topic_of_a_group_says_where() -> None:
    update = telegram.press(Action(Verb.TAKE, "c4Se").encode(), 100, by=MAYA, where=GROUP, thread=7)
    taken = event(update)

    assert isinstance(taken, CaseTaken)
    assert taken.conversation == f"{GROUP}/7"
    assert not taken.private


def test_a_press_of_a_form_belongs_to_the_form() -> None:
    pressed = heard(telegram.press("~|abc123|0|4", 100))
    assert isinstance(pressed, Pressed)
    assert pressed.value == "abc123|0|4"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "rate",
        "rate|x",
        "nonsense|x|y",
        "rate|x|ease",
        "rate|x|ease=many",
        "no|x|because",
        "\0",
        "🙂" * 16,
    ],
)
def test_a_value_edited_by_hand_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        heard(telegram.press(value, 100))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/feedback log + Acme: quick fix", "log + Acme: quick fix"),
        ("/palaute", ""),
        ("/respons hjälp", "hjälp"),
        ("/FEEDBACK help", "help"),
        ("/feedback@KaikuTestBot log\nmany lines", "log\nmany lines"),
        ("/help", "help"),
        ("/apua", "apua"),
        ("/hjalp", "hjälp"),
        ("/language fi", "language fi"),
        ("/nonsense", "nonsense"),
    ],
)
def test_commands_in_three_languages(typed: str, words: str) -> None:
    given = event(telegram.words(typed))
    assert isinstance(given, CommandGiven)
    assert given.words == words


def test_a_command_to_another_bot_is_not_ours() -> None:
    assert heard(telegram.words("/feedback@OtherBot log")) is None


def test_in_a_group_only_our_commands_are_heard() -> None:
    assert heard(telegram.words("The printer works again.", where=GROUP)) is None
    assert heard(telegram.words("/stop", where=GROUP)) is None
    assert heard(telegram.words("/start", where=GROUP)) is None
    given = event(telegram.words("/feedback log Acme: hyvä", where=GROUP))
    assert not given.private


def test_a_person_picked_from_the_list_is_a_mention_of_theirs() -> None:
    mention = {"type": "text_mention", "offset": 14, "length": 4, "user": telegram.user(MAYA)}
    command = {"type": "bot_command", "offset": 0, "length": 9}
    given = event(telegram.words("/feedback ask Maya visit", entities=[command, mention]))
    assert isinstance(given, CommandGiven)
    assert given.words == f"ask <@{MAYA}> visit"


def test_words_say_what_they_reply_to() -> None:
    replied = {"message_id": 55, "date": 1795500000, "chat": telegram.chat(TOM)}
    said = heard(telegram.words("Slow.\nVery slow.", reply_to_message=replied))
    assert isinstance(said, Said)
    assert (said.event.words, said.event.reply_to) == ("Slow.\nVery slow.", "55")


def test_start_brings_what_the_link_carried() -> None:
    opened = heard(telegram.words("/start abc-def_1"))
    assert isinstance(opened, Opened)
    assert opened.payload == "abc-def_1"


@pytest.mark.parametrize(
    ("typed", "skip"), [("/cancel", False), ("/peruuta", False), ("/avbryt", False), ("/ohita", True)]
)
def test_a_form_is_steered_by_commands(typed: str, *, skip: bool) -> None:
    steered = heard(telegram.words(typed))
    assert isinstance(steered, Steered)
    assert steered.skip is skip


def test_a_caption_is_words_and_a_sticker_is_not() -> None:
    photo = [{"file_id": "A", "file_unique_id": "B", "width": 1, "height": 1}]
    assert isinstance(heard(telegram.wordless(photo=photo, caption="Look at this")), Said)
    assert isinstance(heard(telegram.wordless(**telegram.STICKER)), Wordless)


def test_a_voice_message_is_told_by_length_and_size() -> None:
    spoken = heard(telegram.voice(seconds=73, file_size=210_000))
    assert isinstance(spoken, Spoken)
    event = spoken.event
    assert (event.source, event.seconds, event.size, event.media_type) == ("AwAC", 73, 210_000, "audio/ogg")


@pytest.mark.parametrize(
    ("said", "believed"),
    [("audio/mpeg", "audio/mpeg"), ("text/html", "audio/ogg"), ("audio/x\r\nSet-Cookie: a", "audio/ogg")],
)
def test_of_a_recorded_file_only_what_sounds_is_believed(said: str, believed: str) -> None:
    audio = {"file_id": "A", "file_unique_id": "B", "duration": 3, "mime_type": said}
    spoken = heard(telegram.wordless(audio=audio, caption="My opinion"))
    assert isinstance(spoken, Spoken)
    assert spoken.event.media_type == believed


def test_among_others_nobody_is_listened_to() -> None:
    update = telegram.voice()
    update["message"]["chat"] = telegram.chat(GROUP)
    assert heard(update) is None


@pytest.mark.parametrize("status", ["kicked", "left"])
def test_who_blocks_the_bot_is_lost(status: str) -> None:
    lost = event(telegram.membership(status))
    assert isinstance(lost, PersonLost)
    assert lost.person.external_id == str(TOM)


def test_coming_back_and_being_thrown_out_of_a_group_lose_nobody() -> None:
    assert heard(telegram.membership("member")) is None
    assert heard(telegram.membership("kicked", where=GROUP)) is None


def test_a_group_that_moved_says_where_to() -> None:
    assert heard(telegram.migration()) == Moving(GROUP, -1009876543210)


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "edited_channel_post"])
def test_what_is_edited_or_posted_in_channels_is_not_for_us(kind: str) -> None:
    update = telegram.words("Hello")
    update[kind] = update.pop("message")
    assert heard(update) is None


def test_another_bots_words_and_service_messages_are_not_for_us() -> None:
    update = telegram.words("Hello")
    update["message"]["from"]["is_bot"] = True
    assert heard(update) is None
    assert heard(telegram.wordless(new_chat_title="Support")) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"update_id": "1"},
        {"update_id": True},
        {"update_id": 1},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {}},
        {"update_id": 1, "message": {"message_id": 1, "date": 10**30, "chat": {"id": 1, "type": "private"}}},
        {"update_id": 1, "callback_query": {"id": "1"}},
        {"update_id": 1, "callback_query": {"id": "1", "from": telegram.user(), "chat_instance": "1"}},
        {"update_id": 1, "from_tomorrow": {"id": 1}},
        {"update_id": 1, "poll": {"id": "1"}},
    ],
)
def test_a_shape_that_nobody_knows_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        heard(body)


@pytest.mark.parametrize("wrong", [True, "7", 1.5, {"id": 1}, [1]])
@pytest.mark.parametrize(
    "path",
    [
        ("message", "from", "id"),
        ("message", "from", "first_name"),
        ("message", "chat", "id"),
        ("message", "message_id"),
        ("message", "text"),
        ("message", "migrate_to_chat_id"),
        ("message", "voice", "duration"),
        ("message", "voice", "file_size"),
        ("message", "voice", "file_id"),
        ("callback_query", "id"),
        ("callback_query", "message", "message_id"),
    ],
)
def test_a_value_of_another_type_is_refused_or_means_what_it_meant(
    path: tuple[str, ...], wrong: object
) -> None:
    spoken = path[1] == "voice"
    update = (
        telegram.press("~|3", 7)
        if path[0] == "callback_query"
        else telegram.voice()
        if spoken
        else telegram.words("hi")
    )
    place: Any = update
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = wrong
    with suppress(ValueError):
        told = heard(update)
        assert _right(told), f"{told} holds another type than it says"


def _right(told: Heard | None) -> bool:
    numbers: list[object] = []
    match told:
        case Moving(old, new):
            numbers = [old, new]
        case Spoken(place, event):
            numbers = [place.person, event.seconds, event.size]
        case Said(place) | Pressed(place) | Wordless(place):
            numbers = [place.person, place.message]
        case _:
            pass
    return bool(numbers) and all(type(number) is int for number in numbers)


def test_its_kind_is_told_without_what_it_says() -> None:
    assert kind_of({"update_id": 1, "from_tomorrow": {"words": "secret"}}) == "from_tomorrow"


@pytest.mark.parametrize("written", ["42", "-1001234567890", "-1001234567890/7"])
def test_a_conversation_is_written_as_it_is_read(written: str) -> None:
    assert str(Spot.read(written)) == written
