"""One homeserver for all, and a town on it for each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.helpers.matrix_town import MatrixTown, matrix_town
from tests.peers.synapse import Synapse, synapse


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    with synapse(tmp_path_factory.mktemp("synapse")) as server:
        yield server


@pytest.fixture
async def matrix(server: Synapse, tmp_path: Path) -> AsyncIterator[MatrixTown]:
    async with matrix_town(server, tmp_path) as town:
        yield town
