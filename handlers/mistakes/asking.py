"""Rules of asking that contradict each other."""

from collections.abc import Iterator
from datetime import timedelta

from handlers.declared import duration_in_words
from handlers.mistakes.mistake import Mistake
from handlers.organisation import Organisation


def contradictions(organisation: Organisation) -> Iterator[Mistake]:
    """Asking that could never happen, or happens in the wrong order."""
    asking = organisation.asking
    if not asking.days:
        yield Mistake(
            ("asking", "days"), "Nobody would ever be asked: there is no day for it.", "Name some days."
        )
    if asking.expires_after <= timedelta():
        yield Mistake(
            ("asking", "expires_after"), "Requests would expire at once.", "Give people time, such as 14 d."
        )
    elif asking.reminder_after is not None and asking.reminder_after >= asking.expires_after:
        yield Mistake(
            ("asking", "reminder_after"),
            f"The reminder would come after the request expired ({duration_in_words(asking.expires_after)}).",
            "Remind earlier, or write null for no reminder.",
        )
    if asking.account_cap is not None and not organisation.accounts:
        yield Mistake(
            ("asking", "account_cap"),
            "The account cap does nothing, because there are no accounts.",
            "Declare `accounts`, or remove the cap.",
            warning=True,
        )
    yield from _delays(organisation)


def _delays(organisation: Organisation) -> Iterator[Mistake]:
    too_old = organisation.asking.too_old_after
    for key, touchpoint in organisation.touchpoints.items():
        if touchpoint.survey and touchpoint.delay >= too_old:
            yield Mistake(
                ("touchpoints", key, "delay"),
                f"Nobody would be asked: after {duration_in_words(touchpoint.delay)} an encounter is too old "
                f"({duration_in_words(too_old)}).",
                "Shorten the delay, or raise `too_old_after` under `asking`.",
            )
