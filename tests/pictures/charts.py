"""Charts of the made-up city as a phone shows them, light and dark: a drop, how answers spread, the wheel."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO

from PIL import Image
from sqlmodel import Session

from bot.city.plan import Plan, city
from bot.pictures import draw
from handlers.context import Context
from handlers.dashboard import service
from handlers.dashboard.days import days_of
from handlers.dashboard.overview import Line, overview
from handlers.digests.charts import distribution
from handlers.filters import Filters
from handlers.found import found
from handlers.messages import Chart, WheelChart, WheelSegment
from handlers.rules.targets import signal
from handlers.seeing import sight_of
from handlers.wording.labels import label
from handlers.wording.language import pick
from handlers.wording.pack import QUESTIONS
from storage import people
from storage.scope import Scope
from tests.pictures.past import LANGUAGES, LAST, Past

PHONE = 400
"""Pixels across a phone."""
_TARGET = 0.85
_TARGETS = {"phone": 0.97, "visit": 0.85, "email": 0.75}
_GAP = 12


def sheets(past: Past) -> Iterator[tuple[str, bytes]]:
    """A sheet for each language, as a PNG."""
    for language in LANGUAGES:
        yield language, _sheet(past.database.read_now(partial(_drawn, past, language)))


def _drawn(past: Past, language: str, session: Session) -> list[Chart]:
    return list(_charts(past.planned, language, past.context(session)))


def _charts(planned: Plan, language: str, ctx: Context) -> Iterator[Chart]:
    drop, late = planned.drops
    weeks = Filters(since=drop.starts_on - timedelta(weeks=3), until=drop.starts_on + timedelta(days=34))
    yield replace(found(service.trend(drop.service, weeks, language, ctx)), target=_TARGET)
    days = days_of(Filters(since=late.starts_on, until=LAST), ctx)
    satisfied, scope = QUESTIONS["satisfied"], Scope(services=frozenset({late.service}))
    yield distribution(satisfied, scope, days.window, language, ctx)
    yield _wheel(Filters(services=frozenset({planned.dip.service}), since=late.starts_on), language, ctx)


def _wheel(filters: Filters, language: str, ctx: Context) -> WheelChart:
    lead = found(people.person_by_key(ctx.session, city().cx_lead or ""))
    view = overview(filters, lead, sight_of(lead, ctx), ctx)
    [key] = filters.services
    lines = tuple(_segment(line, language) for line in view.touchpoints)
    return WheelChart(pick(city().services[key].name, language), lines)


def _segment(line: Line, language: str) -> WheelSegment:
    figure, target = line.figure, _TARGETS.get(line.key)
    n, value = (figure.n, figure.value) if figure else (0, None)
    light = signal(round((value or 0) * n), n, target)
    return WheelSegment(line.key, pick(line.name, language), n, value, light, label(light, language), target)


def _sheet(charts: list[Chart]) -> bytes:
    """Light above, dark beneath, each as wide as a phone."""
    rows = [[_small(draw(chart, dark=dark)) for chart in charts] for dark in (False, True)]
    heights = [max(picture.height for picture in row) for row in rows]
    size = (len(charts) * (PHONE + _GAP) + _GAP, sum(heights) + _GAP * (len(rows) + 1))
    sheet, top = Image.new("RGB", size, "#8b949e"), _GAP
    for row, height in zip(rows, heights, strict=True):
        for place, picture in enumerate(row):
            sheet.paste(picture, (_GAP + place * (PHONE + _GAP), top))
        top += height + _GAP
    drawn = BytesIO()
    sheet.save(drawn, "png")
    return drawn.getvalue()


def _small(png: bytes) -> Image.Image:
    picture = Image.open(BytesIO(png)).convert("RGB")
    return picture.resize((PHONE, picture.height * PHONE // picture.width), Image.Resampling.LANCZOS)
