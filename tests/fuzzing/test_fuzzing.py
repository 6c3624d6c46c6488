"""Every reader of what comes in, with some hundred hostile inputs each; `make fuzz` tries a million."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing.house import leave
from tests.fuzzing.spoiling import spoil
from tests.fuzzing.targets import targets
from tests.helpers.databases import on_postgresql

pytestmark = [
    pytest.mark.whole,
    pytest.mark.skipif(
        on_postgresql(), reason="this house outlives a test, and a test's PostgreSQL does not"
    ),
]
EXAMPLES = 40


@pytest.fixture(scope="module", autouse=True)
def _left() -> Iterator[None]:
    yield
    leave()


@pytest.mark.parametrize("name", targets())
def test_no_bytes_bring_a_reader_out_of_its_composure(name: str) -> None:
    target = targets()[name]
    for seed in target.seeds:
        target.try_on(seed)
    hostile = st.builds(spoil, st.sampled_from(target.seeds), st.integers(0, 2**32 - 1))

    @settings(max_examples=EXAMPLES)
    @given(st.one_of(hostile, hostile, hostile, st.binary(max_size=300)))
    def keeps_its_composure(data: bytes) -> None:
        target.try_on(data)

    keeps_its_composure()


def test_what_is_spoiled_is_spoiled_in_the_same_way_again() -> None:
    seed = targets()["telegram-update"].seeds[0]
    assert len({spoil(seed, number) for number in range(50)}) > 40
    assert [spoil(seed, number) for number in range(50)] == [spoil(seed, number) for number in range(50)]
