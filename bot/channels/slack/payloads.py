"""What Slack sends, tamed: each payload becomes something heard, or is refused with `ValueError`.

Pure. The models name only what is used, so that a field Slack adds tomorrow harms nothing.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handlers.buttons import Circumstances, pressed, submitted
from handlers.events import (
    CommandGiven,
    Event,
    FeedbackRequested,
    FormAsked,
    HomeOpened,
    Sender,
    WordsReceived,
)
from handlers.messages import Action, Verb

NAME = "slack"
DONE = "white_check_mark"
"""The reaction that says a matter is settled and its author may be asked about it."""
REQUEST = "request_feedback"
"""The `callback_id` of the message shortcut “Ask for feedback” and of the workflow step in the manifest."""


class Kind(StrEnum):
    """How something reached us: what may be answered, and how, depends on it."""

    PRESS = "block_actions"
    FORM = "view_submission"
    SHORTCUT = "message_action"
    COMMAND = "command"
    EVENT = "event_callback"


@dataclass(frozen=True)
class Place:
    """Where something was done, and so where its answer goes."""

    person: str
    conversation: str = ""
    message: str = ""
    thread: str = ""
    response_url: str = ""
    """Only for a message that nobody else sees: it can be changed in no other way."""
    workspace: str = ""
    home: bool = False
    """In the Home tab, which is no conversation."""

    @property
    def direct(self) -> bool:
        """Between the bot and one person."""
        return self.conversation.startswith("D")


@dataclass(frozen=True)
class Step:
    """A step of somebody's workflow that waits to hear how it went."""

    execution: str
    token: str = field(repr=False)
    """Good for the answer to this one run."""


@dataclass(frozen=True)
class Heard:
    """One payload in the house's own words."""

    kind: Kind
    event: Event
    place: Place
    trigger: str = ""
    """Opens a form, within three seconds."""
    fields: tuple[str, ...] = ()
    """The keys of the form's fields, in order."""
    step: Step | None = None


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Named(_Shape):
    id: str


class _User(_Named):
    name: str = ""
    username: str = ""


class _Container(_Shape):
    message_ts: str = ""
    is_ephemeral: bool = False


class _Surface(_Shape):
    type: str


class _Press(_Shape):
    action_id: str
    action_ts: str
    value: str = ""


class _BlockActions(_Shape):
    user: _User
    team: _Named | None = None
    channel: _Named | None = None
    container: _Container
    view: _Surface | None = None
    actions: list[_Press] = Field(min_length=1)
    trigger_id: str
    response_url: str = ""


class _Option(_Shape):
    value: str


class _Input(_Shape):
    value: str | None = None
    selected_option: _Option | None = None

    @property
    def said(self) -> str:
        return self.selected_option.value if self.selected_option else self.value or ""


class _State(_Shape):
    values: dict[str, dict[str, _Input]]


class _View(_Shape):
    id: str
    app_installed_team_id: str = ""
    hash: str
    private_metadata: str
    state: _State


class _ViewSubmission(_Shape):
    user: _User
    team: _Named | None = None
    view: _View


class _Message(_Shape):
    user: str = ""
    ts: str


class _MessageAction(_Shape):
    callback_id: str
    user: _User
    team: _Named | None = None
    channel: _Named
    message: _Message
    trigger_id: str
    action_ts: str


class _Command(_Shape):
    command: str
    text: str = ""
    user_id: str
    user_name: str = ""
    team_id: str = ""
    channel_id: str
    trigger_id: str


class _Authorization(_Shape):
    team_id: str | None = None


class _Envelope(_Shape):
    event_id: str
    event_time: int = 0
    team_id: str = ""
    authorizations: list[_Authorization] = []
    event: dict[str, Any]

    @property
    def workspace(self) -> str:
        """Whose installation it was sent to: in a conversation that two workspaces share, not always the sender's."""
        return next((one.team_id for one in self.authorizations if one.team_id), self.team_id)


class _Words(_Shape):
    user: str = ""
    text: str = ""
    ts: str = ""
    channel: str = ""
    subtype: str = ""
    bot_id: str = ""
    thread_ts: str = ""


class _Opened(_Shape):
    user: str
    tab: str = "home"


class _Function(_Shape):
    callback_id: str


class _Inputs(_Shape):
    customer: str = ""
    asked_by: str = Field(min_length=1)
    touchpoint: str = ""
    about: str = ""


class _Executed(_Shape):
    function: _Function
    inputs: _Inputs
    function_execution_id: str
    bot_access_token: str


class _Item(_Shape):
    type: str
    channel: str = ""
    ts: str = ""


