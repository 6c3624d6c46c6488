"""The words of `storage.vocabulary` as people read them."""

from collections.abc import Mapping
from enum import StrEnum

from handlers.rules.targets import Signal
from handlers.wording.language import msgid, translate
from storage.vocabulary import (
    Band,
    CameBy,
    CaseEventKind,
    CaseReason,
    CaseState,
    FeedbackSource,
    FeedbackType,
    Impact,
    Metric,
    Outcome,
    OwnerRule,
    Stream,
    Tone,
    WishState,
)


def label(member: StrEnum, language: str) -> str:
    """A member of a closed set in a few words. Raises `KeyError` for a set that nobody reads."""
    return translate(language, LABELS[type(member)][member.name])


# Members of different sets may share a value and then compare equal, so each set has its own table.
LABELS: Mapping[type[StrEnum], Mapping[str, str]] = {
    Band: {
        "POOR": msgid("poor"),
        "FAIR": msgid("fair"),
        "GOOD": msgid("good"),
    },
    Signal: {
        "BELOW": msgid("below target"),
        "NEAR": msgid("near target"),
        "AT": msgid("at target"),
        "FEW": msgid("too few answers"),
        "UNTARGETED": msgid("no target"),
    },
    Metric: {
        "CSAT": msgid("Satisfaction"),
        "CES": msgid("Ease"),
        "NPS": msgid("Would recommend"),
        "GRADE": msgid("Grade"),
        "RESOLVED": msgid("Taken care of"),
        "FCR": msgid("Settled in one go"),
        "GAP": msgid("Against expectations"),
        "FEELING": msgid("Feeling"),
        "CHOICE": msgid("Choice"),
        "WORDS": msgid("Own words"),
        "CONSENT": msgid("May be contacted"),
    },
    Stream: {
        "CUSTOMER": msgid("after an encounter"),
        "STAFF": msgid("as staff saw it"),
        "INTERVIEW": msgid("interview by telephone"),
        "RELATIONSHIP": msgid("relationship survey"),
    },
    FeedbackType: {
        "THANKS": msgid("Thanks"),
        "IDEA": msgid("Idea or wish"),
        "COMPLAINT": msgid("Complaint"),
        "DEFECT": msgid("Defect"),
        "MISUNDERSTANDING": msgid("Misunderstanding"),
        "OTHER": msgid("Other"),
    },
    Tone: {
        "POSITIVE": msgid("Positive"),
        "NEGATIVE": msgid("Negative"),
        "NEUTRAL": msgid("Neutral"),
    },
    FeedbackSource: {
        "CUSTOMER": msgid("Customer"),
        "ORGANISATION": msgid("Our own organisation"),
        "THIRD_PARTY": msgid("Third party"),
    },
    CameBy: {
        "PHONE": msgid("By phone"),
        "EMAIL": msgid("By e-mail"),
        "MEETING": msgid("In a meeting"),
        "VISIT": msgid("On a visit"),
        "CHAT": msgid("In a chat"),
        "LETTER": msgid("By letter"),
        "PAPER": msgid("On a paper form"),
        "TOLD": msgid("In a message of their own, here"),
        "LOGGED": msgid("Written down by a colleague"),
        "INTERVIEW": msgid("In a telephone interview"),
    },
    CaseReason: {
        "LOW_SCORE": msgid("Low score"),
        "NOT_HANDLED": msgid("Not taken care of"),
        "COMPLAINT": msgid("Complaint"),
        "URGENT_WORD": msgid("Urgent word in a comment"),
        "WANTS_A_PERSON": msgid("Wants to talk to a person"),
        "VOICE": msgid("Voice message"),
        "WISH": msgid("Waiting for an answer"),
    },
    CaseState: {
        "RECEIVED": msgid("received"),
        "ACKNOWLEDGED": msgid("acknowledged"),
        "CLAIMED": msgid("taken"),
        "CONTACTED": msgid("customer contacted"),
        "CLOSED": msgid("closed"),
        "REOPENED": msgid("reopened"),
    },
    CaseEventKind: {
        "OPENED": msgid("opened"),
        "JOINED": msgid("same matter came up again"),
        "COMMENTED": msgid("customer commented"),
        "ACKNOWLEDGED": msgid("acknowledged"),
        "CLAIMED": msgid("taken"),
        "HANDED_OVER": msgid("handed over"),
        "EXPERT_ASKED": msgid("expert asked"),
        "EXPERT_ANSWERED": msgid("expert answered"),
        "CONTACTED": msgid("customer contacted"),
        "WRITTEN": msgid("written to the customer"),
        "NOT_DELIVERED": msgid("could not be delivered to the customer"),
        "CUSTOMER_REPLIED": msgid("customer replied"),
        "NOT_OURS": msgid("not our matter"),
        "REMINDED": msgid("reminded"),
        "ESCALATED": msgid("escalated"),
        "CLOSED": msgid("closed"),
        "REOPENED": msgid("reopened"),
        "ERASED": msgid("the customer was erased, as they wished"),
        "REFUSED": msgid("refused"),
    },
    Outcome: {
        "RESOLVED": msgid("Put right"),
        "EXPLAINED": msgid("Explained"),
        "APOLOGISED": msgid("Apologised"),
        "IMPROVEMENT": msgid("Forwarded to improvement"),
        "THIRD_PARTY": msgid("Matter of another organisation"),
        "UNREACHABLE": msgid("Customer could not be reached"),
        "NO_CONTACT_WISHED": msgid("Customer did not wish contact"),
    },
    WishState: {
        "NOTED": msgid("noted"),
        "CONSIDERED": msgid("being considered"),
        "GOES_AHEAD": msgid("goes ahead"),
        "DONE": msgid("done"),
        "NOT_NOW": msgid("not now"),
    },
    Impact: {
        "SMALL": msgid("small"),
        "MEDIUM": msgid("medium"),
        "LARGE": msgid("large"),
    },
    OwnerRule: {
        "RULE": msgid("answers for such matters"),
        "ROTA": msgid("it is their turn"),
        "SERVICE_OWNER": msgid("answers for the service"),
        "ACCOUNT_MANAGER": msgid("the customer's account manager"),
        "TEAM_LEAD": msgid("leads the team; the service has no owner"),
        "CX_LEAD": msgid("CX lead; nobody else is named as responsible"),
        "DEPUTY": msgid("deputy"),
        "HANDED_OVER": msgid("it was handed over"),
        "NOBODY": msgid("nobody is named as responsible"),
    },
}
