"""What people said in a window, verbatim and without their names."""

from collections.abc import Sequence

from handlers.context import Context
from handlers.digests.confidence import is_confidential
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText
from handlers.views import ResponseName, VoiceView
from storage import digests, sheets
from storage.digests import Comment
from storage.responses import BANDS
from storage.scope import Scope
from storage.tables import Feedback
from storage.vocabulary import Band, Stream, Tone


def extremes(voices: Sequence[VoiceView], most: int) -> tuple[tuple[VoiceView, ...], tuple[VoiceView, ...]]:
    """The best and the hardest words, so many of each."""
    good = tuple(voice for voice in voices if voice.band is Band.GOOD)
    poor = tuple(voice for voice in voices if voice.band is Band.POOR)
    return good[:most], poor[:most]


def written(
    scope: Scope, window: Window, ctx: Context, *, in_round: str | None = None
) -> Sequence[VoiceView]:
    """Comments of the window with what they mean, newest first: after encounters, or in one round.

    Then those of anonymous sheets, which were opened with enough others.
    """
    stream = Stream.RELATIONSHIP if in_round else Stream.CUSTOMER
    start, end = window.starts_at, window.ends_at
    found = digests.comments(ctx.session, scope, start, end, 200, stream=stream, touchpoint=in_round)
    found = _nameless(found, scope, ctx)
    on_sheets = sheets.comments(ctx.session, scope, start, end, stream=stream, touchpoint=in_round)
    return [
        VoiceView(
            comment.words,
            _band(comment.worst),
            _name(comment.touchpoint, ctx),
            logged=False,
            response=ResponseName(comment.invitation, comment.place),
        )
        for comment in found
    ] + [
        VoiceView(words, _band(worst), _name(touchpoint, ctx), logged=False)
        for words, touchpoint, worst in on_sheets
    ]


def spoken_of(said: Sequence[Feedback]) -> Sequence[VoiceView]:
    """What was logged or said unprompted."""
    tones = {Tone.POSITIVE: Band.GOOD, Tone.NEGATIVE: Band.POOR}
    return [VoiceView(f.words, tones.get(Tone(f.tone)), None, logged=True) for f in said if f.words]


def _nameless(found: Sequence[Comment], scope: Scope, ctx: Context) -> list[Comment]:
    """Without the words of confidential surveys where too few wrote any, or where an account alone tells them.

    An account is as good as a name, where few people work at a customer's.
    """
    versions = {comment.survey_version_id for comment in found}
    confidential = {version for version in versions if is_confidential(version, ctx)}
    hidden = [comment for comment in found if comment.survey_version_id in confidential]
    openly = [comment for comment in hidden if scope.holds_openly(comment)]
    if len(openly) < ctx.organisation.minimum_group:
        openly = []
    return [comment for comment in found if comment not in hidden or comment in openly]


def _band(place: int | None) -> Band | None:
    return None if place is None else BANDS[place]


def _name(touchpoint: str, ctx: Context) -> LocalText | None:
    declared = ctx.organisation.touchpoints.get(touchpoint)
    return declared.name if declared else None
