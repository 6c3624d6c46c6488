"""A look at the installation: what is configured, reachable and missing, each with the next step."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import ceil
from urllib.parse import urlsplit

from sqlmodel import Session

from bot.app import App
from bot.clock import Clock
from bot.findings import Finding
from bot.remembering import database_of
from bot.reports import pilot_in_words
from bot.settings import Settings, hosts_inside, is_loopback, read_hook_secrets, variable
from bot.web.survey import doctor as links
from handlers import rebuilding
from handlers.context import Context
from handlers.gaps import gaps
from handlers.wording.gaps import sentence
from storage import gauges, organisations, outbox, sealed
from storage.address import is_postgresql, shown
from storage.errors import KeysMissing, StorageError
from storage.replicas import serving
from storage.schema import pending
from storage.sealed_words import standing
from storage.sqlite import file_of
from storage.tables import OutboxMessage
from storage.vocabulary import OutboxKind, OutboxState, Privacy
from storage.words import sealing_in

SAFE_SQLITE = (3, 51, 3)
"""Before it, two connections that write or checkpoint at the same moment can corrupt a database in WAL mode."""
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""This program is younger: a clock that shows less is wrong."""
OVERDUE = timedelta(minutes=5)
NIGHT = timedelta(hours=30)
"""After an erasure a night has passed, and an hour's look in it."""


async def examine(settings: Settings, clock: Clock | None = None) -> list[Finding]:
    """Look at everything. Harmless beside a running Kaiku: nothing is written."""
    now = (clock or Clock()).now()
    findings = [
        *_engine(settings),
        *_of_database(settings, now),
        *_addresses(settings),
        *links.examine(settings),
    ]
    channels = (_slack, _telegram, _teams, _matrix)
    return [*findings, *[finding for channel in channels for finding in await channel(settings)]]


def channels_of(settings: Settings) -> tuple[str, ...]:
    """The channels that are configured."""
    on = {
        "sandbox": settings.sandbox,
        "slack": bool(settings.slack_bot_token.get_secret_value() or settings.slack_client_id),
        "telegram": bool(settings.telegram_bot_token.get_secret_value()),
        "teams": bool(settings.teams_app_id),
        "matrix": bool(settings.matrix_access_token.get_secret_value()),
    }
    return tuple(channel for channel, configured in on.items() if configured)


# The database and what it remembers.


def _engine(settings: Settings) -> Iterator[Finding]:
    try:
        of_server = is_postgresql(settings.database_url)
    except StorageError:
        return  # said with the database
    if not of_server:
        yield _sqlite()


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return Finding(True, "SQLite", f"Version {version}.")
    return Finding(
        True,
        "SQLite",
        f"Version {version}. Before 3.51.3 two writers at once can corrupt a database; Kaiku has one, under a lock.",
        "Let no other program write to the file; copy it with `python -m bot backup` only.",
    )


def _of_database(settings: Settings, now: datetime) -> Iterator[Finding]:
    try:
        missing = _not_there(settings) or _behind(settings)
    except StorageError as error:
        missing = Finding(False, "Database", str(error), "Check KAIKU_DATABASE_URL.")
    if missing:
        yield missing
        return
    yield Finding(True, "Database", f"{shown(settings.database_url)} is up to date.")
    app = App(settings, Clock(), database_of(settings), {})
    try:
        app.open(only_to_read=True)
    except KeysMissing as error:
        step = f"Or, if it is lost for good: `python -m bot give-up-key {error.facts['key']}`."
        yield Finding(False, "Encryption", str(error), step)
        return
    try:
        if app.database.is_shared:
            yield app.database.read_now(_postgresql)
        yield from _of_what_is_remembered(app, now)
    finally:
        app.close()


