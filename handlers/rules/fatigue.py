"""May this person be asked now? Decided in the open: a verdict carries its reason."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from storage.vocabulary import Verdict


@dataclass(frozen=True)
class AskingRules:
    """How often people may be asked; see the `asking` section of the organisation."""

    cool_down: timedelta
    """The shortest time between two requests of the same survey to one person."""
    cool_down_any: timedelta
    """The shortest time between any two requests to one person."""
    account_cap: int | None
    """Requests to one account within `account_window` at most; none means no cap."""
    account_window: timedelta
    too_old_after: timedelta
    """An encounter older than this is not asked about."""


@dataclass(frozen=True)
class PastRequest:
    """An earlier request to the same person, answered or not."""

    at: datetime
    survey: str
    touchpoint: str
    encounter: str
    """Which encounter it was about, in a few words; may be empty."""
    same_local_day: bool = False
    """Made on the day it is now where the person lives."""


@dataclass(frozen=True)
class Decision:
    """A verdict with the facts its sentence needs. Instants are ISO strings in UTC.

    | verdict | facts |
    |---|---|
    | `OPTED_OUT` | – |
    | `SNOOZED` | `until` |
    | `TOO_OLD` | `happened_at`, `days`: the oldest that may be asked about |
    | `ALREADY_ASKED_TODAY` | `asked_at`, `about`, `touchpoint`, `survey` of the earlier request |
    | `COOL_DOWN`, `COOL_DOWN_ANY` | the same, `days` of the cool-down, and `until` when it ends |
    | `ACCOUNT_CAP` | `count` of requests made, `cap`, and the `days` they are counted over |
    | `ENOUGH_ANSWERS` | `count` of answers this month, how many were `needed` for the `margin` in points |
    | `NOT_SAMPLED`, `ASKED` | `share` of encounters asked about, from 0 to 1 |

    `about` is the encounter in a few words, or else the key of its touchpoint. `days` may be a fraction.
    """

    verdict: Verdict
    facts: dict[str, str | int | float] = field(default_factory=dict)


def may_ask(
    *,
    survey: str,
    now: datetime,
    happened_at: datetime,
    opted_out: bool,
    snoozed_until: datetime | None,
    history: Sequence[PastRequest],
    account_requests: int,
    rules: AskingRules,
    sampled: bool,
    share: float,
) -> Decision:
    """Decide whether to ask about an encounter; the first reason not to is the verdict.

    The person's own wish comes first, and the lot last: whom a cool-down spares was never a matter of luck.
    `history` may be in any order and holds requests to this person, `account_requests` counts those to
    their account within the window, and all instants are aware.
    """
    verdict = (
        _the_person_wishes_not(now, opted_out, snoozed_until)
        or _too_old(now, happened_at, rules)
        or _asked_lately(survey, now, history, rules)
        or _account_is_full(account_requests, rules)
    )
    if verdict:
        return verdict
    return Decision(Verdict.ASKED if sampled else Verdict.NOT_SAMPLED, {"share": share})


def _the_person_wishes_not(now: datetime, opted_out: bool, snoozed_until: datetime | None) -> Decision | None:
    if opted_out:
        return Decision(Verdict.OPTED_OUT)
    if snoozed_until is not None and snoozed_until > now:
        return Decision(Verdict.SNOOZED, {"until": snoozed_until.isoformat()})
    return None


def _too_old(now: datetime, happened_at: datetime, rules: AskingRules) -> Decision | None:
    if now - happened_at <= rules.too_old_after:
        return None
    facts = {"happened_at": happened_at.isoformat(), "days": _days(rules.too_old_after)}
    return Decision(Verdict.TOO_OLD, facts)


def _asked_lately(
    survey: str, now: datetime, history: Sequence[PastRequest], rules: AskingRules
) -> Decision | None:
    if today := _latest(past for past in history if past.same_local_day):
        return Decision(Verdict.ALREADY_ASKED_TODAY, _facts_of(today))
    same = [past for past in history if past.survey == survey]
    return _cooling(Verdict.COOL_DOWN, now, same, rules.cool_down) or _cooling(
        Verdict.COOL_DOWN_ANY, now, history, rules.cool_down_any
    )


def _cooling(
    verdict: Verdict, now: datetime, history: Sequence[PastRequest], cool_down: timedelta
) -> Decision | None:
    last = _latest(history)
    if last is None or last.at + cool_down <= now:
        return None
    until = (last.at + cool_down).isoformat()
    return Decision(verdict, {**_facts_of(last), "days": _days(cool_down), "until": until})


def _account_is_full(requests: int, rules: AskingRules) -> Decision | None:
    if rules.account_cap is None or requests < rules.account_cap:
        return None
    facts: dict[str, str | int | float] = {
        "count": requests,
        "cap": rules.account_cap,
        "days": _days(rules.account_window),
    }
    return Decision(Verdict.ACCOUNT_CAP, facts)


def _latest(history: Iterable[PastRequest]) -> PastRequest | None:
    return max(history, key=lambda past: past.at, default=None)


def _facts_of(past: PastRequest) -> dict[str, str | int | float]:
    return {
        "asked_at": past.at.isoformat(),
        "about": past.encounter or past.touchpoint,
        "touchpoint": past.touchpoint,
        "survey": past.survey,
    }


def _days(duration: timedelta) -> int | float:
    days = duration / timedelta(days=1)
    return int(days) if days.is_integer() else round(days, 2)
