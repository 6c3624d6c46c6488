"""Whether the tests of the rules notice when a rule is changed: `make mutants`.

mutmut changes one sign or word of `handlers/rules` at a time and runs the tests that reach the place. A change
that no test notices survives; too many of them, and the tests are for show. Takes about an hour. The code that
runs once when a module is imported, such as tables, is out of its reach: those changes survive always.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

DEMANDED = 0.85
"""The share of changes that must be noticed."""
RESULTS = Path("mutants/handlers/rules")
UNNOTICED = {None: "not tried", 0: "survived", 33: "reached by no test"}
"""mutmut's exit codes of changes that no test noticed."""


def main() -> int:
    """Run, tell what survived and the share of each module; 1 when too much did."""
    subprocess.run([sys.executable, "-m", "mutmut", "run"], check=True)
    noticed, made = Counter[str](), Counter[str]()
    for file in sorted(RESULTS.glob("*.py.meta")):
        for name, code in json.loads(file.read_text("utf-8"))["exit_code_by_key"].items():
            made[file.name.removesuffix(".py.meta")] += 1
            if code not in UNNOTICED:
                noticed[file.name.removesuffix(".py.meta")] += 1
            else:
                print(f"{UNNOTICED[code]}: {name}")
    for module in sorted(made):
        print(
            f"{module:<12} {noticed[module]:>5} of {made[module]:>5}  {noticed[module] / made[module]:>4.0%}"
        )
    share = noticed.total() / made.total()
    print(
        f"{noticed.total()} of {made.total()} changes were noticed, {share:.1%}; {DEMANDED:.0%} are demanded"
    )
    return 0 if share >= DEMANDED else 1


if __name__ == "__main__":
    sys.exit(main())
