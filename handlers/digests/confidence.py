"""Surveys whose readers are not told whose an answer is."""

from handlers.asked import survey_from
from handlers.context import Context
from storage import invitations
from storage.vocabulary import Privacy


def is_confidential(survey_version_id: int, ctx: Context) -> bool:
    """Whether whoever answered this wording was promised that readers are not told who they are."""
    definition = invitations.survey_definition(ctx.session, survey_version_id)
    return definition is not None and survey_from(definition).privacy is not Privacy.NAMED
