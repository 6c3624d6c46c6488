"""What is wrong with a declared organisation although each of its words is right: one module a subject.

Pure: the organisation in, mistakes out, all of them at once. A mistake says where it is, what is
wrong and what to do; a warning is one that Kaiku can live with.
"""

from collections.abc import Collection
from itertools import chain

from handlers.mistakes import asking, calendars, owners, people, references, surveys, texts, thresholds
from handlers.mistakes.mistake import Mistake
from handlers.organisation import Organisation

_CHECKS = (
    references.unknown_names,
    owners.services_without_owner,
    owners.owners_who_cannot_own,
    people.shared_identities,
    people.unfit_preferences,
    people.unfit_absences,
    people.circles_of_deputies,
    people.ambiguous_accounts,
    surveys.unfit_questions,
    surveys.unfit_lengths,
    surveys.unfit_keys,
    surveys.wrong_streams,
    thresholds.unknown_questions,
    thresholds.misfits,
    calendars.unknown_time_zones,
    calendars.unfit_calendars,
    asking.contradictions,
    texts.missing_texts,
)


def mistakes(organisation: Organisation, channels: Collection[str] = ()) -> tuple[Mistake, ...]:
    """Everything wrong with the organisation. Names of channels are checked against `channels`, if given."""
    found = chain.from_iterable(check(organisation) for check in _CHECKS)
    return (*found, *people.unknown_channels(organisation, channels))
