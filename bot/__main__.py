"""The command line: everything that is done to Kaiku, rather than with it.

What a command needs is imported when it runs, so that `--help` comes at once. What a person did
wrong is answered with a sentence on stderr and exit code 1; wrong usage is exit code 2.
"""

import asyncio
import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bot import console
from storage.vocabulary import FeedbackType, FileForm, Period, Scope

if TYPE_CHECKING:
    from bot.app import App
    from bot.declaration import Declaration
    from bot.settings import Settings
    from handlers.organisation import Organisation


class _InSentences(TyperGroup):
    """Answers what a person can put right with a sentence instead of a stack trace."""

    def invoke(self, *args: Any, **options: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(*args, **options)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            sentences = console.sentences_for(error)
            if not sentences:
                raise
            console.complain(*sentences)
            raise typer.Exit(1) from error


cli = typer.Typer(
    cls=_InSentences,
    help="Kaiku asks for feedback in the channel people already use, and makes sure that they hear back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(help="Keys with which other systems call the HTTP API.", no_args_is_help=True)
cli.add_typer(keys, name="key")
invitations = typer.Typer(
    help="Bring a request for feedback to somebody whom no chat reaches.", no_args_is_help=True
)
cli.add_typer(invitations, name="invite")

people = typer.Typer(help="What is held about one person: taken out, or erased.", no_args_is_help=True)
cli.add_typer(people, name="person")

File = Annotated[
    Path | None,
    typer.Argument(help="The organisation file; KAIKU_ORGANISATION when left out.", show_default=False),
]
Language = Annotated[str | None, typer.Option(help="fi, sv or en; the reader's own when left out.")]


# Serving.


@cli.command()
def run() -> None:
    """Serve: hear and speak in every configured channel until stopped.

    The database is brought up to date first. A hangup (kill -HUP) applies the organisation file anew.
    """
    from bot import logs
    from bot.serving import serve
    from bot.wiring import build

    settings = _settings()
    logs.configure(settings)
    _migrate(settings)
    app = build(settings)

    def apply_again() -> None:
        declaration = _read(settings.organisation)
        for problem in declaration.problems:
            console.complain(str(problem))
        if declaration.organisation is not None:
            console.say(*app.apply(declaration.organisation, "a hangup"))

    serve(
        app,
        ready=lambda: console.say(f"Kaiku answers at http://{settings.host}:{settings.port}"),
        reload=apply_again,
    )


@cli.command()
def demo(
    *,
    script: Annotated[
        bool, typer.Option("--script", help="Print the whole loop here, without a browser.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the sandbox.")] = 8080,
    keep: Annotated[bool, typer.Option("--keep", help="Go on with the demo of last time.")] = False,
) -> None:
    """Try it: customers, staff and managers in your browser; no account, nothing leaves this machine."""
    from bot import demo as play

    if script:
        play.script()
    else:
        play.serve(port, keep)


# The organisation.


@cli.command()
def check(
    file: File = None,
    *,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema for editors instead.")
    ] = False,
) -> None:
    """Tell every mistake in the organisation file: the line, what is wrong, what to do."""
    from bot.reports import pilot_in_words

    if schema:
        from bot.declaration.schema import schema_text

        typer.echo(schema_text(), nl=False)
        return
    declaration = _read(file or _settings().organisation)
    console.show_problems(declaration.problems)
    if declaration.organisation is None:
        raise typer.Exit(1)
    console.say(_in_order(declaration.organisation, len(declaration.warnings)))
    console.warn(*pilot_in_words(declaration.organisation))


@cli.command()
def apply(
    file: File = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Show what the organisation file would change, and change it.

    The version before is kept. A running Kaiku goes by the new one at once.
    """
    from bot.jobs import Apply
    from bot.side_door import hands
    from handlers import organise
    from handlers.difference import difference
    from storage.schema import pending

    settings = _settings()
    declaration = _read(file or settings.organisation)
    console.show_problems(declaration.problems)
    organisation = declaration.organisation
    if organisation is None:
        raise typer.Exit(1)
    if pending(settings.database_url):
        _migrate(settings)
    with hands(settings) as kaiku:
        changes = difference(kaiku.app.database.read_now(organise.current), organisation)
        if not changes:
            console.say("Nothing changes.")
            return
        console.show_changes(changes)
        if not yes:
            typer.confirm("Apply?", abort=True)
        kaiku.do(Apply(organisation=organisation, by=_who()))
    console.say("Applied.")


# What is remembered.


@cli.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV or JSONL; docs/encounters.md names the columns.")],
    *,
    touchpoint: Annotated[str, typer.Option(help="For rows that name none.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Find every mistake and keep nothing.")] = False,
) -> None:
    """Record the encounters of a file. Imported twice, it changes nothing; refused rows are told."""
    from bot.importing import import_file
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        report = import_file(kaiku, file, touchpoint=touchpoint, dry_run=dry_run)
    console.say(*report.lines())
    if report.refused:
        raise typer.Exit(1)


Several = Annotated[list[str] | None, typer.Option(help="A key; may be given several times.")]
Day = Annotated[str | None, typer.Option(help="A day such as 2026-11-30, in the organisation's zone.")]


@cli.command()
def export(
    *,
    responses: Annotated[
        bool, typer.Option("--responses", help="What was answered to surveys, one row an answer.")
    ] = False,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="What was said unprompted, or logged by staff.")
    ] = False,
    cases: Annotated[
        bool, typer.Option("--cases", help="What somebody must put right, and how it ended.")
    ] = False,
    into: Annotated[Path, typer.Option(help="The file to write; docs/export.md names the columns.")],
    as_: Annotated[
        FileForm | None, typer.Option("--as", help="Told by the file's ending when left out.")
    ] = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="Who it was, and what they wrote: personal data.")
    ] = False,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV so that spreadsheets see it is UTF-8.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    service: Several = None,
    team: Several = None,
    touchpoint: Several = None,
    account: Several = None,
    stream: Several = None,
    band: Several = None,
    since: Day = None,
    until: Day = None,
    words: Annotated[str | None, typer.Option(help="Only where all of these words were written.")] = None,
) -> None:
    """Write responses, feedback or cases to a file. What is held of one person: `person export`.

    It works beside a running Kaiku. That it was done, by whom, is in the audit trail.
    """
    from bot import exporting
    from bot.side_door import hands
    from handlers.exports import Extract, Kind
    from handlers.filters import filters_from

    wanted = [kind for kind, on in zip(Kind, (responses, feedback, cases), strict=True) if on]
    if len(wanted) != 1:
        raise typer.BadParameter("Choose one of --responses, --feedback and --cases.")
    several = {"service": service, "team": team, "touchpoint": touchpoint, "account": account,
               "stream": stream, "band": band}  # fmt: skip
    given = [(name, value) for name, values in several.items() for value in values or ()]
    given += [(name, v) for name, v in (("since", since), ("until", until), ("words", words)) if v]
    with hands(_settings()) as kaiku:
        extract = Extract(wanted[0], filters_from(given, kaiku.app.organisation), with_names)
        done = exporting.export(kaiku, extract, _form(as_, into), into, by=_who(), force=force, mark=bom)
    console.say(*done.lines(into))


def _form(named: FileForm | None, into: Path) -> FileForm:
    """What the file is to look like: as it is said, else by its name."""
    forms = {f".{form}": form for form in FileForm}
    form = named or forms.get(into.suffix.lower())
    if form is None:
        raise typer.BadParameter("Add --as csv, jsonl or parquet.", param_hint="--into")
    return form


@cli.command()
def digest(
    audience: Annotated[str, typer.Option("--for", help="A report, a team or a person, by key.")],
    *,
    period: Annotated[
        Period | None, typer.Option(help="Over this time; as the report says, or a week, when left out.")
    ] = None,
    of: Annotated[
        str | None,
        typer.Option(
            help="Of 2026-W47, 2026-10, 2026-Q4 or 2026, as the period is; the latest when left out."
        ),
    ] = None,
    language: Language = None,
) -> None:
    """Print the digest of a report, a team or a manager."""
    from bot.reports import show_digest

    with _app() as app:
        try:
            console.say(show_digest(app, audience, period, of, language))
        except ValueError as no_window:
            raise typer.BadParameter(str(no_window), param_hint="--of") from no_window


@cli.command()
def pack(
    account: Annotated[str, typer.Argument(help="The account, by key or name.")],
    *,
    language: Language = None,
) -> None:
    """Print the meeting pack: everything about an account since it was met last."""
    from bot.reports import show_pack

    with _app() as app:
        console.say(show_pack(app, account, language))


@cli.command()
def why(
    encounter: Annotated[str, typer.Argument(help="Its token, or its reference in the system it came from.")],
    *,
    language: Language = None,
) -> None:
    """Tell why an encounter was asked about, or was not."""
    from bot import reports

    with _app() as app:
        console.say(*reports.why(app, encounter, language))


@cli.command()
def rounds(*, as_json: Annotated[bool, typer.Option("--json", help="For other programs.")] = False) -> None:
    """Tell what is planned in each relationship survey, and how far it is."""
    import json

    from bot import reports

    with _app() as app:
        planned = reports.rounds(app)
    if as_json:
        typer.echo(json.dumps(reports.rounds_as_json(planned), ensure_ascii=False, indent=2))
    else:
        console.say(*reports.rounds_in_words(planned, app.organisation.language))


_TRY, _MAKE = "Other rules, tried on what happened", "A past that never was"


@cli.command()
def simulate(
    *,
    rules: Annotated[
        Path | None, typer.Option(help="The organisation file to try.", rich_help_panel=_TRY)
    ] = None,
    days: Annotated[int, typer.Option(help="How far back.", min=1, max=3660, rich_help_panel=_TRY)] = 90,
    as_json: Annotated[
        bool, typer.Option("--json", help="For other programs.", rich_help_panel=_TRY)
    ] = False,
    organisation: Annotated[
        str | None, typer.Option(help="Whose past; there is one: city.", rich_help_panel=_MAKE)
    ] = None,
    years: Annotated[float, typer.Option(help="How long it is.", min=0.1, max=10, rich_help_panel=_MAKE)] = 2,
    seed: Annotated[int, typer.Option(help="Another number, another past.", rich_help_panel=_MAKE)] = 7,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Its last day; yesterday when left out.", rich_help_panel=_MAKE
        ),
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            help="The empty database, as a URL; KAIKU_DATABASE_URL when left out.", rich_help_panel=_MAKE
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            help="A JSON file for what was true: satisfaction, drops, the false alarm.", rich_help_panel=_MAKE
        ),
    ] = None,
) -> None:
    """Try other rules on what happened, or make up the past of an organisation.

    With --rules: whom other rules would have asked, and what would alert. Nothing is written.

    With --organisation city: years of made-up feedback in an empty database, to try reports on. Nothing is sent.
    """
    if (rules is None) == (organisation is None):
        raise typer.BadParameter("Give either --rules FILE or --organisation city.", param_hint="--rules")
    if rules is not None:
        _try_rules(rules, days, as_json=as_json)
    elif organisation == "city":
        _make_up(years, seed, until, into or _settings().database_url, truth)
    else:
        raise typer.BadParameter(f"There is no “{organisation}”; there is city.", param_hint="--organisation")


def _try_rules(rules: Path, days: int, *, as_json: bool) -> None:
    import json

    from bot import simulating

    declaration = _read(rules)
    console.show_problems(declaration.problems)
    if declaration.organisation is None:
        raise typer.Exit(1)
    with _app() as app:
        found = simulating.try_rules(app, declaration.organisation, days)
    if as_json:
        typer.echo(json.dumps(simulating.as_json(found), indent=2))
    else:
        simulating.show(found)


def _make_up(years: float, seed: int, until: datetime | None, url: str, truth: Path | None) -> None:
    import json

    from bot.city import making
    from bot.clock import Clock

    last_day = until.date() if until else Clock().now().date() - timedelta(days=1)
    plan = making.make_up(url, years, last_day, seed)
    if truth is not None:
        truth.write_text(json.dumps(plan.truth(), indent=2, ensure_ascii=False) + "\n", "utf-8")
    console.say(*making.told(plan, url))


@cli.command()
def route(
    *,
    explain: Annotated[bool, typer.Option("--explain", help="Tell every step, and who is informed.")] = False,
    service: Annotated[str | None, typer.Option(help="Key of the service it is about.")] = None,
    account: Annotated[str | None, typer.Option(help="Key of the customer's account.")] = None,
    touchpoint: Annotated[str | None, typer.Option(help="Key of the kind of moment.")] = None,
    category: Annotated[str | None, typer.Option(help="Topic of logged feedback.")] = None,
    type_: Annotated[FeedbackType | None, typer.Option("--type", help="Kind of logged feedback.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day; today when left out.")
    ] = None,
    language: Language = None,
) -> None:
    """Tell who would own a matter, by the applied organisation and who is away."""
    from bot import reports
    from handlers.rules.routing import About

    about = About(service, account, touchpoint, category, type_)
    with _app() as app:
        console.say(*reports.route(app, about, on.date() if on else None, language, explain=explain))


@cli.command("send-again")
def send_again() -> None:
    """Queue the messages that were given up once more; they leave when Kaiku runs."""
    from bot.jobs import SendAgain
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        count = kaiku.do(SendAgain())
    console.say(f"{count} queued again." if count else "Nothing was given up.")


@cli.command()
def reseal(
    *,
    open_: Annotated[
        bool, typer.Option("--open", help="Open sealed comments; KAIKU_SEAL_COMMENTS must be false.")
    ] = False,
) -> None:
    """Seal with the first of KAIKU_ENCRYPTION_KEY what older ones sealed, and comments as KAIKU_SEAL_COMMENTS says."""
    from bot.jobs import Reseal
    from bot.side_door import hands
    from storage.sealed_words import standing

    settings = _settings()
    if open_ and settings.seal_comments:
        raise typer.BadParameter("KAIKU_SEAL_COMMENTS is true, so nothing is opened.", param_hint="--open")
    done, unopened, share = 0, 0, 0.0
    with hands(settings) as kaiku:
        database = kaiku.app.database
        if database.read_now(standing).keys and not (settings.seal_comments or open_):
            raise typer.BadParameter("Comments are sealed. To open all of them, add --open.")
        job = Reseal.of(database.sealing)
        with console.progress_bar() as bar:
            task = bar.add_task("Looking through", total=1)
            while share < 1:
                changed, left, share = kaiku.do(job)
                done, unopened = done + changed, unopened + left
                bar.update(task, completed=share)
    if done:
        console.say(f"{done} opened." if open_ else f"{done} sealed anew.")
    if unopened:
        console.say(f"{unopened} cannot be opened, and stay as they are.")
    if not (done or unopened):
        console.say("Everything is sealed as the settings say.")


@cli.command("give-up-key")
def give_up_key(name: Annotated[str, typer.Argument(help="The name by which Kaiku asks for it.")]) -> None:
    """Go on without an encryption key that is lost: comments that it sealed stay, and read 🔒 until it is found."""
    from bot.remembering import database_of
    from storage.schema import pending
    from storage.sealed_words import give_up, standing

    settings = _settings()
    if steps := pending(settings.database_url):
        raise console.NotReady(steps)
    with database_of(settings) as database:
        asked_for = database.read_now(standing).keys - (database.sealing.keys if database.sealing else set())
        if name not in asked_for:
            lacking = ", ".join(sorted(asked_for)) or "none"
            raise typer.BadParameter(
                f"No key of this name is lacking. Lacking: {lacking}.", param_hint="NAME"
            )
        database.write_now(lambda session: give_up(session, name))
    console.say(f"The key {name} is asked for no more. Found again, put it at the end, and run `reseal`.")


@cli.command()
def rebuild() -> None:
    """Write a SQLite file anew, so that nothing that was erased stays in its unused bytes; Kaiku does it at night."""
    from bot.jobs import Rebuild
    from bot.side_door import hands
    from storage.address import is_postgresql

    settings = _settings()
    if is_postgresql(settings.database_url):
        console.say("PostgreSQL clears its pages itself; there is nothing to do.")
        return
    with hands(settings) as kaiku:
        console.note("Writing the file anew; whatever comes in waits …")
        kaiku.do(Rebuild())
    console.say("The file was written anew.")


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="What to call the client, such as helpdesk-portal.")],
    scope: Annotated[list[Scope], typer.Option(help="What it may do; may be given several times.")],
) -> None:
    """Give a client a key. It is shown this once."""
    from bot.jobs import CreateKey
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        secret = kaiku.do(CreateKey(name=name, scopes=scope))
    console.note("Keep it well; it cannot be shown again:")
    typer.echo(secret)


@keys.command("list")
def list_keys() -> None:
    """List the clients, never their keys."""
    from handlers import keys as clients

    with _app() as app:
        views = app.read_now(clients.list_keys)
    console.table(
        ("name", "scopes", "since", "revoked"),
        [
            (
                view.name,
                " ".join(view.scopes),
                f"{view.created_at:%Y-%m-%d}",
                f"{view.revoked_at:%Y-%m-%d}" if view.revoked_at else "",
            )
            for view in views
        ],
    )


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(help="The client's name.")]) -> None:
    """Close a client's key from now on."""
    from bot.jobs import RevokeKey
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        kaiku.do(RevokeKey(name=name))
    console.say(f"The key of {name} opens nothing any more.")


Somebody = Annotated[
    str,
    typer.Argument(help="A key, an e-mail address, a channel and the id there (slack:U012AB3CD), or a name."),
]


@people.command("export")
def export_person(
    person: Somebody,
    *,
    to: Annotated[Path, typer.Option(help="The JSON file to write; docs/privacy.md tells what is in it.")],
) -> None:
    """Write everything that is held about a person to a file."""
    import json

    from bot.jobs import ExportPerson
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        held = kaiku.do(ExportPerson(person=person))
    console.write_privately(to, json.dumps(held, ensure_ascii=False, indent=2) + "\n")
    console.say(f"{to} holds everything about them. Give it to nobody else, and throw it away afterwards.")


@people.command("erase")
def erase_person(
    person: Somebody,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Forget a person: who they were and what they wrote goes, scores stay as numbers. It cannot be undone."""
    from bot.jobs import ErasePerson
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        if not yes:
            typer.confirm(f"Erase {person} for good?", abort=True)
        receipt = kaiku.do(ErasePerson(person=person))
    console.say(*receipt)


@people.command("log-out")
def log_out_person(person: Somebody) -> None:
    """End every session of a person on the dashboard, and their unused login link."""
    from bot.jobs import LogOut
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        count = kaiku.do(LogOut(person=person))
    console.say(f"{count} sessions ended." if count != 1 else "One session ended.")


@invitations.command("link")
def invite_by_link(
    encounter: Annotated[str, typer.Option(help="Its token, or its reference in the system it came from.")],
    *,
    language: Language = None,
) -> None:
    """Make a survey link, with the text of an SMS and the end of an e-mail.

    The rules on asking hold: without a link you are told why.
    """
    from bot.jobs import MakeLink
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        made, lines = kaiku.do(MakeLink(encounter=encounter, language=language or ""))
    console.say(*lines)
    if not made:
        raise typer.Exit(1)


@invitations.command("telegram")
def invite_by_telegram(
    encounter: Annotated[str, typer.Option(help="Its token, or its reference in the system it came from.")],
    *,
    picture: Annotated[
        Path | None, typer.Option(help="The picture to write, .png or .svg.", show_default=False)
    ] = None,
) -> None:
    """Make a link and a QR code that open the conversation in Telegram, where a bot cannot speak first.

    Whoever follows it is from then on known as the encounter's customer, and is asked.
    """
    from bot.channels.telegram.invite import invite

    if picture is not None and picture.suffix not in {".png", ".svg"}:
        raise typer.BadParameter("The picture must end in .png or .svg.", param_hint="--picture")
    with _app() as app:
        console.say(*asyncio.run(invite(app, encounter, picture)))


@cli.command("voice")
def save_voice(
    name: Annotated[str, typer.Argument(help="What the message about it calls it.")],
    *,
    to: Annotated[
        Path | None, typer.Option(help="The file to write; named after it when left out.", show_default=False)
    ] = None,
) -> None:
    """Write a customer's voice message to a file, for who is in no chat that can play it."""
    from handlers.voice import kept, sound_of

    with _app() as app:
        sound = app.read_now(lambda ctx: sound_of(kept(name, ctx), "en", ctx))
    target = to or Path(sound.file_name)
    target.write_bytes(sound.content)
    console.say(f"The voice message is in {target}.")


@invitations.command("kiosk")
def open_kiosk(
    key: Annotated[str, typer.Argument(help="Key of the kiosk in the organisation file.")],
) -> None:
    """Print the address to open on the tablet of a kiosk."""
    from bot.web.survey.invite import kiosk

    with _app() as app:
        console.say(kiosk(app, key))


# Care.


@cli.command()
def doctor() -> None:
    """Tell what is configured, reachable and missing, with the next step in words."""
    from bot.doctor import examine

    findings = asyncio.run(examine(_settings()))
    console.show_findings(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@cli.command()
def migrate() -> None:
    """Bring the database to the tables of this version. `run` and `apply` do it by themselves."""
    if not _migrate(_settings()):
        console.say("The database is up to date.")


@cli.command()
def move(*, to: Annotated[str, typer.Option(help="An empty PostgreSQL database, as a URL.")]) -> None:
    """Move everything from the SQLite file to PostgreSQL. Stop Kaiku first; the file stays as it is.

    Every table is counted afterwards. Killed in the middle, it has done nothing, and can be run again.
    """
    from storage.address import shown
    from storage.moving import move as copy
    from storage.schema import pending

    source = _settings().database_url
    if steps := pending(source):
        raise console.NotReady(steps)
    with console.progress_bar() as bar:
        task = bar.add_task("Moving")
        moved = copy(
            source,
            to,
            lambda table, done, all_: bar.update(task, description=table, completed=done, total=all_),
        )
    console.table(("Table", "Rows"), [(table, str(rows)) for table, rows in moved.items() if rows])
    console.say(
        f"Moved and counted: {sum(moved.values())} rows to {shown(to)}.",
        "Set KAIKU_DATABASE_URL to it and start Kaiku. Keep the file until you are content.",
    )


@cli.command()
def backup(target: Annotated[Path, typer.Argument(help="The file to write.")]) -> None:
    """Copy the database to one file, also while Kaiku is running."""
    from storage.backup import backup as copy

    if not target.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {target.parent}.", param_hint="TARGET")
    copy(_settings().database_url, target)
    console.say(f"{target} holds everything up to now. It is personal data: keep it accordingly.")


@cli.command()
def restore(
    source: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put the database back to what a backup holds. What came after it is lost."""
    from bot.remembering import sealing_from
    from storage.address import shown
    from storage.backup import restore as put_back

    settings = _settings()
    url = settings.database_url
    if not yes:
        typer.confirm(f"Replace everything in {shown(url)}?", abort=True)
    put_back(source, url, sealing_from(settings))
    console.say(f"The database is what {source} holds.")
    hold()


@cli.command()
def hold() -> None:
    """Keep back what waits to be said. `restore` does it; after another way of restoring, it is yours to do."""
    from bot.restoring import hold_what_waits

    settings = _settings()
    _migrate(settings)
    if count := hold_what_waits(settings):
        console.say(
            f"Kept back: {count}. They may have been said since the backup.",
            "Look whether they were; then: python -m bot release, or release --drop.",
        )


@cli.command()
def release(
    *, drop: Annotated[bool, typer.Option("--drop", help="They were said already: say them never.")] = False
) -> None:
    """Say what was kept back when a backup was put back; it leaves when Kaiku runs."""
    from bot.jobs import Release
    from bot.side_door import hands

    with hands(_settings()) as kaiku:
        count = kaiku.do(Release(drop=drop))
    console.say(f"{count} {'dropped' if drop else 'queued again'}." if count else "Nothing was kept back.")


# Other people's platforms.


@cli.command("teams-package")
def teams_package(
    target: Annotated[Path, typer.Argument(help="The zip to write, for uploading to Teams.")],
) -> None:
    """Build the app package for Microsoft Teams: manifest and icons."""
    from bot.channels.teams.package import build

    if not target.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {target.parent}.", param_hint="TARGET")
    build(_settings(), target)
    console.say(f"{target} is ready. Upload it in Teams: Apps → Manage your apps → Upload an app.")


# Shared by the commands.


def _settings() -> "Settings":
    from bot.settings import load

    return load()


def _read(file: Path) -> "Declaration":
    from bot.clock import Clock
    from bot.declaration import read

    return read(file, Clock().now().date())


def _in_order(organisation: "Organisation", warnings: int) -> str:
    sections = ("services", "touchpoints", "teams", "people", "accounts")
    counted = ", ".join(f"{len(getattr(organisation, section))} {section}" for section in sections)
    return f"In order: {counted}." + (f" Warnings: {warnings}." if warnings else "")


def _migrate(settings: "Settings") -> list[str]:
    from storage.schema import migrate as take_steps

    steps = take_steps(settings.database_url)
    for step in steps:
        console.note(f"database: {step}")
    return steps


@contextmanager
def _app() -> Iterator["App"]:
    """The application on today's tables, to look at what is stored, also beside a running one."""
    from bot.app import App
    from bot.clock import Clock
    from bot.remembering import database_of
    from storage.schema import pending

    settings = _settings()
    steps = pending(settings.database_url)
    if steps:
        raise console.NotReady(steps)
    app = App(settings, Clock(), database_of(settings), {})
    app.open(only_to_read=True)
    try:
        yield app
    finally:
        app.close()


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # a container may run as a number that has no name
        return "the command line"


if __name__ == "__main__":
    cli()
