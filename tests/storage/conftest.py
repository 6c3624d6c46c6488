from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.schema import migrate


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database file with today's tables and nothing in them."""
    url = f"sqlite:///{tmp_path / 'kaiku.db'}"
    migrate(url)
    return url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with Database(url) as database:
        yield database
