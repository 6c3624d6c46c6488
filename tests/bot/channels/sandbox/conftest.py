"""Fixtures of the sandbox's tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.sandbox import Sandbox, sandbox_in


@pytest.fixture
async def sandbox(tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with sandbox_in(tmp_path) as sandbox:
        yield sandbox
