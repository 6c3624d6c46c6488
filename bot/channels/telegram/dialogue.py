"""Forms in a platform that has none: one question after the other, in the private chat.

Words are asked for with a forced reply, choices with buttons; whoever types a choice is understood
too. Where a person is in a form is a row, so that a restart in the middle costs nothing. The answers
leave as one event, as from any other form.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from pydantic import TypeAdapter
from sqlmodel import Session
from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.telegram import render
from bot.channels.telegram.payloads import CANCEL, FORM, NAME, SKIP, Place, Pressed, Said, Spot, Steered
from bot.channels.telegram.render import Text
from bot.clock import Clock
from handlers.buttons import submitted
from handlers.events import Event, Sender
from handlers.messages import (
    Action,
    ChoiceField,
    Form,
    FormField,
    Heading,
    Message,
    Paragraph,
    Part,
    Quote,
    Small,
    TextField,
)
from handlers.wording.language import LANGUAGES, translate
from storage import forms
from storage.database import Database
from storage.people import person_by_identity

PATIENCE = timedelta(days=1)
"""How long a form waits for its next answer."""
MOST = 90
"""Options shown as buttons; of more, the others can be typed."""
PLACEHOLDER = 64
GIVE_UP, LEAVE_OUT = "x", "s"
"""What the last buttons of a choice carry; options carry their number."""

_GAVE_UP = "\0"
"""No value that anybody can type or choose."""


@dataclass(frozen=True)
class Filling:
    """A form and how far a person is in it."""

    name: str
    """Random; the buttons of another form do not fit this one."""
    form: Form
    language: str
    conversation: str
    message: int
    """The message whose button opened it."""
    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    last: str = ""
    """The update that brought the last answer. It and those before it, delivered again, answer nothing more."""

    @property
    def action(self) -> Action:
        """What the form is for."""
        return self.form.action

    def origin(self, place: Place) -> Place:
        """Where the button stands that opened it, for who answers at `place`."""
        return replace(place, spot=Spot.read(self.conversation), message=self.message)

    @property
    def asking(self) -> FormField | None:
        """The field that is asked for; none when all are answered."""
        return next((f for f in self.form.fields if f.key not in self.values), None)

    def answered(self, value: str, delivery: str) -> "Filling":
        """With the field that is asked for filled in."""
        asked = self.asking
        values = {**self.values, asked.key: value} if asked else self.values
        return replace(self, values=values, errors={}, last=delivery)

    def refused(self, errors: Mapping[str, str]) -> "Filling":
        """With the fields that could not be taken to be asked for again; the first, where none is named."""
        keys = [f.key for f in self.form.fields]
        placed = {key if key in keys else keys[0]: sentence for key, sentence in errors.items()}
        kept = {key: value for key, value in self.values.items() if key not in placed}
        return replace(self, values=kept, errors=placed)


@dataclass(frozen=True)
class Question:
    """What is asked next."""

    text: Text
    markup: ForceReply | InlineKeyboardMarkup


@dataclass(frozen=True)
class Submission:
    """The form is filled in: what it means, and where its answer goes."""

    event: Event
    place: Place


@dataclass(frozen=True)
class GivenUp:
    """The person thought better of it."""

    line: str


Step = Question | Submission | GivenUp

_STATE = TypeAdapter(Filling)


class Dialogues:
    """Every form that somebody is in the middle of."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._unwritten: dict[int, Filling] = {}
        """Confidential forms by person: a restart forgets them, and nothing that was typed is ever written down."""

    async def begin(self, place: Place, form: Form) -> Question:
        """Open a form for somebody. One that they were in the middle of is forgotten."""

        def work(session: Session) -> Question:
            language = _language(place, session)
            filling = Filling(secrets.token_hex(3), form, language, str(place.spot), place.message)
            return self._ask(filling, place, session)

        return await self._database.write(work)

    async def answer(self, heard: Pressed | Said | Steered) -> Step | None:
        """Take an answer; none when the person is in the middle of nothing that takes it."""
        return await self._database.write(lambda session: self._answer(heard, session))

    async def refuse(self, person: int, errors: Mapping[str, str]) -> Question | None:
        """What was submitted cannot be taken: ask again for what is wrong; none when the form is gone."""

        def work(session: Session) -> Question | None:
            filling = self._filling(person, session)
            return self._ask(filling.refused(errors), _at_home(person), session) if filling else None

        return await self._database.write(work)

    async def asking(self, person: int) -> Filling | None:
        """The form that a person is in the middle of, if there is one."""
        return await self._database.read(lambda session: self._filling(person, session))

    async def finish(self, person: int) -> None:
        """What was submitted is taken."""
        await self._database.write(lambda session: self._drop(person, session))

    def _answer(self, heard: Pressed | Said | Steered, session: Session) -> Step | None:
        filling = self._filling(heard.place.person, session)
        if filling is None:
            return None
        given = _given(heard, filling)
        delivery = heard.event.delivery_id if isinstance(heard, Said) else heard.delivery_id
        if int(delivery) <= int(filling.last or -1):
            return self._next(filling, heard.place, session)
        if given == _GAVE_UP:
            self._drop(heard.place.person, session)
            return GivenUp(translate(filling.language, "All right, nothing was recorded."))
        if given is None:
            return None if isinstance(heard, Pressed) else question(filling, again=True)
        return self._next(filling.answered(given, delivery), heard.place, session)

    def _next(self, filling: Filling, place: Place, session: Session) -> Step:
        if filling.asking is not None:
            return self._ask(filling, place, session)
        self._keep(filling, place, session)
        try:
            return self._submission(filling, place)
        except ValueError:
            # A form of another version, kept over an update: nothing could ever be made of it.
            self._drop(place.person, session)
            return GivenUp(no_form(filling.language))

    def _submission(self, filling: Filling, place: Place) -> Submission:
        event = submitted(
            filling.form.action,
            filling.values,
            by=Sender(NAME, str(place.person)),
            at=self._clock.now(),
            delivery_id=filling.last,
            conversation=filling.conversation,
            message=str(filling.message or ""),
            private=True,
        )
        return Submission(event, filling.origin(place))

    def _ask(self, filling: Filling, place: Place, session: Session) -> Question:
        self._keep(filling, place, session)
        return question(filling)

    def _keep(self, filling: Filling, place: Place, session: Session) -> None:
        now = self._clock.now()
        forms.forget_forms_before(session, now - PATIENCE)
        self._unwritten.pop(place.person, None)
        if filling.form.confidential:
            forms.drop_form(session, NAME, str(place.person))
            self._unwritten[place.person] = filling
            return
        forms.keep_form(session, NAME, str(place.person), _STATE.dump_json(filling).decode(), now)

    def _drop(self, person: int, session: Session) -> None:
        self._unwritten.pop(person, None)
        forms.drop_form(session, NAME, str(person))

    def _filling(self, person: int, session: Session) -> Filling | None:
        if person in self._unwritten:
            return self._unwritten[person]
        row = forms.pending_form(session, NAME, str(person))
        if row is None or row.at < self._clock.now() - PATIENCE:
            return None
        return _STATE.validate_json(row.state)


