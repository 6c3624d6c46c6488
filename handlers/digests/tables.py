"""Units by kinds of moments and periods: never one average over what is unlike."""

from collections.abc import Mapping, Sequence

from handlers.context import Context
from handlers.digests.audiences import Audience
from handlers.digests.measures import Measured, figure, measured_by, value_of
from handlers.digests.trends import leading
from handlers.lookups import target_for, team_of, touchpoint_name
from handlers.rules.contents import EARLIER
from handlers.rules.figures import Count
from handlers.rules.hours import Window
from handlers.rules.scales import LocalText
from handlers.rules.targets import Signal, stands
from handlers.views import EarlierView, TableRow, UnitView
from handlers.wording.language import LANGUAGES
from storage.vocabulary import Metric

_Place = tuple[str, str]
"""A unit, by the key of its team, of a service without one, or empty; and a touchpoint."""
_Cells = Mapping[_Place, Mapping[str, Measured]]


def table(audience: Audience, window: Window, ctx: Context) -> tuple[UnitView, ...]:
    """Every unit and touchpoint of which the window or the one before held something; units as the file orders them."""
    rhythm = audience.rhythm
    windows = rhythm.run(window, EARLIER[rhythm.period] + 1)[::-1]
    counted = [_cells(audience, each, ctx) for each in windows]
    names = [rhythm.name(each) for each in windows]
    places = sorted({*counted[0], *counted[1]}, key=lambda place: (_order(place[0], ctx), place))
    units: dict[str, list[TableRow]] = {}
    for unit, touchpoint in places:
        row = _row((unit, touchpoint), counted, names, ctx)
        if row:
            units.setdefault(unit, []).append(row)
    return tuple(UnitView(_unit_name(unit, ctx), tuple(rows)) for unit, rows in units.items())


def _cells(audience: Audience, window: Window, ctx: Context) -> _Cells:
    """Counts by unit as the organisation is now: a service that changed its team has taken its history along."""
    found: dict[_Place, dict[str, Measured]] = {}
    apart = measured_by(("service", "touchpoint"), audience.scope, window, ctx)
    for (service, touchpoint), measured in apart.items():
        cell = found.setdefault((_unit(service, ctx), touchpoint or ""), {})
        for key, m in measured.items():
            cell[key] = Measured(m.question, m.count + cell[key].count) if key in cell else m
    return found


def _unit(service: str | None, ctx: Context) -> str:
    team = team_of(ctx.organisation, service)
    return team.key if team else service or ""


def _order(unit: str, ctx: Context) -> int:
    known = [*ctx.organisation.teams, *ctx.organisation.services]
    return known.index(unit) if unit in known else len(known)


def _unit_name(unit: str, ctx: Context) -> LocalText | None:
    """What a unit is called now; one that is gone by its key."""
    organisation = ctx.organisation
    declared = organisation.teams.get(unit) or organisation.services.get(unit)
    if declared:
        return declared.name
    return dict.fromkeys(LANGUAGES, unit) if unit else None


def _row(place: _Place, counted: Sequence[_Cells], names: Sequence[str], ctx: Context) -> TableRow | None:
    """The question answered most there; NPS only where nothing else was asked."""
    cells = [cells.get(place, {}) for cells in counted]
    nps = next((m.question for cell in cells for m in cell.values() if m.question.metric is Metric.NPS), None)
    question = leading(cells) or nps
    if question is None:
        return None
    counts = [cell[question.key].count if question.key in cell else Count() for cell in cells]
    is_nps = question.metric is Metric.NPS
    name = touchpoint_name(ctx.organisation, place[1])
    shown = figure(Measured(question, counts[0]), counts[1], Count())
    target = target_for(ctx.organisation, question, team=place[0], touchpoint=place[1])
    return TableRow(
        touchpoint=name or (dict.fromkeys(LANGUAGES, place[1]) if place[1] else None),
        figure=shown,
        signal=Signal.UNTARGETED if target is None else stands(shown.value, shown.high, target / 100),
        earlier=tuple(
            EarlierView(window, count.n, value_of(count, nps=is_nps)[0])
            for window, count in zip(names[1:], counts[1:], strict=True)
        ),
    )
