"""The main loop in Matrix: the whole application, and a homeserver nobody here wrote."""

import pytest

from bot.channels import Destination
from bot.channels.matrix.render import POLL
from tests.helpers.matrix_town import MatrixTown, Resident, content_of, text_of
from tests.helpers.samples import HEARD, VOICE
from tests.peers.synapse import Json

pytestmark = pytest.mark.peer


def choice(message: dict[str, object], label: str) -> str:
    """The key to type for what is offered under that label."""
    offered = content_of(message)["io.kaiku.actions"]
    return next(str(choice["key"]) for choice in offered if choice["label"] == label)


async def chooses(person: Resident, words: str, label: str) -> None:
    """Reply to the message that holds these words with the number of a label."""
    message = await person.reads(words)
    reply = {"m.in_reply_to": {"event_id": message["event_id"]}}
    await person.says(choice(message, label), **{"m.relates_to": reply})


async def test_the_main_loop_in_matrix(matrix: MatrixTown) -> None:
    tom, maya = matrix.tom, matrix.maya
    await matrix.asks()
    tap = await tom.reacts("helppoa", "2️⃣")
    alert = await maya.reads("Low score")
    await tom.reads("Miten tyytyväinen olet saamaasi palveluun?")
    await tom.until(lambda: not tom.account.ask("GET", f"/rooms/{tom.room}/event/{tap}")["content"])
    await tom.says("1")
    await tom.reads("Tuliko asiasi hoidetuksi?")
    await tom.says("ei")
    await tom.says("Jonotin @room tunnin <b>turhaan</b>")
    edited = await maya.reads("Jonotin @room tunnin <b>turhaan</b>")
    assert edited["event_id"] == alert["event_id"], "the alert is edited in place"
    assert content_of(edited)["m.mentions"] == {}

    await chooses(maya, "Low score", "Take it")
    await maya.reads("In hand: Maya Virtanen")
    await chooses(maya, "Low score", "Write to the customer…")
    await maya.reads("Your words to the customer")
    await maya.says("Pahoittelen. Soitan huomenna.")
    await tom.reads("Pahoittelen. Soitan huomenna.")

    await chooses(maya, "Low score", "Close…")
    outcomes = await maya.reads("How did it end?")
    await maya.says("98")
    outcomes = await maya.reads("I did not understand that answer.")
    await maya.says(choice(outcomes, "Apologised"))
    await maya.reads("What was done?")
    await maya.says("Hoidettu heti.")
    await tom.reads("Hoidettu heti.")


async def test_a_long_scale_is_a_poll_on_a_real_homeserver(matrix: MatrixTown) -> None:
    tom, maya = matrix.tom, matrix.maya
    await maya.says(f"!feedback ask {tom.user} visit #pension-advice")
    await tom.comes()

    def standing() -> list[Json]:
        return [e for e in tom.account.events(tom.room) if e["type"] == POLL and e["content"]]

    (poll,) = await tom.until(standing, "a poll")
    prompt = poll["content"]["m.relates_to"]["event_id"]
    assert [answer["id"] for answer in poll["content"][POLL]["answers"]] == [str(n) for n in range(1, 11)]
    kind = "org.matrix.msc3381.poll.response"
    relation = {"rel_type": "m.reference", "event_id": poll["event_id"]}
    vote = await tom.does(
        tom.account.put, tom.room, kind, {kind: {"answers": ["3"]}, "m.relates_to": relation}
    )

    await maya.reads("Low score")
    rated = await tom.until(
        lambda: [e for e in tom._standing() if e["event_id"] == prompt and " 3" in text_of(e)], "the 3"
    )
    assert rated
    await tom.until(lambda: not standing(), "no poll")
    await tom.until(lambda: not tom.account.ask("GET", f"/rooms/{tom.room}/event/{vote}")["content"])


async def test_a_voice_message_is_heard_on_a_real_homeserver(matrix: MatrixTown) -> None:
    tom = matrix.tom
    await tom.meets()
    await matrix.app.channels["matrix"].send(Destination(conversation=tom.room), VOICE, "voice:1")

    def sounds() -> list[Json]:
        return [e for e in tom.account.events(tom.room) if e["content"].get("msgtype") == "m.audio"]

    (sound,) = await tom.until(sounds, "a sound")
    assert sound["content"]["info"] == {
        "mimetype": "audio/ogg",
        "size": len(HEARD.content),
        "duration": 12_000,
    }
    assert sound["content"]["url"].startswith("mxc://")
