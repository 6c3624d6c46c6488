"""What is said of voice messages."""

from handlers.messages import Message, Paragraph, Sound
from handlers.wording.language import translate


def length(seconds: int) -> str:
    """*0:12*, *1:40*."""
    return f"{seconds // 60}:{seconds % 60:02}"


def voice_message(seconds: int, language: str) -> str:
    """What stands for it among somebody's words: *Voice message, 0:12*."""
    return translate(language, "Voice message, {length}", length=length(seconds))


def sound(token: str, content: bytes, media_type: str, seconds: int, language: str) -> Sound:
    """Something to hear, and what is said of it where it cannot be played."""
    elsewhere = translate(
        language,
        "It cannot be played here. Whoever runs Kaiku can write it to a file: python -m bot voice {token}",
        token=token,
    )
    return Sound(token, content, media_type, seconds, voice_message(seconds, language), elsewhere)


def played(part: Sound, by: str) -> Message:
    """To whoever wants to hear it. `by` is the name of who spoke; it may be empty."""
    title = f"{part.alt} · {by}" if by else part.alt
    return Message((Paragraph(title, strong=True), part), summary=title)


def sealed(key: str, language: str) -> Message:
    """To whoever wanted to hear what nobody can any more."""
    sentence = translate(
        language,
        "This voice message was encrypted with the key {key}, which is not among the settings any more. "
        "Tell your administrator.",
        key=key,
    )
    return Message((Paragraph(sentence),), summary=sentence)


def lost(seconds: int, language: str) -> Message:
    """To whoever spoke."""
    sentence = translate(
        language,
        "Your voice message of {length} could not be fetched, so nobody can hear it. "
        "Please write what you said, or record it again.",
        length=length(seconds),
    )
    return Message((Paragraph(sentence),), summary=sentence)
