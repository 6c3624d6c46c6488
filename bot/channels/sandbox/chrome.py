"""The words around the chat: headings, buttons and hints of the page itself."""

from collections.abc import Mapping

from handlers.wording.language import msgid, wording

_WORDS = {
    "sandbox": msgid("Sandbox"),
    "tagline": msgid("Everything here stays on this machine."),
    "skip_link": msgid("Skip to the conversations"),
    "clock": msgid("Time in the sandbox"),
    "to_hour": msgid("One hour on"),
    "to_monday": msgid("To Monday 8:30"),
    "to_friday": msgid("To Friday 15:00"),
    "language": msgid("Language"),
    "report": msgid("Report an encounter"),
    "report_intro": msgid(
        "Somebody was just helped: say who and with what, and Kaiku asks them how it went."
    ),
    "customer": msgid("Customer"),
    "touchpoint": msgid("Touchpoint"),
    "service": msgid("Service"),
    "no_service": msgid("None in particular"),
    "handler": msgid("Handled by"),
    "no_handler": msgid("Nobody in particular"),
    "about": msgid("What it was about (may be left empty)"),
    "ask_now": msgid("Ask right away, without the usual delay"),
    "send_report": msgid("Report"),
    "reported": msgid("Reported. “What happened” says what came of it."),
    "pane_customer": msgid("Customer"),
    "pane_staff": msgid("Staff"),
    "pane_manager": msgid("Manager"),
    "seat": msgid("Who you are here"),
    "new": msgid("new"),
    "their_language": msgid("Language of this person"),
    "messages": msgid("Messages"),
    "empty": msgid("Nothing was said here yet."),
    "write": msgid("Write to Kaiku"),
    "write_hint": msgid("Write to Kaiku, or /feedback help"),
    "send": msgid("Send"),
    "block": msgid("Block Kaiku"),
    "unblock": msgid("Let Kaiku in again"),
    "left": msgid("Kaiku was blocked here and can no longer write."),
    "back": msgid("Kaiku may write here again."),
    "edited": msgid("edited"),
    "only_you": msgid("Only you see this"),
    "close": msgid("Close"),
    "happened": msgid("What happened"),
    "nothing_happened": msgid("Nothing was decided yet."),
    "not_saved": msgid("That was not saved. Please try again in a moment."),
    "not_reached": msgid(
        "Kaiku cannot be reached just now, so nothing was saved. Please try again in a moment."
    ),
    "reconnecting": msgid("Connecting again …"),
}


def words(language: str) -> Mapping[str, str]:
    """Every word of the page in one language, by name."""
    return {name: wording(language, text) for name, text in _WORDS.items()}
