"""The charts of the manual can be drawn anew."""

from pathlib import Path

import pytest

from tests.pictures.charts import PHONE, sheets


@pytest.mark.slow
def test_a_sheet_of_charts_is_drawn_in_each_language(tmp_path: Path) -> None:
    drawn = dict(sheets(tmp_path))
    assert list(drawn) == ["fi", "sv", "en"]
    assert len(set(drawn.values())) == 3
    widths = {int.from_bytes(png[16:20]) for png in drawn.values()}
    assert min(widths) > 3 * PHONE
