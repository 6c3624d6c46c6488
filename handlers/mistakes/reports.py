"""Reports that nobody would read, or that say what does not fit their period."""

from collections.abc import Iterator

from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Report
from handlers.rules.permissions import Right, may
from storage.vocabulary import DigestPart, Period


def unfit_reports(organisation: Organisation) -> Iterator[Mistake]:
    """Reports without readers, for readers who may not read them, or under a name that is somebody else's."""
    for key, report in organisation.reports.items():
        if not report.to and not report.channel:
            yield Mistake(
                ("reports", key), "Nobody gets this report.", "Name people under `to`, or a `channel`."
            )
        for place, reader in enumerate(report.to):
            person = organisation.people.get(reader)
            if person and not may(person.role, Right.READ_DIGESTS):
                yield Mistake(
                    ("reports", key, "to", place),
                    f"{person.name} may not read digests, because they are a {person.role}.",
                    "Name somebody who works here, or give them another `role`.",
                )
        if key in organisation.teams or key in organisation.people:
            yield Mistake(
                ("reports", key),
                f"“{key}” is also a team or a person, and each has a digest of its own.",
                "Give the report another key.",
            )
        yield from _useless_words(key, report)


def _useless_words(key: str, report: Report) -> Iterator[Mistake]:
    """A weekday that a monthly report does not heed, and the like."""
    weekly = report.period is Period.WEEK
    word = "day" if weekly else "weekday"
    if word in report.model_fields_set:
        instead = "weekday" if weekly else "day"
        yield Mistake(
            ("reports", key, word),
            f"`{word}` does nothing in a report that comes every {report.period}.",
            f"Write `{instead}`, or remove the line.",
            warning=True,
        )


def empty_digests(organisation: Organisation) -> Iterator[Mistake]:
    """Digests that would hold nothing."""
    named: list[tuple[Path, tuple[DigestPart, ...] | None]] = [(("digest",), organisation.digest.parts)]
    named += [(("teams", k, "digest"), t.digest.parts) for k, t in organisation.teams.items() if t.digest]
    named += [(("reports", k), report.parts) for k, report in organisation.reports.items()]
    for path, parts in named:
        if parts == ():
            yield Mistake(
                (*path, "parts"), "This digest would hold nothing.", "Name some parts, or remove the line."
            )
