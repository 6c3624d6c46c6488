"""The words of the pages themselves: where one can go, what a figure is called, what a form says."""

from collections.abc import Mapping
from functools import cache

from handlers.wording.language import msgid, wording

NAVIGATION = {
    "": "overview",
    "/own": "own",
    "/comments": "comments",
    "/cases": "cases",
    "/accounts": "accounts",
    "/wishes": "wishes",
    "/ledger": "ledger",
    "/happened": "happened",
}
"""Paths below `/dashboard` and the names of their words, in the order of the menu."""

FOR_THOSE_WHO_ACT = frozenset({"/wishes", "/ledger"})
"""Pages that only those find who act on the cases of others too."""

_WORDS = {
    "dashboard": msgid("Dashboard"),
    "language": msgid("Language"),
    "menu": msgid("Pages"),
    "skip": msgid("To the content"),
    "overview": msgid("Overview"),
    "log_in": msgid("Log in"),
    "log_in_as": msgid("Log in as {name}"),
    "log_in_why": msgid(
        "The link works once. You stay logged in for a week at most, and half a day without a look."
    ),
    "how_to_log_in": msgid(
        "Write “login” to Kaiku in your chat. It sends you a link that works once, for ten minutes."
    ),
    "log_in_oidc": msgid("Log in with your organisation's account"),
    "log_out": msgid("Log out"),
    "touchpoint": msgid("Touchpoint"),
    "touchpoints": msgid("Touchpoints"),
    "service": msgid("Service"),
    "services": msgid("Services"),
    "team": msgid("Team"),
    "account": msgid("Account"),
    "all": msgid("all"),
    "also": msgid("or also"),
    "since": msgid("From"),
    "until": msgid("To"),
    "show": msgid("Show"),
    "filters": msgid("What to show"),
    "show_all": msgid("Show everything"),
    "figure": msgid("Figure"),
    "asked": msgid("Asked and answered"),
    "standing": msgid("Against the target"),
    "signs": msgid("What the signs mean"),
    "no_answers": msgid("no answers"),
    "target": msgid("Target"),
    "cases": msgid("Cases"),
    "cases_none": msgid("No open cases."),
    "trend": msgid("Trend"),
    "distribution": msgid("How the answers spread"),
    "figures": msgid("Figures"),
    "as_table": msgid("The same as a table"),
    "period": msgid("Period"),
    "share": msgid("Share and interval"),
    "count": msgid("n"),
    "owner": msgid("Owner"),
    "happened": msgid("What happened"),
    "staff_saw": msgid("As staff saw it: not counted with customers"),
    "answer": msgid("Answer"),
    "read_comments": msgid("Read the comments"),
    "comments": msgid("Comments"),
    "comments_none": msgid("Nothing was said that fits. Choose more days, or fewer words."),
    "hidden_few": msgid(
        "Some words were written to a confidential or anonymous survey. "
        "They are not shown: too few wrote to hide among one another."
    ),
    "save_comments": msgid("Save these as a file (CSV, the newest {n})"),
    "search_words": msgid("Words, in whatever form"),
    "band": msgid("How it was"),
    "band_poor": msgid("poor"),
    "band_fair": msgid("fair"),
    "band_good": msgid("good"),
    "newest": msgid("The newest"),
    "older": msgid("Older ones"),
    "mine": msgid("Mine"),
    "everybodys": msgid("All that concern me"),
    "column_waiting": msgid("Waiting for somebody"),
    "column_taken": msgid("Taken"),
    "column_contacted": msgid("Customer contacted"),
    "column_closed": msgid("Closed in two weeks"),
    "act_in_chat": msgid("Take it, write and close it in the chat: write “cases” to Kaiku."),
    "none": msgid("None."),
    "own": msgid("My figures"),
    "own_none": msgid("Neither you nor your team answers for a service or an account."),
    "against_targets": msgid("Against targets"),
    "no_targets": msgid("Nobody set a target."),
    "accounts": msgid("Accounts"),
    "accounts_none": msgid("You answer for no account."),
    "manager": msgid("Account manager"),
    "director": msgid("Account director"),
    "next_meeting": msgid("Next meeting"),
    "last_meeting": msgid("Last meeting"),
    "relationship": msgid("Relationship surveys: not counted with encounters"),
    "pack": msgid("Meeting pack"),
    "plan": msgid("By the account plan, over the last twelve months"),
    "open_matters": msgid("Open matters"),
    "contacts": msgid("Contacts"),
    "name": msgid("Name"),
    "title": msgid("Position"),
    "happened_why": msgid(
        "What happened stands beside the trend of what it concerned, so that a dip is read right."
    ),
    "note_it": msgid("Note what happened"),
    "day": msgid("Day"),
    "what": msgid("What happened, in a few words"),
    "everything": msgid("everything"),
    "concerned": msgid("What it concerned"),
    "noted_by": msgid("Noted by"),
    "save": msgid("Save"),
    "take_back": msgid("Take back"),
    "ledger": msgid("Who was asked"),
    "decided": msgid("{asked} of {all} decisions were to ask."),
    "shown_all": msgid("All decisions"),
    "shown_asked": msgid("Asked"),
    "shown_not": msgid("Not asked, and why"),
    "wishes": msgid("Wishes"),
    "need": msgid("Need"),
    "state": msgid("Where it stands"),
    "impact": msgid("Impact"),
    "customers": msgid("Wished by"),
    "customers_n": msgid("{customers} customers, {accounts} accounts"),
    "first_page": msgid("To the beginning"),
    "next_page": msgid("Further ones"),
    "wish_in_chat": msgid("Weigh, join and decide in the chat: write “wishes” to Kaiku."),
    "done": msgid("What was done"),
    "not_yours": msgid(
        "Full words are read by those whom they concern: the team, the owner, the account manager."
    ),
    "not_shown": msgid("This cannot be shown"),
    "not_done": msgid("Nothing was changed"),
    "to_front": msgid("To the overview"),
}


@cache
def words(language: str) -> Mapping[str, str]:
    """Every word of the pages in one language, by name; placeholders as they are."""
    return {name: wording(language, text) for name, text in _WORDS.items()}
