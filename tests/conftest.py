"""Fixtures every room's tests may use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.town import Town, example, town_of

# A slow machine is no bug, so an example may take its time; the tests are bounded as a whole.
settings.register_profile("house", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("house")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """The example organisation on a Tuesday at ten."""
    async with town_of(example(), tmp_path) as town:
        yield town
