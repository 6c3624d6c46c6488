"""What a person writes reads as typed, everywhere it is shown, and does nothing else."""

from bot.channels.sandbox.entries import Drawn
from storage.tables import Answer, ChatMessage, Feedback, Person
from tests.helpers.samples import HOSTILE
from tests.helpers.town import Town, helsinki

TAGS = ("<b>", "<!channel>", "<@U0MAYA>", "<http", "<script")
MIXED = "e\u0301\u200f\u202eשלום 👩‍👩‍👧‍👦 \x00\x07end"
"""An accent on its own, right to left and its override, a family, NUL and a bell."""


async def _tags_seen_by(town: Town, reader: str) -> list[str]:
    """Tags that only a person's words could have brought into what the bot said to a reader."""
    rows = [row for row in await town.rows(ChatMessage) if row.conversation == reader]
    said = [drawn.html for row in rows if (drawn := Drawn.of_row(row))]
    assert any("channel" in html for html in said), "the words themselves are there"
    return [tag for tag in TAGS for html in said if tag in html]


async def test_a_hostile_comment_reads_as_typed_in_survey_alert_and_digest(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice", about=HOSTILE, customer_name=HOSTILE)
    await town.omar.answers("2", "2", "No")
    await town.omar.fills("Write", words=HOSTILE)
    assert HOSTILE in await town.maya.latest()
    await town.omar.taps("Yes")
    await town.maya.fills("Write to the customer", words=HOSTILE)
    assert HOSTILE in await town.omar.latest()
    await town.maya.fills("Close", outcome="resolved", words=HOSTILE)
    await town.until(helsinki("2026-11-27 15:00"))
    assert HOSTILE in await town.maya.latest(), "the digest"

    for reader in ("omar", "maya"):
        assert await _tags_seen_by(town, reader) == []


async def test_what_staff_log_is_as_harmless(town: Town) -> None:
    await town.maya.logs(customer=HOSTILE, words=HOSTILE, type="complaint", service="pension-advice")
    assert HOSTILE in await town.maya.reads()
    assert await _tags_seen_by(town, "maya") == []


async def test_emoji_and_right_to_left_stay_and_control_characters_go(town: Town) -> None:
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.taps("2")
    await town.omar.writes(MIXED)
    [words] = [answer.words for answer in await town.rows(Answer) if answer.question == "words"]
    assert words is not None
    assert "👩‍👩‍👧‍👦" in words
    assert "שלום" in words
    assert not {"\x00", "\x07", "\u202e"} & set(words)
    assert "\u200f" in words
    assert "👩‍👩‍👧‍👦" in await town.maya.latest()


TURNING = "Omar\u202e\u2066 nassaH\u2069\u202c\nof the bank\u2028\x1b[31m"
"""A name that would turn what stands after it, begin a line, and colour a terminal."""


async def test_a_name_stays_in_its_place_and_turns_nothing(town: Town) -> None:
    by_api = TURNING.replace("\n", " ").replace("\x1b", "")
    await town.asked("phone", "zeb", service="pension-advice", customer_name=by_api)
    await town.person("zeb").answers("1")
    await town.person("zeb").writes(f"So {TURNING} it went.")
    await town.maya.logs(customer=TURNING, words=TURNING, type="complaint", service="pension-advice")

    people = [person.name for person in await town.rows(Person)]
    called = [one.said_by_name for one in await town.rows(Feedback)]
    assert "Omar nassaH of the bank [31m" in people
    assert "Omar nassaH of the bank [31m" in called
    # Their own words stand before themselves as their chat shows them.
    for seen in (repr(people), repr(called), await town.maya.reads()):
        assert not set("\u202e\u2066\u2069\u202c\u2028\x1b") & set(seen)
    assert "So Omar nassaH\nof the bank\n[31m it went." in {
        answer.words for answer in await town.rows(Answer)
    }


async def test_ten_thousand_characters_are_kept_whole(town: Town) -> None:
    long = "I waited. " * 1000
    await town.asked("phone", "omar", service="pension-advice")
    await town.omar.answers("1", "1", "No")
    await town.omar.fills("Write", words=long)
    [words] = [answer.words for answer in await town.rows(Answer) if answer.question == "words"]
    assert words == long.strip()


async def test_a_hostile_command_is_answered_in_words(town: Town) -> None:
    told = await town.maya.writes(f"/feedback {HOSTILE}")
    assert HOSTILE[:40] in told
    assert await _tags_seen_by(town, "maya") == []
