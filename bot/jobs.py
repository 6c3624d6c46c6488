"""What the command line has done: here while Kaiku is stopped, by the running Kaiku while it is not.

A job travels as one line of JSON, and so does what comes of it. Each is one transaction: it is durable when it
answers, and whoever asked may die at any moment without harm.
"""

from functools import partial
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.app import App
from handlers import delivered, erasing, keys, login, privacy, resealing
from handlers.context import Context
from handlers.encounters import record_encounter
from handlers.errors import FeedbackError
from handlers.events import Sender
from handlers.exports import Extract, Kind
from handlers.filters import filters_from
from handlers.imports import reference_of
from handlers.organisation import Organisation
from handlers.reported import ReportedEncounter
from handlers.wording import sentences
from handlers.wording.privacy import receipt_lines
from storage.vocabulary import Scope
from storage.words import Sealing

T = TypeVar("T")

_SOURCE = "import"


class Job(BaseModel, Generic[T]):
    """Something to do, and what it takes. What it gives back is what JSON can carry."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def do(self, app: App) -> T:
        """Do it; blocks until it is durable."""
        raise NotImplementedError


class CreateKey(Job[str]):
    """Give a client a key, which is the answer. Raises `KeyNameUnfit`, `KeyNameTaken`."""

    kind: Literal["create key"] = "create key"
    name: str
    scopes: list[Scope]

    def do(self, app: App) -> str:
        """Do it."""
        return app.write_now(partial(keys.create_key, self.name, self.scopes))


class RevokeKey(Job[None]):
    """Close a client's key. Raises `UnknownKey`."""

    kind: Literal["revoke key"] = "revoke key"
    name: str

    def do(self, app: App) -> None:
        """Do it."""
        app.write_now(partial(keys.revoke_key, self.name))


class SendAgain(Job[int]):
    """Queue the messages that were given up; the answer is how many they are."""

    kind: Literal["send again"] = "send again"

    def do(self, app: App) -> int:
        """Do it."""
        return app.write_now(delivered.send_again)


class Release(Job[int]):
    """Let go, or drop, what was kept back when a backup was put back; the answer is how many messages."""

    kind: Literal["release"] = "release"
    drop: bool

    def do(self, app: App) -> int:
        """Do it."""
        return app.write_now(delivered.drop_held if self.drop else delivered.release_held)