def _postgresql(session: Session) -> Finding:
    ask = session.connection().exec_driver_sql
    version, commit = (ask(f"SHOW {name}").scalar_one() for name in ("server_version", "synchronous_commit"))
    if commit == "off":
        return Finding(
            False,
            "PostgreSQL",
            f"Version {version}, with synchronous_commit off: a crash loses answers that people were thanked for.",
            f"In the database: ALTER ROLE {ask('SELECT current_user').scalar_one()} SET synchronous_commit = on.",
        )
    return Finding(True, "PostgreSQL", f"Version {version}; replicas that serve: {serving(session)}.")


def _not_there(settings: Settings) -> Finding | None:
    file = file_of(settings.database_url)
    if file is None or file.exists():
        return None
    return Finding(
        False,
        "Database",
        f"There is none at {file} yet.",
        f"Run `python -m bot apply {settings.organisation}`.",
    )


def _behind(settings: Settings) -> Finding | None:
    steps = pending(settings.database_url)
    if not steps:
        return None
    return Finding(
        False,
        "Database",
        f"It is behind this version of Kaiku; steps to take: {len(steps)}.",
        "Make a backup, then run `python -m bot migrate`.",
    )


def _of_what_is_remembered(app: App, now: datetime) -> Iterator[Finding]:
    version = app.database.read_now(organisations.latest_organisation)
    yield _clock(now, version.applied_at if version else WRITTEN)
    if version is None:
        yield Finding(
            False,
            "Organisation",
            "None has been applied.",
            f"Run `python -m bot apply {app.settings.organisation}`.",
        )
        return
    who = f"applied on {version.applied_at:%Y-%m-%d} by {version.applied_by}"
    yield Finding(True, "Organisation", f"Version {version.id}, {who}.")
    yield from (Finding(True, "Pilot", line, loud=True) for line in pilot_in_words(app.organisation))
    yield _owners(app)
    yield from _anonymous_surveys(app)
    yield from app.read_now(lambda ctx: [*_sealed(ctx), *_words(ctx)])
    if not app.database.is_shared:
        yield from app.read_now(lambda ctx: list(_unused_bytes(ctx, now)))
    yield from _webhooks(app)
    yield from app.read_now(lambda ctx: list(_outbox(ctx, now)))


def _anonymous_surveys(app: App) -> Iterator[Finding]:
    """Nothing where there are none; else whether their answers can be sealed."""
    declared = app.organisation.surveys.items()
    anonymous = [key for key, survey in declared if survey.privacy is Privacy.ANONYMOUS]
    if not anonymous:
        return
    subject, named = "Anonymous surveys", ", ".join(anonymous)
    if app.settings.encryption_key.get_secret_value():
        yield Finding(True, subject, f"Answers are sealed: {named}.")
        return
    step = f"Set {variable('encryption_key')}: openssl rand -base64 32."
    yield Finding(False, subject, f"Nobody is asked, for want of a key to seal answers with: {named}.", step)


def _sealed(ctx: Context) -> Iterator[Finding]:
    """Nothing where nothing is sealed; else whether we can open it, and whether it waits for the newest key."""
    counts = sealed.by_key(ctx.session)
    if not counts:
        return
    subject, setting = "Encryption", variable("encryption_key")
    ours = ctx.vault.keys if ctx.vault else frozenset[str]()
    lost = {key: count for key, count in counts.items() if key not in ours}
    if lost:
        named = ", ".join(f"{key} ({count})" for key, count in sorted(lost.items()))
        step = "Add the keys of those names after the first one, with a comma between."
        yield Finding(False, subject, f"{setting} lacks keys for what is sealed: {named}.", step)
    if old := sum(counts[key] for key in (ctx.vault.older if ctx.vault else ())):
        step = "Run `python -m bot reseal`."
        yield Finding(
            True, subject, f"{old} of {counts.total()} are sealed with an older key.", step, loud=True
        )
    if not (lost or old):
        yield Finding(True, subject, f"{counts.total()} are sealed with the newest key.")


