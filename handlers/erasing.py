"""Forgetting one person: who they were and what they wrote goes, what was counted stays.

Everything happens in one transaction, what others are told of it included: our messages on the platforms are
queued to be taken back before the identities are gone, so that a crash between the two loses nothing.
"""

from dataclasses import dataclass

from handlers import cases
from handlers.context import Context
from handlers.errors import FileNamesThem, FileNamesYou
from handlers.events import CommandGiven, ErasureAnswered
from handlers.messages import EditInPlace, Reply, Say
from handlers.organisation import Organisation
from handlers.outbox import say
from handlers.people import actor, audit, language_of, name_of, row_id, who_to_ask
from handlers.wording import privacy as wording
from storage import erasing, organisations
from storage.tables import Case, Person, SentMessage
from storage.vocabulary import CaseEventKind, CaseState, OutboxKind


@dataclass(frozen=True)
class Receipt:
    """What was erased, in numbers."""

    answers: int
    feedback: int
    voice_messages: int
    cases_open: int
    """Open cases whose owners were told."""
    to_take_back: int
    """Messages of ours on platforms, which are deleted or blanked as soon as the platforms answer."""


def ask_whether(event: CommandGiven, ctx: Context) -> Reply:
    """`/feedback forget me`: what would be erased, and two buttons. Raises `FileNamesYou`."""
    person = actor(event.by, ctx)
    _demand_not_in_the_file(person, ctx)
    return Say(wording.ask_whether(language_of(person, ctx)))


def answer(event: ErasureAnswered, ctx: Context) -> Reply:
    """The person has confirmed, or changed their mind. Raises `FileNamesYou`."""
    person = actor(event.by, ctx)
    language = language_of(person, ctx)
    if not event.erase:
        return EditInPlace(wording.nothing_erased(language))
    _demand_not_in_the_file(person, ctx)
    return EditInPlace(wording.erased(erase(person, ctx, by=person), language))


def _demand_not_in_the_file(person: Person, ctx: Context) -> None:
    if person.key in ctx.organisation.people:
        raise FileNamesYou(who=who_to_ask(ctx))


def erase(person: Person, ctx: Context, *, by: Person | None) -> Receipt:
    """Erase somebody whom the organisation file does not name; `by` is who did it, none for the command line.

    Raises `FileNamesThem`: from the file they would be known again at the next start.
    """
    if person.key in ctx.organisation.people:
        raise FileNamesThem(name=name_of(person))
    ctx.session.flush()
    number, key = row_id(person), person.key
    traces = erasing.Traces(number, person.name)
    theirs = erasing.cases_of(ctx.session, traces)
    messages = erasing.messages_of(ctx.session, traces, but=cases.ALERTS)
    for message in messages:
        take_back(message, ctx)
    counts = erasing.erase(ctx.session, number, traces, ctx.now)
    for case in theirs:
        _tell(case, ctx)
    _forget_in_old_files(key, ctx)
    audit(by, "erased", "person", number, ctx)
    return Receipt(
        answers=counts["answers"],
        feedback=counts["feedback"],
        voice_messages=counts["voice_messages"],
        cases_open=sum(case.state != CaseState.CLOSED for case in theirs),
        to_take_back=len(messages),
    )


def take_back(message: SentMessage, ctx: Context) -> None:
    """Have a message of ours deleted where it stands; from now on nothing here tells whose it was."""
    say(
        ctx,
        OutboxKind.TAKE_BACK,
        "sent_message",
        message.id or 0,
        conversation=f"{message.channel}:{message.conversation}",
        once="erased",
    )
    message.subject, message.subject_id, message.person_id = "erased", 0, None
    ctx.session.add(message)


def _tell(case: Case, ctx: Context) -> None:
    """Every alert about it is edited to what is left; whoever has an open case is told why."""
    erased = cases.record(case, CaseEventKind.ERASED, ctx)
    holder = case.claimed_by_id or case.owner_id
    if case.state != CaseState.CLOSED and holder is not None:
        say(ctx, OutboxKind.CASE_ERASED, "case_event", erased.id or 0, to=holder, once="erased")
    cases.revise(case, ctx)


def _forget_in_old_files(key: str | None, ctx: Context) -> None:
    """Somebody who once stood in the organisation file goes from every version that is kept of it."""
    if key is None:
        return
    for version in organisations.versions(ctx.session):
        declared = Organisation.model_validate_json(version.declared)
        if key in declared.people:
            others = {k: person for k, person in declared.people.items() if k != key}
            version.declared = declared.model_copy(update={"people": others}).model_dump_json()
            ctx.session.add(version)


def clear_log(ctx: Context) -> int:
    """What was overwritten since somebody was erased, alerts in the sandbox for one, leaves the files too."""
    erasing.clear_log(ctx.session)
    return 0