class SettingsDiffer(Exception):
    """The Kaiku that runs seals otherwise than your settings say. Start it anew with them, then run this again."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class Reseal(Job[tuple[int, int, float]]):
    """Seal some of what is not sealed as the settings say. Do it again until all of it was looked at, which is 1.

    The answer: how much was changed, how much nothing opens, and how much of all was looked at. Raises
    `SettingsDiffer`.
    """

    kind: Literal["reseal"] = "reseal"
    newest: str
    """The name of the key that seals; empty without one."""
    comments: bool
    """Whether it seals what people write, too."""

    @classmethod
    def of(cls, sealing: Sealing | None) -> Self:
        """The job, where words are held so."""
        return cls(newest=sealing.newest if sealing else "", comments=bool(sealing and sealing.seals))

    def do(self, app: App) -> tuple[int, int, float]:
        """Do it."""
        if Reseal.of(app.database.sealing) != self:
            raise SettingsDiffer
        step = app.write_now(resealing.reseal)
        return step.changed, step.unopened, step.share


class Rebuild(Job[None]):
    """Write a SQLite file anew; nothing is stored meanwhile."""

    kind: Literal["rebuild"] = "rebuild"

    def do(self, app: App) -> None:
        """Do it."""
        app.rebuild_now()


class Apply(Job[list[str]]):
    """Apply a checked organisation, known from then on; the answer is what changed, in sentences."""

    kind: Literal["apply"] = "apply"
    organisation: Organisation
    by: str
    """Who applies it."""

    def do(self, app: App) -> list[str]:
        """Do it."""
        return list(app.apply(self.organisation, self.by))


class RecordEncounters(Job[list[bool | str]]):
    """Record encounters in one transaction, each in a savepoint of its own.

    The answer tells of each whether it was new, or the sentence that refuses it. A dry run keeps nothing.
    """

    kind: Literal["record encounters"] = "record encounters"
    encounters: list[ReportedEncounter]
    dry_run: bool

    def do(self, app: App) -> list[bool | str]:
        """Do it."""
        try:
            return app.write_now(self._record_all)
        except _Undone as undone:
            return undone.outcomes

    def _record_all(self, ctx: Context) -> list[bool | str]:
        outcomes = [_record(encounter, ctx) for encounter in self.encounters]
        if self.dry_run:
            raise _Undone(outcomes)
        return outcomes


class _Undone(Exception):
    """A dry run that went well: what it did is taken back with the transaction."""

    def __init__(self, outcomes: list[bool | str]) -> None:
        self.outcomes = outcomes


def _record(encounter: ReportedEncounter, ctx: Context) -> bool | str:
    reference = reference_of(encounter)
    known_as = encounter.model_copy(update={"external_reference": reference})
    event = known_as.happened(
        _SOURCE, Sender(channel=_SOURCE, external_id=_SOURCE), ctx.now, delivery_id=reference
    )
    try:
        with ctx.session.begin_nested():
            return record_encounter(event, ctx).created
    except FeedbackError as problem:
        return sentences.error(problem, "en")


class MakeLink(Job[tuple[bool, list[str]]]):
    """Make a survey link: whether there is one, and what to print. Raises `UnknownEncounter` or `LinksAreOff`."""

    kind: Literal["make link"] = "make link"
    encounter: str
    language: str

    def do(self, app: App) -> tuple[bool, list[str]]:
        """Do it."""
        from bot.web.survey.invite import link

        return link(app, self.encounter, self.language)


class ErasePerson(Job[list[str]]):
    """Erase somebody; the answer is the receipt, in sentences.

    Raises `UnknownPerson`, `ManyByThatName`, `FileNamesThem`.
    """

    kind: Literal["erase person"] = "erase person"
    person: str

    def do(self, app: App) -> list[str]:
        """Do it."""
        return list(receipt_lines(app.write_now(self._erase), "en"))

    def _erase(self, ctx: Context) -> erasing.Receipt:
        return erasing.erase(privacy.person_called(self.person, ctx), ctx, by=None)


class LogOut(Job[int]):
    """End every session of somebody on the dashboard; how many there were. Raises `UnknownPerson`, `ManyByThatName`."""

    kind: Literal["log out"] = "log out"
    person: str

    def do(self, app: App) -> int:
        """Do it."""
        return app.write_now(
            lambda ctx: login.end_everywhere(privacy.person_called(self.person, ctx), None, ctx)
        )


class ExportPerson(Job[dict[str, Any]]):
    """Everything held about somebody. Raises `UnknownPerson`, `ManyByThatName`."""

    kind: Literal["export person"] = "export person"
    person: str

    def do(self, app: App) -> dict[str, Any]:
        """Do it; that it was done is written down."""
        return app.write_now(lambda ctx: privacy.export(privacy.person_called(self.person, ctx), None, ctx))


class NoteExport(Job[None]):
    """Write down who takes which rows out, before they are read."""

    kind: Literal["note export"] = "note export"
    what: Kind
    filters: list[tuple[str, str]]
    named: bool
    by: str

    def do(self, app: App) -> None:
        """Do it."""
        filters = filters_from(self.filters, app.organisation)
        app.write_now(partial(Extract(self.what, filters, self.named).note, self.by))


AnyJob = Annotated[
    CreateKey
    | RevokeKey
    | SendAgain
    | Release
    | Reseal
    | Rebuild
    | Apply
    | RecordEncounters
    | MakeLink
    | ErasePerson
    | ExportPerson
    | LogOut
    | NoteExport,
    Field(discriminator="kind"),
]
"""Every job there is: the running Kaiku does these and no others."""
