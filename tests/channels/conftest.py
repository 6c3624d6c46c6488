"""One stage for each channel that has an adapter; a new channel joins by adding its file."""

from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.channels.contract import House, OpenStage, Stage

CHANNELS = sorted(file.stem for file in (Path(__file__).parent / "adapters").glob("[!_]*.py"))


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(params=CHANNELS)
async def stage(request: pytest.FixtureRequest, house: House, tmp_path: Path) -> AsyncIterator[Stage]:
    adapter = import_module(f"tests.channels.adapters.{request.param}")
    open_stage: OpenStage = adapter.stage
    async with open_stage(house, tmp_path) as opened:
        yield opened
