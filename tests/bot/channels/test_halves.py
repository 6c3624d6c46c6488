"""A half of a character is written as one that stands for it; everything else is left as it is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.halves import mended

TEXTS = st.text(st.characters(categories=None), max_size=8) | st.sampled_from(
    ["\ud83d", "a\ude00", "\ud83d\ude00"]
)
TOLD = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


@given(TOLD)
def test_what_is_mended_can_be_stored(told: Any) -> None:
    json.dumps(mended(told), ensure_ascii=False).encode()


@given(TOLD)
def test_what_is_whole_is_left_as_it_is(told: Any) -> None:
    whole = mended(told)
    assert mended(whole) == whole


def test_a_half_is_seen_and_two_that_belong_together_are_one() -> None:
    assert mended({"body": "so \ud83d!", "\ud83d": ["\ud83d\ude00", 1, None]}) == {
        "body": "so �!",
        "�": ["😀", 1, None],
    }


def test_what_is_nested_too_deeply_is_refused() -> None:
    told: Any = "\ud83d"
    for _ in range(5_000):
        told = [told]
    with pytest.raises(ValueError, match="too deeply"):
        mended(told)
