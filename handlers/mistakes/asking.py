"""Rules of asking that contradict each other."""

from collections.abc import Iterator
from datetime import timedelta

from handlers.declared import duration_in_words
from handlers.lookups import survey_keys, survey_of
from handlers.mistakes.mistake import Mistake
from handlers.organisation import Organisation
from handlers.rules import scales


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
    yield from _margins(organisation)


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


def _margins(organisation: Organisation) -> Iterator[Mistake]:
    """A margin is that of a figure, so something must be asked that makes one."""
    for key, touchpoint in organisation.touchpoints.items():
        if touchpoint.margin is None or touchpoint.survey not in survey_keys(organisation):
            continue
        if not any(scales.is_closed(q) for q in survey_of(organisation, touchpoint.survey).questions):
            yield Mistake(
                ("touchpoints", key, "margin"),
                f"The margin does nothing: the survey “{touchpoint.survey}” asks for no score.",
                "Ask for a score, or remove the margin.",
                warning=True,
            )
