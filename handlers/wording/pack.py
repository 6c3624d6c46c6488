"""The shipped questions and reason chips."""

from handlers.rules.scales import Option, Question

QUESTIONS: dict[str, Question] = {}
REASONS_LOW: tuple[Option, ...] = ()
REASONS_HIGH: tuple[Option, ...] = ()
