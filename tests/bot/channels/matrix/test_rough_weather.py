"""Outages, restarts, limits and people who go: against a homeserver nobody here wrote."""

import asyncio

import pytest
from pydantic import SecretStr

from bot.channels import Destination
from bot.channels.errors import DeliveryError
from bot.channels.matrix.doctor import examine
from bot.channels.matrix.homeserver import MOST_HEARD
from bot.channels.matrix.sender import MatrixChannel
from handlers.events import RatingGiven, Sender
from storage.tables import Answer, AnswerChange, Feedback, Identity, Invitation, OutboxMessage
from storage.vocabulary import OutboxKind, OutboxState
from tests.helpers.matrix_town import MatrixTown, text_of
from tests.helpers.samples import ALERT, PROMPT
from tests.peers.synapse import Synapse

pytestmark = pytest.mark.peer


def channel_of(matrix: MatrixTown) -> MatrixChannel:
    channel = matrix.app.channels["matrix"]
    assert isinstance(channel, MatrixChannel)
    return channel


async def alerts(matrix: MatrixTown) -> int:
    return sum("Low score" in text_of(message) for message in await matrix.maya.messages())


async def until_reachable(matrix: MatrixTown, user: str, *, is_it: bool) -> None:
    """Wait; the test's own time limit ends it."""
    while is_it is await is_lost(matrix, user):  # noqa: ASYNC110 - a database has no event to wait for
        await asyncio.sleep(0.1)


async def is_lost(matrix: MatrixTown, user: str) -> bool:
    return any(row.unreachable_at for row in await matrix.rows(Identity) if row.external_id == user)


async def send_many(channel: MatrixChannel, to: Destination) -> None:
    for number in range(10):
        await channel.send(to, ALERT, f"alert:{number}")


async def test_what_was_said_while_kaiku_was_away_is_heard_once(matrix: MatrixTown) -> None:
    await matrix.asks()
    prompt = await matrix.tom.reads("helppoa")
    await matrix.stop()
    await matrix.tom.reacts("helppoa", "2️⃣")
    for number in range(MOST_HEARD + 5):
        await matrix.tom.does(matrix.tom.account.react, matrix.tom.room, prompt["event_id"], f"🐌{number}")
    await matrix.tom.reacts("helppoa", "4️⃣")
    await matrix.start_again()

    await matrix.maya.reads("Low score")
    (before,), (answer,) = await matrix.rows(AnswerChange, at_least=1), await matrix.rows(Answer)
    assert (before.score, answer.score) == (2, 4), (
        "both taps, though more is between them than is told at once"
    )

    await matrix.stop()
    await matrix.start_again()
    await matrix.tom.says("3")
    assert len(await matrix.rows(Answer, at_least=2)) == 2
    assert await alerts(matrix) == 1


async def test_an_outage_of_the_homeserver_loses_nothing(server: Synapse, matrix: MatrixTown) -> None:
    await matrix.asks()
    (invitation, *_) = await matrix.rows(Invitation)
    await asyncio.to_thread(server.stop)
    given = RatingGiven(
        invitation=invitation.token,
        question="ease",
        score=1,
        by=Sender("matrix", matrix.tom.user),
        at=matrix.clock.now(),
        delivery_id="from elsewhere",
    )
    await matrix.app.receive(given)
    await asyncio.sleep(0.5)
    waiting = [row for row in await matrix.rows(OutboxMessage) if row.kind == OutboxKind.CASE_NOTICE]
    assert [row.state for row in waiting] == [OutboxState.QUEUED]
    await asyncio.to_thread(server.start)

    await matrix.maya.reads("Low score")
    await matrix.tom.says("3")
    (before,) = await matrix.rows(AnswerChange, at_least=1)
    assert before.score == 1
    assert await alerts(matrix) == 1


async def test_the_same_message_twice_is_said_once(matrix: MatrixTown) -> None:
    to = Destination(person=matrix.maya.user, conversation=matrix.maya.room)
    first = await channel_of(matrix).send(to, ALERT, "alert:1")
    second = await channel_of(matrix).send(to, ALERT, "alert:1")
    assert first == second
    assert await channel_of(matrix).send(to, ALERT, "alert:2") != first


