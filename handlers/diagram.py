"""The picture of a case's states in `docs/inner-loop.md`, drawn from the table: `python -m handlers.diagram`."""

import re
from collections.abc import Iterator
from pathlib import Path

from handlers.rules.case_states import FOLLOWS
from storage.vocabulary import CaseState

DOCUMENT = Path(__file__).parents[1] / "docs" / "inner-loop.md"
_FENCED = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL)


def diagram() -> str:
    """Every event that changes the state, as Mermaid draws it; what changes nothing is not drawn."""
    lines = ["stateDiagram-v2", f"    [*] --> {CaseState.RECEIVED}: opened", *_arrows()]
    return "\n".join((*lines, f"    {CaseState.CLOSED} --> [*]", ""))


def _arrows() -> Iterator[str]:
    events: dict[tuple[CaseState, CaseState], list[str]] = {}
    for event, follows in FOLLOWS.items():
        for state, then in follows.items():
            if state is not then:
                events.setdefault((state, then), []).append(event)
    for (state, then), names in sorted(events.items(), key=lambda arrow: _place(*arrow[0])):
        yield f"    {state} --> {then}: {', '.join(names)}"


def _place(state: CaseState, then: CaseState) -> tuple[int, int]:
    known = list(CaseState)
    return known.index(state), known.index(then)


def refreshed(document: str) -> str:
    """The document with the picture as the code has it now."""
    return _FENCED.sub(lambda _: diagram(), document, count=1)


def main() -> None:
    """Draw it anew."""
    DOCUMENT.write_text(refreshed(DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
