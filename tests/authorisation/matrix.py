"""Who may do what: every command, button, form, page and API call, for everybody who might try.

`python -m tests.authorisation.matrix > docs/authorisation.md` writes the matrix for people to read. What is
expected follows from `handlers.rules.permissions`; `test_matrix.py` tries every cell on a real database.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.errors import (
    FeedbackError,
    FileNamesYou,
    HandOverToOneself,
    NoPilot,
    ReadsTheseNotes,
    UnknownAccount,
)
from handlers.events import (
    AskingChosen,
    CaseClosed,
    CaseContacted,
    CaseHandedOver,
    CaseNotOurs,
    CaseReopened,
    CaseReplied,
    CasesAsked,
    CaseShown,
    CaseTaken,
    CommandGiven,
    CommentGiven,
    ConversationOpened,
    ErasureAnswered,
    Event,
    ExpertAsked,
    FeedbackLogged,
    FeedbackRequested,
    FormAsked,
    HomeOpened,
    InterviewHeld,
    InvitationDeclined,
    LanguageChosen,
    LoginAsked,
    NoteWritten,
    PersonWanted,
    QuestionReopened,
    QuestionSkipped,
    RatingGiven,
    ReasonToggled,
    WishDecided,
    WishesAsked,
    WishesJoined,
    WishNoted,
    WishShown,
    WishWeighed,
    WordsReceived,
)
from handlers.messages import Action, Verb
from handlers.rules.permissions import OWNERS, Right, may, may_act_on_case
from storage.vocabulary import DeclineReason, Impact, Outcome, Role, Scope, WishState


@dataclass(frozen=True)
class Somebody:
    """Who tries, and how they stand to the one case and the one survey of the trial."""

    title: str
    identity: str
    role: Role
    invited: bool = False
    owner: bool = False
    same_team: bool = False

    def acts(self) -> bool:
        """Whether the case is theirs to act on."""
        return may_act_on_case(self.role, is_owner=self.owner, is_claimer=False, same_team=self.same_team)


EVERYBODY = (
    Somebody("the customer", "tom", Role.CUSTOMER, invited=True),
    Somebody("another customer", "aino", Role.CUSTOMER),
    Somebody("outside staff", "olli", Role.PROVIDER, same_team=True),
    Somebody("staff", "sanna", Role.STAFF, same_team=True),
    Somebody("staff who owns the case", "pekka", Role.STAFF, owner=True),
    Somebody("manager elsewhere", "ville", Role.MANAGER),
    Somebody("manager of the team", "maya", Role.MANAGER, same_team=True),
    Somebody("CX lead", "liisa", Role.CX_LEAD),
    Somebody("administrator", "kaisa", Role.ADMIN),
)

Rule = Callable[[Somebody], bool]


def anybody(who: Somebody) -> bool:
    """Whoever writes or presses: it is about themselves, or they speak for themselves."""
    return True


def invited(who: Somebody) -> bool:
    """Only the person whom the survey was sent to."""
    return who.invited


def acts(who: Somebody) -> bool:
    """Whoever may act on this case."""
    return who.acts()


def owns(who: Somebody) -> bool:
    """Who may own a case at all, and so has cases of their own."""
    return who.role in OWNERS


def concerned(who: Somebody) -> bool:
    """Whom the matters of the team concern: who works in it, and who answers for everything."""
    return who.same_team or may(who.role, Right.ACT_ON_EVERY_CASE)


def has(right: Right) -> Rule:
    """Whose role has the right."""

    def rule(who: Somebody) -> bool:
        return may(who.role, right)

    rule.__doc__ = f"Whose role has the right: {right.value}."
    return rule


def both(first: Rule, second: Rule) -> Rule:
    """Whom both rules let in."""

    def rule(who: Somebody) -> bool:
        return first(who) and second(who)

    return rule


@dataclass(frozen=True)
class Try:
    """One thing that somebody may try."""

    what: str
    kind: type[Event]
    rule: Rule
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Strings that begin with `$` name something of the trial: `$case`, `$invitation`, `$wish` …"""
    beyond: tuple[type[FeedbackError], ...] = ()
    """What somebody is told who is let in and finds nothing there."""


def _on(kind: type[Event], rule: Rule, *beyond: type[FeedbackError], **facts: Any) -> Try:
    return Try(kind.__name__, kind, rule, facts, beyond)


def _types(words: str, rule: Rule, *beyond: type[FeedbackError]) -> Try:
    return Try(f"/feedback {words}", CommandGiven, rule, {"words": words}, beyond)


