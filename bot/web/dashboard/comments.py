"""Comments and feedback: chosen, searched, a page at a time."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from bot.web.dashboard.chrome import words
from bot.web.dashboard.desk import File, Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, days_in_words, with_filters
from handlers.dashboard import comments as facts
from handlers.dashboard.comments import CommentView
from handlers.errors import NoSuchPage
from handlers.imports import safe_cell
from handlers.wording.labels import label
from handlers.wording.language import local_date, number, pick, translate
from handlers.wording.scores import judged, named
from storage.said import Kind, Place
from storage.vocabulary import Privacy, Stream

MOST = 10_000
"""Comments in a file."""


def draw(look: Look) -> Page:
    """What was said. Raises `NotAllowed` for what is for others, `NoSuchPage` for a place that is none."""
    after = look.query.get("after", "")
    view = facts.comments(
        look.filters, _last(after) if after else None, look.visitor.person, look.sight, look.ctx
    )
    html = drawn(
        "comments.html",
        look,
        days=days_in_words(view.days, look),
        filters=choices(look, "team", "service", "touchpoint", "account", "band"),
        comments=[_comment(comment, look) for comment in view.comments],
        hidden=view.hidden,
        file=with_filters(f"{look.path}.csv", look) if view.comments else "",
        most=number(MOST, look.language),
        newest=with_filters(look.path, look) if after else "",
        more=with_filters(look.path, look, after=_written(view.more)) if view.more else "",
    )
    return Page(html)


def save(look: Look) -> File:
    """The same as a table, the newest `MOST`. Raises `NotAllowed` for what is for others."""
    view = facts.comments(look.filters, None, look.visitor.person, look.sight, look.ctx, most=MOST)
    table, w = StringIO(), words(look.language)
    lines = csv.writer(table)
    lines.writerow(
        [w[name] for name in ("day", "service", "touchpoint", "band", "comments", "name", "account")]
    )
    lines.writerows([safe_cell(cell) for cell in _cells(comment, look)] for comment in view.comments)
    # Words that were looked for may be somebody's name.
    told = replace(look.filters, words="…" if look.filters.words else "").address()
    return File("comments.csv", table.getvalue(), ("comments", told or "everything"))


def _cells(view: CommentView, look: Look) -> tuple[str, ...]:
    language = look.language
    day = view.at.astimezone(ZoneInfo(_zone(view, look))).date().isoformat()
    places = (pick(view.service, language), pick(view.touchpoint, language))
    return (day, *places, label(view.band, language) if view.band else "", view.words, view.who, view.account)


def _zone(view: CommentView, look: Look) -> str:
    """Sheets were opened on a day of the organisation's own."""
    return look.ctx.organisation.time_zone if view.privacy is Privacy.ANONYMOUS else look.zone


def _comment(view: CommentView, look: Look) -> dict[str, Any]:
    language = look.language
    return {
        "words": view.words,
        "band": view.band.value if view.band else "",
        "said": label(view.band, language) if view.band else "",
        "when": local_date(view.at, _zone(view, look), language),
        "facts": list(filter(None, _facts(view, language))),
        "scores": [
            (named(score.question, language).rstrip(":"), judged(score, language)) for score in view.scores
        ],
    }


def _facts(view: CommentView, language: str) -> Iterator[str]:
    yield ", ".join(filter(None, (view.who, view.account)))
    yield pick(view.service, language)
    yield pick(view.touchpoint, language)
    if view.logged:
        yield translate(language, "unprompted or logged by staff")
    if view.stream is not Stream.CUSTOMER:
        yield label(view.stream, language)
    if view.excluded:
        yield translate(language, "marked as not about us")
    if view.privacy is Privacy.CONFIDENTIAL:
        yield translate(language, "The name is withheld: the survey promised it.")
    if view.privacy is Privacy.ANONYMOUS:
        yield translate(language, "Anonymous: opened on this day together with others")


def _written(place: Place) -> str:
    """Without its instant: to the minute, it would tell whose a confidential answer is."""
    return f"{place.kind}~{place.number}"


def _last(text: str) -> tuple[Kind, int]:
    """Raises `NoSuchPage` for what no page wrote."""
    kind, _, number = text.partition("~")
    if kind not in get_args(Kind) or not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise NoSuchPage
    return cast("Kind", kind), int(number)
