"""An anonymous survey behind a link: the page says so, repeats nothing, and what is answered is nobody's."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import App
from handlers.organisation import Organisation
from handlers.sheets import MOST
from storage.tables import Answer, InboundDelivery, Response, SealedSheet
from tests.bot.web.survey.conftest import Reader, house_with_links, text_of
from tests.helpers.small_house import ORGANISATION, SetClock

pytestmark = pytest.mark.whole

ANSWERED = {"q-ease": "2", "q-words": "It took weeks."}


@pytest.fixture
def app(tmp_path: Path, clock: SetClock) -> Iterator[App]:
    """The small house, which asks anonymously about phone calls."""
    declared = ORGANISATION.model_dump(mode="json", exclude_unset=True)
    declared["surveys"] = {"open": {"privacy": "anonymous", "questions": ["ease", "words"]}}
    declared["touchpoints"]["phone"]["survey"] = "open"
    key = b64encode(b"k" * 32).decode()
    with house_with_links(tmp_path, clock, Organisation.model_validate(declared), encryption_key=key) as app:
        yield app


async def test_the_page_says_what_nobody_can_find_out(reader: Reader) -> None:
    page = text_of((await reader.look(await reader.link())).text)
    assert "Anonymous: I keep no trace of who answers what" in page
    assert "Whoever sent you the link does not see your answer." in page
    assert "How you write, and what only you can know, may give you away." in page


async def test_what_is_answered_is_sealed_and_not_repeated_while_it_may_be_changed(reader: Reader) -> None:
    path = await reader.link()
    thanks = await reader.send(path, **ANSWERED)
    assert "It is sealed, and opened together with others, 5 at least" in text_of(thanks.text)
    assert len(await reader.rows(SealedSheet)) == 1
    for noun in (Response, Answer, InboundDelivery):
        assert await reader.rows(noun) == []
    again = (await reader.look(path)).text
    assert "You may change it here until" in text_of(again)
    assert "It took weeks." not in again
    assert "checked" not in again
    await reader.send(path, **{"q-ease": "4"})
    assert len(await reader.rows(SealedSheet)) == 1


async def test_words_too_long_to_hide_among_others_are_told_as_such(reader: Reader) -> None:
    told = await reader.send(await reader.link(), **{"q-words": "x" * (MOST + 1)})
    assert told.status_code == 422
    assert f"I can keep {MOST}" in text_of(told.text)
    assert await reader.rows(SealedSheet) == []


async def test_once_it_was_opened_the_link_says_that_it_is_over(reader: Reader, clock: SetClock) -> None:
    paths = [await _of_another(reader, number) for number in range(5)]
    for path in paths:
        await reader.send(path, **ANSWERED)
    clock.at += timedelta(days=2)
    await reader.app.schedule.everything()
    over = await reader.look(paths[0])
    assert over.status_code == 410
    assert "the time to change it is over" in text_of(over.text)


async def _of_another(reader: Reader, number: int) -> str:
    """The path of a link for one more person."""
    return await reader.link(f"CALL-{number}", customer=f"p{number}@example.org")
