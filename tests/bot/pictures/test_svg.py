"""The wheel for a page: links, words and patterns; nothing that was typed becomes markup."""

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest

from bot.pictures.svg import wheel_svg
from handlers.messages import WheelChart, WheelSegment
from tests.helpers.views import WHEEL

SVG = "{http://www.w3.org/2000/svg}"


def address(segment: WheelSegment) -> str:
    return f"/dashboard?touchpoint={segment.key}&weeks=4"


def parsed(chart: WheelChart, alt: str = "the finding") -> Element:
    return fromstring(wheel_svg(chart, address, alt=alt))  # noqa: S314 - our own words


def test_each_segment_is_a_link_with_words() -> None:
    links = parsed(WHEEL).findall(f"{SVG}a")
    assert [link.get("href") for link in links] == [address(segment) for segment in WHEEL.segments]
    assert links[0].get("aria-label") == "1▼ Puhelu: 60\u00a0% · n = 100 · alle tavoitteen (80\u00a0%)"
    assert links[3].get("aria-label") == "4? Tukipyyntö: n = 3 · liian vähän vastauksia"


def test_it_says_its_title_and_finding() -> None:
    svg = parsed(WHEEL)
    by_id = {element.get("id"): element.text for element in svg.iter() if element.get("id")}
    assert by_id[svg.get("aria-labelledby")] == WHEEL.title
    assert by_id[svg.get("aria-describedby")] == "the finding"


def test_two_wheels_on_a_page_keep_their_parts_apart() -> None:
    one, other = (
        {element.get("id") for element in fromstring(wheel_svg(WHEEL, address, id_=name)).iter()} - {None}  # noqa: S314
        for name in ("one", "other")
    )
    assert one.isdisjoint(other)


def test_a_light_is_told_by_pattern_and_symbol_too() -> None:
    links = parsed(WHEEL).findall(f"{SVG}a")
    looks = {(link.findtext(f"{SVG}text") or "")[1:] for link in links}
    assert len(looks) == len(WHEEL.segments)


@pytest.mark.parametrize("count", [0, 1, 2, 20])
def test_any_number_of_touchpoints_makes_a_wheel(count: int) -> None:
    chart = WheelChart("Touchpoints", WHEEL.segments[:1] * count)
    assert len(parsed(chart).findall(f"{SVG}a")) == count


HOSTILE = '"><script>alert(1)</script>&amp;<![CDATA['


def test_words_stay_words() -> None:
    segment = replace(WHEEL.segments[0], label=HOSTILE, said=HOSTILE, key=HOSTILE)
    svg = parsed(WheelChart(HOSTILE, (segment,)), alt=HOSTILE)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} <= {
        *("svg", "title", "desc", "defs", "pattern", "rect", "path", "circle", "a", "text")
    }
    assert svg.findtext(f"{SVG}title") == HOSTILE
    assert svg.find(f"{SVG}a").get("href") == address(segment)  # type: ignore[union-attr]
