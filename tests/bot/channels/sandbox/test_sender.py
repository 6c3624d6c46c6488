"""The sandbox's voice: what is said stands once, can be edited and taken back, and unreachable is told."""

import pytest

from bot.channels import Destination, Sent
from bot.channels.errors import DeliveryError
from bot.channels.sandbox.entries import Entry
from handlers.events import Event, Sender
from handlers.messages import Message, Paragraph
from storage import chat
from tests.helpers.sandbox import Sandbox
from tests.helpers.town import TUESDAY_TEN

TOM = Destination(person="tom")


def says(words: str) -> Message:
    return Message((Paragraph(words),), words)


async def entries(sandbox: Sandbox, conversation: str) -> list[Entry]:
    rows = await sandbox.app.database.read(lambda s: chat.latest(s, conversation, 100))
    return [Entry.of(row) for row in rows]


async def test_a_delivery_that_comes_again_is_the_same_message(sandbox: Sandbox) -> None:
    first = await sandbox.channel.send(TOM, says("Hei"), "key-1")
    again = await sandbox.channel.send(TOM, says("Hei"), "key-1")

    assert first == again
    assert len(await entries(sandbox, "tom")) == 1


async def test_what_is_said_to_a_person_and_to_a_conversation_stands_there(sandbox: Sandbox) -> None:
    to_tom = await sandbox.channel.send(TOM, says("Hei"), "key-1")
    to_all = await sandbox.channel.send(Destination(conversation="#advice"), says("Hei"), "key-2")

    assert (to_tom.conversation, to_all.conversation) == ("tom", "#advice")
    assert [entry.summary for entry in await entries(sandbox, "#advice")] == ["Hei"]


async def test_an_edit_takes_the_place_and_says_so(sandbox: Sandbox) -> None:
    sent = await sandbox.channel.send(TOM, says("Hei"), "key-1")
    edited = await sandbox.channel.edit(sent, says("Moi"))
    (entry,) = await entries(sandbox, "tom")

    assert edited == sent
    assert "Moi" in entry.html
    assert entry.edited_at is not None


async def test_what_is_taken_back_is_gone_and_may_be_taken_back_again(sandbox: Sandbox) -> None:
    sent = await sandbox.channel.send(TOM, says("Hei"), "key-1")
    await sandbox.channel.remove(sent)
    await sandbox.channel.remove(sent)

    assert await entries(sandbox, "tom") == []


@pytest.mark.parametrize(
    "sent", [Sent("tom", "99"), Sent("#advice", "1"), Sent("tom", "no number"), Sent("tom", "")]
)
async def test_a_message_that_is_not_there_cannot_be_edited(sandbox: Sandbox, sent: Sent) -> None:
    await sandbox.channel.send(TOM, says("Hei"), "key-1")
    with pytest.raises(DeliveryError) as refused:
        await sandbox.channel.edit(sent, says("Moi"))

    assert refused.value.permanent
    assert not refused.value.unreachable


async def test_a_persons_own_words_are_not_the_bots_to_edit(sandbox: Sandbox) -> None:
    written = await sandbox.channel.write_down("tom", "tom", "Hei", "key-1")
    with pytest.raises(DeliveryError):
        await sandbox.channel.edit(written, says("Moi"))


async def test_who_blocked_the_bot_is_unreachable(sandbox: Sandbox) -> None:
    sent = await sandbox.channel.send(TOM, says("Hei"), "key-1")
    await sandbox.channel.write_down("tom", chat.BOT, chat.LEFT, "key-2")
    for speak in (sandbox.channel.send(TOM, says("Moi"), "key-3"), sandbox.channel.edit(sent, says("Moi"))):
        with pytest.raises(DeliveryError) as refused:
            await speak
        assert refused.value.unreachable


async def test_words_that_look_like_a_notice_are_words(sandbox: Sandbox) -> None:
    await sandbox.channel.write_down("tom", "tom", chat.LEFT, "key-1")
    await sandbox.channel.send(TOM, says("Hei"), "key-2")

    assert [entry.notice for entry in await entries(sandbox, "tom")] == ["", ""]


async def test_nobody_hears_before_the_channel_is_started(sandbox: Sandbox) -> None:
    await sandbox.channel.stop()
    with pytest.raises(RuntimeError, match="not started"):
        await sandbox.channel.receive(Event(by=Sender("sandbox", "tom"), at=TUESDAY_TEN, delivery_id="1"))
