"""What is a person's own, on one page: cases to act on or feedback given, language, and whether they are asked."""

from collections.abc import Iterator
from datetime import datetime

from handlers.case_views import case_lines
from handlers.context import Context
from handlers.events import AskingChosen, Event, HomeOpened, LanguageChosen
from handlers.lookups import touchpoint_name
from handlers.messages import EditInPlace, Message, Reply, Say
from handlers.people import actor, language_of, role_of, row_id, zone_of_person
from handlers.respond import opt_out
from handlers.rules.permissions import OWNERS, Right, may
from handlers.views import HomeView, MatterView
from handlers.wording import home as wording
from storage import cases as case_rows
from storage import matters
from storage.tables import Case, Encounter, Person
from storage.vocabulary import CaseState, Outcome

MOST = 10
"""Cases or matters on the page."""


def open_home(event: HomeOpened, ctx: Context) -> Reply:
    """The page as it is now."""
    return Say(home(event, ctx))


def choose_language(event: LanguageChosen, ctx: Context) -> Reply:
    """The person is spoken to in this language from now on; the page shows it."""
    speak(actor(event.by, ctx), event.language, ctx)
    return EditInPlace(home(event, ctx))


def speak(person: Person, language: str, ctx: Context) -> None:
    """The person is spoken to in one of our languages from now on, wherever it was chosen."""
    person.language = language
    ctx.session.add(person)


def choose_asking(event: AskingChosen, ctx: Context) -> Reply:
    """The person is asked no more, or may be asked again; the page shows it."""
    person = actor(event.by, ctx)
    if event.welcome:
        person.opted_out_at, person.snoozed_until = None, None
        ctx.session.add(person)
    else:
        opt_out(person, ctx)
    return EditInPlace(home(event, ctx))


def home(event: Event, ctx: Context) -> Message:
    """The page of whoever did something, for any channel that has a place for it."""
    person = actor(event.by, ctx)
    return wording.home(_view(person, ctx), language_of(person, ctx))


def _view(person: Person, ctx: Context) -> HomeView:
    role = role_of(person)
    mine, total = (
        case_rows.open_cases_owned_by(ctx.session, row_id(person), MOST) if role in OWNERS else ((), 0)
    )
    works = total > 0 or may(role, Right.ACT_ON_CASES)
    snoozed = person.snoozed_until is not None and person.snoozed_until > ctx.now
    return HomeView(
        acts_on_cases=works,
        cases=case_lines(mine, ctx),
        total=total,
        matters=() if works else _matters(person, ctx),
        asked=person.opted_out_at is None and not snoozed,
        zone=zone_of_person(person, ctx),
        pages=bool(ctx.site) and may(role, Right.READ_GENERAL),
    )


def _matters(person: Person, ctx: Context) -> tuple[MatterView, ...]:
    """Newest first."""
    newest = sorted(_every_matter(person, ctx), key=lambda matter: matter.at, reverse=True)
    return tuple(newest[:MOST])


def _every_matter(person: Person, ctx: Context) -> Iterator[MatterView]:
    session, me = ctx.session, row_id(person)
    for invitation, encounter in matters.awaited(session, me, ctx.now, MOST):
        yield _about(encounter, None, invitation.sent_at or invitation.created_at, ctx, awaited=True)
    for response, encounter, case in matters.answered(session, me, MOST):
        yield _about(encounter, case, response.first_at, ctx)
    for feedback, case in matters.said(session, me, MOST):
        state, holder, outcome = _standing(case, ctx)
        yield MatterView(feedback.at, feedback.words, state=state, holder=holder, outcome=outcome)


def _about(
    encounter: Encounter, case: Case | None, at: datetime, ctx: Context, *, awaited: bool = False
) -> MatterView:
    state, holder, outcome = _standing(case, ctx)
    return MatterView(
        at=at,
        touchpoint=touchpoint_name(ctx.organisation, encounter.touchpoint),
        about=encounter.about or "",
        awaited=awaited,
        state=state,
        holder=holder,
        outcome=outcome,
    )


def _standing(case: Case | None, ctx: Context) -> tuple[CaseState | None, str, Outcome | None]:
    """How far a case is, who has it, how it ended."""
    if case is None:
        return None, "", None
    holder = case_rows.name_of(ctx.session, case.claimed_by_id or case.owner_id)
    return CaseState(case.state), holder, Outcome(case.outcome) if case.outcome else None
