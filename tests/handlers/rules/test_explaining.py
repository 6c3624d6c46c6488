"""What explains a change: the parts add up to the whole, and nothing is named that chance explains."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.explaining import difference, mixed, parts, telling
from handlers.rules.figures import Count


def share(good: int, n: int) -> Count:
    return Count(n=n, good=good, poor=n - good)


counts = st.builds(
    lambda good, fair, poor: Count(good + fair + poor, good, fair, poor), *[st.integers(0, 40)] * 3
)
windows = st.dictionaries(st.sampled_from("abcde"), counts)


@given(windows, windows, st.booleans())
def test_the_parts_add_up_to_the_whole(now: dict[str, Count], before: dict[str, Count], nps: bool) -> None:
    found = parts(now, before, nps=nps)
    whole_now, whole_before = (sum(each.values(), Count()) for each in (now, before))
    if not whole_now.n or not whole_before.n:
        assert found == ()
        return
    rates = [(c.good - c.poor if nps else c.good) / c.n for c in (whole_now, whole_before)]
    assert difference(found) == pytest.approx(rates[0] - rates[1], abs=1e-9)


def test_the_part_that_changed_is_named_and_no_other() -> None:
    found = parts(
        {"phone": share(5, 20), "visit": share(19, 20)},
        {"phone": share(19, 20), "visit": share(18, 20)},
        nps=False,
    )
    assert [part.key for part in telling(found)] == ["phone"]
    assert mixed(found) is None


def test_a_part_that_moved_against_the_whole_explains_nothing() -> None:
    found = parts(
        {"a": share(10, 100), "b": share(20, 20)}, {"a": share(90, 100), "b": share(5, 20)}, nps=False
    )
    assert [part.key for part in telling(found)] == ["a"]


def test_more_answers_from_where_people_are_less_content_change_the_whole_though_nobody_changed() -> None:
    now = {"phone": share(40, 80), "visit": share(18, 20)}
    before = {"phone": share(10, 20), "visit": share(72, 80)}
    found = parts(now, before, nps=False)
    grown = mixed(found)
    assert telling(found) == ()
    assert grown is not None
    assert difference(found) == pytest.approx(-0.24)


def test_a_part_of_few_answers_is_never_named() -> None:
    assert telling(parts({"a": share(0, 4)}, {"a": share(4, 4)}, nps=False)) == ()


def test_among_many_parts_one_that_chance_would_bring_is_not_named() -> None:
    quiet = {str(number): share(10, 20) for number in range(20)}
    found = parts({**quiet, "one": share(12, 20)}, {**quiet, "one": share(18, 20)}, nps=False)
    assert telling(found) == (), "0.065 alone would not do, nor would 0.03 among twenty-one"


def test_a_part_that_came_or_went_only_changed_the_mixture() -> None:
    found = parts({"a": share(10, 20), "new": share(0, 20)}, {"a": share(10, 20)}, nps=False)
    new = next(part for part in found if part.key == "new")
    assert (new.within, new.telling) == (0.0, False)
    assert mixed(found) is not None


def test_each_part_is_what_it_is_worth_the_largest_first() -> None:
    now = {"phone": share(30, 60), "visit": share(36, 40)}
    before = {"phone": share(15, 20), "visit": share(72, 80)}
    phone, visit = parts(now, before, nps=False)
    assert (phone.key, phone.now, phone.before) == ("phone", now["phone"], before["phone"])
    assert [part.within for part in (phone, visit)] == pytest.approx([-0.1, 0.0])
    # Half-way between the windows 0.765 of everybody was content: of those by phone 0.625, of visitors 0.9.
    assert phone.mixture == pytest.approx(0.4 * (0.625 - 0.765))
    assert visit.mixture == pytest.approx(-0.4 * (0.9 - 0.765))
    last_year = parts(dict(reversed(now.items())), dict(reversed(before.items())), nps=False)
    assert [part.key for part in last_year] == ["phone", "visit"], "whichever was met first"


def test_five_answers_may_tell_and_what_moves_an_nps_is_told_by_it() -> None:
    assert [part.key for part in telling(parts({"a": share(0, 5)}, {"a": share(5, 5)}, nps=False))] == ["a"]
    neither = {"a": Count(30, 10, 20, 0)}, {"a": Count(30, 10, 0, 20)}
    assert [part.key for part in telling(parts(*neither, nps=True))] == ["a"], (
        "as many promoters, no detractors"
    )
    assert telling(parts(*neither, nps=False)) == ()
