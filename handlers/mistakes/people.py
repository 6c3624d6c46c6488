"""Identities, absences, deputies, and names that could be two."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from handlers.declared import close, listed
from handlers.mistakes.mistake import Mistake, Path
from handlers.organisation import Organisation, Person


def shared_identities(organisation: Organisation) -> Iterator[Mistake]:
    """One channel identity or e-mail address that two people claim."""
    seen: dict[tuple[str, str], Person] = {}
    for key, person in organisation.people.items():
        claims: list[tuple[Path, str, str]] = [
            (("people", key, "identities", channel), channel, external_id)
            for channel, external_id in person.identities.items()
        ]
        if person.email:
            claims.append((("people", key, "email"), "e-mail", person.email.lower()))
        for path, channel, external_id in claims:
            first = seen.setdefault((channel, external_id), person)
            if first is not person:
                yield Mistake(
                    path,
                    f"{person.name} and {first.name} have the same {channel} identity “{external_id}”.",
                    "Each belongs to one person; correct one of them, or make one entry of the two.",
                )


def unfit_preferences(organisation: Organisation) -> Iterator[Mistake]:
    """People who prefer a channel in which we do not know them."""
    for key, person in organisation.people.items():
        if person.prefers and person.prefers not in person.identities:
            yield Mistake(
                ("people", key, "prefers"),
                f"{person.name} prefers {person.prefers} but has no identity there.",
                close(person.prefers, person.identities) or f"Add their {person.prefers} id to `identities`.",
            )


def unknown_channels(organisation: Organisation, channels: Collection[str]) -> Iterator[Mistake]:
    """Channels that Kaiku does not speak; none when no channel is known to compare with."""
    named: list[Path] = [
        ("people", key, "identities", channel)
        for key, person in organisation.people.items()
        for channel in person.identities
    ]
    named += [
        (section, key, "channel", channel)
        for section, entries in (("teams", organisation.teams), ("reports", organisation.reports))
        for key, entry in entries.items()
        for channel in entry.channel
    ]
    for path in named:
        channel = str(path[-1])
        if channels and channel not in channels:
            yield _no_channel(path, channel, channels)
    test = (
        organisation.pilot.dry_run.partition(":")[0]
        if organisation.pilot and organisation.pilot.dry_run
        else None
    )
    if channels and test is not None and test not in channels:
        yield _no_channel(("pilot", "dry_run"), test, channels)


def _no_channel(path: Path, channel: str, channels: Collection[str]) -> Mistake:
    return Mistake(
        path,
        f"“{channel}” is not a channel.",
        close(channel, channels) or f"Known are {listed(sorted(channels))}.",
    )


def unfit_absences(organisation: Organisation) -> Iterator[Mistake]:
    """Absences that end before they start."""
    for key, person in organisation.people.items():
        for place, absence in enumerate(person.away):
            if absence.ends < absence.starts:
                yield Mistake(
                    ("people", key, "away", place, "ends"),
                    f"{person.name}'s absence ends ({absence.ends}) before it starts ({absence.starts}).",
                    "Exchange the dates; both days count as away.",
                )
            if absence.deputy == key:
                yield _own_deputy(("people", key, "away", place, "deputy"), person)


def circles_of_deputies(organisation: Organisation) -> Iterator[Mistake]:
    """Deputies who lead back to where they began: with everybody away nobody would be left to ask."""
    deputies = {key: person.deputy for key, person in organisation.people.items()}
    told: set[str] = set()
    for key, person in organisation.people.items():
        line, at = [key], deputies[key]
        while at in deputies and at not in line:
            line.append(at)
            at = deputies[at]
        if at == key == person.deputy:
            yield _own_deputy(("people", key, "deputy"), person)
        elif at == key and key not in told:
            told.update(line)
            yield Mistake(
                ("people", key, "deputy"),
                f"The deputies go round in a circle: {' → '.join([*line, key])}.",
                "Let one of them have a deputy outside the circle, or none.",
            )


def _own_deputy(path: Path, person: Person) -> Mistake:
    return Mistake(path, f"{person.name} is their own deputy.", "Name somebody else, or leave it out.")


def ambiguous_accounts(organisation: Organisation) -> Iterator[Mistake]:
    """One name or alias that stands for two accounts."""
    claimed: dict[str, list[str]] = defaultdict(list)
    for key, account in organisation.accounts.items():
        for name in {key.casefold(), account.name.casefold(), *(a.casefold() for a in account.aliases)}:
            claimed[name].append(key)
    for name, keys in sorted(claimed.items()):
        if len(keys) > 1:
            yield Mistake(
                ("accounts", keys[-1]),
                f"“{name}” could be any of the accounts {listed(keys)}.",
                "Give each its own name and aliases: staff type them when they log feedback.",
            )
