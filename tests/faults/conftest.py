"""What every fault begins with: a house, a Slack, and dice whose seed stands in the name of the test.

A failure is played again with `pytest tests/faults -k <name> --seed <seed>`.
"""

import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import Database
from tests.faults.clients import Hand
from tests.faults.house import House
from tests.faults.office import Office, office_of
from tests.faults.platform import Slack, strict_slack
from tests.faults.processes import Forked, Parent
from tests.helpers.busy_house import Prompt, furnish
from tests.helpers.town import fresh_database

SEED = 20261123
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One seed; in the long form several, one after another."""
    if "seed" in metafunc.fixturenames:
        first = metafunc.config.getoption("--seed") or SEED
        rounds = metafunc.config.getoption("--rounds") or 1
        metafunc.parametrize("seed", range(first, first + rounds), ids=lambda seed: f"seed={seed}")


@pytest.fixture
def dice(request: pytest.FixtureRequest, seed: int) -> random.Random:
    """The only chance in a test: the same seed throws the same."""
    return random.Random(f"{request.function.__name__} {seed}")


@pytest.fixture
def kills(request: pytest.FixtureRequest) -> int:
    """How often the long row of kills kills."""
    return int(request.config.getoption("--kills") or 100)


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """A Slack that holds us to its limits."""
    async with strict_slack() as slack:
        yield slack


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An empty database."""
    return fresh_database(tmp_path)


@pytest.fixture
def prompts(url: str, request: pytest.FixtureRequest) -> list[Prompt]:
    """Sixty customers who were just asked."""
    with Database(url) as database:
        return furnish(database, 60, NOON if "office" in request.fixturenames else None)


@pytest.fixture
async def office(url: str, slack: Slack, prompts: list[Prompt], dice: random.Random) -> AsyncIterator[Office]:
    """Kaiku in this process, on a Monday at noon."""
    async with office_of(url, slack, prompts, dice, NOON) as office:
        yield office


@pytest.fixture(scope="session")
def parent() -> Iterator[Parent]:
    """Whose children the processes are."""
    parent = Parent()
    yield parent
    parent.end()


@pytest.fixture
def kaiku(parent: Parent, url: str, slack: Slack) -> Iterator[Forked]:
    """A Kaiku in a process of its own, not started yet."""
    with Forked(parent, url, slack.api) as kaiku:
        yield kaiku


@pytest.fixture
def house(url: str, kaiku: Forked, slack: Slack, prompts: list[Prompt], dice: random.Random) -> House:
    """Kaiku in a process, with everybody it meets."""
    hand = Hand(kaiku.events_url, lambda: datetime.now(UTC) + timedelta(seconds=kaiku.ahead))
    return House(url, kaiku, slack, hand, prompts, dice)
