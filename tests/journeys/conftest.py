"""Towns with an organisation or a day of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.town import TUESDAY_TEN, Town, example, town_of

BuildTown = Callable[..., Awaitable[Town]]
"""`await build_town(at=…, services={…})`: the example organisation, changed in part, at an instant."""


@pytest.fixture
async def build_town(tmp_path: Path) -> AsyncIterator[BuildTown]:
    async with AsyncExitStack() as towns:

        async def build(at: datetime = TUESDAY_TEN, folder: str = "town", **changes: Any) -> Town:
            return await towns.enter_async_context(town_of(example(**changes), tmp_path / folder, at))

        yield build
