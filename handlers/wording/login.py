"""What is said about looking at the pages."""

from handlers.messages import Action, Button, Link, Message, Paragraph, Small, Verb
from handlers.wording import sentences
from handlers.wording.language import plural, translate


def button(language: str) -> Button:
    """Asks for a link: each who presses gets one of their own, and alone sees it."""
    return Button(translate(language, "Open the dashboard"), Action(Verb.LOGIN))


def link(address: str, language: str) -> Message:
    """The link for whoever asked for it."""
    title = translate(language, "Your way to the dashboard")
    once = translate(language, "The link works once, for ten minutes, and only for you. Give it to nobody.")
    ends = translate(language, "“logout” ends it in every browser in which you are logged in.")
    label = translate(language, "Open the dashboard")
    return Message(
        (Paragraph(title, strong=True), Link(label, address), Small(f"{once} {ends}")), summary=title
    )


def left(count: int, language: str) -> Message:
    """To somebody who logged out everywhere."""
    if not count:
        return sentences.note(translate(language, "You were not logged in anywhere. An unused link is void."))
    return sentences.note(
        plural(language, "You are logged out in one browser.", "You are logged out in {n} browsers.", count)
    )
