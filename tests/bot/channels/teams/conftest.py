from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from tests.helpers.teams_channel import Teams, know_tom
from tests.helpers.teams_server import teams_server
from tests.helpers.town import fresh_database


@pytest.fixture
async def teams(tmp_path: Path) -> AsyncIterator[Teams]:
    async with teams_server() as server:
        with Database(fresh_database(tmp_path)) as database:
            database.write_now(know_tom)
            teams = Teams(server, database)
            await teams.channel.start(teams.receive)
            yield teams
            await teams.channel.stop()
