"""From a pressed button or a submitted form to the event it means.

Actions carry opaque tokens only. Whoever presses is checked by the handler against the rows, so that
a button value edited by hand opens nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack

from handlers.events import (
    AskingChosen,
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseNotOurs,
    CaseReopened,
    CaseReplied,
    CasesAsked,
    CaseShown,
    CaseTaken,
    CommentGiven,
    DetailAsked,
    ErasureAnswered,
    Event,
    ExpertAsked,
    FeedbackLogged,
    FeedbackRequested,
    FormAsked,
    InterviewHeld,
    InvitationDeclined,
    LanguageChosen,
    LoginAsked,
    NoteWritten,
    PersonWanted,
    QuestionReopened,
    QuestionSkipped,
    RatingGiven,
    ReasonToggled,
    RecoveryRated,
    Sender,
    VoiceAsked,
    WishDecided,
    WishesAsked,
    WishesJoined,
    WishNoted,
    WishShown,
    WishWeighed,
)
from handlers.messages import Action, Verb
from handlers.wording.interviews import ANSWER
from handlers.wording.language import LANGUAGES
from storage.vocabulary import (
    DeclineReason,
    DigestDetail,
    FeedbackSource,
    FeedbackType,
    Impact,
    Outcome,
    Tone,
    WishState,
)


class Circumstances(TypedDict, total=False):
    """Who pressed, when and where; see `handlers.events.Event`."""

    by: Sender
    at: datetime
    delivery_id: str
    conversation: str
    message: str
    private: bool


def circumstances_of(event: Event) -> Circumstances:
    """The same circumstances, for another event that this one means."""
    return {
        "by": event.by,
        "at": event.at,
        "delivery_id": event.delivery_id,
        "conversation": event.conversation,
        "message": event.message,
        "private": event.private,
    }


def pressed(action: Action, **where: Unpack[Circumstances]) -> Event:
    """What pressing a button means. Raises `ValueError` for a value we did not write."""
    build = _PRESSED.get(action.verb)
    return build(action, where) if build else FormAsked(action=action, **where)


def asks_for_form(action: Action) -> bool:
    """Whether pressing needs words or a choice first."""
    return action.verb not in _PRESSED


def submitted(action: Action, fields: Mapping[str, str], **where: Unpack[Circumstances]) -> Event:
    """What submitting a form means; a field left empty is the empty string.

    Raises `ValueError` for an action that has no form.
    """
    build = _SUBMITTED.get(action.verb)
    if build is None:
        raise ValueError(f"{action.verb} has no form")
    return build(action, {key: value.strip() for key, value in fields.items()}, where)


def _rating(action: Action, where: Circumstances) -> Event:
    question, score = action.value.split("=", 1)
    return RatingGiven(invitation=action.ref, question=question, score=int(score), **where)


def _reason(action: Action, where: Circumstances) -> Event:
    question, reason = action.value.split("=", 1)
    return ReasonToggled(invitation=action.ref, question=question, reason=reason, **where)


def _declined(action: Action, where: Circumstances) -> Event:
    try:
        reason = DeclineReason[action.value.upper()]
    except KeyError as unknown:
        raise ValueError(f"no such reason: {action.value!r}") from unknown
    return InvitationDeclined(invitation=action.ref, reason=reason, **where)


def _language(action: Action, where: Circumstances) -> Event:
    if action.value not in LANGUAGES:
        raise ValueError(f"no such language: {action.value!r}")
    return LanguageChosen(language=action.value, **where)


def _cases(action: Action, where: Circumstances) -> Event:
    outside, _, skip = action.value.rpartition(":")
    return CasesAsked(skip=max(0, int(skip or 0)), third_party=bool(outside), **where)


def _detail(action: Action, where: Circumstances) -> Event:
    detail, _, skip = action.value.partition(":")
    return DetailAsked(run=action.ref, detail=DigestDetail(detail), skip=max(0, int(skip or 0)), **where)


_PRESSED: dict[Verb, Callable[[Action, Circumstances], Event]] = {
    Verb.RATE: _rating,
    Verb.RATE_AGAIN: lambda a, w: RecoveryRated(rating=a.ref, score=int(a.value), **w),
    Verb.REASON: _reason,
    Verb.DECLINE: _declined,
    Verb.SKIP: lambda a, w: QuestionSkipped(invitation=a.ref, question=a.value, **w),
    Verb.CHANGE: lambda a, w: QuestionReopened(invitation=a.ref, question=a.value, **w),
    Verb.PERSON: lambda a, w: PersonWanted(invitation=a.ref, **w),
    Verb.TAKE: lambda a, w: CaseTaken(case=a.ref, **w),
    Verb.REOPEN: lambda a, w: CaseReopened(case=a.ref, **w),
    Verb.SHOW_CASE: lambda a, w: CaseShown(case=a.ref, **w),
    Verb.LISTEN: lambda a, w: VoiceAsked(voice=a.ref, **w),
    Verb.MY_CASES: _cases,
    Verb.DIGEST: _detail,
    Verb.LANGUAGE: _language,
    Verb.LOGIN: lambda _, w: LoginAsked(**w),
    Verb.FORGET: lambda a, w: ErasureAnswered(erase=a.value == "yes", **w),
    Verb.WISHES: lambda a, w: WishesAsked(page=int(a.value or "0"), **w),
    Verb.SHOW_WISH: lambda a, w: WishShown(wish=a.ref, **w),
    Verb.NOTE_WISH: lambda a, w: (
        WishNoted(invitation=a.ref, place=int(a.value), **w) if a.value else WishNoted(case=a.ref, **w)
    ),
    Verb.ASKING: lambda a, w: AskingChosen(welcome=a.value == "yes", **w),
}
"""Every other verb needs words or a choice first: its form is asked for."""


def _closed(action: Action, fields: Mapping[str, str], where: Circumstances) -> Event:
    outcome = fields.get("outcome", "")
    return CaseClosed(
        case=action.ref, outcome=Outcome(outcome) if outcome else None, words=fields.get("words", ""), **where
    )


def _logged(action: Action, fields: Mapping[str, str], where: Circumstances) -> Event:
    chosen: dict[str, Any] = {}
    if fields.get("type"):
        chosen["type"] = FeedbackType(fields["type"])
    if fields.get("tone"):
        chosen["tone"] = Tone(fields["tone"])
    if fields.get("source"):
        chosen["source"] = FeedbackSource(fields["source"])
    plain: dict[str, Any] = {
        key: fields.get(key, "") for key in ("words", "customer", "service", "category", "came_by")
    }
    plain["came_by"] = action.value or plain["came_by"]
    return FeedbackLogged(**plain, **chosen, consent=_YES_OR_NO.get(fields.get("consent", "")), **where)


_YES_OR_NO = {"yes": True, "no": False}


def _interviewed(_: Action, fields: Mapping[str, str], where: Circumstances) -> Event:
    return InterviewHeld(
        permitted=fields.get("permission") == "yes",
        customer=fields.get("customer", ""),
        service=fields.get("service", ""),
        answers={key.removeprefix(ANSWER): said for key, said in fields.items() if key.startswith(ANSWER)},
        consent=_YES_OR_NO.get(fields.get("consent", "")),
        **where,
    )


def _weighed(action: Action, fields: Mapping[str, str], where: Circumstances) -> Event:
    impact = fields.get("impact", "")
    return WishWeighed(
        wish=action.ref,
        need=fields.get("need", ""),
        impact=Impact(impact) if impact else None,
        budgeted=_YES_OR_NO.get(fields.get("budgeted", "")),
        fits=_YES_OR_NO.get(fields.get("fits", "")),
        **where,
    )


def _wish_decided(action: Action, fields: Mapping[str, str], where: Circumstances) -> Event:
    state = WishState(fields.get("state", ""))
    return WishDecided(wish=action.ref, state=state, words=fields.get("words", ""), **where)


def _requested(action: Action, fields: Mapping[str, str], where: Circumstances) -> Event:
    by = where["by"]
    meant = Sender(by.channel, action.ref, by.workspace) if action.ref else ""
    return FeedbackRequested(
        customer=fields.get("customer", "") or meant,
        touchpoint=fields.get("touchpoint", ""),
        service=fields.get("service", ""),
        about=fields.get("about", ""),
        **where,
    )


_SUBMITTED: dict[Verb, Callable[[Action, Mapping[str, str], Circumstances], Event]] = {
    Verb.WRITE: lambda a, f, w: CommentGiven(
        invitation=a.ref, question=a.value, words=f.get("words", ""), **w
    ),
    Verb.HAND_OVER: lambda a, f, w: CaseHandedOver(
        case=a.ref, to=f.get("to", ""), reason=f.get("reason", ""), **w
    ),
    Verb.CONTACTED: lambda a, f, w: CaseContacted(case=a.ref, words=f.get("words", ""), **w),
    Verb.REPLY: lambda a, f, w: CaseReplied(case=a.ref, words=f.get("words", ""), **w),
    Verb.EXPERT: lambda a, f, w: ExpertAsked(
        case=a.ref, expert=f.get("expert", ""), words=f.get("words", ""), **w
    ),
    Verb.NOT_OURS: lambda a, f, w: CaseNotOurs(case=a.ref, reason=f.get("reason", ""), **w),
    Verb.CLOSE: _closed,
    Verb.LOG: _logged,
    Verb.ASK: _requested,
    Verb.NOTE: lambda a, f, w: NoteWritten(
        form=a.ref, topic=f.get("topic", ""), words=f.get("words", ""), **w
    ),
    Verb.INTERVIEW: _interviewed,
    Verb.WEIGH_WISH: _weighed,
    Verb.JOIN_WISH: lambda a, f, w: WishesJoined(wish=a.ref, to=f.get("to", ""), **w),
    Verb.DECIDE_WISH: _wish_decided,
}
