"""Questions asked of invitations."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Self

from sqlalchemy import and_, bindparam, func, or_, update
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select

from storage.prepared import Prepared, Record
from storage.tables import (
    Case,
    Encounter,
    Identity,
    Invitation,
    Person,
    Repeat,
    Response,
    SurveyVersion,
    core,
)
from storage.vocabulary import InvitationState, Stream

_I, _E, _V, _OWNER = core(Invitation), core(Encounter), core(SurveyVersion), core(Person).alias("owner")

_WITH_FACTS = (
    core_select(
        _I,
        _V.c.definition,
        _E.c.customer_id,
        _E.c.handler_id,
        _E.c.owner_id,
        _E.c.owner_rule,
        _E.c.happened_at,
        _E.c.about,
        _E.c.shared_conversation,
        _OWNER.c.name.label("owner_name"),
        _OWNER.c.key.label("owner_key"),
        _OWNER.c.left_at.label("owner_left_at"),
    )
    .join(_V, _V.c.id == _I.c.survey_version_id)
    .join(_E, _E.c.id == _I.c.encounter_id)
    .outerjoin(_OWNER, _OWNER.c.id == _E.c.owner_id)
)
"""Everything a tap needs to know, in one statement: this is the hot path."""


_BY_ID = Prepared(_WITH_FACTS.where(_I.c.id == bindparam("invitation_id")))

_N, _P = core(Identity).alias("identity"), core(Person).alias("tapper")
_R, _C, _A = core(Response), core(Case), core(Repeat).alias("again")

_TAPPED = Prepared(
    _WITH_FACTS.add_columns(
        _P.c.id.label("tapper_id"),
        _P.c.name.label("tapper_name"),
        _P.c.role.label("tapper_role"),
        _P.c.left_at.label("tapper_left_at"),
        _P.c.language.label("tapper_language"),
        _P.c.account.label("tapper_account"),
        _P.c.team.label("tapper_team"),
        _P.c.time_zone.label("tapper_zone"),
        _N.c.unreachable_at.label("tapper_lost_at"),
        _R.c.id.label("response_id"),
        _R.c.first_at,
        _R.c.excluded_because,
        func.coalesce(_C.c.id, _A.c.case_id).label("case_id"),
    )
    .outerjoin(
        _N,
        and_(
            _N.c.channel == bindparam("channel"),
            _N.c.external_id == bindparam("external_id"),
            or_(_N.c.workspace == bindparam("workspace"), _N.c.workspace == ""),
        ),
    )
    .outerjoin(_P, _P.c.id == _N.c.person_id)
    .outerjoin(_R, and_(_R.c.invitation_id == _I.c.id, _R.c.person_id == _P.c.id))
    .outerjoin(_C, _C.c.response_id == _R.c.id)
    .outerjoin(_A, _A.c.response_id == _R.c.id)
    .where(_I.c.token == bindparam("token"))
    .order_by(_N.c.workspace.desc())
    .limit(1)
)
"""The same, with who taps and the response they have begun."""

_MARK_ANSWERED = Prepared(
    update(_I)
    .where(_I.c.id == bindparam("invitation_id"), _I.c.state != InvitationState.ANSWERED)
    .values(state=InvitationState.ANSWERED, answered_at=bindparam("at"))
)

TO_CUSTOMERS = (Stream.CUSTOMER, Stream.RELATIONSHIP)
"""The streams in which customers are asked something: each request weighs on the next, whatever it is about."""


class Tapper(NamedTuple):
    """Who taps, as far as an answer needs to know them."""

    id: int
    name: str
    language: str | None
    account: str | None
    team: str | None
    time_zone: str | None

    @classmethod
    def of(cls, row: Record) -> Self:
        """Out of a row of `tapped` in which the person was found."""
        return cls(
            row.tapper_id,
            row.tapper_name,
            row.tapper_language,
            row.tapper_account,
            row.tapper_team,
            row.tapper_zone,
        )


def tapped(session: Session, token: str, channel: str, external_id: str, workspace: str) -> Record | None:
    """The invitation of a token with who taps it; `tapper_id` is none for somebody we have never met."""
    return _TAPPED.first(
        session, {"token": token, "channel": channel, "external_id": external_id, "workspace": workspace}
    )


def invitation_with_facts(session: Session, invitation_id: int) -> Record | None:
    """An invitation with its survey's wording, encounter and owner's name."""
    return _BY_ID.first(session, {"invitation_id": invitation_id})


def mark_answered(session: Session, invitation_id: int, at: datetime) -> None:
    """The invitation has its first answer."""
    _MARK_ANSWERED.run(session, {"invitation_id": invitation_id, "at": at})


def requests_to(
    session: Session, person_id: int, since: datetime, *, rehearsed: bool = False
) -> Sequence[tuple[Invitation, Encounter]]:
    """Requests to a person that were sent, or wait to be, since an instant; newest first.

    With `rehearsed`, also those a dry run only showed.
    """
    return session.exec(
        select(Invitation, Encounter)
        .join(Encounter, col(Encounter.id) == Invitation.encounter_id)
        .where(Invitation.person_id == person_id, col(Invitation.created_at) >= since)
        .where(col(Invitation.state).not_in(_unasked(rehearsed=rehearsed)))
        .order_by(col(Invitation.created_at).desc())
    ).all()


def _unasked(*, rehearsed: bool) -> list[InvitationState]:
    """States of a request that nobody saw."""
    return [InvitationState.SUPPRESSED, *(() if rehearsed else (InvitationState.REHEARSED,))]


def requests_to_account(session: Session, account: str, since: datetime, *, rehearsed: bool = False) -> int:
    """How many requests went to an account's people since an instant; our own staff are not its people."""
    return session.exec(
        select(func.count())
        .select_from(Invitation)
        .where(Invitation.account == account, col(Invitation.created_at) >= since)
        .where(col(Invitation.stream).in_(TO_CUSTOMERS))
        .where(col(Invitation.state).not_in(_unasked(rehearsed=rehearsed)))
    ).one()


