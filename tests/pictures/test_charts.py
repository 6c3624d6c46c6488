"""The pictures of the manual can be made anew."""

from collections.abc import Iterator

import pytest

from tests.pictures.charts import PHONE, sheets
from tests.pictures.drawing import PLATFORMS
from tests.pictures.past import Past, lived
from tests.pictures.reports import reports


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Past]:
    with lived(tmp_path_factory.mktemp("past")) as found:
        yield found


@pytest.mark.slow
def test_a_sheet_of_charts_is_drawn_in_each_language(past: Past) -> None:
    drawn = dict(sheets(past))
    assert list(drawn) == ["fi", "sv", "en"]
    assert len(set(drawn.values())) == 3
    widths = {int.from_bytes(png[16:20]) for png in drawn.values()}
    assert min(widths) > 3 * PHONE


@pytest.mark.slow
def test_everything_managers_are_sent_is_there_in_each_language(past: Past) -> None:
    told = dict(reports(past))
    assert list(told) == ["fi", "sv", "en"]
    for messages in told.values():
        assert [draw(message) for message in messages.values() for draw in PLATFORMS.values()]
    assert "9 open cases, 1 overdue" in PLATFORMS["Slack"](told["en"]["Week"])
