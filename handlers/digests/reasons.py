"""What was named most as good and as poor: reasons chosen beside an answer, and categories of what was logged."""

from collections import Counter
from collections.abc import Iterator, Sequence

from handlers.asked import survey_from
from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.confidence import is_confidential
from handlers.rules.contents import SIZES
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText
from handlers.surveys import REASONS, chips_of
from handlers.views import ReasonsView, ReasonView
from handlers.wording.language import LANGUAGES
from storage import digests, invitations
from storage.scope import Scope
from storage.tables import Feedback
from storage.vocabulary import Tone

_OTHER = "other"
"""*Something else* is no reason by which anything could be put right."""

_Named = tuple[bool, str]
"""Whether it was named as poor, and its key."""


def reasons(audience: Audience, window: Window, said: Sequence[Feedback], ctx: Context) -> ReasonsView:
    """What was named most in a window, beside how often it was named in the one before."""
    labels: dict[_Named, LocalText] = {}
    now = _chosen(audience.scope, window, labels, ctx) + _logged(said, labels)
    earlier = audience.rhythm.preceding(window)
    spoken = digests.feedback_of(ctx.session, audience.scope, earlier.starts_at, earlier.ends_at)
    before = _chosen(audience.scope, earlier, labels, ctx) + _logged(spoken, labels)
    most = SIZES[audience.length].reasons

    def named(poor: bool) -> tuple[ReasonView, ...]:
        found = [(name, n) for name, n in now.most_common() if name[0] is poor]
        return tuple(ReasonView(labels[name], n, before[name]) for name, n in found[:most])

    return ReasonsView(problems=named(True), positives=named(False))


def _chosen(scope: Scope, window: Window, labels: dict[_Named, LocalText], ctx: Context) -> Counter[_Named]:
    rows = digests.chosen(ctx.session, scope, window.starts_at, window.ends_at, REASONS)
    versions = {version for version, _, _ in rows}
    confidential = {version for version in versions if is_confidential(version, ctx)}
    few = sum(n for version, _, n in rows if version in confidential) < ctx.organisation.minimum_group
    known = {version: dict(_chips(version, ctx)) for version in versions - (confidential if few else set())}
    found = Counter[_Named]()
    for version, words, n in rows:
        chips = known.get(version, {})
        for name in (name for key in words.split() for name in chips if name[1] == key != _OTHER):
            labels[name] = chips[name]
            found[name] += n
    return found


def _chips(version: int, ctx: Context) -> Iterator[tuple[_Named, LocalText]]:
    definition = invitations.survey_definition(ctx.session, version)
    survey = survey_from(definition) if definition else None
    for low in (True, False):
        for option in chips_of(survey, low=low) if survey else ():
            yield (low, option.key), option.label


def _logged(said: Sequence[Feedback], labels: dict[_Named, LocalText]) -> Counter[_Named]:
    """Categories as they were typed by who logged it; neutral ones are neither good nor poor."""
    found = Counter[_Named]()
    for feedback in said:
        if feedback.category and feedback.tone != Tone.NEUTRAL:
            for word in feedback.category.split():
                name = (feedback.tone == Tone.NEGATIVE, f"#{word}")
                labels[name] = dict.fromkeys(LANGUAGES, f"#{word}")
                found[name] += 1
    return found