class _Reaction(_Shape):
    user: str
    reaction: str
    item: _Item
    item_user: str = ""


class _Tokens(_Shape):
    bot: list[str] = []


class _Revoked(_Shape):
    tokens: _Tokens


def kind_of(body: Mapping[str, Any]) -> str:
    """What kind of payload it is, as Slack calls it; the event's own kind for an event."""
    kind = Kind.COMMAND if "command" in body else body.get("type")
    event = body.get("event")
    if kind == Kind.EVENT and isinstance(event, dict):
        return f"event {event.get('type')}"[:60]
    return str(kind)[:40]


def tame(body: Mapping[str, Any], at: datetime) -> Heard | None:
    """What was heard at `at` (our clock, aware UTC); none when it is nothing for us.

    Raises `ValueError` for a shape or a value that is not known.
    """
    known = KNOWN.get(kind_of(body))
    if known is None:
        raise ValueError("unknown kind of payload")
    with _told_shortly():
        return known(body, at)


@contextmanager
def _told_shortly() -> Iterator[None]:
    """Where and how a payload does not fit, but not what it says: this goes into the log."""
    try:
        yield
    except ValidationError as misfit:
        raise ValueError(", ".join(f"{_path(e['loc'])}: {e['type']}" for e in misfit.errors())) from None


def departure(body: Mapping[str, Any]) -> tuple[str, datetime] | None:
    """The workspace that removed us, and when; none when a payload says something else.

    Raises `ValueError` for a shape that is not known.
    """
    kind = kind_of(body)
    if kind not in ("event app_uninstalled", "event tokens_revoked"):
        return None
    with _told_shortly():
        envelope = _Envelope.model_validate(body)
        if kind == "event tokens_revoked" and not _Revoked.model_validate(envelope.event).tokens.bot:
            return None
    return envelope.workspace, datetime.fromtimestamp(envelope.event_time, UTC)


def origin(action: Action, place: Place) -> str:
    """What a form carries with it: what it is about, and the message it was asked for on."""
    return f"{action.encode()}\n{place.conversation}\n{place.message}"


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place))


# One function for each kind of payload.


def _press(body: Mapping[str, Any], at: datetime) -> Heard:
    shape = _BlockActions.model_validate(body)
    press, container = shape.actions[0], shape.container
    place = Place(
        person=shape.user.id,
        conversation=shape.channel.id if shape.channel else "",
        message=container.message_ts,
        response_url=shape.response_url if container.is_ephemeral else "",
        workspace=_id(shape.team),
        home=shape.view is not None and shape.view.type == "home",
    )
    delivery = (
        place.conversation,
        place.message,
        place.person,
        press.action_ts,
        press.action_id,
        press.value,
    )
    where = _where(shape.user, place, at, delivery, alone=container.is_ephemeral or place.home)
    event = pressed(Action.decode(press.value), **where)
    return Heard(Kind.PRESS, event, place, trigger=shape.trigger_id)


def _form(body: Mapping[str, Any], at: datetime) -> Heard:
    shape = _ViewSubmission.model_validate(body)
    view = shape.view
    action, conversation, message = view.private_metadata.split("\n", 2)
    place = Place(
        shape.user.id, conversation, message, workspace=view.app_installed_team_id or _id(shape.team)
    )
    where = _where(shape.user, place, at, (view.id, view.hash), alone=True)
    fields = {key: _said(inputs) for key, inputs in view.state.values.items()}
    event = submitted(Action.decode(action), fields, **where)
    return Heard(Kind.FORM, event, place, fields=tuple(fields))


def _said(inputs: Mapping[str, _Input]) -> str:
    return next((entered.said for entered in inputs.values()), "")


def _shortcut(body: Mapping[str, Any], at: datetime) -> Heard:
    shape = _MessageAction.model_validate(body)
    if shape.callback_id != REQUEST:
        raise ValueError("unknown shortcut")
    place = Place(shape.user.id, shape.channel.id, shape.message.ts, workspace=_id(shape.team))
    delivery = (place.conversation, place.message, place.person, shape.action_ts)
    where = _where(shape.user, place, at, delivery, alone=True)
    event = FormAsked(action=Action(Verb.ASK, ref=shape.message.user), **where)
    return Heard(Kind.SHORTCUT, event, place, trigger=shape.trigger_id)


def _command(body: Mapping[str, Any], at: datetime) -> Heard:
    shape = _Command.model_validate(body)
    user = _User(id=shape.user_id, name=shape.user_name)
    place = Place(shape.user_id, shape.channel_id, workspace=shape.team_id)
    where = _where(user, place, at, (shape.trigger_id,), alone=True)
    event = CommandGiven(words=as_typed(shape.text), **where)
    return Heard(Kind.COMMAND, event, place, trigger=shape.trigger_id)