def _form(verb: Verb, rule: Rule, ref: str = "", value: str = "") -> Try:
    action = Action(verb, ref, value)
    return Try(verb.name.lower().replace("_", " "), FormAsked, rule, {"action": action}, (HandOverToOneself,))


_LOGS, _ASKS = has(Right.LOG_FEEDBACK), has(Right.ASK_FOR_FEEDBACK)
_KEEPS, _NOTES = has(Right.KEEP_WISHES), has(Right.SPEAK_ANONYMOUSLY)

COMMANDS = (
    _types("log + Acme: quick fix #helpdesk", anybody),
    _types("ask linnea", _ASKS),
    _types("cases", owns),
    _types("third-party", has(Right.ACT_ON_CASES)),
    _types("anonymous", _NOTES),
    _types("wishes", _KEEPS),
    _types("why $reference", both(has(Right.READ_LEDGER), concerned)),
    _types("stop", anybody),
    _types("start", anybody),
    _types("snooze", anybody),
    _types("join", anybody, NoPilot),
    _types("leave", anybody, NoPilot),
    _types("away friday", _LOGS),
    _types("back", anybody),
    _types("link", anybody),
    _types("login", has(Right.READ_GENERAL)),
    _types("logout", anybody),
    _types("home", anybody),
    _types("language en", anybody),
    _types("privacy", anybody),
    _types("my data", anybody),
    _types("forget me", anybody, FileNamesYou),
    _types("note New version of the service", has(Right.READ_CASES)),
    _types("pack Acme", has(Right.READ_CASES), UnknownAccount),
    _types("help", anybody),
)

EVENTS = (
    _on(RatingGiven, invited, invitation="$invitation", question="ease", score=2),
    _on(ReasonToggled, invited, invitation="$invitation", question="ease", reason="waiting"),
    _on(QuestionSkipped, invited, invitation="$invitation", question="words"),
    _on(QuestionReopened, invited, invitation="$invitation", question="ease"),
    _on(CommentGiven, invited, invitation="$invitation", question="words", words="thanks"),
    _on(InvitationDeclined, invited, invitation="$invitation", reason=DeclineReason.NO_THANKS),
    _on(PersonWanted, invited, invitation="$invitation"),
    _on(WordsReceived, anybody, words="I waited for an hour"),
    _on(ConversationOpened, anybody),
    _on(FeedbackLogged, anybody, words="the page is slow"),
    _on(FeedbackRequested, _ASKS, customer="linnea"),
    _on(InterviewHeld, _LOGS, permitted=True, customer="linnea", service="helpdesk",
        answers={"ease": "4"}, consent=None),
    _on(NoteWritten, _NOTES, ReadsTheseNotes, form="$form", topic="", words="so many forms"),
    _on(CaseTaken, acts, case="$case"),
    _on(CaseHandedOver, acts, case="$case", to="$colleague", reason="knows it better"),
    _on(CaseContacted, acts, case="$case", words="called"),
    _on(CaseReplied, acts, case="$case", words="I am sorry"),
    _on(ExpertAsked, acts, case="$case", expert="$colleague", words="what do you think?"),
    _on(CaseNotOurs, acts, HandOverToOneself, case="$case", reason="the city's matter"),
    _on(CaseClosed, acts, case="$case", outcome=Outcome.RESOLVED),
    _on(CaseReopened, acts, case="$case", reason="not yet"),
    _on(CaseShown, acts, case="$case"),
    _on(CasesAsked, owns),
    _on(WishesAsked, _KEEPS),
    _on(WishShown, _KEEPS, wish="$wish"),
    _on(WishNoted, both(_KEEPS, acts), case="$case"),
    _on(WishWeighed, _KEEPS, wish="$wish", need="a night line", impact=Impact.LARGE, budgeted=True, fits=True),
    _on(WishesJoined, _KEEPS, wish="$wish", to="$other_wish"),
    _on(WishDecided, _KEEPS, wish="$wish", state=WishState.GOES_AHEAD, words="in spring"),
    _on(HomeOpened, anybody),
    _on(LanguageChosen, anybody, language="en"),
    _on(AskingChosen, anybody, welcome=False),
    _on(LoginAsked, has(Right.READ_GENERAL)),
    _on(ErasureAnswered, anybody, erase=False),
)  # fmt: skip

FORMS = (
    _form(Verb.WRITE, invited, "$invitation", "words"),
    _form(Verb.LOG, anybody),
    _form(Verb.ASK, _ASKS),
    _form(Verb.INTERVIEW, _LOGS),
    _form(Verb.NOTE, _NOTES),
    *(
        _form(verb, acts, "$case")
        for verb in (Verb.HAND_OVER, Verb.CONTACTED, Verb.REPLY, Verb.EXPERT, Verb.NOT_OURS, Verb.CLOSE)
    ),
    *(_form(verb, _KEEPS, "$wish") for verb in (Verb.WEIGH_WISH, Verb.JOIN_WISH, Verb.DECIDE_WISH)),
)

