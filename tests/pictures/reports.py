"""What managers are sent, made of the city's past: digest, reports and a meeting pack."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial

from sqlmodel import Session

from handlers.context import Context
from handlers.digests.audiences import audience_called
from handlers.digests.view import digest_view
from handlers.messages import Message
from handlers.organisation import Report
from handlers.packs import pack
from handlers.wording import digests, packs
from storage.vocabulary import Period
from tests.pictures.past import LANGUAGES, LAST, Past

_ACCOUNT = "energy"
_TITLES = {Period.MONTH: "Month", Period.QUARTER: "Quarter", Period.YEAR: "Year"}
_BOARD = Report(
    key="board",
    name={"fi": "Johtoryhmä", "sv": "Ledningsgruppen", "en": "Management team"},
    to=("anna-aalto",),
)


def reports(past: Past) -> Iterator[tuple[str, Mapping[str, Message]]]:
    """For each language the messages by a title."""
    for language in LANGUAGES:
        yield language, past.database.read_now(partial(_told, past, language))


def _told(past: Past, language: str, session: Session) -> Mapping[str, Message]:
    ctx = past.context(session)
    met = {"meetings": (LAST - timedelta(days=60), LAST + timedelta(days=2))}
    account = past.organisation.accounts[_ACCOUNT].model_copy(update=met)
    changes = {"reports": {"board": _BOARD}, "accounts": {**past.organisation.accounts, _ACCOUNT: account}}
    ctx = replace(
        ctx, organisation=past.organisation.model_copy(update=changes), site="https://kaiku.example"
    )
    return {
        "Week": _digest("it", Period.WEEK, language, ctx),
        **{title: _digest("board", period, language, ctx) for period, title in _TITLES.items()},
        "Pack": packs.pack(pack(account, language, ctx), language),
    }


def _digest(key: str, period: Period, language: str, ctx: Context) -> Message:
    audience = audience_called(key, ctx).over(period).speaking(language)
    window = audience.rhythm.latest(ctx.now)
    then = replace(ctx, now=audience.rhythm.due_at(window))
    return digests.digest(digest_view(audience, window, then, run="r7Gk2mPq9xYz"), language)