def _words(ctx: Context) -> Iterator[Finding]:
    """Nothing where words are in the clear and were chosen to be."""
    subject, sealing, now = "Comments", sealing_in(ctx.session), standing(ctx.session)
    seals = sealing is not None and sealing.seals
    if now.lost:
        sentence = f"What was sealed with {', '.join(sorted(now.lost))} reads 🔒: the key was given up."
        step = "If it is found again, put it at the end and start Kaiku anew."
        yield Finding(True, "Lost key", sentence, step, loud=True)
    if not now.agrees_with(sealing):
        some = ", and some be in the clear" if now.clear else ""
        held = f"may be sealed with {', '.join(sorted(now.keys))}{some}" if now.keys else "is in the clear"
        sentence = f"What people wrote {held}."
        step = f"Once every Kaiku was started anew: `python -m bot reseal{'' if seals else ' --open'}`."
        yield Finding(True, subject, sentence, step, loud=True)
    elif seals and not now.lost:
        yield Finding(True, subject, "What people write is sealed, all of it with the newest key.")


def _unused_bytes(ctx: Context, now: datetime) -> Iterator[Finding]:
    """Nothing, unless the night after an erasure has not done what it should."""
    since = rebuilding.waits_since(ctx)
    if since is None or now - since < NIGHT:
        return
    size = gauges.size(ctx.session)
    sentence = (
        f"What was erased since {since:%Y-%m-%d} may stand in unused bytes of the file ({size / 1e9:.1f} GB)"
    )
    why = "too large to be rebuilt by itself" if size > rebuilding.LARGEST else "no night has rebuilt it"
    step = f"At a quiet hour: `python -m bot rebuild`; what comes in waits for {ceil(size / 1.4e8)} s."
    yield Finding(True, "Unused bytes", f"{sentence}: {why}.", step, loud=True)


def _clock(now: datetime, applied_at: datetime) -> Finding:
    latest = max(applied_at, WRITTEN)
    if now >= latest:
        return Finding(True, "Clock", f"It is {now:%Y-%m-%d %H:%M} in UTC.")
    return Finding(
        False,
        "Clock",
        f"It shows {now:%Y-%m-%d %H:%M} in UTC, but {latest:%Y-%m-%d %H:%M} was already.",
        "Set this machine's clock, or let it follow a time server.",
    )


def _owners(app: App) -> Finding:
    channels = channels_of(app.settings)
    if not channels:
        return Finding(
            False,
            "Channels",
            "None is configured, so that nobody can be reached.",
            "Set the Slack tokens, see docs/slack.md; or KAIKU_SANDBOX=true for a trial in the browser.",
        )
    found = app.read_now(lambda ctx: gaps(channels, ctx))
    if not found:
        return Finding(True, "Owners", "Every service has somebody who can be reached.")
    return Finding(
        all(gap.instead for gap in found),
        "Owners",
        " ".join(sentence(gap, "en") for gap in found),
        f"Name owners and deputies who are reached in {' or '.join(channels)}, and apply the file.",
    )


def _webhooks(app: App) -> Iterator[Finding]:
    if not app.organisation.webhooks:
        return
    from bot.outside import refusal

    secrets = read_hook_secrets(app.settings.webhook_secrets.get_secret_value())
    for hook in app.organisation.webhooks.values():
        subject = f"Webhook {hook.key}"
        refused = refusal(hook.url, hosts_inside(app.settings))
        if refused:
            yield Finding(False, subject, f"It is told nothing: {refused}.", "docs/webhooks.md tells more.")
        elif hook.key not in secrets:
            make = f"Make one: echo {hook.key}=whsec_$(openssl rand -base64 32)"
            yield Finding(False, subject, "KAIKU_WEBHOOK_SECRETS has no secret for it.", make)
        else:
            yield Finding(True, subject, f"It is told of {', '.join(hook.events)}.")


