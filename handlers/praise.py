"""Good words reach who did the work, and their team's conversation where the organisation wishes it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from handlers.asked import Asked
from handlers.context import Context
from handlers.found import found
from handlers.lookups import team_of
from handlers.outbox import say
from handlers.rules.praise import named_in
from storage import people
from storage.tables import Feedback, Person
from storage.vocabulary import OutboxKind, Role

GOOD_NEWS_WAITS = timedelta(minutes=10)
"""Time between a top score and its praise, so that the customer's words can come along."""


def praise_score(asked: Asked, ctx: Context) -> None:
    """A good score is told to who served the customer, once a response."""
    handler = asked.facts.handler_id
    later = ctx.now + GOOD_NEWS_WAITS
    _say("response", asked.response_id, [handler] if handler else [], asked.facts.service, ctx, at=later)


def ask_reference(asked: Asked, ctx: Context) -> None:
    """After a top score the owner may ask the customer for a reference; told once a response."""
    if asked.facts.owner_id is not None:
        later, kind = ctx.now + GOOD_NEWS_WAITS, OutboxKind.REFERENCE_REQUEST
        say(ctx, kind, "response", asked.response_id, to=asked.facts.owner_id, once=kind, not_before=later)


def pass_on_thanks(feedback: Feedback, ctx: Context) -> None:
    """Thanks that somebody logged are told to the colleagues they name, but for who logged them."""
    declared = ctx.organisation.people.items()
    works_here = {key: person.name for key, person in declared if person.role is not Role.CUSTOMER}
    named = (people.person_by_key(ctx.session, key) for key in named_in(feedback.words, works_here))
    others = _others(named, feedback.logged_by_id)
    _say("feedback", found(feedback.id), others, feedback.service, ctx, at=ctx.now)


def _others(named: Iterable[Person | None], but: int | None) -> list[int]:
    return [person.id for person in named if person and person.id is not None and person.id != but]


def _say(
    subject: str, subject_id: int, to: list[int], service: str | None, ctx: Context, *, at: datetime
) -> None:
    kind = OutboxKind.PRAISE
    for person_id in to:
        say(ctx, kind, subject, subject_id, to=person_id, once=kind, not_before=at)
    team = team_of(ctx.organisation, service)
    if team is not None and team.shares_praise and team.channel:
        conversation = ":".join(next(iter(team.channel.items())))
        say(ctx, kind, subject, subject_id, conversation=conversation, once=kind, not_before=at)