async def test_a_limit_is_told_with_the_time_to_wait(server: Synapse, matrix: MatrixTown) -> None:
    to = Destination(person=matrix.maya.user, conversation=matrix.maya.room)
    await asyncio.to_thread(server.limit, matrix.bot, 1, 1)
    with pytest.raises(DeliveryError) as busy:
        await send_many(channel_of(matrix), to)
    assert busy.value.retry_after
    assert 0 < busy.value.retry_after < 10
    assert not busy.value.permanent


async def test_who_left_the_conversation_is_unreachable_until_they_come_back(matrix: MatrixTown) -> None:
    await matrix.asks()
    tom = matrix.tom
    await tom.does(tom.account.leave, tom.room)

    await until_reachable(matrix, tom.user, is_it=False)
    with pytest.raises(DeliveryError) as gone:
        await channel_of(matrix).send(Destination(tom.user, tom.room), PROMPT, "prompt:9")
    assert gone.value.unreachable

    await tom.meets()
    await tom.says("Olen täällä taas.")
    await until_reachable(matrix, tom.user, is_it=True)
    sent = await channel_of(matrix).send(Destination(tom.user), PROMPT, "prompt:10")
    assert sent.conversation == tom.room


async def test_among_others_only_commands_and_reactions_are_heard(matrix: MatrixTown) -> None:
    maya, tom = matrix.maya, matrix.tom
    invited = {"invite": [matrix.bot.user, tom.user], "preset": "private_chat"}
    room = str((await maya.does(maya.account.ask, "POST", "/createRoom", invited))["room_id"])
    await tom.does(tom.account.join, room)
    await maya.until(lambda: room in matrix.bot.rooms())
    thanked = await tom.does(tom.account.say, room, "Kiitos avusta!")
    await maya.does(maya.account.say, room, "!palaute log + Acme: quick fix, thanked Ville #helpdesk")
    await maya.reads("Ville Laine")

    (logged,) = await matrix.rows(Feedback)
    assert logged.words == "quick fix, thanked Ville"
    said = await maya.does(maya.account.events, room)
    assert not [
        event for event in said if event["sender"] == matrix.bot.user and event["type"] == "m.room.message"
    ]

    await maya.does(maya.account.react, room, thanked, "✅")
    assert len(await matrix.rows(Invitation, at_least=1)) >= 1
    await tom.comes()
    await tom.reads("helppoa")


async def test_strangers_are_not_followed_into_rooms(server: Synapse, matrix: MatrixTown) -> None:
    stranger = matrix.tom.account
    await matrix.stop()
    matrix.settings = matrix.settings.model_copy(update={"matrix_servers": "elsewhere.test"})
    await matrix.start_again()
    (identity,) = [row for row in await matrix.rows(Identity) if row.external_id == stranger.user]
    await matrix.app.write(lambda ctx: ctx.session.delete(ctx.session.merge(identity)))
    room = await asyncio.to_thread(stranger.invite_to_direct, matrix.bot.user)

    def declined() -> bool:
        members = stranger.ask("GET", f"/rooms/{room}/members")["chunk"]
        return any(
            m["state_key"] == matrix.bot.user and m["content"]["membership"] == "leave" for m in members
        )

    await matrix.maya.until(declined, "that the bot declines")


async def test_who_writes_encrypted_is_told_that_it_cannot_be_read(matrix: MatrixTown) -> None:
    sealed = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "y", "sender_key": "z"}
    await matrix.maya.does(
        matrix.maya.account.put, matrix.maya.room, "m.room.encrypted", {**sealed, "device_id": "D"}
    )
    await matrix.maya.reads("I cannot read encrypted messages.")


async def test_the_doctor_knows_a_good_token_from_a_bad_one(matrix: MatrixTown) -> None:
    (well,) = await examine(matrix.settings)
    assert well.ok
    other = matrix.settings.model_copy(update={"matrix_access_token": SecretStr("x")})
    (refused,) = await examine(other)
    assert (refused.ok, refused.subject) == (False, "Matrix account")
    assert "M_UNKNOWN_TOKEN" in refused.sentence
    (mistaken,) = await examine(matrix.settings.model_copy(update={"matrix_user_id": "@other:kaiku.test"}))
    assert matrix.bot.user in mistaken.sentence
    (nowhere,) = await examine(matrix.settings.model_copy(update={"matrix_homeserver": "http://127.0.0.1:9"}))
    assert nowhere.subject == "Matrix homeserver"
