"""Fixtures every room's tests may use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.town import Town, example, town_of


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """The example organisation on a Tuesday at ten."""
    async with town_of(example(), tmp_path) as town:
        yield town
