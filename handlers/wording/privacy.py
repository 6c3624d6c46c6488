"""What a person is told of what we hold about them, and how it goes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    Facts,
    Heading,
    Message,
    Paragraph,
    Small,
    Style,
    Verb,
)
from handlers.wording.language import DAYS_IN_A_YEAR, msgid, plural, translate

if TYPE_CHECKING:
    from handlers.erasing import Receipt


def ask_whether(language: str) -> Message:
    """Before somebody is erased: what goes, what stays, and two buttons."""
    title = translate(language, "Shall I forget you?")
    goes = translate(
        language,
        "I would erase your name, your addresses, everything you have written or said to me, and the messages "
        "I have sent you, wherever the platform lets me. It cannot be undone.",
    )
    stays = translate(
        language,
        "The scores you have given stay as numbers that nobody can connect with you. Whoever is looking into "
        "a matter of yours is told that you were erased, and can no longer contact you.",
    )
    buttons = (
        Button(translate(language, "Erase me"), Action(Verb.FORGET, value="yes"), Style.DANGER),
        Button(translate(language, "Keep everything"), Action(Verb.FORGET, value="no")),
    )
    return Message((Heading(title), Paragraph(goes), Paragraph(stays), Buttons(buttons)), summary=title)


def nothing_erased(language: str) -> Message:
    """The person has changed their mind."""
    kept = translate(language, "Nothing was erased.")
    return Message((Paragraph(kept),), summary=kept)


def erased(receipt: "Receipt", language: str) -> Message:
    """The receipt, to whoever was erased."""
    done = translate(language, "Done: I have forgotten you.")
    end = translate(
        language,
        "This platform still has what you wrote to me here; you can delete it yourself. If you write to me again, "
        "we start as strangers.",
    )
    return Message(
        (Paragraph(done, strong=True), Bullets(receipt_lines(receipt, language)), Paragraph(end)),
        summary=done,
    )


def receipt_lines(receipt: "Receipt", language: str) -> tuple[str, ...]:
    """What was erased, line by line."""
    n = receipt.to_take_back
    return (
        translate(language, "Erased: name, addresses and everything else by which you could be known."),
        translate(
            language,
            "Erased: words in answers: {answers}, other feedback: {feedback}, voice messages: {voices}.",
            answers=receipt.answers,
            feedback=receipt.feedback,
            voices=receipt.voice_messages,
        ),
        plural(
            language,
            "{n} message on a platform is being deleted or blanked.",
            "{n} messages on platforms are being deleted or blanked.",
            n,
        ),
        plural(
            language,
            "{n} open case: whoever has it was told.",
            "{n} open cases: whoever has them was told.",
            receipt.cases_open,
        ),
        translate(language, "Backups made earlier keep what they hold until they are thrown away."),
    )


# What we hold.

_KINDS = {
    "identities": msgid("Ways to reach you"),
    "encounters": msgid("Encounters with us"),
    "invitations": msgid("Requests for feedback"),
    "answers": msgid("Answers"),
    "feedback": msgid("Other feedback"),
    "cases": msgid("Matters somebody looked into"),
    "voice_messages": msgid("Voice messages"),
    "sent_messages": msgid("Messages I sent you"),
}


def my_data(about: Mapping[str, str], counts: Mapping[str, int], who: str, language: str) -> Message:
    """What we know of a person, and how much of each kind; `who` gives out the whole of it."""
    title = translate(language, "What I hold about you")
    known = tuple((label, value) for label, value in _labelled(about, language) if value)
    counted = tuple((translate(language, label), str(counts.get(key, 0))) for key, label in _KINDS.items())
    whole = translate(language, "{who} gives you all of it as a file when you ask.", who=who)
    forget = translate(language, "Write “forget me” and I erase it.")
    return Message((Heading(title), Facts((*known, *counted)), Paragraph(f"{whole} {forget}")), summary=title)


def _labelled(about: Mapping[str, str], language: str) -> tuple[tuple[str, str], ...]:
    labels = {
        "name": translate(language, "Name"),
        "email": translate(language, "E-mail"),
        "phone": translate(language, "Phone"),
        "account": translate(language, "Account"),
        "language": translate(language, "Language"),
    }
    return tuple((labels[key], value) for key, value in about.items())


# The notice.


_KEPT = {
    "words": msgid("What you write"),
    "voice": msgid("Voice messages"),
    "customers": msgid("Who you are, after we last heard of each other"),
    "audit": msgid("Who looked at or changed what"),
}


def kept(kind: str, days: int | None, language: str) -> tuple[str, str]:
    """How long one kind of thing is kept: its name, and the time; none means without end."""
    label = translate(language, _KEPT[kind])
    if days is None:
        return label, translate(language, "as long as the organisation needs it")
    if days % DAYS_IN_A_YEAR == 0:
        return label, plural(language, "{n} year", "{n} years", days // DAYS_IN_A_YEAR)
    return label, plural(language, "{n} day", "{n} days", days)


def notice(organisation: str, reader: str, kept: tuple[tuple[str, str], ...], language: str) -> Message:
    """The whole notice behind `/feedback privacy`; `kept` is how long each kind is kept, label and time."""
    title = translate(language, "How I handle what you tell me")
    facts = (
        (translate(language, "Who asks"), organisation),
        (
            translate(language, "What for"),
            translate(language, "To put right what went wrong, and to improve the service."),
        ),
        (
            translate(language, "Who sees it"),
            translate(
                language,
                "Whoever answers for the service sees your name with your answer, unless the request says "
                "otherwise. Others see numbers, and words without names.",
            ),
        ),
        (
            translate(language, "How you are known"),
            translate(
                language, "By your account on this platform, whose own terms hold for what you write here."
            ),
        ),
    )
    choice = translate(
        language,
        "You need not answer: “stop” ends the requests. “my data” shows what I hold, “forget me” erases it. "
        "Questions: {reader}.",
        reader=reader,
    )
    return Message(
        (
            Heading(title),
            Facts(facts),
            Small(translate(language, "How long I keep it")),
            Facts(kept),
            Paragraph(choice),
        ),
        summary=title,
    )