PAGES: dict[str, Rule] = {
    "/dashboard": has(Right.READ_GENERAL),
    "/dashboard/comments": has(Right.READ_GENERAL),
    "/dashboard/comments.csv": has(Right.READ_GENERAL),
    "/dashboard/own": has(Right.READ_GENERAL),
    "/dashboard/happened": has(Right.READ_GENERAL),
    "/dashboard/accounts": has(Right.READ_GENERAL),
    "/dashboard/cases": has(Right.READ_GENERAL),
    "/dashboard/ledger": has(Right.READ_LEDGER),
    "/dashboard/wishes": _KEEPS,
}

API: dict[tuple[str, str], Scope] = {
    ("POST", "/api/v1/encounters"): Scope.ENCOUNTERS_WRITE,
    ("POST", "/api/v1/encounters/{reference}/reopened"): Scope.ENCOUNTERS_WRITE,
    ("POST", "/api/v1/encounters/{reference}/cancelled"): Scope.ENCOUNTERS_WRITE,
    ("GET", "/api/v1/encounters/{reference}/why"): Scope.LEDGER_READ,
    ("POST", "/api/v1/invitations/link"): Scope.ANSWERS_WRITE,
    ("POST", "/api/v1/invitations/{token}/answers"): Scope.ANSWERS_WRITE,
    ("GET", "/api/v1/figures"): Scope.FIGURES_READ,
    ("GET", "/api/v1/responses"): Scope.RESPONSES_READ,
    ("GET", "/api/v1/responses/{response}"): Scope.RESPONSES_READ,
    ("GET", "/api/v1/feedback"): Scope.RESPONSES_READ,
    ("GET", "/api/v1/feedback/{feedback}"): Scope.RESPONSES_READ,
    ("GET", "/api/v1/cases"): Scope.CASES_READ,
    ("GET", "/api/v1/cases/{case}"): Scope.CASES_READ,
    ("GET", "/metrics"): Scope.METRICS_READ,
}

ELSEWHERE = {
    "RecoveryRated": "only the customer of the closed case: its token is theirs alone, and the person is compared",
    "VoiceReceived": "anybody, as their own words",
    "VoiceFetched": "no person: a channel brings the sound it was asked for",
    "VoiceLost": "no person: a channel says that there is no sound",
    "VoiceAsked": "whoever may act on the case that the voice message led to",
    "DetailAsked": "the readers of the digest; others with the right to read digests see what concerns them",
    "PersonLost": "no person: a channel says that somebody is gone",
    "CommandGiven": "the table of commands",
    "FormAsked": "the table of forms",
}
"""Events whose rule is no row of the tables, and what it is. Each is tested with its own verb."""


HEAD = """# Who may do what

Written by `python -m tests.authorisation.matrix`; the tests keep it true, and try every cell on a real database.
Rights belong to roles (`handlers/rules/permissions.py`); a case also belongs to whoever owns or has taken it. What is
refused is answered with one calm sentence, changes nothing, and is written into the audit log.

The case of the tables is one of the team *advice* about *the customer*, owned by a member of staff of another team."""


def document() -> str:
    """The matrix in Markdown."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    for title, tries in (
        ("Commands", COMMANDS),
        ("Buttons, forms sent, words", EVENTS),
        ("Forms opened", FORMS),
    ):
        yield from _table(title, ((f"`{one.what}`", one.rule) for one in tries))
    yield from _table("Pages of the dashboard", ((f"`{path}`", rule) for path, rule in PAGES.items()))
    yield "\n## Rules of their own\n\n| event | who |\n|---|---|"
    yield from (f"| `{name}` | {rule} |" for name, rule in ELSEWHERE.items())
    yield "\n## The API\n\nA key opens what its scopes name and nothing else; without a key nothing opens.\n"
    yield "| call | scope |\n|---|---|"
    yield from (f"| `{method} {path}` | `{scope.value}` |" for (method, path), scope in API.items())


def _table(title: str, rows: Iterable[tuple[str, Rule]]) -> Iterator[str]:
    yield f"\n## {title}\n"
    yield f"| | {' | '.join(who.title for who in EVERYBODY)} |"
    yield "|---|" + ":-:|" * len(EVERYBODY)
    for name, rule in rows:
        yield f"| {name} | {' | '.join('✓' if rule(who) else '–' for who in EVERYBODY)} |"


if __name__ == "__main__":
    print(document(), end="")