def _words(body: Mapping[str, Any], at: datetime) -> Heard | None:
    envelope = _Envelope.model_validate(body)
    said = _Words.model_validate(envelope.event)
    place = Place(said.user, said.channel, said.ts, said.thread_ts, workspace=envelope.workspace)
    new = said.subtype in ("", "file_share") and not said.bot_id
    if not (new and place.direct and said.user and said.text):
        return None
    where = _where(_User(id=said.user), place, at, (envelope.event_id,))
    event = WordsReceived(words=as_typed(said.text), reply_to=said.thread_ts, **where)
    return Heard(Kind.EVENT, event, place)


def _reaction(body: Mapping[str, Any], at: datetime) -> Heard | None:
    envelope = _Envelope.model_validate(body)
    seen = _Reaction.model_validate(envelope.event)
    about_another = seen.item_user not in ("", seen.user)
    place = Place(seen.user, seen.item.channel, seen.item.ts, workspace=envelope.workspace)
    on_a_thread = seen.item.type == "message" and not place.direct
    if not (seen.reaction == DONE and on_a_thread and about_another):
        return None
    where = _where(_User(id=seen.user), place, at, (envelope.event_id,))
    event = FeedbackRequested(
        customer=Sender(NAME, seen.item_user, workspace=envelope.workspace),
        external_reference=f"{NAME}:{seen.item.channel}:{seen.item.ts}",
        source="reaction",
        **where,
    )
    return Heard(Kind.EVENT, event, place)


def _opened(body: Mapping[str, Any], at: datetime) -> Heard | None:
    envelope = _Envelope.model_validate(body)
    opened = _Opened.model_validate(envelope.event)
    if opened.tab != "home":
        return None
    place = Place(opened.user, workspace=envelope.workspace, home=True)
    where = _where(_User(id=opened.user), place, at, (envelope.event_id,), alone=True)
    return Heard(Kind.EVENT, HomeOpened(**where), place)


def _executed(body: Mapping[str, Any], at: datetime) -> Heard:
    envelope = _Envelope.model_validate(body)
    run = _Executed.model_validate(envelope.event)
    if run.function.callback_id != REQUEST:
        raise ValueError("unknown workflow step")
    inputs, workspace = run.inputs, envelope.workspace
    place = Place(inputs.asked_by, workspace=workspace)
    where = _where(_User(id=inputs.asked_by), place, at, (envelope.event_id,), alone=True)
    event = FeedbackRequested(
        customer=Sender(NAME, inputs.customer, workspace=workspace) if inputs.customer else "",
        touchpoint=inputs.touchpoint.strip(),
        about=as_typed(inputs.about),
        external_reference=f"{NAME}:{run.function_execution_id}",
        source="workflow",
        **where,
    )
    return Heard(Kind.EVENT, event, place, step=Step(run.function_execution_id, run.bot_access_token))


KNOWN: Mapping[str, Callable[[Mapping[str, Any], datetime], Heard | None]] = {
    Kind.PRESS: _press,
    Kind.FORM: _form,
    Kind.SHORTCUT: _shortcut,
    Kind.COMMAND: _command,
    "event message": _words,
    "event reaction_added": _reaction,
    "event app_home_opened": _opened,
    "event function_executed": _executed,
}
"""Every kind of payload we know."""


def _where(
    user: _User,
    place: Place,
    at: datetime,
    delivery: tuple[str, ...],
    *,
    alone: bool = False,
) -> Circumstances:
    """Who, when and where. `alone` says that nobody else sees it, whatever the conversation."""
    return {
        "by": Sender(NAME, user.id, workspace=place.workspace, name=user.name or user.username),
        "at": at,
        "delivery_id": ":".join(delivery),
        "conversation": place.conversation,
        "message": place.message,
        "private": alone or place.direct,
    }


def _id(team: _Named | None) -> str:
    return team.id if team else ""


# Words as they were typed.

_MARKUP = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


def as_typed(text: str) -> str:
    """Slack's markup back into what was typed. A mention of a person becomes `<@id>`."""
    return html.unescape(_MARKUP.sub(_typed, text)) if "<" in text or "&" in text else text


def _typed(found: re.Match[str]) -> str:
    target, label = found[1], found[2] or ""
    if target.startswith("@"):
        return f"<{target}>"
    if target.startswith("#"):
        return f"#{label}" if label else f"<{target}>"
    if target.startswith("!"):
        return label or "@" + target.removeprefix("!")
    return label or target
