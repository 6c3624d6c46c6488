"""What is answered to an anonymous survey, and cannot be led back to whoever answered it.

Each person's answers are one sheet. Until it is opened it is sealed, as long as every other, under a name that
only who holds the key can make of the request; once changes are over, sheets about the same are opened together
and shuffled, never of fewer people than the minimum group. What is written then carries a day and no person, no request
and no encounter. Whoever holds database *and* key could still tell who has answered, and, before it was
opened, what: so could whoever may change the program.
"""

import json
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from handlers import owners
from handlers.context import Context
from handlers.errors import EditWindowClosed, NoKeyForSheets, WordsTooLong
from handlers.lookups import team_of
from handlers.people import who_to_ask
from storage import cursors, erasing, invitations, sheets
from storage.prepared import Record
from storage.responses import Given
from storage.tables import SealedSheet
from storage.vault import UnknownKey, Vault

MOST = 1500
"""Characters of one answer in words."""
_LENGTH = 16_384
"""Bytes of every sheet as it is sealed, so that no length tells one from another."""
_DAY = timedelta(days=1)
_OPENED = "anonymous sheets"
"""The cursor that tells on which day sheets were opened last."""
_REMEMBERED = timedelta(days=90)
"""How long the name of an opened sheet is kept: longer than its request can be answered a second time."""

_chance = secrets.SystemRandom()


@dataclass(frozen=True)
class Sheet:
    """What one person has answered so far. `first_at` is aware UTC."""

    first_at: datetime
    answers: Mapping[str, Given]
    excluded_because: str | None = None
    """They said that it is not about us, or not their matter: it is not counted."""


def read(token: str, ctx: Context) -> Sheet | None:
    """The sheet of a request, if it has one.

    Raises `EditWindowClosed` once it was opened, or `NoKeyForSheets`.
    """
    row = sheets.named(ctx.session, _vault(ctx).names_of(token))
    if row is None:
        return None
    if row.box is None:
        raise EditWindowClosed
    content = _content(row, ctx)
    if content is None:
        raise NoKeyForSheets(who=who_to_ask(ctx))
    answers = {key: Given(**given) for key, given in content["answers"].items()}
    return Sheet(datetime.fromisoformat(content["first_at"]), answers, content["excluded_because"])


def keep(facts: Record, sheet: Sheet, ctx: Context) -> None:
    """Seal a sheet in the place of what was answered to the same request before. Raises `WordsTooLong`."""
    vault = _vault(ctx)
    key, box = vault.seal_timeless(_packed(facts, sheet, ctx))
    begun_on = owners.local_date(sheet.first_at, ctx)
    sheets.keep(ctx.session, vault.names_of(facts.token), box, key, begun_on)


def _packed(facts: Record, sheet: Sheet, ctx: Context) -> bytes:
    team = team_of(ctx.organisation, facts.service)
    content = {
        "request": facts.token,
        "person_id": facts.person_id,
        "together": ctx.organisation.minimum_group,
        "about": {
            "survey_version_id": facts.survey_version_id,
            "stream": facts.stream,
            "service": facts.service,
            "team": team.key if team else None,
            "touchpoint": facts.touchpoint,
        },
        "first_at": sheet.first_at.isoformat(),
        "answers": {key: asdict(given) for key, given in sheet.answers.items()},
        "excluded_because": sheet.excluded_because,
    }
    packed = json.dumps(content, ensure_ascii=False).encode()
    if len(packed) > _LENGTH:
        raise WordsTooLong(length=sum(len(given.words or "") for given in sheet.answers.values()), most=MOST)
    return packed.ljust(_LENGTH)


def _vault(ctx: Context) -> Vault:
    if ctx.vault is None:
        raise NoKeyForSheets(who=who_to_ask(ctx))
    return ctx.vault


def _content(row: SealedSheet, ctx: Context) -> dict[str, Any] | None:
    """None while the key is missing: it waits."""
    try:
        content: dict[str, Any] = json.loads(_vault(ctx).open_bytes(row.sealed_with, row.box or b""))
    except (UnknownKey, NoKeyForSheets):
        return None
    return content


