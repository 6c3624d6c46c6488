"""The meeting pack: what to know before an account is met."""

from collections.abc import Iterator

from handlers.messages import Bullets, Heading, Message, Paragraph, Part, Small
from handlers.views import PackView
from handlers.wording import digests
from handlers.wording.case_parts import joined
from handlers.wording.labels import label
from handlers.wording.language import calendar_date, local_date, pick, translate


def pack(view: PackView, language: str) -> Message:
    """Everything about one account since it was met last."""
    title = translate(language, "Meeting pack: {account}", account=pick(view.digest.audience, language))
    came_in = digests.came_in(view.digest, language)
    parts: tuple[Part, ...] = (
        Heading(title),
        Small(_when(view, language)),
        Paragraph(came_in),
        *digests.told(view.digest, language),
        *_wishes(view, language),
        *_listed(translate(language, "Noted on the time line"), _noted(view, language)),
        *_contacts(view, language),
    )
    return Message(parts, summary=f"{title}: {came_in}")


def _when(view: PackView, language: str) -> str:
    since = (
        translate(language, "Since the meeting on {day}", day=calendar_date(view.last_met, language))
        if view.last_met
        else translate(
            language, "Since {day}; no earlier meeting is written down", day=_first_day(view, language)
        )
    )
    coming = view.meets_next and calendar_date(view.meets_next, language)
    return joined(since, translate(language, "next meeting on {day}", day=coming) if coming else "")


def _first_day(view: PackView, language: str) -> str:
    return local_date(view.digest.starts_at, view.digest.zone, language)


def _wishes(view: PackView, language: str) -> Iterator[Part]:
    lines = tuple(joined(need, label(state, language)) for need, state in view.wishes)
    yield from _listed(translate(language, "What they wished for"), lines)


def _noted(view: PackView, language: str) -> tuple[str, ...]:
    return tuple(f"{calendar_date(on, language)} · {pick(words, language)}" for on, words in view.noted)


def _contacts(view: PackView, language: str) -> Iterator[Part]:
    """In one paragraph: many people may work there."""
    if view.contacts:
        yield Paragraph(translate(language, "People we know there"), strong=True)
        yield Paragraph("; ".join(view.contacts))


def _listed(title: str, lines: tuple[str, ...]) -> Iterator[Part]:
    if lines:
        yield Paragraph(title, strong=True)
        yield Bullets(lines)