def no_form(language: str) -> str:
    """What is said to an answer that no form takes."""
    return translate(language, "There is no open form here any more.")


def question(filling: Filling, *, again: bool = False) -> Question:
    """The field that is asked for, as Telegram shows it; `again` when the answer did not fit. Pure."""
    asked = filling.asking
    if asked is None:
        raise ValueError("every field is answered")
    parts = [*_opening(filling), *_about(asked, filling, again=again)]
    text = render.draw(Message(tuple(parts), asked.label)).main
    if isinstance(asked, ChoiceField) and asked.options:
        return Question(text, _options(asked, filling))
    commands = "\n".join(_commands(asked, filling.language))
    hint = render.shortened(asked.label, PLACEHOLDER)
    with_commands = Text(f"{text.text}\n\n{commands}", text.entities)
    return Question(with_commands, ForceReply(selective=True, input_field_placeholder=hint))


def _opening(filling: Filling) -> list[Part]:
    """What the form is about, before its first question."""
    if filling.values or filling.errors:
        return []
    intro = [Paragraph(filling.form.intro)] if filling.form.intro else []
    return [Heading(filling.form.title), *intro]


def _about(asked: FormField, filling: Filling, *, again: bool) -> list[Part]:
    said = filling.errors.get(asked.key, "")
    if again and isinstance(asked, ChoiceField):
        said = translate(filling.language, "Please choose one of these.")
    parts: list[Part] = [Paragraph(said)] if said else []
    parts.append(Paragraph(asked.label, strong=True))
    if isinstance(asked, TextField) and asked.hint:
        parts.append(Small(asked.hint))
    if isinstance(asked, TextField) and asked.value:
        parts.append(Quote(asked.value))
    return parts


