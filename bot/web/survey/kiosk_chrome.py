"""The words of the kiosk: for visitors few and large, for staff the way in and out."""

from collections.abc import Mapping

from handlers.wording.language import msgid, wording

_WORDS = {
    "language": msgid("Language"),
    "start": msgid("Start the kiosk"),
    "start_why": msgid("It fills the screen until somebody enters the PIN."),
    "may_write": msgid("You need not write anything. Leave out names, please: nobody can answer you here."),
    "send": msgid("Send"),
    "no_thanks": msgid("No, thank you"),
    "thanks": msgid("Thank you!"),
    "thanks_why": msgid("Your answer has been kept, without your name."),
    "leave": msgid("Leave the kiosk"),
    "pin": msgid("PIN"),
    "wrong_pin": msgid("That is not the PIN."),
    "too_many": msgid("Too many tries. Wait a minute."),
    "no_connection": msgid("The PIN cannot be checked: there is no connection just now."),
    "back": msgid("Back"),
    "waiting": msgid("Waiting to be sent: {n}"),
    "needs_script": msgid("The kiosk needs JavaScript."),
}


def words(language: str) -> Mapping[str, str]:
    """Every word of the kiosk in one language, by name; placeholders as they are."""
    return {name: wording(language, text) for name, text in _WORDS.items()}
