"""What is said back to whoever said something: it came through, who reads it, how it ended."""

from handlers.messages import (
    Action,
    Button,
    Facts,
    Message,
    Paragraph,
    Part,
    Quote,
    Scale,
    Small,
    Verb,
)
from handlers.rules.recovery import SCALE, is_poor
from handlers.rules.scales import LocalText
from handlers.views import FeedbackView
from handlers.wording.labels import label
from handlers.wording.language import msgid, pick, translate
from storage.vocabulary import FeedbackSource, Outcome

_TO_THE_CUSTOMER = {
    Outcome.RESOLVED: msgid("Your matter has been put right."),
    Outcome.EXPLAINED: msgid("Your matter has been looked into."),
    Outcome.APOLOGISED: msgid("Your matter has been looked into. We are sorry for what happened."),
    Outcome.IMPROVEMENT: msgid("Your matter has been taken on as a proposal for improving the service."),
    Outcome.THIRD_PARTY: msgid("Your matter has been looked into. It belongs to another organisation."),
    Outcome.UNREACHABLE: msgid("We tried to reach you about your matter and did not succeed."),
    Outcome.NO_CONTACT_WISHED: msgid(
        "Your matter has been looked into. As you wished, nobody will contact you about it."
    ),
}


def taken_back(language: str) -> Message:
    """What stands in the place of a message of ours that a platform does not delete."""
    blank = translate(language, "This message was removed.")
    return Message((Paragraph(blank),), summary=blank)


def receipt(view: FeedbackView, language: str) -> Message:
    """To the customer, at once: who reads what they said."""
    thanks = translate(language, "Thank you, your message has been recorded.")
    parts: list[Part] = [Paragraph(thanks, strong=True)]
    if view.reader:
        parts.append(Paragraph(translate(language, "{reader} will read it.", reader=view.reader)))
    if view.case_opened:
        parts.append(Paragraph(translate(language, "You will hear here how the matter ends.")))
    return Message(tuple(parts), summary=thanks)


def logged(view: FeedbackView, language: str) -> Message:
    """To the member of staff who logged what a customer said: as it was understood."""
    done = translate(language, "Thank you, it has been logged.")
    rows = (
        (translate(language, "Customer"), view.customer),
        (translate(language, "Account"), view.account),
        (translate(language, "Service"), pick(view.service, language)),
        (translate(language, "Kind of feedback"), label(view.type, language)),
        (translate(language, "Tone"), label(view.tone, language)),
        (translate(language, "Who said it?"), _source(view, language)),
        (translate(language, "Read by"), view.reader),
    )
    parts: list[Part] = [Paragraph(done, strong=True), Quote(view.words)]
    parts.append(Facts(tuple(row for row in rows if row[1])))
    if view.case_opened:
        parts.append(Paragraph(translate(language, "A case was opened: {reader}", reader=view.reader)))
    return Message(tuple(parts), summary=done)


def forwarded(reader: str, service: LocalText | None, language: str) -> Message:
    """To the customer: somebody else takes the matter on."""
    facts = {"reader": _with_service(reader, service, language)}
    news = translate(
        language, "Your feedback has been forwarded. From now on it is read by: {reader}", **facts
    )
    return Message((Paragraph(news),), summary=news)


def second_rating(rating: str, owner: str, language: str) -> Message:
    """To the customer of a closed case, once: did we put it right?"""
    asked = translate(language, "Did we put it right?")
    words = translate(
        language, "{owner} closed your matter. One tap is enough, and nobody asks again.", owner=owner
    )
    return Message(
        (Paragraph(words), Paragraph(asked, strong=True), _steps(rating, None, language)), summary=asked
    )


def put_right(rating: str, score: int, owner: str, language: str) -> Message:
    """What stands there once the customer has answered; a slip of the finger can be put right, too."""
    if is_poor(score):
        thanks = translate(
            language,
            "Thank you for telling us. The matter is open again, and {owner} takes it up.",
            owner=owner,
        )
    else:
        thanks = translate(language, "Thank you for telling us.")
    asked = translate(language, "Did we put it right?")
    return Message((Paragraph(asked), _steps(rating, score, language), Paragraph(thanks)), summary=thanks)


def _steps(rating: str, chosen: int | None, language: str) -> Scale:
    low, high = translate(language, "Not at all"), translate(language, "Completely")
    spoken = {SCALE[0]: f"{SCALE[0]}, {low}", SCALE[-1]: f"{SCALE[-1]}, {high}"}
    points = (
        Button(
            str(score),
            Action(Verb.RATE_AGAIN, rating, str(score)),
            spoken=spoken.get(score, str(score)),
            chosen=score == chosen,
        )
        for score in SCALE
    )
    return Scale(tuple(points), low, high)


def outcome(ended: Outcome, words: str, owner: str, language: str) -> Message:
    """To the customer: how the matter ended, in the owner's words where there are some."""
    news = translate(language, _TO_THE_CUSTOMER[ended])
    said = (Quote(words, by=owner),) if words else ()
    more = translate(
        language, "If something is still open, answer here: {owner} will get your answer.", owner=owner
    )
    return Message((Paragraph(news, strong=True), *said, *_small(more, owner)), summary=news)


def owner_words(words: str, owner: str, service: LocalText | None, language: str) -> Message:
    """To the customer: what the owner writes through the bot."""
    who = _with_service(owner, service, language)
    opening = translate(language, "An answer to your feedback: {owner}", owner=who)
    more = translate(language, "You can answer here: {owner} will get your answer.", owner=owner)
    return Message((Paragraph(opening), Quote(words, by=owner), *_small(more, owner)), summary=opening)


def _source(view: FeedbackView, language: str) -> str:
    """Said only where it was not the customer."""
    return "" if view.source is FeedbackSource.CUSTOMER else label(view.source, language)


def _with_service(name: str, service: LocalText | None, language: str) -> str:
    where = pick(service, language)
    return f"{name} ({where})" if where else name


def _small(text: str, name: str) -> tuple[Small, ...]:
    return (Small(text),) if name else ()
