"""The lot: the same everywhere, fair, and larger samples hold the smaller ones."""

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.sampling import in_sample

TICKETS = [f"INC{number:07}" for number in range(1000)]


def sample(share: float, touchpoint: str = "resolved-ticket") -> set[str]:
    return {ticket for ticket in TICKETS if in_sample(ticket, touchpoint, share)}


def test_scenario_3_thirty_percent_of_a_thousand_tickets() -> None:
    assert 270 <= len(sample(0.3)) <= 330


def test_scenario_3_another_replica_draws_the_same_lot() -> None:
    program = (
        "from handlers.rules.sampling import in_sample\n"
        "print(*(n for n in range(1000) if in_sample(f'INC{n:07}', 'resolved-ticket', 0.3)))"
    )
    replica = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {TICKETS[int(number)] for number in replica.stdout.split()} == sample(0.3)


def test_the_lot_of_a_released_version_stays_drawn() -> None:
    assert [ticket for ticket in TICKETS[:10] if in_sample(ticket, "resolved-ticket", 0.3)] == [
        "INC0000003",
        "INC0000006",
    ]


def test_touchpoints_draw_apart() -> None:
    both = sample(0.5, "phone") & sample(0.5, "visit")
    assert 200 <= len(both) <= 300


def test_a_reference_does_not_run_into_its_touchpoint() -> None:
    runs_together = [in_sample(f"x{n}", "phone", 0.5) == in_sample(f"{n}", "phonex", 0.5) for n in range(100)]
    assert not all(runs_together)


@given(st.text(), st.text())
def test_none_and_all(reference: str, touchpoint: str) -> None:
    assert not in_sample(reference, touchpoint, 0)
    assert in_sample(reference, touchpoint, 1)


@given(st.text(), st.text(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_holds_the_smaller_ones_sample(
    reference: str, touchpoint: str, one: float, other: float
) -> None:
    smaller, larger = sorted((one, other))
    assert in_sample(reference, touchpoint, larger) or not in_sample(reference, touchpoint, smaller)
