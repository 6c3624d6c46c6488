"""Answers that another program brings in the name of the person who was asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from handlers import respond
from handlers.asked import survey_from
from handlers.context import Context
from handlers.errors import AnsweredByHand, NotYourInvitation, UnknownInvitation, UnknownQuestion
from handlers.events import CommentGiven, RatingGiven, ReasonToggled, Sender
from handlers.rules import scales
from handlers.rules.scales import Question
from storage import invitations, people
from storage.tables import Person
from storage.tokens import is_nameless
from storage.vocabulary import Metric


@dataclass(frozen=True)
class BroughtAnswer:
    """One answer to one question: a score, or words (for a choice, the key of the option)."""

    invitation: str
    question: str
    score: int | None = None
    words: str = ""


def bring_answer(brought: BroughtAnswer, delivery_id: str, ctx: Context) -> None:
    """Record an answer as if the person had given it in their own channel.

    Raises `UnknownInvitation`, `UnknownQuestion`, `AnsweredByHand` for an anonymous survey,
    `NotYourInvitation` for an invitation to a whole conversation, and what `handlers.respond` raises; then
    nothing is recorded.
    """
    facts = invitations.tapped(ctx.session, brought.invitation, "api", "", "")
    if facts is None:
        raise UnknownInvitation
    if is_nameless(brought.invitation):
        raise AnsweredByHand
    question = _question(brought, survey_from(facts.definition).questions)
    common: _Common = {
        "by": _voice_of(facts.person_id, ctx),
        "at": ctx.now,
        "delivery_id": delivery_id,
        "invitation": brought.invitation,
        "question": question.key,
    }
    if question.metric is Metric.CHOICE:
        respond.toggle_reason(ReasonToggled(**common, reason=brought.words), ctx)
    elif brought.score is not None:
        respond.record_rating(RatingGiven(**common, score=brought.score), ctx)
    else:
        respond.record_comment(CommentGiven(**common, words=brought.words), ctx)


class _Common(TypedDict):
    by: Sender
    at: datetime
    delivery_id: str
    invitation: str
    question: str


def _question(brought: BroughtAnswer, questions: tuple[Question, ...]) -> Question:
    """The question that is meant, if it is answered in this way: a scale by a score, others by words."""
    by_score = brought.score is not None
    fitting = {q.key: q for q in questions if scales.is_closed(q) == by_score}
    if brought.question not in fitting:
        raise UnknownQuestion(
            key=brought.question, how="a score" if by_score else "words", known=", ".join(fitting) or "–"
        )
    return fitting[brought.question]


def _voice_of(person_id: int | None, ctx: Context) -> Sender:
    """The person who was asked, as the channel knows them in which they can be met."""
    person = ctx.session.get(Person, person_id) if person_id is not None else None
    if person is None:
        raise NotYourInvitation
    known = people.identities(ctx.session, person.id or 0)
    if known:
        return Sender(known[0].channel, known[0].external_id, known[0].workspace)
    return Sender("api", f"person-{person.id}", email=person.email or "")
