"""Fixtures every room's tests may use."""

import gc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.town import Town, example, town_of

# A slow machine is no bug, so an example may take its time; the tests are bounded as a whole.
settings.register_profile("house", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("house")


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end, so the garbage collector need not walk it over and over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """The example organisation on a Tuesday at ten."""
    async with town_of(example(), tmp_path) as town:
        yield town
