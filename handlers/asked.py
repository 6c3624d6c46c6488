"""An invitation that somebody acts on, found and written in as few statements as can be.

This is the hot path: each tap of each customer comes through here. Statements are built once, when the
module is read, and rows are read as rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from handlers import sheets
from handlers.context import Context
from handlers.errors import (
    EditWindowClosed,
    ForCustomers,
    InvitationExpired,
    NotYourInvitation,
    OnlyADryRun,
    UnknownInvitation,
)
from handlers.events import Event
from handlers.found import found
from handlers.lookups import team_of
from handlers.organisation import Survey
from handlers.outbox import tell_of_response
from handlers.people import Somebody, actor
from handlers.rules.scales import Question
from storage import invitations, outbox, responses
from storage.invitations import Tapper
from storage.prepared import Record
from storage.responses import Given
from storage.settled import move, unsettle
from storage.vocabulary import Band, InvitationState, Metric, OutboxKind, Privacy, Role

UNSAID = (OutboxKind.PROMPT, OutboxKind.REMINDER, OutboxKind.STAFF_PROMPT)
"""What need not be said any more once somebody has answered."""

NO_RESPONSE = 0
"""The number of the response of who answers anonymously: there is none."""

_OVER = (InvitationState.EXPIRED, InvitationState.SUPPRESSED)


@lru_cache(maxsize=512)
def survey_from(definition: str) -> Survey:
    """A survey as it was worded. Cached: a tap reads it each time, and it never changes."""
    return Survey.model_validate_json(definition)


@dataclass(frozen=True, slots=True)
class Begun:
    """The response a person has begun."""

    id: int
    first_at: datetime
    excluded_because: str | None = None
    case_id: int | None = None
    """The case it opened, if it did."""


@dataclass(frozen=True)
class Asked:
    """An invitation: its facts, its survey, who acts on it, and what they answered so far."""

    facts: Record
    survey: Survey
    person: Somebody
    begun: Begun | None
    answers: Mapping[str, Given]
    called: bool = False
    """They asked for a person, by name, beside what they answer without one."""

    @property
    def nameless(self) -> bool:
        """Whether nothing of what is answered may be led back to the person."""
        return self.survey.privacy is Privacy.ANONYMOUS

    def question(self, key: str) -> Question:
        """The question of that key in this survey's wording. Raises `UnknownInvitation` for another's."""
        for question in self.survey.questions:
            if question.key == key:
                return question
        raise UnknownInvitation

    @property
    def response_id(self) -> int:
        """Row number of the response, which has begun."""
        return found(self.begun).id


def find(event: Event, token: str, ctx: Context, *, by_name: bool = False) -> Asked:
    """The invitation an event speaks of, as the person who acts sees it.

    With `by_name` what was answered anonymously is left out and not even read: it may have been opened long ago.

    Raises `UnknownInvitation`, `OnlyADryRun`, `InvitationExpired`, `NotYourInvitation` when it was sent to another, or
    `ForCustomers` when somebody who works here answers what everybody in a conversation was asked.
    """
    facts = _read(event, token, ctx)
    survey = survey_from(facts.definition)
    if facts.state == InvitationState.REHEARSED:
        raise OnlyADryRun
    if survey.privacy is Privacy.ANONYMOUS:
        _demand_own(facts, ctx)
        return _by_name(facts, survey) if by_name else _nameless(facts, survey, ctx)
    if facts.tapper_id is None or facts.tapper_lost_at is not None:
        actor(event.by, ctx)  # met for the first time, or reachable again
        facts = _read(event, token, ctx)
    if facts.person_id not in (None, facts.tapper_id):
        raise NotYourInvitation
    if facts.person_id is None and facts.tapper_role != Role.CUSTOMER and facts.tapper_left_at is None:
        raise ForCustomers
    if facts.response_id is None and (facts.state in _OVER or facts.expires_at <= ctx.now):
        raise InvitationExpired
    begun, answers = None, dict[str, Given]()
    if facts.response_id is not None:
        begun = Begun(facts.response_id, facts.first_at, facts.excluded_because, facts.case_id)
        answers = responses.answers_given(ctx.session, begun.id)
    return Asked(facts, survey, Tapper.of(facts), begun, answers)


def _demand_own(facts: Record, ctx: Context) -> None:
    if facts.tapper_id is None or facts.person_id != facts.tapper_id:
        raise NotYourInvitation
    if facts.state in _OVER or facts.expires_at <= ctx.now:
        raise InvitationExpired


def _nameless(facts: Record, survey: Survey, ctx: Context) -> Asked:
    """An anonymous survey as the person sees it: that they came is written down nowhere.

    Raises `EditWindowClosed` once the answers were opened.
    """
    called, sheet = facts.response_id is not None, sheets.read(facts.token, ctx)
    if sheet is None:
        return Asked(facts, survey, Tapper.of(facts), None, {}, called)
    begun = Begun(NO_RESPONSE, sheet.first_at, sheet.excluded_because)
    return Asked(facts, survey, Tapper.of(facts), begun, sheet.answers, called)


def _by_name(facts: Record, survey: Survey) -> Asked:
    """The same survey as whoever asks for a person, or to be asked no more, sees it: they give their name."""
    called = facts.response_id is not None
    begun = Begun(facts.response_id, facts.first_at, None, facts.case_id) if called else None
    return Asked(facts, survey, Tapper.of(facts), begun, {}, called)


def _read(event: Event, token: str, ctx: Context) -> Record:
    by = event.by
    facts = invitations.tapped(ctx.session, token, by.channel, by.external_id, by.workspace)
    if facts is None:
        raise UnknownInvitation
    return facts


def begin(asked: Asked, ctx: Context, event: Event) -> Asked:
    """With a response, made now if this is the first sign of the person."""
    if asked.begun is not None:
        return asked
    facts = asked.facts
    team = team_of(ctx.organisation, facts.service)
    response_id = responses.add_response(
        ctx.session,
        {
            "invitation_id": facts.id,
            "encounter_id": facts.encounter_id,
            "person_id": asked.person.id,
            "survey_version_id": facts.survey_version_id,
            "stream": facts.stream,
            "service": facts.service,
            "team": team.key if team else None,
            "touchpoint": facts.touchpoint,
            "account": facts.account,
            "handler_id": facts.handler_id,
            "first_at": event.at,
            "last_at": event.at,
        },
    )
    unsettle(ctx.session, event.at, ctx.now)
    return replace(asked, begun=Begun(response_id, event.at))


def put(
    asked: Asked,
    key: str,
    metric: Metric,
    ctx: Context,
    event: Event,
    *,
    score: int | None = None,
    words: str | None = None,
    band: Band | None = None,
) -> Asked:
    """Write one answer: the first, or a new version within the edit window. The same again changes nothing.

    Raises `EditWindowClosed`.
    """
    given, old = Given(metric, score, words, band), asked.answers.get(key)
    if old is not None and (old.score, old.words) == (score, words):
        return asked
    if asked.nameless:
        return _put_on_sheet(asked, key, given, ctx)
    anew = asked.begun is None
    first = not given.skipped and all(answer.skipped for answer in asked.answers.values())
    asked = begin(asked, ctx, event)
    if old is None:
        responses.add_answer(ctx.session, asked.response_id, key, given, event.at)
    else:
        demand_editable(asked, ctx)
        responses.replace_answer(ctx.session, asked.response_id, key, given, event.at)
    if first:
        _mark_answered(asked.facts, ctx, event)
        outbox.cancel(ctx.session, "invitation", asked.facts.id, UNSAID)
    begun = found(asked.begun)
    if not anew:
        # A new score counts again; words about it do not make it count.
        counts = begun.excluded_because if score is None else None
        responses.touch_response(ctx.session, begun.id, last_at=event.at, excluded_because=counts)
        unsettle(ctx.session, begun.first_at, ctx.now)
        begun = replace(begun, excluded_because=counts)
    tell_of_response(ctx, begun.id)
    return replace(asked, begun=begun, answers={**asked.answers, key: given})


def _mark_answered(facts: Record, ctx: Context, event: Event) -> None:
    if facts.answered_at is None:
        invitations.mark_answered(ctx.session, facts.id, event.at)
        move(ctx.session, facts, ctx.now)


def _put_on_sheet(asked: Asked, key: str, given: Given, ctx: Context) -> Asked:
    begun = asked.begun or Begun(NO_RESPONSE, ctx.now)
    if key in asked.answers:
        demand_editable(asked, ctx)
    if given.score is not None:
        begun = replace(begun, excluded_because=None)
    asked = replace(asked, begun=begun, answers={**asked.answers, key: given})
    keep_sheet(asked, ctx)
    return asked


def keep_sheet(asked: Asked, ctx: Context) -> None:
    """Seal what was answered to an anonymous survey so far."""
    begun = found(asked.begun)
    sheets.keep(asked.facts, sheets.Sheet(begun.first_at, asked.answers, begun.excluded_because), ctx)


def demand_editable(asked: Asked, ctx: Context) -> None:
    """Raises `EditWindowClosed` when it is too late to change an answer."""
    if not editable(asked, ctx):
        raise EditWindowClosed


def editable(asked: Asked, ctx: Context) -> bool:
    """Whether answers may still be changed."""
    return asked.begun is None or ctx.now - asked.begun.first_at <= ctx.organisation.asking.edit_window
