"""Fixtures every room's tests may use."""

import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.databases import ON, forget_all_databases, forget_databases, lasting
from tests.helpers.sealed import SEALED, seal_if_told
from tests.helpers.town import Town, example, town_of

# A slow machine is no bug, so an example may take its time; the tests are bounded as a whole.
settings.register_profile("house", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("house")

MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own in it
ROOM = 2 * 1024**3
"""Bytes that must be free there."""


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end, so the garbage collector need not walk it over and over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "where the tests keep what they remember"
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help=told)
    parser.addoption("--sealed", action="store_true", help="what people write is sealed in every database")
    faults = parser.getgroup("faults", "the long form of tests/faults, and a failure played again")
    faults.addoption("--seed", type=int, help="the seed in the name of the test that failed")
    faults.addoption("--rounds", type=int, help="how many seeds are tried, one after another")
    faults.addoption("--kills", type=int, help="how often a process is killed")


def pytest_configure(config: pytest.Config) -> None:
    os.environ[ON] = config.getoption("--database")
    if config.getoption("--sealed"):
        os.environ[SEALED] = "yes"
        seal_if_told()
    _keep_files_in_memory()


def _keep_files_in_memory() -> None:
    """Where there is room, tests write into memory: nobody pulls their plug, and a disk is waited for.

    What is written outlives the process that is killed, there as on a disk.
    """
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ.setdefault("TMPDIR", str(MEMORY))
        tempfile.tempdir = None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    apart = {
        "sqlite": "SQLite's own" if config.getoption("--database") != "sqlite" else "",
        "clear": "words in the clear" if config.getoption("--sealed") else "",
    }
    for item in items:
        for mark in item.iter_markers():
            if why := apart.get(mark.name):
                item.add_marker(pytest.mark.skip(reason=f"{why}: {mark.args[0]}"))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    """What a module or more has in common outlives its first test."""
    with nullcontext() if fixturedef.scope == "function" else lasting():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Databases go when everything that uses them is gone."""
    yield
    forget_databases()


def pytest_sessionfinish() -> None:
    """A server of one's own is left as it was."""
    forget_all_databases()


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """The example organisation on a Tuesday at ten."""
    async with town_of(example(), tmp_path) as town:
        yield town
