"""Words come to be held as new ones are, whatever happens on the way, and no key is given up too early."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Executable, Text, delete, insert, select, type_coerce, update
from sqlmodel import Session

import storage.sealed_words
from storage.database import Database
from storage.errors import KeysMissing
from storage.sealed_words import Standing, begin, give_up, standing, step
from storage.tables import Cursor, Feedback, PendingForm, Wish, core
from storage.vault import Vault
from storage.words import MARK, UNREADABLE, Sealing
from tests.helpers.town import fresh_database

OLD, NEW = (b64encode(letter * 32).decode() for letter in (b"o", b"n"))
NAME = {keys: Vault(keys).newest for keys in (OLD, NEW)}
AT = datetime(2026, 11, 24, 8, tzinfo=UTC)
_F, _W, _P = core(Feedback), core(Wish), core(PendingForm)

WAYS = {
    "clear": None,
    "old": Sealing(Vault(OLD), seals=True),
    "new": Sealing(Vault(f"{NEW},{OLD}"), seals=True),
    "opening": Sealing(Vault(f"{NEW},{OLD}"), seals=False),
}

pytestmark = pytest.mark.clear("it says itself how words are held")


class Shelf:
    """A database that is opened again and again, each time to hold words in another way."""

    def __init__(self, url: str) -> None:
        self.said: list[str] = []
        self.database = Database(url)
        self.database.open()

    @property
    def way(self) -> Sealing | None:
        """How new words are held."""
        return self.database.sealing

    def opens(self, way: Sealing | None) -> None:
        """Kaiku starts with other settings."""
        self.database.close()
        self.database = Database(self.database.url, way)
        self.database.open()
        self.database.write_now(lambda session: begin(session, way))

    def says(self, *said: str) -> None:
        """Feedback, and a wish in the same words."""

        def work(session: Session) -> None:
            for words in said:
                number = len(self.said)
                same = {"token": f"t{number}", "service": None}
                feedback = {
                    "type": "other",
                    "tone": "neutral",
                    "source": "customer",
                    "words": words,
                    "at": AT,
                }
                session.connection().execute(insert(_F).values(**same, **feedback))
                wish = {"need": words, "observed_at": AT, "state": "told", "changed_at": AT}
                session.connection().execute(insert(_W).values(**same, **wish))
                self.said.append(words)

        self.database.write_now(work)

    def steps(self, most: int = 2, times: int = 10_000) -> int:
        """Steps of the walk; how many words were changed."""
        changed, way = 0, self.way
        if way is None:
            return 0
        for _ in range(times):
            done = self.database.write_now(lambda session: step(session, way, most))
            changed += done.changed
            assert 0 <= done.share <= 1
            if done.share == 1:
                return changed
        return changed

    def stored(self) -> list[str]:
        """What the rows hold, to whoever reads them without us."""

        def work(session: Session) -> list[str]:
            columns = (_F.c.words, _W.c.need, _P.c.state)
            return [
                words
                for one in columns
                for words in session.connection().scalars(select(type_coerce(one, Text)))
            ]

        return self.database.read_now(work)

    def read(self) -> list[str]:
        """The words that were said, as we read them."""
        ordered = select(_F.c.words).order_by(_F.c.id)
        return self.database.read_now(lambda session: list(session.connection().scalars(ordered)))

    @property
    def standing(self) -> Standing:
        """What is written down of how words are held."""
        return self.database.read_now(standing)

    def does(self, statement: Executable) -> None:
        """Something is done by a statement of its own."""
        self.database.write_now(lambda session: session.connection().execute(statement))

    def clear_away(self) -> None:
        """As it was when it was new."""
        for table in (_F, _W, _P, core(Cursor)):
            self.does(delete(table))
        self.opens(None)
        self.said = []


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(fresh_database(tmp_path))
    yield shelf
    shelf.database.close()


def test_what_was_written_before_sealing_is_sealed_too(shelf: Shelf) -> None:
    shelf.says("Yksi", "Kaksi", "", "Kolme")
    shelf.opens(WAYS["old"])
    assert shelf.standing == Standing(frozenset({NAME[OLD]}), clear=True, goal=NAME[OLD])
    assert not shelf.standing.agrees_with(WAYS["old"])
    assert shelf.steps() == 6
    assert all(words.startswith(f"{MARK}{NAME[OLD]}:") for words in shelf.stored() if words)
    assert shelf.read() == ["Yksi", "Kaksi", "", "Kolme"]
    assert shelf.standing.agrees_with(WAYS["old"])


def test_a_new_database_has_nothing_to_be_sealed(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    assert shelf.standing.agrees_with(WAYS["old"])
    shelf.says("Yksi")
    assert shelf.steps() == 0


def test_a_new_key_takes_over_and_the_old_is_named_until_it_has(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    shelf.says("Yksi", "Kaksi")
    shelf.opens(WAYS["new"])
    assert shelf.standing.keys == {NAME[OLD], NAME[NEW]}
    shelf.steps(times=1)
    assert shelf.standing.keys == {NAME[OLD], NAME[NEW]}, "half way"
    shelf.steps()
    assert shelf.standing.keys == {NAME[NEW]}
    assert all(words.startswith(f"{MARK}{NAME[NEW]}:") for words in shelf.stored())


def test_what_was_sealed_is_opened_where_that_was_chosen(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    shelf.says("Yksi", "Kaksi")
    shelf.opens(WAYS["opening"])
    shelf.says("Kolme")
    assert shelf.steps() == 4
    assert sorted(shelf.stored()) == sorted(["Yksi", "Kaksi", "Kolme"] * 2)
    assert not shelf.standing.keys, "no key is needed any more"


def test_a_form_that_is_being_filled_in_goes_along(shelf: Shelf) -> None:
    form = insert(_P).values(channel="telegram", external_id="7", state='{"words": "Hidas"}', at=AT)
    shelf.opens(WAYS["old"])
    shelf.does(form)
    shelf.opens(WAYS["new"])
    assert shelf.steps() == 1
    assert shelf.stored()[0].startswith(f"{MARK}{NAME[NEW]}:")
    assert shelf.steps() == 0, "it is held as it should be"


def test_who_seals_again_after_a_while_in_the_clear_walks_once_more(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    shelf.says("Yksi")
    shelf.steps()
    shelf.opens(Sealing(Vault(OLD), seals=False))
    shelf.says("Kaksi")
    shelf.opens(WAYS["old"])
    assert not shelf.standing.agrees_with(WAYS["old"])
    shelf.steps()
    assert all(words.startswith(MARK) for words in shelf.stored())


def test_what_is_written_behind_a_walk_that_was_broken_off_is_not_forgotten(shelf: Shelf) -> None:
    shelf.says("Yksi", "Kaksi")
    shelf.opens(WAYS["old"])
    shelf.steps(times=6)
    assert shelf.standing.is_half_way
    shelf.opens(Sealing(Vault(OLD), seals=False))
    shelf.says("Kolme")
    shelf.opens(WAYS["old"])
    shelf.steps()
    assert all(words.startswith(MARK) for words in shelf.stored())


def test_a_key_that_is_turned_back_in_the_middle_is_not_forgotten(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    shelf.says("Yksi")
    shelf.opens(WAYS["new"])
    shelf.steps(times=6)
    shelf.opens(Sealing(Vault(f"{OLD},{NEW}"), seals=True))
    shelf.says("Kaksi")
    shelf.opens(WAYS["new"])
    shelf.steps()
    assert all(words.startswith(f"{MARK}{NAME[NEW]}:") for words in shelf.stored())


def test_who_shares_a_database_and_holds_words_otherwise_takes_no_key_away(shelf: Shelf) -> None:
    """Its walk began while another, with other settings, went on sealing."""
    shelf.opens(WAYS["old"])
    shelf.says("Yksi")
    shelf.database.write_now(lambda session: begin(session, Sealing(Vault(OLD), seals=False)))
    shelf.steps()
    assert shelf.standing.keys == {NAME[OLD]}
    assert all(words.startswith(MARK) for words in shelf.stored())


def test_a_key_that_is_lost_can_be_given_up_and_found_again(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    shelf.says("Yksi")
    shelf.database.write_now(lambda session: give_up(session, NAME[OLD]))
    assert shelf.standing.lost == {NAME[OLD]}
    assert not shelf.standing.keys
    shelf.opens(Sealing(Vault(NEW), seals=True))
    assert shelf.read() == [UNREADABLE]
    assert shelf.steps() == 0
    assert shelf.stored()[0].startswith(f"{MARK}{NAME[OLD]}:")
    shelf.opens(WAYS["new"])
    assert shelf.standing.keys == {NAME[OLD], NAME[NEW]}
    assert not shelf.standing.lost
    assert shelf.steps() == 2
    assert shelf.read() == ["Yksi"]


def test_a_walk_wants_every_key_that_something_may_be_sealed_with(shelf: Shelf) -> None:
    """Another who shares the database has begun to use one since."""
    shelf.opens(WAYS["old"])
    shelf.says("Yksi")
    shelf.database.write_now(lambda session: begin(session, WAYS["new"]))
    with pytest.raises(KeysMissing):
        shelf.steps()
    assert shelf.standing.keys == {NAME[OLD], NAME[NEW]}


def test_what_another_wrote_behind_a_finished_walk_is_found_by_the_next(shelf: Shelf) -> None:
    """A replica that was started anew too late: it notes what it does, and `reseal` walks whenever it is told to."""
    shelf.opens(WAYS["new"])
    shelf.steps()
    late = Sealing(Vault(f"{OLD},{NEW}"), seals=True)
    said = {"token": "late", "type": "other", "tone": "neutral", "source": "customer", "at": AT}
    shelf.does(insert(_F).values(**said, words=type_coerce(late.held("Myöhässä"), Text)))
    shelf.database.write_now(lambda session: begin(session, late))
    shelf.opens(WAYS["new"])
    assert NAME[OLD] in shelf.standing.keys
    assert shelf.steps() == 1
    assert shelf.stored()[0].startswith(f"{MARK}{NAME[NEW]}:")


def test_words_that_nothing_opens_are_left_as_they_are(shelf: Shelf) -> None:
    shelf.opens(WAYS["old"])
    shelf.says("Yksi", "Kaksi")
    broken = f"{MARK}{NAME[OLD]}:gAAAA"
    shelf.does(update(_F).where(_F.c.id == 1).values(words=type_coerce(broken, Text)))
    shelf.opens(WAYS["new"])
    shelf.steps(most=1)
    assert broken in shelf.stored()
    assert sum(words.startswith(f"{MARK}{NAME[NEW]}:") for words in shelf.stored()) == 3


_DEEDS = st.lists(
    st.one_of(
        st.sampled_from(["old", "new", "opening"]),
        st.lists(st.sampled_from(["", "Lasku", "Tack", "x" * 300]), min_size=1, max_size=3),
        st.integers(min_value=1, max_value=25),
    ),
    max_size=10,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=_DEEDS, at_last=st.sampled_from(["old", "new", "opening"]))
def test_whatever_was_changed_when_a_walk_to_its_end_leaves_all_alike(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, deeds: list[str | list[str] | int], at_last: str
) -> None:
    """Settings changed, words written, walks broken off, in any order: nothing is ever lost."""
    monkeypatch.setattr(storage.sealed_words, "STRETCH", 2)
    shelf.clear_away()
    for deed in [*deeds, at_last]:
        if isinstance(deed, str):
            # A key that something may be sealed with is never taken away: Kaiku would not start.
            shelf.opens(WAYS[deed] if deed != "old" or NAME[NEW] not in shelf.standing.keys else WAYS["new"])
        elif isinstance(deed, list):
            shelf.says(*deed)
        else:
            shelf.steps(most=1, times=deed)
        if shelf.way is not None:
            assert shelf.read() == shelf.said
        named = {words[1:].partition(":")[0] for words in shelf.stored() if words.startswith(MARK)}
        assert named <= shelf.standing.keys, "every key that is needed is known"
    shelf.steps()
    now = shelf.standing
    assert now.agrees_with(shelf.way)
    begins = f"{MARK}{shelf.way.newest}:" if shelf.way and shelf.way.seals else ""
    assert all(
        words.startswith(begins) and (begins or MARK not in words) for words in shelf.stored() if words
    )
    assert shelf.read() == shelf.said