def _outbox(ctx: Context, now: datetime) -> Iterator[Finding]:
    waiting, dead = (
        gauges.messages_in(ctx.session, state) for state in (OutboxState.QUEUED, OutboxState.DEAD)
    )
    due = outbox.next_due(ctx.session)
    if due is not None and due < now - OVERDUE:
        yield Finding(
            False,
            "Outbox",
            f"Waiting: {waiting}; the first is due since {due:%Y-%m-%d %H:%M} UTC.",
            "Is Kaiku running? If it is, its log says what keeps the messages.",
        )
    else:
        yield Finding(True, "Outbox", f"Waiting: {waiting}, none overdue.")
    if held := gauges.messages_in(ctx.session, OutboxState.HELD):
        yield Finding(
            False,
            "Held",
            f"Kept back since a backup was put back: {held}. They may have been said already.",
            "Look whether they were; then: python -m bot release, or release --drop.",
        )
    if dead:
        newest = outbox.dead_letters(ctx.session, 1)[0]
        yield Finding(
            False,
            "Dead letters",
            f"Given up: {dead}; the newest, {_called(newest)}, because: {newest.error or 'no reason kept'}.",
            "Put the reason right, then: python -m bot send-again",
        )


def _called(message: OutboxMessage) -> str:
    """What a message is, and of which webhook."""
    return f"a {message.conversation}" if message.kind == OutboxKind.WEBHOOK else f"a {message.kind}"


# How the world reaches us, and we the world.


def _addresses(settings: Settings) -> Iterator[Finding]:
    here = f"It listens on {settings.host}:{settings.port}."
    if not settings.public_url:
        needed = bool(settings.slack_signing_secret.get_secret_value()) and not _has_socket(settings)
        yield Finding(
            not needed,
            "Address",
            f"{here} KAIKU_PUBLIC_URL is empty.",
            "Set it: Slack sends its requests there." if needed else "",
        )
        return
    address = urlsplit(settings.public_url)
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        yield Finding(
            False,
            "Address",
            f"{settings.public_url} is not encrypted: anybody on the way can read what people say.",
            "Put a reverse proxy with TLS before Kaiku and write https://.",
        )
        return
    yield Finding(True, "Address", f"{here} People reach it at {settings.public_url}.")


def _has_socket(settings: Settings) -> bool:
    return bool(settings.slack_app_token.get_secret_value())


async def _slack(settings: Settings) -> list[Finding]:
    tokens = (settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret)
    if not (settings.slack_client_id or any(token.get_secret_value() for token in tokens)):
        return [Finding(True, "Slack", "Off: no token is set.")]
    from bot.channels.slack.doctor import examine as examine_slack

    return await examine_slack(settings)


async def _telegram(settings: Settings) -> list[Finding]:
    if not settings.telegram_bot_token.get_secret_value():
        return [Finding(True, "Telegram", "Off: no token is set.")]
    from bot.channels.telegram.doctor import examine as examine_telegram

    return await examine_telegram(settings)


async def _teams(settings: Settings) -> list[Finding]:
    if not settings.teams_app_id:
        return [Finding(True, "Teams", "Off: no app id is set.")]
    try:
        from bot.channels.teams.doctor import examine as examine_teams
    except ModuleNotFoundError:
        advice = "Run `pip install --require-hashes -r requirements-teams.txt`."
        return [Finding(False, "Teams", "What speaks with Teams is not installed.", advice)]
    return await examine_teams(settings)


async def _matrix(settings: Settings) -> list[Finding]:
    if not settings.matrix_access_token.get_secret_value():
        return [Finding(True, "Matrix", "Off: no access token is set.")]
    try:
        from bot.channels.matrix.doctor import examine as examine_matrix
    except ModuleNotFoundError:
        advice = "Run `pip install --require-hashes -r requirements-matrix.txt`."
        return [Finding(False, "Matrix", "What speaks with Matrix is not installed.", advice)]
    return await examine_matrix(settings)
