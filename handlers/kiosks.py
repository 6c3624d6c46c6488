"""A kiosk: passers-by tap a smiley, and may add a sentence. Nobody knows who they were.

Each tap is an encounter of its own, with an invitation and a response, so that figures and cases need not
know of kiosks. The person behind all of them is the kiosk. The rules on asking do not apply: nobody was
asked, whoever taps wanted to; so no tap counts as a request that was sent either.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handlers import cases
from handlers.asked import Asked, find, put
from handlers.context import Context
from handlers.errors import NotOnTheScale, UnknownKiosk
from handlers.events import Event, Sender
from handlers.found import found
from handlers.lookups import threshold_for
from handlers.organisation import Kiosk, Survey
from handlers.organise import survey_version_id
from handlers.owners import owner_in_principle
from handlers.people import actor, row_id
from handlers.respond import readable, urgent_word_in
from handlers.rules import scales
from handlers.rules.routing import About
from handlers.wording.pack import QUESTIONS
from storage import encounters, invitations
from storage.tables import Encounter, Invitation
from storage.tokens import new_token
from storage.vocabulary import Band, CaseReason, EncounterState, InvitationState, Stream

CHANNEL = "kiosk"


@dataclass(frozen=True)
class Tap:
    """One visitor. `nonce` is the tablet's name for it: told again, with words perhaps, it is the same visitor."""

    kiosk: str
    nonce: str
    score: int
    at: datetime
    """When it was tapped by the tablet's clock (aware); it may have waited for a connection since."""
    words: str = ""


def kiosk_of(key: str, ctx: Context) -> Kiosk:
    """The declared kiosk. Raises `UnknownKiosk`."""
    kiosk = ctx.organisation.kiosks.get(key)
    if kiosk is None:
        raise UnknownKiosk(key=key, known=", ".join(ctx.organisation.kiosks) or "–")
    return kiosk


def survey_of_kiosk(kiosk: Kiosk) -> Survey:
    """The smileys, and one question for words."""
    feeling = QUESTIONS["feeling"]
    asked = replace(feeling, wording=kiosk.question) if kiosk.question else feeling
    return Survey(key=f"kiosk-{kiosk.key}", questions=(asked, QUESTIONS["words"]))


def record_tap(tap: Tap, ctx: Context) -> None:
    """Record a tap, or the words that follow it. The same again changes nothing.

    A poor smiley opens a case only once it comes with words: without them there is nothing to act on, and
    nobody to ask. Raises `UnknownKiosk`, `NotOnTheScale` or `WordsTooLong`; then nothing is recorded.
    """
    kiosk = kiosk_of(tap.kiosk, ctx)
    invitation = _invitation(kiosk, tap, ctx)
    event = Event(by=Sender(CHANNEL, kiosk.key), at=min(tap.at, ctx.now), delivery_id=tap.nonce)
    asked = find(event, invitation, ctx)
    smileys, words = asked.survey.questions
    if not scales.on_scale(smileys, tap.score):
        raise NotOnTheScale(score=tap.score, lowest=smileys.lowest, highest=smileys.highest)
    threshold = threshold_for(ctx.organisation, smileys, kiosk.service, kiosk.touchpoint)
    band = scales.band(smileys, tap.score, threshold)
    asked = put(asked, smileys.key, smileys.metric, ctx, event, score=tap.score, band=band)
    if tap.words:
        asked = put(asked, words.key, words.metric, ctx, event, words=readable(tap.words))
        _act_on_words(asked, readable(tap.words), band, ctx)


def _act_on_words(asked: Asked, words: str, band: Band | None, ctx: Context) -> None:
    urgent = urgent_word_in(words, ctx) is not None
    if found(asked.begun).case_id is None and (urgent or band is Band.POOR):
        reason = CaseReason.URGENT_WORD if urgent else CaseReason.LOW_SCORE
        cases.open_for_response(asked, reason, ctx, urgent=urgent, of_nobody=True)


def _invitation(kiosk: Kiosk, tap: Tap, ctx: Context) -> str:
    """Token of this visitor's invitation, made at their first tap."""
    source = f"kiosk:{kiosk.key}"
    known = encounters.encounter_by_reference(ctx.session, source, tap.nonce)
    if known is not None:
        return invitations.invitations_of_encounter(ctx.session, known.id or 0)[0].token
    place = actor(Sender(CHANNEL, kiosk.key, name=kiosk.name), ctx)
    owner = owner_in_principle(About(kiosk.service, touchpoint=kiosk.touchpoint), ctx)
    encounter = Encounter(
        token=new_token(),
        source=source,
        external_reference=tap.nonce,
        touchpoint=kiosk.touchpoint,
        service=kiosk.service,
        customer_id=row_id(place),
        owner_id=owner.person.id if owner.person else None,
        owner_rule=owner.rule,
        happened_at=min(tap.at, ctx.now),
        reported_at=ctx.now,
        ask_at=ctx.now,
        state=EncounterState.DECIDED,
    )
    ctx.session.add(encounter)
    ctx.session.flush()
    return _open_invitation(encounter, kiosk, ctx)


def _open_invitation(encounter: Encounter, kiosk: Kiosk, ctx: Context) -> str:
    survey = survey_of_kiosk(kiosk)
    invitation = Invitation(
        token=new_token(),
        encounter_id=encounter.id or 0,
        person_id=encounter.customer_id,
        survey=survey.key,
        survey_version_id=survey_version_id(ctx.session, survey, ctx.now),
        stream=Stream.CUSTOMER,
        state=InvitationState.ANSWERED,
        created_at=ctx.now,
        answered_at=ctx.now,
        expires_at=ctx.now + timedelta(days=1),
        service=encounter.service,
        touchpoint=encounter.touchpoint,
    )
    ctx.session.add(invitation)
    ctx.session.flush()
    return invitation.token
