"""Questions asked for trying other rules on what happened: many rows at once, none of them changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from storage.invitations import TO_CUSTOMERS
from storage.prepared import Record
from storage.rounds import SOURCE
from storage.tables import Answer, Encounter, Identity, Invitation, LedgerEntry, Person, Response, core
from storage.vocabulary import EncounterState, InvitationState, Metric, Stream

_E, _L, _P, _I = core(Encounter), core(LedgerEntry), core(Person), core(Invitation)
_R, _A, _N = core(Response), core(Answer), core(Identity)

_LAST_DECISION = (
    select(func.max(_L.c.id).label("id"))
    .join(_E, _E.c.id == _L.c.encounter_id)
    .where(_L.c.person_id == _E.c.customer_id)
    .group_by(_L.c.encounter_id)
    .subquery()
)


def decided_since(session: Session, since: datetime) -> Sequence[Record]:
    """Encounters that happened since an instant and were decided on, each with its last verdict on the
    customer (`verdict`, `facts`, `decided_at`) and what is known of them (`role`, `left_at`, `opted_out_at`,
    `volunteered_at`, `time_zone`, `team`); in the order in which their turn came.
    """
    query = (
        select(
            _E, _L.c.verdict, _L.c.facts, _L.c.decided_at,
            _P.c.role, _P.c.left_at, _P.c.opted_out_at, _P.c.volunteered_at, _P.c.time_zone, _P.c.team,
        )
        .join(_LAST_DECISION, _LAST_DECISION.c.id == _L.c.id)
        .join(_E, _E.c.id == _L.c.encounter_id)
        .join(_P, _P.c.id == _E.c.customer_id)
        .where(_E.c.source != SOURCE)
        .where(_E.c.happened_at >= since, _E.c.state == EncounterState.DECIDED)
        .order_by(_E.c.ask_at, _E.c.id)
    )  # fmt: skip
    return session.connection().execute(query).all()


def undecided_since(session: Session, since: datetime) -> Mapping[str, int]:
    """How many encounters since an instant were called off or still wait, by state."""
    query = (
        select(_E.c.state, func.count().label("encounters"))
        .where(_E.c.source != SOURCE)
        .where(_E.c.happened_at >= since, _E.c.state != EncounterState.DECIDED)
        .group_by(_E.c.state)
    )
    return {row.state: row.encounters for row in session.connection().execute(query)}


def requests_since(session: Session, since: datetime) -> Sequence[Record]:
    """Requests to customers since an instant, with what they were about."""
    query = (
        select(
            _I.c.encounter_id, _I.c.person_id, _I.c.created_at, _I.c.survey, _I.c.touchpoint, _I.c.account,
            _E.c.about, _E.c.external_reference,
        )
        .join(_E, _E.c.id == _I.c.encounter_id)
        .where(_I.c.created_at >= since, _I.c.stream.in_(TO_CUSTOMERS))
        .where(_I.c.state.not_in([InvitationState.SUPPRESSED, InvitationState.REHEARSED]))
    )  # fmt: skip
    return session.connection().execute(query).all()


def reachable_people(session: Session, ears_only: Sequence[str]) -> frozenset[int]:
    """Everybody who is in a channel through which one can be written to."""
    query = select(_N.c.person_id).where(_N.c.channel.not_in(ears_only)).distinct()
    return frozenset(session.connection().execute(query).scalars())


def scores_since(session: Session, since: datetime) -> Sequence[Record]:
    """Customers' scores since an instant: response, encounter, when, where, survey version, question, score."""
    query = (
        select(
            _A.c.response_id, _R.c.encounter_id, _R.c.first_at, _R.c.service, _R.c.touchpoint,
            _R.c.excluded_because, _R.c.survey_version_id, _A.c.question, _A.c.score,
        )
        .join(_R, _R.c.id == _A.c.response_id)
        .where(_R.c.first_at >= since, _R.c.stream == Stream.CUSTOMER)
        .where(_A.c.score.is_not(None), _A.c.metric != Metric.CONSENT)
    )  # fmt: skip
    return session.connection().execute(query).all()
