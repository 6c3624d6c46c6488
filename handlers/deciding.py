"""Whether somebody is asked: the rules in their order, apart from where their facts come from.

Nothing is read and nothing is written here. What was asked before is asked of a `Past`: the rows, when
it is in earnest; a replay's own memory, when other rules are tried on what happened.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from handlers.lookups import margin_for, survey_of, touchpoint_name, zone_of
from handlers.organisation import AskingSection, Organisation, Round
from handlers.rules import hours, sampling, scales
from handlers.rules.fatigue import AskingRules, Decision, PastRequest, may_ask
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.periods import Rhythm
from handlers.rules.precision import answers_needed
from handlers.wording.language import pick
from storage.vocabulary import Metric, Period, Verdict


class Past(Protocol):
    """What was asked before a decision."""

    def requests_to(self, person_id: int, since: datetime) -> Sequence[PastRequest]:
        """Requests to one person since an instant, in any order, each by its touchpoint's key."""

    def requests_to_account(self, account: str, since: datetime) -> int:
        """How many requests went to an account's people since an instant."""

    def answers(self, service: str | None, touchpoint: str | None, question: str, month: Window) -> Count:
        """What customers answered to a question in a month, up to the decision; none means at any of them."""


@dataclass(frozen=True)
class Asking:
    """Somebody who may be asked at an instant, and what a decision about it rests on."""

    person_id: int
    now: datetime
    zone: str
    """IANA name of the zone the person lives in."""
    opted_out: bool = False
    snoozed_until: datetime | None = None
    volunteer: bool = False
    """Takes part in the pilot."""
    reachable: bool = True
    """Whether there is a way to them, or somebody brings the request."""


@dataclass(frozen=True)
class Moment:
    """An encounter about which somebody may be asked."""

    touchpoint: str
    reference: str
    """What the lot is drawn from; see `rules.sampling`."""
    happened_at: datetime
    service: str | None = None
    account: str | None = None
    works_here: bool = False
    """The person reported as the customer is one of us."""
    twin: str | None = None
    """The reference of another source's report of the same moment."""
    anybody: bool = False
    """Everybody in a conversation is asked."""


def decide(moment: Moment, asking: Asking, past: Past, organisation: Organisation) -> Decision:
    """Whether the customer of an encounter is asked about it; the first reason not to is the verdict.

    What does not depend on fatigue comes first: the wrong person, the same moment, nobody to reach. A
    question to everybody in a conversation is nobody's in particular: no one's cool-down speaks against it.
    What is known well enough is looked at last, as only then it must be counted.
    """
    decision = _of_the_customer(moment, asking, past, organisation)
    if decision.verdict is not Verdict.ASKED:
        return decision
    return _known_enough(moment, asking.now, past, organisation) or decision


def _of_the_customer(moment: Moment, asking: Asking, past: Past, organisation: Organisation) -> Decision:
    touchpoint = organisation.touchpoints.get(moment.touchpoint)
    if touchpoint is None or touchpoint.survey is None:
        return Decision(Verdict.NO_SURVEY)
    volunteer = asking.volunteer and not moment.anybody
    outside = _outside_the_pilot(moment.touchpoint, organisation, volunteer=volunteer)
    told = outside or _whoever_it_is(moment, asking)
    if told:
        return told
    drawn = sampling.in_sample(moment.reference, touchpoint.key, touchpoint.sampling)
    return _may_ask_customer(
        asking,
        past,
        organisation,
        survey=touchpoint.survey,
        happened_at=moment.happened_at,
        account=moment.account,
        sampled=drawn,
        share=touchpoint.sampling,
    )


def _may_ask_customer(
    asking: Asking,
    past: Past,
    organisation: Organisation,
    *,
    survey: str,
    happened_at: datetime,
    account: str | None,
    sampled: bool = True,
    share: float = 1.0,
) -> Decision:
    """What the rules of fatigue say, of encounters and rounds alike; unless said otherwise no lot is drawn."""
    rules = organisation.asking
    return may_ask(
        survey=survey,
        now=asking.now,
        happened_at=happened_at,
        opted_out=asking.opted_out,
        snoozed_until=asking.snoozed_until,
        history=_history(asking, past, weighs_for(rules), organisation),
        account_requests=_account_requests(account, rules, asking.now, past),
        rules=_rules(rules),
        sampled=sampled,
        share=share,
    )


