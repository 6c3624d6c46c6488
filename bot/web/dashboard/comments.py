"""Comments and feedback: chosen, searched, a page at a time."""

from collections.abc import Iterator
from typing import Any, cast, get_args

from bot.web.dashboard.desk import Look, Page
from bot.web.dashboard.drawing import drawn
from bot.web.dashboard.parts import choices, days_in_words, with_filters
from handlers.dashboard import comments as facts
from handlers.dashboard.comments import CommentView
from handlers.errors import NoSuchPage
from handlers.wording.labels import label
from handlers.wording.language import local_date, pick, translate
from handlers.wording.scores import judged, named
from storage.said import Kind, Place
from storage.vocabulary import Privacy, Stream


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
        newest=with_filters(look.path, look) if after else "",
        more=with_filters(look.path, look, after=_written(view.more)) if view.more else "",
    )
    return Page(html)


def _comment(view: CommentView, look: Look) -> dict[str, Any]:
    language = look.language
    zone = look.ctx.organisation.time_zone if view.privacy is Privacy.ANONYMOUS else look.zone
    return {
        "words": view.words,
        "band": view.band.value if view.band else "",
        "said": label(view.band, language) if view.band else "",
        "when": local_date(view.at, zone, language),
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
