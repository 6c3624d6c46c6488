"""What is said around anonymous notes of staff: what is hidden and what is not, and the notes themselves."""

from collections.abc import Sequence

from handlers.messages import (
    Action,
    Bullets,
    Button,
    Buttons,
    ChoiceField,
    Form,
    Heading,
    Message,
    Paragraph,
    Quote,
    Small,
    Style,
    TextField,
    Verb,
)
from handlers.rules.scales import LocalText
from handlers.wording.language import pick, translate


def screen(together: int, language: str) -> Message:
    """Before anything is written: what nobody can find out, and what they can."""
    title = translate(language, "Say it anonymously")
    about = translate(
        language,
        "About your own work and how it is guided: whoever answers for the topic reads it, without your name.",
    )
    hidden = (
        translate(language, "I keep neither your name nor the time with your words."),
        translate(
            language,
            "Your words stay sealed until at least {n} people have written on the topic. "
            "Then they are opened together, shuffled.",
            n=together,
        ),
        translate(
            language,
            "If fewer have when a week ends, notes on several topics are opened together for who leads customer "
            "experience, still of at least {n} people. Else they wait, and perhaps nobody ever reads them.",
            n=together,
        ),
    )
    seen = (
        translate(language, "The chat platform knows that you typed here, and may keep what you typed."),
        translate(language, "How you write, and what only you can know, may give you away."),
        translate(
            language,
            "I cannot show, change or erase a note for you later, because I do not know it is yours.",
        ),
        translate(
            language,
            "So that five notes of one person do not count as five, your sealed words carry a mark made by chance. "
            "Whose it is, I have in memory alone; the mark is gone once they are opened.",
        ),
    )
    parts = (
        Heading(title),
        Paragraph(about),
        Paragraph(translate(language, "What is hidden"), strong=True),
        Bullets(hidden),
        Paragraph(translate(language, "What is not"), strong=True),
        Bullets(seen),
        Buttons((Button(translate(language, "Write anonymously…"), Action(Verb.NOTE), Style.PRIMARY),)),
    )
    return Message(parts, summary=title)


def form(name: str, services: tuple[tuple[str, str], ...], most: int, language: str) -> Form:
    """Topic and words. `name` tells this form from every other, and nobody who filled it in."""
    topic = ChoiceField("topic", translate(language, "What is it about?"), services, required=False)
    question = translate(
        language, "Which step or division of work feels pointless, and what would you do instead?"
    )
    return Form(
        Action(Verb.NOTE, name),
        title=translate(language, "Without your name"),
        fields=(
            *((topic,) if services else ()),
            TextField("words", question, multiline=True, max_length=most),
        ),
        submit=translate(language, "Send"),
        intro=translate(language, "Leave the topic out if it is about the work as a whole."),
        confidential=True,
    )


def taken(together: int, language: str) -> Message:
    """To who wrote it."""
    said = translate(
        language,
        "Thank you. Your words are sealed, and opened together with those of others: at least {n} people.",
        n=together,
    )
    return Message((Paragraph(said),), summary=said)


def topic(service: LocalText | None, language: str, *, several: bool) -> str:
    """What notes are about."""
    if several:
        return translate(language, "several topics")
    return pick(service, language) or translate(language, "the work as a whole")


def notes(topic: str, said: Sequence[str], language: str) -> Message:
    """To whoever answers for the topic: several notes at once."""
    title = translate(language, "Anonymous feedback from staff: {topic}", topic=topic)
    nobody = translate(
        language,
        "Opened together, in an order that means nothing. "
        "Nobody knows who wrote what; please do not try to find out.",
    )
    return Message((Heading(title), *map(Quote, said), Small(nobody)), summary=title)
