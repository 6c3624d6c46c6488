"""Where nobody could act, in words."""

from handlers.messages import Bullets, Heading, Message, Paragraph, Small
from handlers.views import GapKind, GapView
from handlers.wording.language import calendar_date, msgid, pick, plural, translate

_LISTED = 12
"""Gaps that are listed; the rest are counted, so that the report stays one screen."""

_SENTENCES = {
    GapKind.NO_OWNER: msgid("{what}: no owner is named."),
    GapKind.LEFT: msgid("{what}: {person} works here no more."),
    GapKind.UNREACHABLE: msgid("{what}: {person} cannot be reached in any channel that is running."),
    GapKind.AWAY: msgid("{what}: {person} is away on {day}, and nobody stands in."),
}


def report(found: tuple[GapView, ...], language: str) -> Message:
    """All gaps, for who can close them."""
    title = translate(language, "Nobody could act here")
    lines = [sentence(gap, language) for gap in found[:_LISTED]]
    rest = len(found) - _LISTED
    if rest > 0:
        lines.append(plural(language, "and {n} more", "and {n} more", rest))
    intro = translate(
        language, "In the coming week poor feedback on the following would wait or go to somebody else."
    )
    advice = translate(
        language,
        "Owners, deputies and identities stand in the organisation file. Who is away can also name a deputy in chat.",
    )
    parts = (Heading(title), Paragraph(intro), Bullets(tuple(lines)), Small(advice))
    return Message(parts, summary=f"{title}: {lines[0]}")


def sentence(gap: GapView, language: str) -> str:
    """One gap: what it is about, what is wrong, and where its cases go meanwhile."""
    what = ", ".join(pick(name, language) for name in gap.names)
    day = calendar_date(gap.on, language) if gap.on else ""
    said = translate(language, _SENTENCES[gap.kind], what=what, person=gap.person, day=day)
    if gap.kind not in (GapKind.NO_OWNER, GapKind.AWAY):
        return said
    if gap.instead:
        return f"{said} {translate(language, 'Cases go to {person}.', person=gap.instead)}"
    if gap.kind is GapKind.NO_OWNER:
        return f"{said} {translate(language, 'Nobody gets its cases.')}"
    return said
