"""Replicas share a PostgreSQL database, wherever the other tests keep what they remember."""

import pytest

from tests.helpers.databases import ON


@pytest.fixture(autouse=True)
def _on_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ON, "postgresql")
