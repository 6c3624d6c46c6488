from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.helpers.town import fresh_database


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database file with today's tables and nothing in them."""
    return fresh_database(tmp_path)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with Database(url) as database:
        yield database
