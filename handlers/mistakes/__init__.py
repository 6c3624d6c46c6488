"""What is wrong with a declared organisation although each of its words is right: one module a subject.

Pure: the organisation in, mistakes out, all of them at once. A mistake says where it is, what is
wrong and what to do; a warning is one that Kaiku can live with.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date

from handlers.mistakes import (
    asking,
    calendars,
    owners,
    people,
    privacy,
    references,
    reports,
    retention,
    rounds,
    routing,
    surveys,
    targets,
    texts,
    thresholds,
)
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation

_CHECKS: dict[Callable[[Organisation], Iterable[Mistake]], tuple[str, ...]] = {
    owners.services_without_owner: ("teams", "cx_lead", "routing"),
    owners.touchpoints_without_owner: ("cx_lead", "routing"),
    owners.owners_who_cannot_own: (),
    routing.unfit_rules: ("teams", "people"),
    routing.unreached_rules: (),
    routing.owning_desks: ("teams", "people"),
    people.shared_identities: (),
    people.unfit_preferences: (),
    people.unfit_absences: (),
    people.circles_of_deputies: (),
    people.ambiguous_accounts: (),
    surveys.unfit_questions: (),
    surveys.unfit_lengths: (),
    surveys.wrong_streams: ("surveys",),
    privacy.unfit_for_anonymity: (),
    privacy.thresholds_nobody_acts_on: ("surveys",),
    thresholds.unknown_questions: ("surveys", "touchpoints"),
    thresholds.misfits: ("thresholds",),
    calendars.unknown_time_zones: (),
    calendars.unfit_calendars: (),
    asking.contradictions: ("accounts", "asking"),
    retention.too_short: ("asking", "retention"),
    rounds.unfit_rounds: ("touchpoints",),
    reports.unfit_reports: ("people", "teams"),
    reports.empty_digests: (),
    targets.unfit_targets: ("surveys",),
    texts.missing_texts: (),
}
"""Each check, and the sections that make something right by what they say, besides the entry it is said of."""


def mistakes(
    organisation: Organisation,
    channels: Collection[str] = (),
    unread: Collection[Path] = (),
    today: date | None = None,
) -> tuple[Mistake, ...]:
    """Everything wrong with the organisation. Names of channels are checked against `channels`, if given.

    `unread` are the places of the file that could not be read and are not, or not truly, in `organisation`:
    what may be wrong only for want of them is not told. Absences are looked at from `today` on, if given.
    """
    named = (
        *references.unknown_names(organisation, unread),
        *people.unknown_channels(organisation, channels),
    )
    read = (mistake for mistake in named if not any(_is_within(mistake.path, place) for place in unread))
    doubted = {place[:2] for place in unread}
    missed = owners.unattended_absences(organisation, today) if today else ()
    return (*read, *_certain(organisation, unread), *(m for m in missed if m.path[:2] not in doubted))


def _certain(organisation: Organisation, unread: Collection[Path]) -> Iterator[Mistake]:
    doubted = {place[:2] for place in unread}
    sections = {place[0] for place in unread}
    for check, elsewhere in _CHECKS.items():
        if sections.isdisjoint(elsewhere):
            yield from (m for m in check(organisation) if not {m.path[:1], m.path[:2]} & doubted)


def _is_within(path: Path, place: Path) -> bool:
    return path[: len(place)] == place
