from html import unescape

import pytest

from handlers.views import DigestView
from handlers.wording import cases, digests, prompts
from tests.helpers import views
from tests.helpers.samples import MESSAGES
from tests.pictures.drawing import PLATFORMS


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_is_photographed_holds_every_button(platform: str, language: str) -> None:
    for message in (prompts.survey(views.SURVEY, language), cases.alert(views.CASE, language)):
        drawn = unescape(PLATFORMS[platform](message))
        assert [b.label for b in views.buttons(message) if b.label not in drawn] == []


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("report", [views.DIGEST, views.MONTH, views.QUARTER])
def test_the_picture_of_a_report_is_photographed_with_it(platform: str, report: DigestView) -> None:
    assert PLATFORMS[platform](digests.digest(report, "fi")).count('"chart:0"') == 1


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", ["prompt", "alert", "chips", "ugly", "huge"])
def test_whatever_the_product_sends_can_be_drawn(platform: str, name: str) -> None:
    assert PLATFORMS[platform](MESSAGES[name])
