"""State machines of handlers: rules in any order, on a real database, beside a model of a few dictionaries."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine

from handlers.context import Context
from handlers.errors import FeedbackError
from handlers.organisation import Organisation
from tests.helpers.desk import Desk, desk_of
from tests.helpers.town import example

SHORT = settings(deadline=None, max_examples=12, stateful_step_count=40)
"""Some hundred steps: a few seconds."""

EVERYBODY_ALWAYS: dict[str, Any] = {
    "quiet_from": "00:00",
    "quiet_until": "00:00",
    "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
}
"""How people are asked when the hour is not what it is about."""


class Machine(RuleBasedStateMachine):
    """An open desk, and what its rules need."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._opened = desk_of(self.organisation(), Path(self._folder.name))
        self.desk: Desk = self._opened.__enter__()
        self.numbers = 0

    def organisation(self) -> Organisation:
        """Whose desk it is."""
        return example(asking=EVERYBODY_ALWAYS)

    def teardown(self) -> None:
        """Hypothesis has seen enough."""
        self._opened.__exit__(None, None, None)
        self._folder.cleanup()

    def number(self) -> int:
        """One that was not given out before."""
        self.numbers += 1
        return self.numbers

    def does(self, work: Callable[[Context], Any], refusal: type[FeedbackError] | None) -> bool:
        """A use case that is to be refused with just that, or not at all; whether it was done."""
        try:
            self.desk.do(work)
        except FeedbackError as problem:
            assert type(problem) is refusal, f"refused with {problem!r} and not with {refusal}"  # noqa: PT017
            return False
        assert refusal is None, f"it should have been refused with {refusal}"
        return True
