"""The words of the survey page itself: headings, hints and what it says when it cannot be answered."""

from collections.abc import Mapping

from handlers.wording.language import msgid, wording

_WORDS = {
    "feedback": msgid("Feedback"),
    "language": msgid("Language"),
    "progress": msgid("{n} of {all} answered"),
    "may_leave_out": msgid("Leave out whatever you like: what you answer counts."),
    "send": msgid("Send"),
    "save": msgid("Save the changes"),
    "sending": msgid("Sending …"),
    "mend": msgid("Nothing was sent yet"),
    "answer_something": msgid("Answer at least one question, or simply close this page."),
    "choose": msgid("Choose one of the answers shown."),
    "reasons_low": msgid("What went wrong?"),
    "reasons_high": msgid("What worked?"),
    "reasons_hint": msgid("Choose as many as you like."),
    "one_more": msgid("One more thing, if you like"),
    "recorded_until": msgid("Your answer has been recorded. You may change it here until {until}."),
    "thanks": msgid("Thank you, your answer has been recorded."),
    "person_called": msgid("Your wish has been passed on."),
    "change": msgid("Change the answer"),
    "may_close": msgid("You may close this page now."),
    "otherwise": msgid("Something else?"),
    "person": msgid("I'd rather talk to {name}"),
    "not_my_matter": msgid("Not my matter"),
    "opt_out": msgid("Don't ask me"),
    "no_cookies": msgid("This page sets no cookies and loads nothing from anybody else."),
    "draft": msgid("What you write is kept on this device until you send it."),
    "broken": msgid("This link does not work"),
    "broken_why": msgid(
        "A character may be missing, or the link broke over two lines. Open it once more from the message you got."
    ),
    "expired": msgid("This request for feedback has expired."),
    "always_welcome": msgid("You are always welcome to contact us in the usual way."),
    "used": msgid("Your answer has been recorded, and the time to change it is over."),
    "used_why": msgid("Thank you for it. Each link is for one answer by one person."),
    "declined": msgid("That is fine. We will not ask you about this again."),
    "opted_out": msgid("We will not ask you for feedback any more."),
    "not_kept": msgid("That was not saved. Please try again in a moment."),
    "not_kept_why": msgid("Go back: what you wrote is still there."),
}


def words(language: str) -> Mapping[str, str]:
    """Every word of the page in one language, by name; placeholders as they are."""
    return {name: wording(language, text) for name, text in _WORDS.items()}
