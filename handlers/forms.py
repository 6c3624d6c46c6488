"""Which form a button opens, for whom."""

from collections.abc import Callable

from handlers import acting, anonymous, commands, interviews, log, respond, wishes
from handlers.case_views import case_view
from handlers.context import Context
from handlers.desks import may_own
from handlers.errors import UnknownInvitation
from handlers.events import FormAsked
from handlers.messages import Form, OpenForm, Reply, Verb
from handlers.people import colleagues, language_of, name_of
from handlers.wording import cases as wording
from storage.tables import Case, Person


def open_form(event: FormAsked, ctx: Context) -> Reply:
    """The form of an action, for somebody who may do it. Raises what doing it would raise."""
    verb = event.action.verb
    if verb is Verb.WRITE:
        return respond.comment_form(event.action.ref, event.action.value, event, ctx)
    if verb is Verb.LOG:
        return log.log_form(event, ctx, event.action.value)
    if verb in _PLAIN_FORMS:
        return _PLAIN_FORMS[verb](event, ctx)
    if verb in wishes.FORMS:
        return wishes.open_form(event, ctx)
    if verb not in _CASE_FORMS:
        raise UnknownInvitation
    case, person = acting.acting_on(event.action.ref, event, ctx)
    return OpenForm(_CASE_FORMS[verb](case, person, ctx))


def _hand_over(case: Case, person: Person, ctx: Context) -> Form:
    others = tuple(other for other in colleagues(ctx, but=person.id) if may_own(case, other[0], ctx))
    return wording.hand_over_form(case.token, others, language_of(person, ctx))


def _contacted(case: Case, person: Person, ctx: Context) -> Form:
    return wording.contacted_form(case.token, language_of(person, ctx))


def _reply(case: Case, person: Person, ctx: Context) -> Form:
    return wording.reply_form(case_view(case, person, ctx), language_of(person, ctx))


def _expert(case: Case, person: Person, ctx: Context) -> Form:
    return wording.expert_form(case.token, colleagues(ctx, but=person.id), language_of(person, ctx))


def _not_ours(case: Case, person: Person, ctx: Context) -> Form:
    to = acting.returns_to(case, person, ctx)
    return wording.not_ours_form(case.token, name_of(to), language_of(person, ctx))


def _close(case: Case, person: Person, ctx: Context) -> Form:
    return wording.close_form(case.token, language_of(person, ctx))


_CASE_FORMS: dict[Verb, Callable[[Case, Person, Context], Form]] = {
    Verb.HAND_OVER: _hand_over,
    Verb.CONTACTED: _contacted,
    Verb.REPLY: _reply,
    Verb.EXPERT: _expert,
    Verb.NOT_OURS: _not_ours,
    Verb.CLOSE: _close,
}

_PLAIN_FORMS: dict[Verb, Callable[[FormAsked, Context], Reply]] = {
    Verb.ASK: commands.ask_form,
    Verb.INTERVIEW: interviews.open_form,
    Verb.NOTE: anonymous.open_form,
}
"""Forms that belong to no case, wish or survey."""
