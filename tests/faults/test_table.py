"""docs/faults.md says which test proves what: it and the tests are the same list."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_fault_stands_in_the_table_with_the_tests_that_exist() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    exist = {name for file in files for name in re.findall(r"def (test_f\d\d_\w+)", file.read_text("utf-8"))}
    table = re.findall(
        r"^\| F(\d+) \|.*\| (.*) \|$", (ROOT / "docs" / "faults.md").read_text("utf-8"), re.MULTILINE
    )
    told = {number: re.findall(r"`(\w+)`", tests) for number, tests in table}
    assert [int(number) for number in told] == list(range(1, 49))
    assert {name for names in told.values() for name in names} == exist
    for number, names in told.items():
        assert names
        assert all(name.startswith(f"test_f{int(number):02}_") for name in names)
