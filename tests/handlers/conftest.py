"""A desk for handlers: a real database, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The example organisation on a Tuesday at ten."""
    with desk_of(example(), tmp_path) as desk:
        yield desk
