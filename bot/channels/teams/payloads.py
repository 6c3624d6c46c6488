"""What Teams sends, tamed: each activity becomes something heard, or is refused with `ValueError`.

Pure. The models name only what is used, so that a field Microsoft adds tomorrow harms nothing.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from bot.channels.teams.places import Place
from bot.channels.teams.render import FIELD, PRESS, SUBMIT
from handlers.buttons import Circumstances, pressed, submitted
from handlers.events import CommandGiven, Event, FormAsked, PersonLost, Sender, WordsReceived
from handlers.messages import Action

NAME = "teams"
COMMAND = "feedback"
PERSONAL = "personal"


class Kind(StrEnum):
    """How something reached us: what may be answered, and how, depends on it."""

    PRESS = "adaptiveCard/action"
    OPEN = "task/fetch"
    DIALOG = "task/submit"
    WORDS = "message"
    COMING = "installationUpdate add"
    GOING = "installationUpdate remove"


@dataclass(frozen=True)
class Where:
    """Where something was done, and so where its answer goes."""

    place: Place
    person: str
    account: str
    """The person's id for this bot, `29:…`; `person` is their id in the directory."""
    tenant: str = ""
    message: str = ""
    private: bool = True


@dataclass(frozen=True)
class Heard:
    """One activity in the house's own words; no event where only the conversation is to be remembered."""

    kind: Kind
    where: Where
    event: Event | None
    action: Action | None = None
    """Of the form that was handed in."""
    fields: Mapping[str, str] = field(default_factory=dict)
    mentions: tuple[str, ...] = ()
    """Accounts that the words mention, each as `<@29:…>`."""
    own_form: bool = False
    """The form was a message of its own, which has served its purpose."""


class _Shape(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel, populate_by_name=True)


class _Account(_Shape):
    id: str
    name: str = ""
    aad_object_id: str = ""


class _Conversation(_Shape):
    id: str = Field(min_length=1, pattern=r"^[^\s/?#]+$")
    conversation_type: str = ""
    tenant_id: str = ""


class _Entity(_Shape):
    type: str = ""
    text: str = ""
    mentioned: _Account | None = None


class _Activity(_Shape):
    id: str = Field(min_length=1)
    type: str
    name: str = ""
    action: str = ""
    text: str = ""
    locale: str = ""
    reply_to_id: str = ""
    service_url: str
    sender: _Account = Field(alias="from")
    recipient: _Account
    conversation: _Conversation
    channel_data: dict[str, Any] = {}
    entities: list[_Entity] = []
    value: Any = None

    @property
    def tenant(self) -> str:
        return self.conversation.tenant_id or tenant_of({"channelData": self.channel_data})


class _Execute(_Shape):
    verb: str
    data: dict[str, Any]


class _CardAction(_Shape):
    action: _Execute


class _Task(_Shape):
    data: dict[str, Any]


def kind_of(body: Mapping[str, Any]) -> str:
    """What kind of activity it is, as Teams calls it."""
    kind = body.get("type")
    if kind == "invoke":
        return str(body.get("name"))[:60]
    if kind == "installationUpdate":
        return f"{kind} {body.get('action')}".removesuffix("-upgrade")[:60]
    return str(kind)[:60]


def tenant_of(body: Mapping[str, Any]) -> str:
    """The directory in which it happened; empty where the activity does not say."""
    conversation, data = body.get("conversation"), body.get("channelData")
    said = conversation.get("tenantId") if isinstance(conversation, dict) else None
    tenant = data.get("tenant") if isinstance(data, dict) else None
    return str(said or (tenant.get("id") if isinstance(tenant, dict) else "") or "")


def tame(body: Mapping[str, Any], at: datetime) -> Heard | None:
    """What was heard at `at` (our clock, aware UTC); none when it is nothing for us.

    Raises `ValueError` for a shape or a value that is not known.
    """
    kind = kind_of(body)
    if kind in IGNORED:
        return None
    known = KNOWN.get(kind)
    if known is None:
        raise ValueError("unknown kind of activity")
    try:
        return known(_Activity.model_validate(dict(body)), at)
    except ValidationError as misfit:
        # Where and how it does not fit, but not what it says: this goes into the log.
        raise ValueError(", ".join(f"{_path(e['loc'])}: {e['type']}" for e in misfit.errors())) from None


def _path(place: tuple[int | str, ...]) -> str:
    return ".".join(map(str, place))


# One function for each kind of activity.


