"""What the sandbox's page shows: read from the rows, then drawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.channels.sandbox import chrome
from bot.channels.sandbox.entries import Entry
from bot.channels.sandbox.seats import CHANNEL, PANES, Seat, seat_for, seats
from bot.clock import Clock, SkippingClock
from handlers import ledger
from handlers.context import Context
from handlers.organisation import Organisation
from handlers.people import language_of
from handlers.wording.language import LANGUAGES, local_moment, pick
from storage import chat
from storage.people import person_by_identity
from storage.vocabulary import Role

if TYPE_CHECKING:
    from bot.app import App

HISTORY = 100
"""So many of the last messages of a conversation are shown."""
DECISIONS = 30
"""So many of the last decisions are told under the panes."""


@dataclass(frozen=True)
class PaneView:
    """One chat: who sits there, what was said, and in which language they are spoken to."""

    pane: str
    seat: Seat
    seats: tuple[Seat, ...]
    entries: tuple[Entry, ...]
    language: str
    blocked: bool


@dataclass(frozen=True)
class PageView:
    """The whole page; `encounter` says what can be chosen when one is reported."""

    panes: tuple[PaneView, ...]
    decisions: tuple[str, ...]
    organisation: Organisation
    now: datetime
    skippable: bool

    @property
    def customer_options(self) -> tuple[tuple[str, str], ...]:
        """Who may have been served: key and name."""
        return self._people(customers=True)

    @property
    def handler_options(self) -> tuple[tuple[str, str], ...]:
        """Who may have served them: key and name."""
        return self._people(customers=False)

    def touchpoint_options(self, language: str) -> tuple[tuple[str, str], ...]:
        """What kind of moment it was: key and name."""
        return tuple((key, pick(t.name, language)) for key, t in self.organisation.touchpoints.items())

    def service_options(self, language: str) -> tuple[tuple[str, str], ...]:
        """What it was about: key and name."""
        return tuple((key, pick(s.name, language)) for key, s in self.organisation.services.items())

    def _people(self, *, customers: bool) -> tuple[tuple[str, str], ...]:
        people = self.organisation.people.items()
        return tuple((key, p.name) for key, p in people if (p.role is Role.CUSTOMER) == customers)


def every_seat(ctx: Context) -> tuple[Seat, ...]:
    """Every seat there is now."""
    return seats(ctx.organisation, chat.shared_conversations(ctx.session))


def pane_view(pane: str, wanted: str, ctx: Context) -> PaneView | None:
    """One pane with the wanted seat or a fitting one; none when nobody has an identity here."""
    every = every_seat(ctx)
    seat = seat_for(pane, wanted, every)
    if seat is None:
        return None
    person = person_by_identity(ctx.session, CHANNEL, seat.identity)
    return PaneView(
        pane=pane,
        seat=seat,
        seats=every,
        entries=tuple(map(Entry.of, chat.latest(ctx.session, seat.conversation, HISTORY))),
        language=language_of(person, ctx),
        blocked=chat.has_left(ctx.session, seat.identity),
    )


def page_view(wanted: dict[str, str], language: str, clock: Clock, ctx: Context) -> PageView:
    """The whole page, with the wanted seats by pane."""
    panes = (pane_view(pane, wanted.get(pane, ""), ctx) for pane in PANES)
    return PageView(
        panes=tuple(filter(None, panes)),
        decisions=ledger.recent(ctx, DECISIONS, language),
        organisation=ctx.organisation,
        now=clock.now(),
        skippable=isinstance(clock, SkippingClock),
    )


class Pen:
    """Draws views as HTML in one language of the page; names and zone are the organisation's."""

    def __init__(self, app: "App", language: str) -> None:
        organisation = app.organisation
        self.language = language if language in LANGUAGES else organisation.language
        self._zone = organisation.time_zone
        self._names = {
            p.identities[CHANNEL]: p.name for p in organisation.people.values() if CHANNEL in p.identities
        }

    def page(self, view: PageView) -> str:
        """The whole page."""
        return self._draw("page.html", view=view)

    def pane(self, view: PaneView) -> str:
        """One pane."""
        return self._draw("pane.html", pane=view)

    def entry(self, entry: Entry) -> str:
        """One line of a conversation."""
        return self._draw("entry.html", entry=entry)

    def decisions(self, sentences: Iterable[str]) -> str:
        """What happened, newest first."""
        return self._draw("decisions.html", decisions=tuple(sentences))

    def _draw(self, template: str, **what: object) -> Markup:
        drawn = _TEMPLATES.get_template(template).render(
            **what,
            say=chrome.words(self.language),
            language=self.language,
            languages=LANGUAGES,
            zone=self._zone,
            name=lambda identity: self._names.get(identity, identity),
            moment=lambda at: local_moment(at, self._zone, self.language),
        )
        # Safe: the templates escape whatever they are given.
        return Markup(drawn)  # noqa: S704


_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