# Opening.


@dataclass(frozen=True)
class _Opened:
    """One sheet, read to be written down."""

    name: str
    request: str
    person_id: int
    """Who answered, as far as was known then."""
    together: int
    """Of how many people it was promised to be opened."""
    answers: Sequence[Mapping[str, Any]]
    """Those that say something; none where the person took it all back."""


def open_due(ctx: Context) -> int:
    """Open the sheets about the same that enough people filled in and can change no more; how many.

    Looked at once a day, so that the hour of opening tells nothing of the hour of answering.
    """
    today = owners.local_date(ctx.now, ctx)
    if cursors.cursor(ctx.session, _OPENED) == today.isoformat():
        return 0
    cursors.advance(ctx.session, _OPENED, today.isoformat())
    changeable = ceil(ctx.organisation.asking.edit_window / _DAY)
    ready = {
        about: together
        for about, together in _waiting(today - changeable * _DAY, ctx).items()
        if _are_enough([sheet for sheet in together if sheet.answers], ctx)
    }
    for about, together in sorted(ready.items()):
        _open(json.loads(about), together, ctx)
    return sum(map(len, ready.values()))


def _waiting(before: date, ctx: Context) -> Mapping[str, list[_Opened]]:
    """The sheets begun before a day, by what they are about."""
    about_the_same = defaultdict[str, list[_Opened]](list)
    for row in sheets.waiting(ctx.session, before):
        if content := _content(row, ctx):
            about_the_same[json.dumps(content["about"])].append(_opened(row.name, content))
    return about_the_same


def _opened(name: str, content: Mapping[str, Any]) -> _Opened:
    answers = content["answers"] if content["excluded_because"] is None else {}
    # By name, because the order in which somebody answered could be theirs alone.
    told = [
        {"question": key, **given} for key, given in sorted(answers.items()) if not Given(**given).skipped
    ]
    return _Opened(name, content["request"], content["person_id"], content["together"], told)


def _are_enough(telling: Sequence[_Opened], ctx: Context) -> bool:
    """Whether as many people wrote these as each of them was promised, and as are wanted today.

    Who has linked two identities since is one person. The key may have been changed in between.
    """
    asked = invitations.people_asked(ctx.session, [sheet.request for sheet in telling])
    people = {asked.get(sheet.request, sheet.person_id) for sheet in telling}
    return len(people) >= max([ctx.organisation.minimum_group, *(sheet.together for sheet in telling)])


def _open(about: Mapping[str, Any], together: list[_Opened], ctx: Context) -> None:
    """Written in an order that chance gave them."""
    telling = [sheet.answers for sheet in together if sheet.answers]
    _chance.shuffle(telling)
    batch_id = sheets.add_batch(ctx.session, about, _midnight(ctx), len(telling))
    rows = [
        {"batch_id": batch_id, "sheet": number, **answer}
        for number, answers in enumerate(telling, 1)
        for answer in answers
    ]
    sheets.add_answers(ctx.session, rows)
    sheets.empty(ctx.session, sorted(sheet.name for sheet in together))
    erasing.overwritten(ctx.session, ctx.now)  # with the key, a copy of a sheet would tell whose it was


def _midnight(ctx: Context) -> datetime:
    """When today began at the organisation's seat."""
    zone = ZoneInfo(ctx.organisation.time_zone)
    return datetime.combine(owners.local_date(ctx.now, ctx), time(), zone)


def forget(ctx: Context, most: int) -> int:
    """Forget names that no request can come back to, and sheets kept so long that they may never be opened."""
    today, words = owners.local_date(ctx.now, ctx), ctx.organisation.retention.words
    remembered = max(_REMEMBERED, 2 * ctx.organisation.asking.expires_after)
    return sheets.forget(ctx.session, today - remembered, today - words if words else None, most)