def _card_action(activity: _Activity, at: datetime) -> Heard:
    done = _CardAction.model_validate(activity.value).action
    action = Action.decode(str(done.data.get("action")))
    where = _where(activity, message=activity.reply_to_id)
    circumstances = _circumstances(activity, where, at)
    if done.verb == SUBMIT:
        heard = _handed_in(Kind.PRESS, where, action, done.data, circumstances)
        return replace(heard, own_form=not done.data.get("origin"))
    if done.verb != PRESS:
        raise ValueError("unknown verb")
    return Heard(Kind.PRESS, where, pressed(action, **circumstances))


def _dialog_wanted(activity: _Activity, at: datetime) -> Heard:
    data = _Task.model_validate(activity.value).data
    where = _where(activity, message=activity.reply_to_id)
    action = Action.decode(str(data.get("action")))
    return Heard(Kind.OPEN, where, FormAsked(action=action, **_circumstances(activity, where, at)))


def _dialog_done(activity: _Activity, at: datetime) -> Heard:
    data = _Task.model_validate(activity.value).data
    where = _where(activity, message=str(data.get("origin", "")))
    action = Action.decode(str(data.get("action")))
    return _handed_in(Kind.DIALOG, where, action, data, _circumstances(activity, where, at))


def _handed_in(
    kind: Kind, where: Where, action: Action, data: Mapping[str, Any], circumstances: Circumstances
) -> Heard:
    fields = {
        key.removeprefix(FIELD): str(value or "") for key, value in data.items() if key.startswith(FIELD)
    }
    return Heard(kind, where, submitted(action, fields, **circumstances), action=action, fields=fields)


def _words(activity: _Activity, at: datetime) -> Heard | None:
    text, mentions = _typed(activity)
    where = _where(activity, message=activity.id)
    circumstances = _circumstances(activity, where, at)
    if not text:
        return None
    first, *rest = text.split(maxsplit=1)
    if first.casefold().removeprefix("/") == COMMAND:
        return Heard(Kind.WORDS, where, CommandGiven(words="".join(rest), **circumstances), mentions=mentions)
    event = WordsReceived(words=text, reply_to=activity.reply_to_id, **circumstances)
    return Heard(Kind.WORDS, where, event, mentions=mentions)


def _came(activity: _Activity, _: datetime) -> Heard:
    return Heard(Kind.COMING, _where(activity), None)


def _went(activity: _Activity, at: datetime) -> Heard | None:
    where = _where(activity)
    if not where.private:
        return None
    circumstances = _circumstances(activity, where, at)
    lost = PersonLost(person=circumstances["by"], reason="removed the app", **circumstances)
    return Heard(Kind.GOING, where, lost)


KNOWN: Mapping[str, Callable[[_Activity, datetime], Heard | None]] = {
    Kind.PRESS: _card_action,
    Kind.OPEN: _dialog_wanted,
    Kind.DIALOG: _dialog_done,
    Kind.WORDS: _words,
    Kind.COMING: _came,
    Kind.GOING: _went,
}
"""Every kind of activity we know."""
IGNORED = frozenset({
    "conversationUpdate", "messageReaction", "messageUpdate", "messageDelete", "typing",
    "message/submitAction", "event", "endOfConversation",
})  # fmt: skip
"""Nothing for us, and no riddle: Teams sends them to every bot."""


def _where(activity: _Activity, message: str = "") -> Where:
    conversation = activity.conversation
    return Where(
        place=Place(conversation.id, activity.service_url.rstrip("/")),
        person=activity.sender.aad_object_id or activity.sender.id,
        account=activity.sender.id,
        tenant=activity.tenant,
        message=message,
        private=conversation.conversation_type in (PERSONAL, ""),
    )


def _circumstances(activity: _Activity, where: Where, at: datetime) -> Circumstances:
    return {
        # No workspace: an id in a directory is unique in all of them.
        "by": Sender(NAME, where.person, name=activity.sender.name, language=activity.locale[:2].lower()),
        "at": at,
        # Not every client gives an id that no other conversation has.
        "delivery_id": f"{where.place.conversation}:{activity.id}",
        "conversation": str(where.place),
        "message": where.message,
        "private": where.private,
    }


# Words as they were typed.


def _typed(activity: _Activity) -> tuple[str, tuple[str, ...]]:
    """What was typed, without the mention of the bot; a mention of a person becomes `<@29:…>`."""
    text, mentions = activity.text, []
    for entity in activity.entities:
        if entity.type == "mention" and entity.mentioned and entity.text:
            whom = entity.mentioned.id
            ours = whom == activity.recipient.id
            text = text.replace(entity.text, "" if ours else f"<@{whom}>", 1)
            mentions += [] if ours else [whom]
    return html.unescape(text).replace("\u00a0", " ").strip(), tuple(mentions)