def _may_skip(asked: FormField) -> bool:
    return not asked.required or bool(asked.value)


def _commands(asked: FormField, language: str) -> list[str]:
    """What may be typed, or tapped, instead of an answer."""
    lines = [translate(language, "/{command} – never mind", command=CANCEL[language])]
    if _may_skip(asked):
        leave = (
            translate(language, "/{command} – leave it as it is", command=SKIP[language])
            if asked.value
            else translate(language, "/{command} – leave it out", command=SKIP[language])
        )
        lines.append(leave)
    return lines


def _options(asked: ChoiceField, filling: Filling) -> InlineKeyboardMarkup:
    place = filling.form.fields.index(asked)
    beginning = f"{FORM}{filling.name}|{place}|"
    keys = [
        InlineKeyboardButton(
            render.label(f"✓ {words}" if key == asked.value else words), callback_data=f"{beginning}{number}"
        )
        for number, (key, words) in enumerate(asked.options[:MOST])
    ]
    never_mind = translate(filling.language, "Never mind")
    last = [InlineKeyboardButton(f"✕ {never_mind}", callback_data=f"{beginning}{GIVE_UP}")]
    if not asked.required:
        leave_out = translate(filling.language, "Leave it out")
        last.insert(0, InlineKeyboardButton(leave_out, callback_data=f"{beginning}{LEAVE_OUT}"))
    return InlineKeyboardMarkup([*render.packed(keys), last])


def _given(heard: Pressed | Said | Steered, filling: Filling) -> str | None:
    """The value that an answer means, `_GAVE_UP`, or none for what does not fit the question."""
    asked = filling.asking
    if isinstance(heard, Pressed):
        return _pressed(heard.value, filling)
    if isinstance(heard, Steered):
        if not heard.skip:
            return _GAVE_UP
        return asked.value if asked and _may_skip(asked) else None
    if isinstance(asked, ChoiceField) and asked.options:
        return _chosen(heard.event.words, asked)
    return heard.event.words


def _pressed(value: str, filling: Filling) -> str | None:
    name, _, rest = value.partition("|")
    place, _, choice = rest.partition("|")
    asked = filling.asking
    if name != filling.name:
        return None
    if choice == GIVE_UP:
        return _GAVE_UP
    if not isinstance(asked, ChoiceField) or place != str(filling.form.fields.index(asked)):
        return None
    if choice == LEAVE_OUT:
        return "" if not asked.required else None
    number = int(choice) if choice.isdecimal() else len(asked.options)
    return asked.options[number][0] if number < len(asked.options) else None


def _chosen(words: str, asked: ChoiceField) -> str | None:
    """The option that was typed: its name, or the beginning of no other's."""
    typed = words.strip().casefold()
    exact = [key for key, name in asked.options if typed in (key.casefold(), name.casefold())]
    beginning = [key for key, name in asked.options if typed and name.casefold().startswith(typed)]
    found = exact or beginning
    return found[0] if len(found) == 1 else None


def _language(place: Place, session: Session) -> str:
    person = person_by_identity(session, NAME, str(place.person))
    known = (person.language if person else None) or place.language
    return known if known in LANGUAGES else "en"


def _at_home(person: int) -> Place:
    """A person in the private chat with us, whose number is theirs."""
    return Place(person, Spot(person), private=True, language="")
