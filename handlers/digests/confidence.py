"""Surveys whose readers are not told whose an answer is."""

from handlers.asked import survey_from
from handlers.context import Context
from handlers.rules.hours import Window
from handlers.views import NamelessView
from storage import counts, invitations
from storage.scope import Scope
from storage.vocabulary import Privacy, Stream


def is_confidential(survey_version_id: int, ctx: Context) -> bool:
    """Whether whoever answered this wording was promised that readers are not told who they are."""
    definition = invitations.survey_definition(ctx.session, survey_version_id)
    return definition is not None and survey_from(definition).privacy is not Privacy.NAMED


def nameless(scope: Scope, window: Window, ctx: Context, *, in_round: str | None = None) -> NamelessView:
    """What anonymous surveys came to in a window, after encounters or in one round."""
    stream = Stream.RELATIONSHIP if in_round else Stream.CUSTOMER
    (count,) = counts.nameless_counts(
        ctx.session, scope, window.starts_at, window.ends_at, stream=stream, touchpoint=in_round
    )
    return NamelessView(count.asked, count.answered)