def _known_enough(moment: Moment, now: datetime, past: Past, organisation: Organisation) -> Decision | None:
    """Why nobody need be asked there any more this month: the survey's first question tells it."""
    wanted = margin_for(organisation, moment.service, moment.touchpoint)
    survey = survey_of(organisation, organisation.touchpoints[moment.touchpoint].survey or "")
    question = next((question for question in survey.questions if scales.is_closed(question)), None)
    if wanted is None or question is None:
        return None
    zone = zone_of(organisation)
    month = Rhythm(Period.MONTH, zone, hours.MIDNIGHT).called(f"{hours.local_day(now, zone):%Y-%m}")
    count = past.answers(moment.service, wanted.touchpoint, question.key, month)
    needed = answers_needed(count, wanted.points, nps=question.metric is Metric.NPS)
    if count.n < needed:
        return None
    facts: dict[str, str | int | float] = {"count": count.n, "needed": needed, "margin": wanted.points}
    return Decision(Verdict.ENOUGH_ANSWERS, facts)


def _whoever_it_is(moment: Moment, asking: Asking) -> Decision | None:
    """What holds however often they were asked."""
    if moment.anybody:
        return Decision(Verdict.ASKED, {"share": 1.0})
    if moment.works_here:
        return Decision(Verdict.NOT_A_CUSTOMER)
    if moment.twin is not None:
        return Decision(Verdict.SAME_ENCOUNTER, {"reference": moment.twin})
    return None if asking.reachable else Decision(Verdict.UNREACHABLE)


def decide_on_staff(moment: Moment, asking: Asking, past: Past, organisation: Organisation) -> Decision:
    """Whether who served is asked about it. The rules are the same with a cool-down of their own:
    who serves thirty customers a day is not asked thirty times.
    """
    outside = _outside_the_pilot(moment.touchpoint, organisation, volunteer=asking.volunteer)
    if outside:
        return outside
    if not asking.reachable:
        return Decision(Verdict.UNREACHABLE)
    rest = organisation.asking.staff_cool_down
    history = _history(asking, past, rest, organisation)
    return may_ask(
        survey=organisation.touchpoints[moment.touchpoint].staff_survey or "",
        now=asking.now,
        happened_at=moment.happened_at,
        opted_out=asking.opted_out,
        snoozed_until=asking.snoozed_until,
        # Only a customer is spared a second request the same day.
        history=[replace(request, same_local_day=False) for request in history],
        account_requests=0,
        rules=replace(_rules(organisation.asking), cool_down=rest, cool_down_any=rest, account_cap=None),
        sampled=True,
        share=1.0,
    )


def decide_turn(
    declared: Round, account: str | None, asking: Asking, past: Past, organisation: Organisation
) -> Decision:
    """Whether somebody whose turn it is in a round is asked. Their lot was drawn with their slice, and a turn
    is never too old.
    """
    outside = _outside_the_pilot(declared.key, organisation, volunteer=asking.volunteer)
    if outside:
        return outside
    if not asking.reachable:
        return Decision(Verdict.UNREACHABLE)
    return _may_ask_customer(
        asking, past, organisation, survey=declared.survey, happened_at=asking.now, account=account
    )


def _outside_the_pilot(key: str, organisation: Organisation, *, volunteer: bool) -> Decision | None:
    """Why a pilot does not ask; none when it does, or when there is none. `key` is a touchpoint's or round's."""
    pilot = organisation.pilot
    if pilot is None:
        return None
    if pilot.touchpoints and key not in pilot.touchpoints:
        return Decision(Verdict.NOT_IN_PILOT)
    return Decision(Verdict.NOT_A_VOLUNTEER) if pilot.volunteers and not volunteer else None


def in_earnest(decision: Decision, organisation: Organisation) -> Decision:
    """The decision as it is carried out: in a dry run nobody is asked, the request is only shown."""
    dry = organisation.pilot is not None and organisation.pilot.dry_run is not None
    return Decision(Verdict.REHEARSED) if dry and decision.verdict is Verdict.ASKED else decision


def weighs_for(rules: AskingSection) -> timedelta:
    """How long a request to somebody weighs at most on the next one."""
    return max(rules.cool_down, rules.cool_down_any, timedelta(days=1))


def _history(asking: Asking, past: Past, weighs: timedelta, organisation: Organisation) -> list[PastRequest]:
    return [
        replace(
            request,
            touchpoint=_called(request.touchpoint, organisation),
            same_local_day=hours.same_local_day(request.at, asking.now, asking.zone),
        )
        for request in past.requests_to(asking.person_id, asking.now - weighs)
    ]


def _called(touchpoint: str, organisation: Organisation) -> str:
    """A touchpoint's name in the organisation's language, for facts of the ledger."""
    name = touchpoint_name(organisation, touchpoint)
    return pick(name, organisation.language) if name else touchpoint


def _account_requests(account: str | None, rules: AskingSection, now: datetime, past: Past) -> int:
    if rules.account_cap is None or account is None:
        return 0
    return past.requests_to_account(account, now - rules.account_window)


def _rules(section: AskingSection) -> AskingRules:
    return AskingRules(
        cool_down=section.cool_down,
        cool_down_any=section.cool_down_any,
        account_cap=section.account_cap,
        account_window=section.account_window,
        too_old_after=section.too_old_after,
    )