def invitations_of_encounter(session: Session, encounter_id: int) -> Sequence[Invitation]:
    """The invitations about one encounter."""
    return session.exec(select(Invitation).where(Invitation.encounter_id == encounter_id)).all()


def due_for_reminder(session: Session, now: datetime, limit: int) -> Sequence[Invitation]:
    """Sent invitations without an answer whose reminder is due."""
    return session.exec(
        select(Invitation)
        .where(Invitation.state == InvitationState.SENT, col(Invitation.remind_at) <= now)
        .order_by(col(Invitation.remind_at))
        .limit(limit)
    ).all()


def due_to_expire(session: Session, now: datetime, limit: int) -> Sequence[Invitation]:
    """Unanswered invitations whose time is over."""
    return session.exec(
        select(Invitation)
        .where(
            col(Invitation.state).in_([InvitationState.SENT, InvitationState.QUEUED]),
            col(Invitation.expires_at) <= now,
        )
        .order_by(col(Invitation.expires_at))
        .limit(limit)
    ).all()


def queued_for(session: Session, person_id: int) -> Sequence[Invitation]:
    """Invitations to a person that have not left yet."""
    return session.exec(
        select(Invitation).where(
            Invitation.person_id == person_id, Invitation.state == InvitationState.QUEUED
        )
    ).all()


def people_asked(session: Session, tokens: Sequence[str]) -> dict[str, int | None]:
    """Who was asked by these requests, as far as they still go by these tokens."""
    asked = session.connection().execute(
        core_select(_I.c.token, _I.c.person_id).where(_I.c.token.in_(tokens))
    )
    return {row.token: row.person_id for row in asked}


def open_invitation_of(session: Session, person_id: int, since: datetime) -> Invitation | None:
    """The newest invitation a person may still be answering."""
    return session.exec(
        select(Invitation)
        .where(Invitation.person_id == person_id, col(Invitation.sent_at) >= since)
        .where(col(Invitation.state).in_([InvitationState.SENT, InvitationState.ANSWERED]))
        .order_by(col(Invitation.sent_at).desc())
    ).first()


_DEFINITION = Prepared(core_select(_V.c.definition).where(_V.c.id == bindparam("version_id")))


def survey_definition(session: Session, version_id: int) -> str | None:
    """A survey version's wording, as JSON. Each figure asks for it, so it is prepared."""
    found = _DEFINITION.run(session, {"version_id": version_id}).fetchone()
    return found[0] if found else None
